"""Bodies as R writes them: values in lists of one, NULL, NA, empty lists, rows of tables, names in place of lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

import synthquery as sq
from synthquery.catalog import get_model

REFERENCE = "gem-1-sc_reference-conditioning"
N_GENES = get_model(REFERENCE).n_genes


def bulk(*, metadata: Any = None, **more: Any) -> dict[str, Any]:
    described = {"tissue_ontology_id": "UBERON:0002107"} if metadata is None else metadata
    return {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": described, "num_samples": 1}],
        **more,
    }


def said(body: dict[str, Any], model_id: str = "gem-1-bulk") -> dict[str, str]:
    """The message at each place."""
    return {issue.pointer: issue.message for issue in sq.validate(body, model_id).issues}


def test_what_is_not_unboxed_comes_out_of_its_lists():
    text = """{"sampling_strategy": ["mean estimation"], "total_count": [1e7], "seed": [42],
        "deterministic_latents": [true],
        "inputs": [{"metadata": {"sex": ["male"], "age_years": [45.5]}, "num_samples": [3]}]}"""
    fixed, report = sq.fix(json.loads(text), "gem-1-bulk")
    assert fixed == {
        "sampling_strategy": "mean estimation",
        "total_count": 10_000_000,
        "seed": 42,
        "deterministic_latents": True,
        "inputs": [{"metadata": {"sex": "male", "age_years": 45.5}, "num_samples": 3}],
    }
    assert report.ok


@pytest.mark.parametrize(
    ("place", "value"), [("seed", [42]), ("deterministic_latents", [False]), ("total_count", [5])]
)
def test_a_list_of_one_says_what_to_do(place, value):
    message = said(bulk(**{place: value}))[f"/{place}"]
    assert message.endswith("not a list of one: take it out of the list")


@pytest.mark.parametrize("value", [[1, 2], [], ["x"], [[1]], [None], [True], [1.5], [float("inf")]])
def test_other_lists_are_not_taken_apart(value):
    fixed, report = sq.fix(bulk(seed=value), "gem-1-bulk")
    assert fixed["seed"] == value
    assert [issue.pointer for issue in report.errors] == ["/seed"]


@pytest.mark.parametrize("missing", [{}, "NA", "NaN"])
def test_a_parameter_without_a_value_is_to_be_left_out(missing):
    assert said(bulk(seed=missing))["/seed"].endswith(": leave the key out")


def test_null_is_left_out():
    fixed, report = sq.fix(bulk(seed={}), "gem-1-bulk")
    assert "seed" not in fixed
    assert report.ok


def test_null_in_metadata_is_left_out():
    fixed, report = sq.fix(bulk(metadata={"sex": {}, "race": "asian"}), "gem-1-bulk")
    assert fixed["inputs"][0]["metadata"] == {"race": "asian"}
    assert report.ok


def test_an_object_with_something_in_it_stays():
    fixed, report = sq.fix(bulk(metadata={"sex": {"value": "male"}}), "gem-1-bulk")
    assert fixed["inputs"][0]["metadata"] == {"sex": {"value": "male"}}
    assert not report.ok


@pytest.mark.parametrize(
    ("body", "pointer", "advice"),
    [
        (bulk(metadata=[]), "/inputs/0/metadata", "write {} where there is nothing to say"),
        (bulk(metadata=[{"sex": "male"}]), "/inputs/0/metadata", "take the object out of the list"),
        (bulk(inputs={"metadata": {}, "num_samples": 1}), "/inputs", "put the sample into a list"),
        (
            bulk(inputs={"liver": {"metadata": {}, "num_samples": 1}}),
            "/inputs",
            "leave out the names of the samples",
        ),
        (
            bulk(metadata={"sex": "male", "num_samples": 10}),
            "/inputs/0/metadata/num_samples",
            "num_samples belongs beside metadata, not into it",
        ),
        (
            bulk(metadata={"total_count": 10}),
            "/inputs/0/metadata/total_count",
            "total_count belongs to the top of the query",
        ),
    ],
)
def test_where_a_value_belongs_is_said(body, pointer, advice):
    assert advice in said(body)[pointer]


def test_one_latent_space_is_a_list_too():
    counts = [1] * N_GENES
    body = {
        "sampling_strategy": "mean estimation",
        "conditioning": "biological",
        "inputs": [{"counts": counts, "metadata": {}, "num_samples": 1}],
    }
    assert said(body, REFERENCE)["/conditioning"].endswith('not text: write ["biological"]')


@pytest.mark.parametrize(
    ("counts", "advice"),
    [
        ([{"ENSG00000141510": 3}], "without the names of genes or samples"),
        ([{"sample": 3}] * N_GENES, "without the names of genes or samples"),
        ([[3] * N_GENES], "take the numbers out of them"),
        (["3"] * N_GENES, "not of text"),
    ],
)
def test_rows_of_tables_are_no_counts(counts, advice):
    body = {"inputs": [{"counts": counts}]}
    assert advice in said(body, "gem-1-sc_predict-metadata")["/inputs/0/counts"]
