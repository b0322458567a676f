"""The catalog: what each model accepts."""

from __future__ import annotations

import json

import pytest

from synthquery.catalog import ModelSpec, find_model, get_model, list_models, parameter
from synthquery.errors import SynthQueryError, UnknownModelError
from synthquery.query import METADATA_KEYS, PERTURBATION_KEYS
from synthquery.wire import query_class


def test_it_knows_six_models() -> None:
    assert [spec.model_id for spec in list_models()] == [
        "gem-1-bulk",
        "gem-1-sc",
        "gem-1-bulk_reference-conditioning",
        "gem-1-sc_reference-conditioning",
        "gem-1-bulk_predict-metadata",
        "gem-1-sc_predict-metadata",
    ]


@pytest.mark.parametrize("spec", list_models(), ids=lambda spec: spec.model_id)
def test_the_modality_decides_genes_and_strategies(spec: ModelSpec) -> None:
    assert spec.n_genes == {"bulk": 44_592, "single-cell": 37_125}[spec.modality]
    if spec.family == "metadata-prediction":
        assert spec.strategies == ()
    else:
        assert ("sample generation" in spec.strategies) == (spec.modality == "bulk")
        assert spec.default_strategy in spec.strategies
        assert spec.default_total_count == {"bulk": 10_000_000, "single-cell": 10_000}[spec.modality]


@pytest.mark.parametrize("spec", list_models(), ids=lambda spec: spec.model_id)
def test_the_typed_query_has_the_keys_of_the_row(spec: ModelSpec) -> None:
    fields = query_class(spec).model_fields
    assert set(fields) - {"model_id"} == set(spec.query_keys)
    assert {name for name, field in fields.items() if field.is_required()} - {"model_id"} == {
        *spec.required,
        "inputs",
    }


def test_each_family_takes_its_metadata_keys() -> None:
    assert get_model("gem-1-sc").metadata_keys == METADATA_KEYS
    assert get_model("gem-1-sc_reference-conditioning").metadata_keys == PERTURBATION_KEYS
    assert get_model("gem-1-sc_predict-metadata").metadata_keys == ()


def test_platform_is_closed_for_bulk_and_open_for_single_cell() -> None:
    bulk, single_cell = (get_model(name).vocabulary("platform") for name in ("gem-1-bulk", "gem-1-sc"))
    assert bulk is not None
    assert bulk.closed
    assert single_cell is not None
    assert not single_cell.closed
    assert get_model("gem-1-bulk").vocabulary("genotype") is None


def test_variants_name_their_base_model() -> None:
    assert get_model("gem-1-bulk_predict-metadata").base_model == "gem-1-bulk"
    assert get_model("gem-1-sc").base_model == "gem-1-sc"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("gem-1-blk", "gem-1-bulk"),
        ("GEM-1-SC", "gem-1-sc"),
        ("gpt-4", "the models are"),
        ("x" * 10_000, "the models are"),
    ],
)
def test_an_unknown_model_gets_near_names(typed: str, said: str) -> None:
    with pytest.raises(UnknownModelError, match=said) as caught:
        get_model(typed)
    assert isinstance(caught.value, SynthQueryError | KeyError)
    assert len(str(caught.value)) < 400


def test_models_are_found_by_what_they_do() -> None:
    assert find_model("metadata-prediction", "bulk").model_id == "gem-1-bulk_predict-metadata"


def test_every_parameter_of_a_model_is_described() -> None:
    for name in {name for spec in list_models() for name in spec.parameters}:
        assert parameter(name).meaning
    assert parameter("seed").minimum == 0
    assert parameter("conditioning").default == ["biological", "technical"]


def test_a_row_is_plain_json() -> None:
    for spec in list_models():
        assert json.loads(json.dumps(spec.to_dict())) == spec.to_dict()
