"""Answers to parts of a query, kept exactly until all of them are there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from synthquery.jobs.packing import pack, unpack
from synthquery.prediction import LabelProbabilities, Prediction, SparseCounts
from synthquery.resources import write_atomically
from synthquery.wire.term_names import term_names


def write_part(prediction: Prediction, path: Path) -> None:
    """Write an answer as it is, for `read_part`; whole or not at all."""
    kept = prediction.stored_counts
    counts: Any = kept
    if isinstance(kept, SparseCounts):
        counts = {"data": kept.data, "indices": kept.indices, "indptr": kept.indptr, "n_genes": kept.n_genes}
    tree = {
        "model_id": prediction.model_id,
        "kind": prediction.kind,
        "sample_metadata": [dict(row) for row in prediction.sample_metadata],
        "kept": counts,
        "gene_order": list(prediction.gene_order),
        "latent_arrays": dict(prediction.latent_arrays),
        "probabilities": {
            key: {"labels": list(one.labels), "values": one.values}
            for key, one in prediction.probabilities.items()
        },
        "model_version": prediction.model_version,
        "simulated": prediction.simulated,
        "provenance": dict(prediction.provenance),
    }
    write_atomically(path, pack(tree))


def read_part(path: Path) -> Prediction | None:
    """The answer that `write_part` wrote; None when the file is missing or damaged."""
    try:
        return _prediction(unpack(path.read_bytes()))
    except (FileNotFoundError, BadZipFile, EOFError, ValueError, KeyError, TypeError):
        return None


def _prediction(tree: dict[str, Any]) -> Prediction:
    counts = tree.pop("kept")
    probabilities: Mapping[str, Any] = tree.pop("probabilities")
    return Prediction(
        **tree,
        names=term_names,
        counts_array=SparseCounts(**counts) if isinstance(counts, dict) else counts,
        probabilities={
            key: LabelProbabilities(tuple(one["labels"]), one["values"]) for key, one in probabilities.items()
        },
    )
