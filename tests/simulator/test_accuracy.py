"""Metadata prediction turns the simulator round: it finds what the samples were made from."""

from __future__ import annotations

import random

import numpy as np
import pytest

from synthquery.resources import load_toml
from tests.simulator.asking import ask, sample

CLASSES = load_toml("simulator_classes.toml")
ORGANS = [
    term
    for term, label in CLASSES["tissue"].items()
    if label
    in {"liver", "brain", "kidney", "heart", "lung", "spleen", "colon", "stomach", "pancreas", "blood"}
]


def varied(rng: random.Random, tissues: list[str]) -> dict[str, str]:
    """Metadata of a sample: a tissue, and of the rest what people happen to give."""
    metadata = {"tissue_ontology_id": rng.choice(tissues)}
    if rng.random() < 0.7:
        metadata["sex"] = rng.choice(["male", "female"])
    if rng.random() < 0.5:
        metadata["disease_ontology_id"] = rng.choice(list(CLASSES["disease"]))
    if rng.random() < 0.4:
        metadata["cell_type_ontology_id"] = rng.choice(list(CLASSES["cell_type"]))
    if rng.random() < 0.5:
        metadata["age_years"] = str(rng.randint(0, 95))
    if rng.random() < 0.3:
        metadata |= {
            "perturbation_ontology_id": rng.choice(list(CLASSES["perturbation"])),
            "perturbation_type": "crispr",
        }
    if rng.random() < 0.5:
        metadata |= {"study": f"PRJNA{rng.randint(1, 10**6)}", "library_selection": "PolyA"}
    return metadata


def share_named(model_id: str, metadata: list[dict[str, str]], key: str, **parameters) -> float:
    made = ask(model_id, *map(sample, metadata), seed=1, **parameters)
    found = ask(
        f"{model_id}_predict-metadata", *({"counts": row} for row in made.counts_array)
    ).sample_metadata
    right = [row[key] == said[key] for row, said in zip(found, metadata, strict=True) if key in said]
    return float(np.mean(right))


@pytest.mark.parametrize("strategy", ["sample generation", "mean estimation"])
def test_bulk_names_the_right_organ_of_at_least_95_in_100_samples(strategy):
    rng = random.Random(1)
    metadata = [varied(rng, ORGANS) for _ in range(100)]
    assert share_named("gem-1-bulk", metadata, "tissue_ontology_id", sampling_strategy=strategy) >= 0.95


def test_bulk_names_the_right_one_of_all_tissues_and_diseases():
    rng = random.Random(2)
    metadata = [varied(rng, list(CLASSES["tissue"])) for _ in range(60)]
    for key in ("tissue_ontology_id", "disease_ontology_id", "sex"):
        assert share_named("gem-1-bulk", metadata, key, sampling_strategy="sample generation") >= 0.95, key


def test_single_cells_name_the_right_cell_type_and_tissue():
    rng = random.Random(3)
    metadata = [
        {**varied(rng, ORGANS), "cell_type_ontology_id": rng.choice(list(CLASSES["cell_type"]))}
        for _ in range(60)
    ]
    for key in ("tissue_ontology_id", "cell_type_ontology_id"):
        assert share_named("gem-1-sc", metadata, key) >= 0.95, key
