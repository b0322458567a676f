"""Predictions as AnnData: what scanpy users find where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthquery.prediction import SparseCounts

from .making import COUNTS, GENES, names, prediction

anndata = pytest.importorskip("anndata")


@pytest.fixture(params=["as made", "from a file"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    provenance = {"query": {"seed": 3}, "releases": {"UBERON": "v2026-04-01"}, "transport": "test"}
    made = prediction(names=names, simulated=True, provenance=provenance).to_anndata()
    if request.param == "as made":
        return made
    made.write_h5ad(tmp_path / "one.h5ad")
    return anndata.read_h5ad(tmp_path / "one.h5ad")


def test_x_is_raw_counts_samples_by_genes(data: Any) -> None:
    assert np.array_equal(data.X, COUNTS)
    assert list(data.var_names) == list(GENES)
    assert list(data.obs_names) == ["0", "1"]


def test_genes_have_symbols(data: Any) -> None:
    assert data.var["gene_symbol"].tolist() == ["TSPAN6", "", ""]
    assert data.var["gene_id"].tolist() == list(GENES)


def test_obs_is_metadata_with_labels_as_text(data: Any) -> None:
    assert data.obs["sex"].tolist() == ["male", ""]
    assert data.obs["genotype"].tolist() == ['a,"b"', ""]
    assert data.obs["tissue_label"].tolist() == ["liver", ""]


def test_obsm_has_latents_and_probabilities(data: Any) -> None:
    assert data.obsm["X_biological"].tolist() == [[0.5, 1.0], [2.0, 1 / 3]]
    assert data.obsm["probs_tissue_ontology_id"].tolist() == [[0.75, 0.25], [0.5, 0.5]]
    labels = data.uns["synthquery"]["labels"]["tissue_ontology_id"]
    assert list(labels) == ["UBERON:0002107", "UBERON:0000955"]


def test_uns_says_how_the_answer_came_about(data: Any) -> None:
    about = data.uns["synthquery"]
    assert (about["model_id"], about["model_version"], bool(about["simulated"])) == ("gem-1-bulk", "2", True)
    assert dict(about["releases"]) == {"UBERON": "v2026-04-01"}
    assert json.loads(about["query"]) == {"seed": 3}
    assert json.loads(about["provenance"]) == {"transport": "test"}


def test_what_is_done_to_x_leaves_the_prediction_alone() -> None:
    for counts in (COUNTS, SparseCounts.from_array(COUNTS)):
        one = prediction(counts_array=counts)
        made = one.to_anndata()
        made.X *= 2
        assert np.array_equal(one.counts_array, COUNTS)


@pytest.mark.parametrize("sparse", [True, False])
def test_x_is_sparse_when_wanted(sparse: bool) -> None:
    for counts in (COUNTS, SparseCounts.from_array(COUNTS)):
        data = prediction(counts_array=counts).to_anndata(sparse=sparse)
        assert hasattr(data.X, "tocsr") is sparse
        assert np.array_equal(data.X.toarray() if sparse else data.X, COUNTS)


def test_counts_that_came_sparse_stay_so() -> None:
    assert hasattr(prediction(counts_array=SparseCounts.from_array(COUNTS)).to_anndata().X, "tocsr")


def test_a_prediction_without_counts_has_no_genes() -> None:
    data = prediction(kind="metadata", counts_array=None, gene_order=()).to_anndata()
    assert data.shape == (2, 0)
    assert data.obsm["X_biological"].shape == (2, 2)
