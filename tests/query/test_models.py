"""Queries: strict, immutable, and exactly the bodies that the service takes."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from synthquery.query import (
    METADATA_KEYS,
    PERTURBATION_KEYS,
    BulkQuery,
    CountsInput,
    Metadata,
    MetadataPredictionQuery,
    Query,
    ReferenceConditioningQuery,
    SingleCellQuery,
)

LIVER = {"sex": "male", "sample_type": "primary tissue", "tissue_ontology_id": "UBERON:0002107"}
BULK = {"sampling_strategy": "sample generation", "inputs": [{"metadata": LIVER, "num_samples": 5}]}
REFERENCE = {
    "model_id": "gem-1-bulk_reference-conditioning",
    "sampling_strategy": "mean estimation",
    "conditioning": ["biological", "technical"],
    "fixed_total_count": False,
    "inputs": [
        {
            "counts": [0, 3, 5],
            "metadata": {"perturbation_ontology_id": "CHEMBL25", "perturbation_dose": "10 um"},
            "num_samples": 3,
        }
    ],
}
PREDICTION = {
    "model_id": "gem-1-sc_predict-metadata",
    "seed": 42,
    "inputs": [{"counts": [0, 3]}, {"counts": [4, 0]}],
}


def wire(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "model_id"}


def errors_of(model: type[Query], body: dict[str, Any]) -> set[tuple[str, tuple[Any, ...]]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return {(error["type"], error["loc"]) for error in caught.value.errors()}


def test_metadata_has_the_19_documented_keys() -> None:
    assert len(METADATA_KEYS) == 19
    assert set(PERTURBATION_KEYS) < set(METADATA_KEYS)


@pytest.mark.parametrize(
    ("model", "body"),
    [(BulkQuery, BULK), (ReferenceConditioningQuery, REFERENCE), (MetadataPredictionQuery, PREDICTION)],
)
def test_a_body_comes_out_as_it_went_in(model: type[Query], body: dict[str, Any]) -> None:
    query = model.model_validate(body)
    assert query.to_dict() == wire(body)
    assert json.loads(query.to_json()) == wire(body)
    assert list(query.to_dict())[-1] == "inputs"


def test_what_is_not_set_is_not_sent() -> None:
    body = BulkQuery.model_validate({**BULK, "seed": None}).to_dict()
    assert set(body) == {"sampling_strategy", "inputs"}
    assert body["inputs"][0]["metadata"] == LIVER


def test_all_parameters_travel() -> None:
    settings = {"total_count": 8_000_000, "deterministic_latents": True, "seed": 0}
    assert BulkQuery.model_validate({**BULK, **settings}).to_dict() == {**BULK, **settings}


def test_the_number_of_samples_is_that_of_the_answer() -> None:
    assert BulkQuery.model_validate({**BULK, "inputs": BULK["inputs"] * 3}).n_samples == 15
    assert ReferenceConditioningQuery.model_validate(REFERENCE).n_samples == 3
    assert MetadataPredictionQuery.model_validate(PREDICTION).n_samples == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"seed": True}, {("int_type", ("seed",))}),
        ({"seed": "5"}, {("int_type", ("seed",))}),
        ({"seed": 5.0}, {("int_type", ("seed",))}),
        ({"total_count": 0}, {("greater_than", ("total_count",))}),
        ({"deterministic_latents": 1}, {("bool_type", ("deterministic_latents",))}),
        ({"sampling_strategy": "guess"}, {("literal_error", ("sampling_strategy",))}),
        ({"mode": "mean estimation"}, {("extra_forbidden", ("mode",))}),
        ({"conditioning": ["biological"]}, {("extra_forbidden", ("conditioning",))}),
        ({"inputs": []}, {("inputs_empty", ("inputs",))}),
        ({"inputs": "liver"}, {("tuple_type", ("inputs",))}),
        (
            {"inputs": [{"metadata": {"sex": "Male", "tissue": "liver"}, "num_samples": "5"}]},
            {
                ("literal_error", ("inputs", 0, "metadata", "sex")),
                ("extra_forbidden", ("inputs", 0, "metadata", "tissue")),
                ("int_type", ("inputs", 0, "num_samples")),
            },
        ),
        ({"inputs": [{"metadata": {}, "num_samples": True}]}, {("int_type", ("inputs", 0, "num_samples"))}),
        ({"inputs": [{"metadata": {}, "num_samples": 0}]}, {("greater_than", ("inputs", 0, "num_samples"))}),
        ({"inputs": [{"metadata": None, "num_samples": 1}]}, {("model_type", ("inputs", 0, "metadata"))}),
        ({"inputs": [{"num_samples": 1}]}, {("missing", ("inputs", 0, "metadata"))}),
        ({"inputs": [{"metadata": {}}]}, {("missing", ("inputs", 0, "num_samples"))}),
    ],
)
def test_every_fault_is_named_at_its_place(change: dict[str, Any], expected: set[Any]) -> None:
    assert errors_of(BulkQuery, {**BULK, **change}) == expected


def test_a_strategy_cannot_be_left_out() -> None:
    assert errors_of(BulkQuery, {"inputs": BULK["inputs"]}) == {("missing", ("sampling_strategy",))}
    missing = {key: value for key, value in REFERENCE.items() if key != "sampling_strategy"}
    assert errors_of(ReferenceConditioningQuery, missing) == {("missing", ("sampling_strategy",))}


def test_single_cells_are_mean_estimation_only() -> None:
    assert errors_of(SingleCellQuery, BULK) == {("literal_error", ("sampling_strategy",))}
    assert (
        SingleCellQuery.model_validate({**BULK, "sampling_strategy": "mean estimation"}).model_id
        == "gem-1-sc"
    )


@pytest.mark.parametrize("age", ["61", 61, 61.5])
def test_an_age_is_text_or_a_number(age: Any) -> None:
    assert Metadata(age_years=age).to_dict() == {"age_years": age}


@pytest.mark.parametrize("age", [True, float("nan"), float("inf"), ["61"]])
def test_an_age_is_nothing_else(age: Any) -> None:
    with pytest.raises(ValidationError):
        Metadata(age_years=age)


def test_reference_conditioning_takes_perturbation_keys_only() -> None:
    inputs = [{"counts": [1], "metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1}]
    place = ("inputs", 0, "metadata", "tissue_ontology_id")
    assert errors_of(ReferenceConditioningQuery, {**REFERENCE, "inputs": inputs}) == {
        ("extra_forbidden", place)
    }


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        ([1, -1], "counts_negative"),
        ([0.5], "counts_not_integer"),
        ([None], "counts_nan"),
        ("1", "counts_type"),
    ],
)
def test_counts_errors_have_their_kind_and_position(counts: Any, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CountsInput(counts=counts)
    (error,) = caught.value.errors()
    assert error["type"] == kind
    assert set(error["ctx"]) == {"reason", "position", "number"}


def test_arrays_go_in_and_come_out_without_a_detour() -> None:
    counts = np.arange(5)
    query = MetadataPredictionQuery(model_id="gem-1-sc_predict-metadata", inputs=({"counts": counts},))
    held = query.to_dict(counts="array")["inputs"][0]["counts"]
    assert held is query.inputs[0].counts
    assert held.dtype == np.int64
    assert query.to_dict()["inputs"][0]["counts"] == [0, 1, 2, 3, 4]


def test_queries_with_counts_can_be_compared_hashed_and_pickled() -> None:
    one = ReferenceConditioningQuery.model_validate(REFERENCE)
    same = ReferenceConditioningQuery.model_validate(one.to_dict(counts="array") | {"model_id": one.model_id})
    other = REFERENCE | {"inputs": [{**REFERENCE["inputs"][0], "counts": [0, 3, 6]}]}
    assert one == same
    assert hash(one) == hash(same)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != ReferenceConditioningQuery.model_validate(other)
    assert one.inputs[0] != CountsInput(counts=[0, 3, 5])


def test_a_query_does_not_change() -> None:
    query = BulkQuery.model_validate(BULK)
    with pytest.raises(ValidationError, match="frozen"):
        query.seed = 3
    with pytest.raises(ValidationError, match="frozen"):
        query.inputs[0].metadata.sex = "female"


def test_a_query_prints_what_is_set_and_not_its_counts() -> None:
    assert repr(BulkQuery.model_validate(BULK)) == (
        "BulkQuery(model_id='gem-1-bulk', sampling_strategy='sample generation', "
        "inputs=(BaselineInput(metadata=Metadata(tissue_ontology_id='UBERON:0002107', "
        "sample_type='primary tissue', sex='male'), num_samples=5),))"
    )
    assert "<3 genes, 8 reads>" in repr(ReferenceConditioningQuery.model_validate(REFERENCE))


def test_pydantic_can_write_json_and_a_schema() -> None:
    query = ReferenceConditioningQuery.model_validate(REFERENCE)
    assert json.loads(query.model_dump_json(exclude_none=True)) == wire(REFERENCE)
    schema = ReferenceConditioningQuery.model_json_schema()
    assert schema["$defs"]["ReferenceInput"]["properties"]["counts"]["items"] == {
        "minimum": 0,
        "type": "integer",
    }
