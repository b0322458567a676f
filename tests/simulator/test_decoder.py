from __future__ import annotations

import numpy as np
import pytest

from synthquery.simulator.decoder import decoder
from synthquery.simulator.genes import gene_order
from synthquery.simulator.latents import Latents, expected_latents
from tests.simulator.asking import LIVER


def test_every_gene_and_every_latent_belongs_to_a_module():
    model = decoder("bulk")
    genes = np.concatenate([module.genes for module in model.modules])
    assert sorted(genes) == list(range(44_592))
    assert {module.technical for module in model.modules} == set(range(32))
    assert model.modules[-1].biological.stop == 1024
    assert model.modules[-1].perturbation.stop == 512


def test_bulk_and_single_cell_agree_about_a_gene():
    latents = expected_latents({"tissue_ontology_id": LIVER})
    bulk, single_cell = decoder("bulk"), decoder("single-cell")
    by_gene = dict(zip(gene_order("bulk"), bulk.log_means(latents)[0], strict=True))
    expected = [by_gene[gene] for gene in gene_order("single-cell")]
    np.testing.assert_allclose(single_cell.log_means(latents)[0], expected, atol=1e-5)


def test_a_library_looks_like_rna_seq():
    model = decoder("bulk")
    shares = model.proportions(model.log_means(expected_latents({"tissue_ontology_id": LIVER})))[0]
    assert shares.sum() == pytest.approx(1)
    assert 10_000 < (shares > 1e-6).sum() < 22_000  # genes above one count per million
    assert shares.max() < 0.3
    coding = np.array([gene < "ENSG00000200000" for gene in gene_order("bulk")])
    assert np.median(shares[coding]) > 5 * np.median(
        shares[~coding]
    )  # later IDs are mostly lncRNA and pseudogenes


def test_no_latents_give_the_baseline():
    model = decoder("single-cell")
    np.testing.assert_allclose(model.log_means(Latents.zeros(1))[0], model.baseline, atol=1e-6)
