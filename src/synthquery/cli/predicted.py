"""A prediction on one screen: what the samples are, and their loudest genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthquery.cli.output import write, write_table
from synthquery.identifiers import ontology_of

if TYPE_CHECKING:
    from synthquery.prediction import Prediction

_SAMPLES = 8
_GENES = 4
_LAST = ("reads", "highest")


def show(prediction: Prediction) -> None:
    """Print the first samples of a prediction: what is set of their metadata, reads and highest counts."""
    rows = [_described(prediction, number) for number in range(min(_SAMPLES, prediction.n_samples))]
    columns = sorted(dict.fromkeys(name for row in rows for name in row), key=_LAST.__contains__)
    cells = [(number, *(row.get(name) for name in columns)) for number, row in enumerate(rows)]
    write_table(("sample", *columns), cells)
    if prediction.n_samples > len(rows):
        write(f"... and {prediction.n_samples - len(rows):,} more samples")
    write(repr(prediction))


def _described(prediction: Prediction, number: int) -> dict[str, str]:
    metadata: Mapping[str, Any] = prediction.sample_metadata[number]
    described = {
        key.removesuffix("_ontology_id"): _named(str(value))
        for key, value in metadata.items()
        if value not in ("", None) and key != "modality"
    }
    if prediction.kind == "expression" and prediction.counts_array is not None:
        counts = prediction.counts_array[number]
        described["reads"] = f"{int(counts.sum(dtype=np.int64)):,}"
        top = np.argsort(counts, kind="stable")[::-1][:_GENES] if prediction.gene_order else ()
        described["highest"] = ", ".join(_named(prediction.gene_order[index]) for index in top)
    return described


def _named(value: str) -> str:
    """The label of an identifier, where there is one; any other value as it is."""
    from synthquery.ontology import default_ontologies

    term = default_ontologies().get(value) if ontology_of(value) else None
    return term.label if term and term.label else value
