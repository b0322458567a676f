from __future__ import annotations

import numpy as np
import pytest

from synthquery.simulator.encoder import encode
from synthquery.simulator.genes import gene_order
from tests.simulator.asking import HEPATOCYTE, LIVER, ask, sample

METADATA = {"tissue_ontology_id": LIVER, "cell_type_ontology_id": HEPATOCYTE, "sex": "male"}


def recovered(model_id, modality, space, **parameters):
    made = ask(model_id, sample(METADATA), seed=1, **parameters)
    found = encode(made.counts_array, modality).latents.spaces()[space][0]
    return np.corrcoef(found, made.latent_arrays[space][0])[0, 1]


def test_bulk_counts_give_their_latents_back():
    assert recovered("gem-1-bulk", "bulk", "biological", sampling_strategy="sample generation") > 0.98
    assert recovered("gem-1-bulk", "bulk", "technical", sampling_strategy="sample generation") > 0.9


def test_ten_thousand_reads_of_a_cell_give_most_of_them_back():
    assert recovered("gem-1-sc", "single-cell", "biological") > 0.85


def test_deeper_libraries_are_more_certain():
    def certainty(total_count):
        counts = ask("gem-1-bulk", sample(METADATA), total_count=total_count, seed=1).counts_array
        return encode(counts, "bulk").certainty["biological"][0]

    assert 0 < certainty(10_000) < certainty(100_000) < certainty(10_000_000) < 1


@pytest.mark.parametrize("modality", ["bulk", "single-cell"])
def test_strange_libraries_have_finite_latents(modality):
    n = len(gene_order(modality))
    rng = np.random.default_rng(0)
    strange = [
        np.zeros(n),
        np.ones(n),
        np.eye(1, n)[0],
        np.eye(1, n)[0] * 10**12,
        np.full(n, 10**6),
        rng.integers(0, 2, n),
        rng.lognormal(0, 5, n),
        rng.permutation(np.arange(n)),
    ]
    encoded = encode(np.array(strange).astype(np.int64), modality)
    for space, array in encoded.latents.spaces().items():
        assert np.isfinite(array).all()
        assert np.abs(array).max() < 20
        assert np.abs(array[0]).max() < 0.5, "an empty library tells nothing"
        assert ((encoded.certainty[space] >= 0) & (encoded.certainty[space] <= 1)).all()
