"""The JSON Schema of each model says what validation says, as far as a schema can."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthquery.catalog import get_model, list_models
from synthquery.client import example_query
from synthquery.errors import UnknownModelError
from synthquery.query.vocabularies import vocabularies
from synthquery.validation import Issue, Severity, validate
from synthquery.validation.schema import query_schema

MODELS = [spec.model_id for spec in list_models()]
VALUES: list[Any] = [
    *(
        None,
        "",
        True,
        0,
        -1,
        5,
        1.5,
        2**40,
        [],
        {},
        [1],
        "5",
        "x",
        "N/A",
        "male",
        "Male",
        "M",
        "24 hours",
        "24h",
    ),
    *(
        "10 um",
        "10uM",
        "61",
        "61 years",
        61,
        200,
        "liver",
        "UBERON:0002107",
        "UBERON_0002107",
        "uberon:0002107",
    ),
    *(
        "UBERON:2107",
        "CL:0000182",
        "MONDO:0007256",
        "PATO:0000461",
        "CVCL_0023",
        "GM12878",
        "ENSG00000141510",
    ),
    *(
        "ENSG00000141510.17",
        "CHEBI:16681",
        "CHEMBL25",
        "9606",
        "PRJNA248332",
        "prjna248332",
        "GSE12345",
        "TCGA-BRCA",
        "dmso",
        "DMSO",
        "PAIRED",
        "polyA",
        "crispr",
        "chemical",
    ),
    *(
        "mean estimation",
        "sample generation",
        "mean",
        ["biological"],
        ["biological", "biological"],
        ["other"],
    ),
]
IN_FORM = (
    "structure.",
    "strategy.",
    "legacy.",
    "id.malformed",
    "id.noncanonical",
    "id.wrong-ontology",
    "counts.length",
)


@cache
def checker(model: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(query_schema(model))


@cache
def example(model: str) -> dict[str, Any]:
    return example_query(model)


@st.composite
def bodies(draw: st.DrawFn, model: str) -> dict[str, Any]:
    """An example in which one to three things are another way."""
    body = copy.copy(example(model))
    body["inputs"] = [{**one, "metadata": dict(one.get("metadata", {}))} for one in body["inputs"][:1]]
    spec = get_model(model)
    for one in body["inputs"] if not spec.metadata_keys else ():
        del one["metadata"]
    for _ in range(draw(st.integers(1, 3))):
        keys = {"body": (*spec.query_keys, "modality"), "input": (*spec.input_keys, "extra")}
        places: list[tuple[dict[str, Any], tuple[str, ...]]] = [(body, keys["body"])]
        inputs = body.get("inputs")
        if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict):
            places.append((inputs[0], keys["input"]))
            if isinstance(inputs[0].get("metadata"), dict) and spec.metadata_keys:
                places += [(inputs[0]["metadata"], (*spec.metadata_keys, "tissue"))] * 3
        target, names = draw(st.sampled_from(places))
        key = draw(st.sampled_from(names))
        if draw(st.integers(0, 4)) == 0:
            target.pop(key, None)
        else:
            target[key] = draw(st.sampled_from(VALUES))
    return body


def told_by_form(issue: Issue) -> bool:
    """True for an error that a schema must report as well."""
    if issue.severity is not Severity.ERROR or issue.code == "structure.duplicate-key":
        return False
    key = issue.path[-1] if issue.path else None
    closed = key in vocabularies() and vocabularies()[str(key)].closed
    if key == "study" and issue.code == "value.format":
        return True
    return issue.code.startswith(IN_FORM) or (closed and issue.code in ("value.enum", "value.case"))


def agree(model: str, body: dict[str, Any]) -> None:
    refused = [error.json_path for error in checker(model).iter_errors(body)]
    issues = validate(body, model).issues
    assert not refused or issues, f"only the schema refuses {refused}"
    told = [issue for issue in issues if told_by_form(issue)]
    assert not told or refused, f"only validation reports {told[0]}"


@pytest.mark.parametrize("model", [each for each in MODELS if not get_model(each).has_counts])
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_schema_and_validation_agree_on_changed_examples(model: str, data: st.DataObject) -> None:
    agree(model, data.draw(bodies(model)))


@pytest.mark.parametrize("model", [each for each in MODELS if get_model(each).has_counts])
@settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck)
)  # checking counts takes its time
@given(data=st.data())
def test_schema_and_validation_agree_on_changed_examples_with_counts(model: str, data: st.DataObject) -> None:
    agree(model, data.draw(bodies(model)))


@pytest.mark.parametrize("model", MODELS)
def test_the_schema_is_one_and_takes_the_example(model: str) -> None:
    jsonschema.Draft202012Validator.check_schema(query_schema(model))
    body = example(model)
    checker(model).validate({"model_id": model, **body, "inputs": body["inputs"][:1]})


@pytest.mark.parametrize("model", MODELS)
def test_an_editor_is_told_every_key_and_what_it_is_for(model: str) -> None:
    schema, spec = query_schema(model), get_model(model)
    assert set(schema["properties"]) == {"model_id", *spec.query_keys}
    assert all(about.get("description") for about in schema["properties"].values())
    metadata = schema["properties"]["inputs"]["items"]["properties"].get("metadata", {"properties": {}})
    assert set(metadata["properties"]) == set(spec.metadata_keys)
    assert all(about.get("description") for about in metadata["properties"].values())


def test_there_is_no_schema_of_an_unknown_model() -> None:
    with pytest.raises(UnknownModelError, match="gem-1-bulk"):
        query_schema("gem-1-bluk")


@pytest.mark.parametrize(
    ("study", "ok"), [("PRJNA248332", True), ("TCGA-BRCA", True), ("GSE12345", False), ("prjna248332", False)]
)
def test_a_study_is_a_bioproject_or_a_consortium(study: str, ok: bool) -> None:
    body = {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"study": study}, "num_samples": 1}],
    }
    assert checker("gem-1-bulk").is_valid(body) is ok
    assert (not validate(body, "gem-1-bulk").issues) is ok
