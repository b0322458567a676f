"""Annotations: labels, the likeliest first, and how sure they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import synthquery as sq
from synthquery.analysis.annotations import entropy
from synthquery.prediction import LabelProbabilities
from synthquery.wire import parse_result

from .answers import BRAIN, CEREBELLUM, LIVER, predicted, tissues

SHARES = ((0.5, 0.25, 0.125, 0.125), (0.0, 0.0, 1.0, 0.0))


def test_a_row_a_sample_field_and_rank() -> None:
    table = sq.annotate(tissues(*SHARES), top=2)
    assert table.columns.tolist() == ["sample", "field", "rank", "value", "label", "probability", "entropy"]
    assert table[["sample", "field", "rank", "label"]].to_numpy().tolist() == [
        [0, "tissue", 1, "liver"],
        [0, "tissue", 2, "brain"],
        [1, "tissue", 1, "cerebellum"],
        [1, "tissue", 2, "liver"],
    ]
    assert table["value"].tolist() == [LIVER, BRAIN, CEREBELLUM, LIVER]
    assert table["probability"].tolist() == [0.5, 0.25, 1.0, 0.0]


def test_entropy_is_in_bits_and_0_is_certain() -> None:
    table = sq.annotate(tissues(*SHARES), top=1)
    assert table["entropy"].tolist() == [1.75, 0.0]
    assert entropy(np.full((1, 8), 0.125)).tolist() == [3.0]
    assert entropy(np.full((1, 8), 0.05)).tolist() == pytest.approx([3.0])
    assert np.isnan(entropy(np.zeros((1, 3)))).all()  # nothing is said, which is not certain


def test_samples_have_the_names_they_are_given() -> None:
    table = sq.annotate(tissues(*SHARES), top=1, samples=["s1", "s2"])
    assert table["sample"].tolist() == ["s1", "s2"]
    plates = [("plate 1", "A1"), ("plate 1", "A2")]
    assert sq.annotate(tissues(*SHARES), top=1, samples=plates)["sample"].tolist() == plates
    with pytest.raises(ValueError, match="3 names for 2 samples"):
        sq.annotate(tissues(*SHARES), samples=["a", "b", "c"])


@pytest.mark.parametrize("name", ["tissue", "tissue_ontology_id", "Tissue"])
def test_fields_have_either_name(name: str) -> None:
    assert len(sq.annotate(tissues(*SHARES), 1, fields=[name])) == 2


@pytest.mark.parametrize("key", ["tissue", "tissue_ontology_id"])
def test_both_styles_of_answers_are_annotated_alike(key: str) -> None:
    output = {"metadata": {key: LIVER}, "classifier_probs": {key: {LIVER: 0.75, BRAIN: 0.25}}}
    table = sq.annotate(parse_result({"outputs": [output]}, "gem-1-bulk_predict-metadata"))
    assert table[["field", "label", "probability"]].to_numpy().tolist() == [
        ["tissue", "liver", 0.75],
        ["tissue", "brain", 0.25],
    ]


def test_what_is_predicted_without_probabilities_has_one_row() -> None:
    answer = tissues(*SHARES).replace(
        sample_metadata=[{"tissue_ontology_id": LIVER, "age_years": 61}, {"tissue_ontology_id": CEREBELLUM}]
    )
    table = sq.annotate(answer, 1)
    ages = table[table["field"] == "age_years"]
    assert ages[["sample", "value", "label"]].to_numpy().tolist() == [[0, "61", "61"]]
    assert ages["probability"].isna().all()


def test_values_that_are_no_terms_are_their_own_labels() -> None:
    table = LabelProbabilities(("male", "UBERON:9999999"), np.array([[0.6, 0.4]]))
    answer = predicted("sex", ["male"], probabilities={"sex": table})
    assert sq.annotate(answer)["label"].tolist() == ["male", ""]


def test_no_more_labels_than_there_are() -> None:
    assert len(sq.annotate(tissues(*SHARES), top=100)) == 8
    with pytest.raises(ValueError, match="at least 1"):
        sq.annotate(tissues(*SHARES), top=0)


@pytest.mark.parametrize(("field", "error"), [("organ of origin!", sq.UnknownFieldError), ("sex", None)])
def test_a_field_that_does_not_exist_is_told_from_one_without_answers(field: str, error: Any) -> None:
    if error is None:
        assert sq.annotate(tissues(*SHARES), fields=[field]).empty
    else:
        with pytest.raises(error, match="there are"):
            sq.annotate(tissues(*SHARES), fields=[field])


def test_a_field_without_any_probability_is_not_certain() -> None:
    table = sq.annotate(tissues((0.0, 0.0, 0.0, 0.0), (1.0, 0, 0, 0)), top=1)
    assert table["entropy"].isna().tolist() == [True, False]


def test_one_field_need_not_be_a_list() -> None:
    answer = tissues(*SHARES)
    assert sq.annotate(answer, fields="tissue").equals(sq.annotate(answer, fields=["tissue"]))
