"""Columns of a table in, a tidy table out."""

from __future__ import annotations

import pandas as pd
import pytest

import synthquery as sq

SAMPLES = pd.DataFrame(
    {"organ": ["liver", "kidney", None, "liver"], "line": ["A549", "HeLa", "", "A549"]},
    index=["a", "b", "c", "d"],
)


def test_one_row_a_label_with_the_index_of_the_table() -> None:
    tidy = sq.resolve_frame(SAMPLES, {"organ": "tissue", "line": "cell_line"})
    assert list(tidy.index) == [*"abcd", *"abcd"]
    assert list(tidy["column"].unique()) == ["organ", "line"]
    organs = tidy[tidy["column"] == "organ"]
    assert list(organs["id"][:2]) == ["UBERON:0002107", "UBERON:0002113"]
    assert list(organs["status"]) == ["resolved", "resolved", "unresolved", "resolved"]


def test_candidates_are_identifiers_and_every_row_has_a_reason() -> None:
    tidy = sq.resolve_frame(SAMPLES, {"organ": "tissue"})
    assert tidy.loc["a", "candidates"][0] == "UBERON:0002107"
    assert tidy["reason"].str.len().gt(0).all()


def test_a_missing_column_is_named_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no column 'tissue'; it has organ, line"):
        sq.resolve_frame(SAMPLES, {"tissue": "tissue"})


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(sq.UnknownFieldError):
        sq.resolve_frame(SAMPLES, {"organ": "planet"})


def test_decisions_count() -> None:
    decided = sq.Decisions([sq.Decision("tissue", "kidney", "UBERON:0002107")])
    assert (
        sq.resolve_frame(SAMPLES, {"organ": "tissue"}, decisions=decided).loc["b", "id"] == "UBERON:0002107"
    )


def test_progress_counts_the_labels_that_had_to_be_looked_for() -> None:
    seen: list[int] = []
    sq.resolve_many(["liver", "liver", "kidney"], "tissue", progress=seen.append)
    assert seen == [1, 3]


CELLS = pd.DataFrame(
    {"organ": ["lung", "skin", None, "lung"], "cell": ["basal cell", "basal cell", "basal cell", None]},
    index=pd.Index(list("abcd")),
)


def test_a_row_that_is_one_sample_is_read_together() -> None:
    tidy = sq.resolve_frame(CELLS, {"cell": "cell type", "organ": "tissue"}, together=True)
    cells = tidy[tidy["column"] == "cell"]
    assert list(cells["term"][:3]) == ["respiratory basal cell", "basal cell of epidermis", "basal cell"]
    assert cells["term"].isna().tolist() == [False, False, False, True]
    assert list(cells.index) == list("abcd")


def test_rows_are_read_apart_unless_asked() -> None:
    tidy = sq.resolve_frame(CELLS, {"cell": "cell type", "organ": "tissue"})
    assert set(tidy[tidy["column"] == "cell"]["term"].dropna()) == {"basal cell"}


def test_rows_cannot_be_read_together_without_a_tissue() -> None:
    with pytest.raises(ValueError, match="one column has to be of the field tissue"):
        sq.resolve_frame(CELLS, {"cell": "cell type"}, together=True)


def test_what_is_known_besides_holds_for_all_labels_of_a_column() -> None:
    found = sq.resolve_many(["cortex", "medulla", "cortex"], "tissue", within="UBERON:0002113")
    assert [str(each.term) for each in found] == [
        "UBERON:0001225 (cortex of kidney)",
        "UBERON:0000362 (renal medulla)",
        "UBERON:0001225 (cortex of kidney)",
    ]
