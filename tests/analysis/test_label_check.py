"""Labels against predictions: a verdict for each sample and field, through the hierarchy."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

import synthquery as sq

from .answers import BRAIN, CEREBELLUM, LIVER, LUNG, predicted, tissues

ANSWER = tissues((0.9, 0.1, 0, 0), (0, 0.3, 0.6, 0.1), (0, 0, 0, 1.0), (0.2, 0.8, 0, 0), (0, 1.0, 0, 0))
PROVIDED = ["liver", "UBERON_0000955", "left lung", "xyzzy", None]


def verdicts(provided: Any, answer: Any) -> list[str]:
    return sq.check_labels(provided, answer).table["verdict"].tolist()


def test_labels_and_identifiers_are_compared_through_the_hierarchy() -> None:
    table = sq.check_labels({"tissue": PROVIDED}, ANSWER).table
    assert table["verdict"].tolist() == [
        "exact",
        "more specific",
        "more general",
        "not checked",
        "not checked",
    ]
    assert table["provided"].tolist() == ["liver", "UBERON_0000955", "left lung", "xyzzy", ""]
    assert table["provided_id"].tolist() == [LIVER, BRAIN, "UBERON:0002168", "", ""]
    assert table["provided_label"].tolist() == ["liver", "brain", "left lung", "xyzzy", ""]
    assert table["predicted_label"].tolist() == ["liver", "cerebellum", "lung", "brain", "brain"]
    assert table["common_ancestor"].tolist() == [LIVER, BRAIN, LUNG, "", ""]
    assert table["common_ancestor_label"].tolist() == ["liver", "brain", "lung", "", ""]
    assert table["reason"].tolist()[3:] == ["No tissue has a name like this.", "no label was provided"]


def test_a_provided_term_has_the_probability_of_all_below_it() -> None:
    table = sq.check_labels({"tissue": PROVIDED}, ANSWER).table
    assert table["predicted_probability"].tolist() == [0.9, 0.6, 1.0, 0.8, 1.0]
    assert table["provided_probability"].tolist()[:2] == pytest.approx([0.9, 0.9])
    assert all(math.isnan(one) for one in table["provided_probability"].tolist()[2:])


def test_mismatches_are_siblings_and_unrelated_ones() -> None:
    answer = predicted("tissue_ontology_id", [BRAIN, "UBERON:0002167", LIVER])
    check = sq.check_labels({"tissue": ["liver", "left lung", "liver"]}, answer)
    assert check.table["verdict"].tolist() == ["unrelated", "sibling", "exact"]
    assert check.mismatches["sample"].tolist() == [0, 1]
    assert repr(check) == "<LabelCheck of tissue: 1 exact, 1 sibling, 1 unrelated>"


def test_a_confusion_table_counts_who_was_taken_for_whom() -> None:
    answer = predicted("tissue_ontology_id", [LIVER, LIVER, BRAIN, CEREBELLUM])
    check = sq.check_labels({"tissue": ["liver", "liver", "liver", "nonsense words"]}, answer)
    table = check.confusion()
    assert table.index.name == "provided"
    assert table.columns.name == "predicted"
    assert table.loc["liver"].to_dict() == {"brain": 1, "liver": 2}
    assert "cerebellum" not in table.columns


def test_a_summary_has_a_row_a_field_and_a_column_a_verdict() -> None:
    answer = predicted("tissue_ontology_id", [LIVER, BRAIN]).replace(
        sample_metadata=[
            {"tissue_ontology_id": LIVER, "sex": "male"},
            {"tissue_ontology_id": BRAIN, "sex": "male"},
        ]
    )
    summary = sq.check_labels({"tissue": "liver", "sex": ["M", "F"]}, answer).summary()
    assert summary.loc["tissue", "exact"] == 1
    assert summary.loc["sex", ["exact", "unrelated"]].tolist() == [1, 1]
    assert summary.columns.tolist() == [
        "exact", "more specific", "more general", "sibling", "unrelated", "not checked",
    ]  # fmt: skip


def test_a_table_names_samples_by_its_index_and_may_have_other_columns() -> None:
    frame = pd.DataFrame(
        {"note": ["liver", "brain"], "batch": [1, 2], "Tissue": ["liver", "liver"]}, index=["a", "b"]
    )
    check = sq.check_labels(frame, predicted("tissue_ontology_id", [LIVER, BRAIN]))
    assert check.table["sample"].tolist() == ["a", "b"] * (len(check) // 2)
    assert check.confusion("tissue").to_numpy().sum() == 2


@pytest.mark.parametrize(
    ("key", "provided", "found", "verdict"),
    [
        ("sex", "F", "female", "exact"),
        ("sex", "male", "female", "unrelated"),
        ("sample_type", "Primary cell", "primary cells", "exact"),
        ("age_years", 61, "61", "exact"),
        ("age_years", 61.0, 60.6, "exact"),
        ("age_years", "61", "45", "unrelated"),
        ("age", "61 years", "61", "exact"),
        ("age", "18 months", 2, "exact"),
        ("age", "old", "61", "not checked"),
        ("age", "60-69", "61", "not checked"),
        ("age", "61", "elderly", "not checked"),
        ("age", "Elderly", "elderly", "exact"),
        ("tissue", "liver", "Liver", "exact"),
        ("tissue", "brain", "cerebellum", "more specific"),
        ("tissue", "liver", "xyzzy", "not checked"),
        ("perturbation", "control", "Control", "exact"),
        ("perturbation", "TP53", "control", "not checked"),
        ("genotype", "wt", "WT", "exact"),
        ("disease", "healthy", "PATO:0000461", "exact"),
        ("disease", "asthma", "PATO:0000461", "unrelated"),
        ("cell_type", "CD8+ T cell", "CL:0000084", "more general"),
        ("cell line", "HepG2", "CVCL_0027", "exact"),
        ("gene", "P53", "ENSG00000141510", "exact"),
        ("tissue", "liver", "", "not checked"),
        ("tissue", float("nan"), LIVER, "not checked"),
        ("tissue", pd.NA, LIVER, "not checked"),
        ("tissue", "liver", "UBERON:9999999", "not checked"),
        ("tissue", "liver", "UBERON:0000955|UBERON:0002107", "exact"),
    ],
)
def test_every_kind_of_field_is_compared(key: str, provided: Any, found: Any, verdict: str) -> None:
    from synthquery.analysis.fields import metadata_key

    assert verdicts({key: [provided]}, predicted(metadata_key(key), [found])) == [verdict]


def test_decisions_come_first() -> None:
    decisions = sq.Decisions([sq.Decision(label="Leber", field="tissue", id=LIVER)])
    check = sq.check_labels(
        {"tissue": "Leber"}, predicted("tissue_ontology_id", [LIVER]), decisions=decisions
    )
    assert check.table["verdict"].tolist() == ["exact"]


@pytest.mark.parametrize(
    ("provided", "error", "said"),
    [
        ({"tissue": ["liver"]}, ValueError, "1 labels of tissue for 5 samples"),
        ({"astrological sign": "leo"}, sq.UnknownFieldError, "there is no metadata field"),
        (pd.DataFrame({"batch": range(5)}), ValueError, "none of batch is a metadata field"),
        ({}, ValueError, "nothing to check"),
        ({"tissue": "liver", "tissue_ontology_id": "liver"}, ValueError, "are the same field"),
    ],
)
def test_what_cannot_be_checked_is_an_error(provided: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        sq.check_labels(provided, ANSWER)


def test_a_field_that_was_not_checked_has_no_confusion() -> None:
    check = sq.check_labels({"tissue": "liver", "sex": "male"}, ANSWER)
    with pytest.raises(ValueError, match="one of tissue, sex, not None"):
        check.confusion()
    with pytest.raises(ValueError, match="not 'disease'"):
        check.confusion("disease")


def test_a_check_of_simulated_values_says_so() -> None:
    check = sq.check_labels({"tissue": "liver"}, ANSWER.replace(simulated=True))
    assert "SIMULATED VALUES, NOT BIOLOGY" in repr(check)
    assert "<table" in check._repr_html_()


@pytest.mark.parametrize("word", ["NA", "unknown", "n/a", "not collected", "missing: third party data"])
def test_a_word_for_no_value_is_no_label(word: str) -> None:
    check = sq.check_labels({"tissue": word}, tissues((0.9, 0.1, 0, 0)))
    assert check.table["verdict"].tolist() == ["not checked"]
    assert check.table["reason"].tolist() == [f"no label was provided: {word!r} stands for none"]
    assert check.mismatches.empty
    sexes = sq.check_labels({"sex": word}, predicted("sex", ["male"]))
    assert sexes.table["verdict"].tolist() == ["not checked"]


def test_a_column_of_a_table_is_named_like_its_field() -> None:
    column = pd.Series(["liver", "brain"], index=["s1", "s2"], name="tissue")
    table = sq.check_labels(column, tissues((0.9, 0.1, 0, 0), (0.9, 0.1, 0, 0))).table
    assert table["sample"].tolist() == ["s1", "s2"]
    assert table["verdict"].tolist() == ["exact", "unrelated"]


@pytest.mark.parametrize("labels", [{"liver"}, {"s1": "liver"}], ids=["set", "by sample"])
def test_labels_in_no_order_are_refused(labels: Any) -> None:
    with pytest.raises(TypeError, match="labels of tissue are a list with one a sample"):
        sq.check_labels({"tissue": labels}, tissues((0.9, 0.1, 0, 0)))


@pytest.mark.parametrize("labels", [["liver"], pd.Series(["liver"]), "liver"], ids=["list", "column", "text"])
def test_labels_without_the_name_of_their_field_are_refused(labels: Any) -> None:
    with pytest.raises(TypeError, match=r'\{"tissue": \[\.\.\.\]\}'):
        sq.check_labels(labels, tissues((0.9, 0.1, 0, 0)))
