"""Predictions: tables made when they are asked for, and parts that must fit together."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

from synthquery.errors import ResultError
from synthquery.prediction import LabelProbabilities, Prediction, SparseCounts, other_spelling

from .making import COUNTS, GENES, names, prediction, same


def test_counts_are_samples_by_genes_without_a_copy() -> None:
    one = prediction()
    assert one.counts.shape == one.shape == (2, 3)
    assert list(one.counts.columns) == list(GENES)
    assert np.shares_memory(one.counts.to_numpy(), COUNTS)
    assert one.counts is one.counts


def test_expression_is_log_counts_per_million() -> None:
    table = prediction().expression
    assert table.dtypes.unique().tolist() == [np.float32]
    assert np.allclose(table.iloc[0], np.log1p([900_000, 100_000, 0]))
    assert table.iloc[1].tolist() == [0, 0, 0]


def test_tables_have_one_row_a_sample() -> None:
    one = prediction()
    assert one.metadata["sex"].tolist() == ["male", ""]
    assert one.latents["biological"].shape == (2, 2)
    assert one.classifier_probs["tissue_ontology_id"]["UBERON:0002107"].tolist() == [0.75, 0.5]


def test_a_field_may_be_asked_for_by_either_name() -> None:
    tables = prediction().classifier_probs
    assert tables["tissue"] is tables["tissue_ontology_id"]
    with pytest.raises(KeyError, match="there are tissue_ontology_id"):
        _ = tables["sex"]
    assert other_spelling("cell_type") == "cell_type_ontology_id"
    assert other_spelling("cell_type_ontology_id") == "cell_type"


def test_the_best_label_is_the_most_probable_one() -> None:
    assert prediction().probabilities["tissue_ontology_id"].best() == ("UBERON:0002107", "UBERON:0002107")
    assert LabelProbabilities((), np.empty((2, 0))).best() == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"counts_array": None}, "no counts"),
        ({"counts_array": COUNTS[:1]}, "1 rows of counts, 2 of metadata"),
        ({"counts_array": COUNTS[:, :2]}, "2 counts a sample, 3 genes"),
        ({"counts_array": COUNTS.astype(float)}, "float64"),
        ({"counts_array": COUNTS[0]}, "shape"),
        ({"latent_arrays": {"biological": np.zeros((3, 2))}}, "3 rows of latents biological"),
        (
            {"probabilities": {"sex": LabelProbabilities(("male",), np.ones((1, 1)))}},
            "1 rows of probabilities of sex",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ResultError, match=said):
        prediction(**changes)


def test_small_counts_may_be_32_bit() -> None:
    assert prediction(counts_array=COUNTS.astype(np.int32)).counts_array.dtype == np.int32


def test_a_metadata_prediction_needs_no_counts() -> None:
    one = prediction(kind="metadata", counts_array=None, gene_order=())
    assert one.shape == (2, 0)
    with pytest.raises(ResultError, match="has no counts"):
        _ = one.expression


def test_columns_are_numbered_when_the_genes_are_not_told() -> None:
    assert list(prediction(gene_order=()).counts.columns) == [0, 1, 2]


def test_it_says_what_it_is_and_when_it_is_simulated() -> None:
    assert repr(prediction()) == (
        "<Prediction gem-1-bulk; expression; 2 samples x 3 genes; latents biological 2; "
        "probabilities of tissue_ontology_id>"
    )
    simulated = prediction(simulated=True)
    assert "SIMULATED VALUES, NOT BIOLOGY" in repr(simulated)
    assert simulated.summary()["note"] == "simulated values, not biology"
    assert "note" not in prediction().summary()
    assert json.loads(json.dumps(simulated.summary())) == simulated.summary()


def test_labels_stand_beside_identifiers() -> None:
    table = prediction(names=names).metadata
    assert list(table.columns) == ["sex", "genotype", "tissue_ontology_id", "tissue_label", "modality"]
    assert table["tissue_label"].tolist() == ["liver", ""]
    assert "tissue_label" not in prediction().metadata


def test_a_value_of_several_terms_has_all_their_labels_or_none() -> None:
    rows = [
        {"tissue_ontology_id": "UBERON:0002107|UBERON:0000955"},
        {"tissue_ontology_id": "UBERON:0002107|X:1"},
    ]
    table = prediction(sample_metadata=rows, names=names).metadata
    assert table["tissue_label"].tolist() == ["liver|brain", ""]


def test_a_prediction_does_not_change_but_has_a_changed_twin() -> None:
    one = prediction()
    with pytest.raises(AttributeError, match="does not change"):
        one.model_version = "3"
    other = one.replace(model_version="3")
    assert (one.model_version, other.model_version) == ("2", "3")
    assert other.counts_array is one.counts_array


def test_a_pickle_is_the_same_prediction_without_the_tables_made_of_it() -> None:
    one = prediction()
    bare = pickle.dumps(one)
    _ = one.counts, one.expression, one.metadata
    assert pickle.dumps(one) == bare
    for other in (pickle.loads(bare), copy.deepcopy(one), copy.copy(one)):
        assert same(one, other)
        assert other.counts.equals(one.counts)


def test_library_sizes_are_sums_of_counts() -> None:
    assert prediction().reads.tolist() == [1_000_000, 0]
    assert prediction(kind="metadata", counts_array=None).reads.tolist() == [0, 0]


class TestSparse:
    def sparse(self) -> Prediction:
        return prediction(counts_array=SparseCounts.from_array(COUNTS))

    def test_counts_stay_sparse_until_an_array_is_asked_for(self) -> None:
        one = self.sparse()
        assert one.is_sparse
        assert one.shape == (2, 3)
        assert one.reads.tolist() == [1_000_000, 0]
        assert np.array_equal(one.counts_array, COUNTS)
        assert one.counts.equals(prediction().counts)
        assert one.expression.equals(prediction().expression)

    def test_scipy_gets_the_same_arrays(self) -> None:
        one = self.sparse()
        matrix = one.sparse_counts
        assert matrix.format == "csr"
        assert np.shares_memory(matrix.data, one.stored_counts.data)
        assert np.array_equal(matrix.toarray(), COUNTS)

    def test_scipy_matrices_are_taken_in_any_format(self) -> None:
        matrix = self.sparse().sparse_counts
        for form in ("csr", "csc", "coo"):
            one = prediction(counts_array=matrix.asformat(form))
            assert one.is_sparse
            assert np.array_equal(one.counts_array, COUNTS)

    def test_dense_counts_are_made_sparse_when_asked(self) -> None:
        assert np.array_equal(prediction().sparse_counts.toarray(), COUNTS)
        assert not prediction().is_sparse

    def test_a_changed_twin_stays_sparse(self) -> None:
        assert self.sparse().replace(model_version="3").is_sparse

    @pytest.mark.parametrize("rows", [[1], [1, 0], [0, 0, 1], []])
    def test_some_samples_are_taken_in_order(self, rows: list[int]) -> None:
        counts = SparseCounts.from_array(COUNTS)
        assert np.array_equal(counts.take(rows).toarray(), COUNTS[rows])

    def test_parts_are_put_together(self) -> None:
        counts = SparseCounts.from_array(COUNTS)
        both = SparseCounts.concatenated([counts, counts])
        assert np.array_equal(both.toarray(), np.vstack([COUNTS, COUNTS]))
        assert both.reads().tolist() == [1_000_000, 0, 1_000_000, 0]

    def test_columns_of_a_sample_come_in_any_order(self) -> None:
        counts = SparseCounts.from_rows([np.array([2, 0])], [np.array([5, 3])], 3)
        assert counts.toarray().tolist() == [[3, 0, 5]]
        assert counts.row(0)[0].tolist() == [0, 2]


class TestHtml:
    def test_it_shows_the_first_samples_with_labels(self) -> None:
        shown = prediction(names=names)._repr_html_()
        assert "<th>tissue_label</th>" in shown
        assert "<td>liver</td>" in shown
        assert "<td>1,000,000</td>" in shown
        assert "Simulated" not in shown
        assert "Simulated values, not biology" in prediction(simulated=True)._repr_html_()

    def test_one_sample_is_one_sample(self) -> None:
        parts = {"sample_metadata": [{"sex": "male"}], "counts_array": np.ones((1, 3), dtype=int)}
        shown = prediction(**parts, latent_arrays={}, probabilities={})._repr_html_()
        assert "1 sample; 3 genes" in shown

    def test_it_says_how_many_samples_are_not_shown(self) -> None:
        rows = [{"sex": "male"}] * 7
        parts = {"sample_metadata": rows, "counts_array": np.ones((7, 3), dtype=int)}
        shown = prediction(**parts, latent_arrays={}, probabilities={})._repr_html_()
        assert "and 2 more" in shown

    def test_what_comes_from_outside_is_text(self) -> None:
        rows = [{"genotype": "<script>alert(1)</script>"}, {"genotype": "<b>"}]
        shown = prediction(sample_metadata=rows, model_version="<i>")._repr_html_()
        assert "<script>" not in shown
        assert "<i>" not in shown
        assert "&lt;script&gt;" in shown


class TestOneSample:
    def test_a_sample_is_in_the_documented_form(self) -> None:
        one = prediction()[0]
        assert one["metadata"]["tissue_ontology_id"] == "UBERON:0002107"
        assert one["counts"].tolist() == [900_000, 100_000, 0]
        assert one["latents"]["biological"].tolist() == [0.5, 1.0]
        best = max(one["classifier_probs"]["tissue"].items(), key=lambda pair: pair[1])
        assert best == ("UBERON:0002107", 0.75)
        assert one["classifier_probs"]["tissue_ontology_id"] == one["classifier_probs"]["tissue"]

    def test_a_prediction_is_gone_through_sample_by_sample(self) -> None:
        whole = prediction()
        assert len(whole) == 2
        assert [one["metadata"]["sex"] for one in whole] == ["male", ""]
        assert whole[-1]["counts"].tolist() == whole[1]["counts"].tolist() == [0, 0, 0]

    def test_sparse_counts_of_a_sample_are_one_a_gene(self) -> None:
        sparse = prediction(counts_array=SparseCounts.from_array(COUNTS))
        assert sparse[0]["counts"].tolist() == [900_000, 100_000, 0]
        assert sparse.is_sparse

    def test_what_an_answer_lacks_is_not_in_its_samples(self) -> None:
        bare = prediction(kind="metadata", counts_array=None, latent_arrays={}, probabilities={})
        assert list(bare[0]) == ["metadata"]

    def test_there_are_no_more_samples_than_there_are(self) -> None:
        with pytest.raises(IndexError):
            prediction()[2]

    @pytest.mark.parametrize("key", ["metadata", True, 1.0])
    def test_anything_but_a_number_is_told_where_the_tables_are(self, key: Any) -> None:
        with pytest.raises(TypeError, match=r"number of a sample.*\.metadata, \.counts"):
            prediction()[key]
