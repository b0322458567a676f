"""Latents as tables, and what they say about batches."""

from __future__ import annotations

import numpy as np
import pytest

import synthquery as sq
from synthquery.prediction import Prediction

STUDIES = ["PRJNA1", "PRJNA1", "PRJNA2", "PRJNA2"]
TECHNICAL = np.array([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0]])
ANSWER = Prediction(
    "gem-1-bulk",
    "expression",
    [{"study": study, "sex": "", "tissue_ontology_id": "UBERON:0002107"} for study in STUDIES],
    np.array([[5, 5], [10, 10], [1, 1], [2, 2]]),
    latent_arrays={"biological": np.arange(4.0).reshape(4, 1), "technical": TECHNICAL},
)


class TestFrame:
    def test_one_row_a_sample_with_metadata_beside(self) -> None:
        table = sq.latents_frame(ANSWER)
        assert table.columns.tolist() == [
            "study",
            "tissue_ontology_id",
            "biological_0",
            "technical_0",
            "technical_1",
        ]
        assert table["technical_0"].tolist() == [0, 0, 10, 10]
        assert table.index.name == "sample"

    def test_one_space_without_metadata_and_with_names(self) -> None:
        table = sq.latents_frame(ANSWER, "technical", metadata=False, samples=list("abcd"))
        assert table.shape == (4, 2)
        assert table.index.tolist() == ["a", "b", "c", "d"]

    def test_names_may_have_parts(self) -> None:
        wells = [("plate 1", number) for number in range(4)]
        assert sq.latents_frame(ANSWER, "technical", samples=wells).index.tolist() == wells

    def test_means_of_batches_are_one_line(self) -> None:
        means = sq.latents_frame(ANSWER, "technical", metadata=False).groupby(STUDIES).mean()
        assert means["technical_0"].to_dict() == {"PRJNA1": 0.0, "PRJNA2": 10.0}

    def test_latents_that_are_not_there_are_an_error(self) -> None:
        with pytest.raises(ValueError, match="no latents 'temporal'; there are biological, technical"):
            sq.latents_frame(ANSWER, "temporal")


class TestBatches:
    @pytest.mark.parametrize("batches", ["study", STUDIES])
    def test_a_row_a_batch(self, batches: object) -> None:
        table = sq.batch_summary(ANSWER, batches).set_index("batch")
        assert table["n_samples"].to_dict() == {"PRJNA1": 2, "PRJNA2": 2}
        assert table["mean_reads"].to_dict() == {"PRJNA1": 15.0, "PRJNA2": 3.0}
        assert table["shift"].tolist() == [5.0, 5.0]
        assert table["spread"].tolist() == [1.0, 1.0]
        assert table["mean"].tolist() == [0.5, 5.5]
        assert table["nearest"].to_dict() == {"PRJNA1": "PRJNA2", "PRJNA2": "PRJNA1"}
        assert table["nearest_distance"].tolist() == [10.0, 10.0]
        assert table["explained"].tolist() == pytest.approx([100 / 104] * 2)

    def test_several_spaces_stand_below_each_other(self) -> None:
        table = sq.batch_summary(ANSWER, "study", ["technical", "biological"])
        assert table["space"].tolist() == ["technical"] * 2 + ["biological"] * 2

    def test_a_single_batch_has_no_neighbour(self) -> None:
        (row,) = sq.batch_summary(ANSWER, ["one"] * 4).to_dict("records")
        assert row["nearest"] is None
        assert row["explained"] == 0.0
        assert row["shift"] == 0.0

    def test_samples_without_counts_have_no_reads(self) -> None:
        answer = ANSWER.replace(kind="metadata", counts_array=None)
        assert sq.batch_summary(answer, "study")["mean_reads"].isna().all()

    @pytest.mark.parametrize(
        ("batches", "said"), [("lane", "no column 'lane'"), (["a"], "1 batches for 4 samples")]
    )
    def test_batches_that_do_not_fit_are_an_error(self, batches: object, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            sq.batch_summary(ANSWER, batches)


@pytest.mark.parametrize("nothing", [None, float("nan"), ""])
def test_a_sample_without_a_batch_is_not_put_into_one(nothing: object) -> None:
    with pytest.raises(ValueError, match=r"no batch for 2 of 4 samples \(1, 3\)"):
        sq.batch_summary(ANSWER, ["a", nothing, "b", nothing])


def test_a_column_that_is_not_set_is_no_batch() -> None:
    with pytest.raises(ValueError, match="sex is not set for 4 of 4 samples"):
        sq.batch_summary(ANSWER, "sex")
