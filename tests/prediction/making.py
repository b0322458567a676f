"""A small prediction, whole in every part."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthquery.prediction import LabelProbabilities, Prediction

GENES = ("ENSG00000000003", "ENSG00000000005", "ENSG00000000419")
COUNTS = np.array([[900_000, 100_000, 0], [0, 0, 0]])
ROWS = (
    {"sex": "male", "genotype": 'a,"b"', "tissue_ontology_id": "UBERON:0002107", "modality": "bulk"},
    {"sex": "", "genotype": None, "tissue_ontology_id": "", "modality": "bulk"},
)
NAMES = {"UBERON:0002107": "liver", "UBERON:0000955": "brain", "ENSG00000000003": "TSPAN6"}


def names(identifiers: Any) -> dict[str, str]:
    return {one: NAMES[one] for one in identifiers if one in NAMES}


def prediction(**changes: Any) -> Prediction:
    parts: dict[str, Any] = {
        "model_id": "gem-1-bulk",
        "kind": "expression",
        "sample_metadata": ROWS,
        "counts_array": COUNTS,
        "gene_order": GENES,
        "latent_arrays": {"biological": np.array([[0.5, 1.0], [2.0, 1 / 3]])},
        "probabilities": {
            "tissue_ontology_id": LabelProbabilities(
                ("UBERON:0002107", "UBERON:0000955"), np.array([[0.75, 0.25], [0.5, 0.5]])
            )
        },
        "model_version": "2",
        "provenance": {"transport": "test"},
    }
    return Prediction(**(parts | changes))


def same(one: Prediction, other: Prediction) -> bool:
    """Whether two predictions agree in every number, text, type and order."""
    return (
        one.summary() == other.summary()
        and list(one.sample_metadata) == list(other.sample_metadata)
        and one.gene_order == other.gene_order
        and (one.is_sparse, one.counts_type) == (other.is_sparse, other.counts_type)
        and np.array_equal(one.counts_array, other.counts_array)
        and _same_arrays(one.latent_arrays, other.latent_arrays)
        and [(name, table.labels) for name, table in one.probabilities.items()]
        == [(name, table.labels) for name, table in other.probabilities.items()]
        and _same_arrays(_values(one), _values(other))
    )


def _values(one: Prediction) -> dict[str, Any]:
    return {name: table.values for name, table in one.probabilities.items()}


def _same_arrays(one: Any, other: Any) -> bool:
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name]) for name in one
    )
