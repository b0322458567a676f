"""What is refused at once, what fails later, and what is taken though a linter would complain."""

from __future__ import annotations

import json
from typing import Any

import pytest

from synthquery.catalog import get_model
from synthquery.simulator import example_query
from synthquery.web.refusals import judge
from tests.web.conftest import asking

BULK, SINGLE_CELL = get_model("gem-1-bulk"), get_model("gem-1-sc")


def described(**metadata: Any) -> dict[str, Any]:
    return {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {}, "num_samples": 1}, {"metadata": metadata, "num_samples": 1}],
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (described(sex="Male"), "inputs[1].metadata.sex"),
        (described(age_years="65 years"), "inputs[1].metadata.age_years"),
        (described(platform="ILLUMINA"), "inputs[1].metadata.platform"),
        (described(perturbation_type="chemical"), "inputs[1].metadata.perturbation_type"),
        (described(tissue="liver"), "inputs[1].metadata.tissue"),
        ({**described(), "total_count": -1}, "total_count"),
        ({**described(), "seed": "42"}, "seed"),
        ({**described(), "sampling_strategy": "mean"}, "sampling_strategy"),
        ({"inputs": described()["inputs"], "mode": "mean estimation"}, "sampling_strategy"),
        ({"sampling_strategy": "mean estimation"}, "inputs"),
        ({**described(), "inputs": []}, "inputs"),
        ({**described(), "inputs": [{"metadata": {}}]}, "inputs[0].num_samples"),
        ({**described(), "inputs": [{"metadata": {}, "num_samples": 0}]}, "inputs[0].num_samples"),
        ({**described(), "inputs": [7]}, "inputs[0]"),
    ],
)
def test_wrong_fields_are_refused_at_once(body, path):
    verdict = judge(body, BULK)
    assert verdict.query is None
    assert [error.path for error in verdict.errors] == [path]
    assert all(error.message.strip() and error.code for error in verdict.errors)


def test_all_wrong_fields_are_named_together():
    body = {**described(sex="Male", age_years="old"), "seed": "x"}
    assert len(judge(body, BULK).errors) == 3


def test_single_cells_are_not_generated():
    errors = judge(asking(sampling_strategy="sample generation"), SINGLE_CELL).errors
    assert [error.code for error in errors] == ["strategy.single-cell-mean-only"]


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: [*c[:-1], -1], lambda c: [*c[:-1], 0.5]])
@pytest.mark.parametrize("model_id", ["gem-1-bulk_predict-metadata", "gem-1-sc_reference-conditioning"])
def test_counts_that_are_none_are_refused(model_id, change):
    body = example_query(model_id)
    body["inputs"][0]["counts"] = change(body["inputs"][0]["counts"])
    errors = judge(body, get_model(model_id)).errors
    assert errors[0].path.startswith("inputs[0].counts")


def test_whole_floats_are_counts():
    body = example_query("gem-1-sc_predict-metadata")
    body["inputs"][0]["counts"] = [float(count) for count in body["inputs"][0]["counts"]]
    assert judge(body, get_model("gem-1-sc_predict-metadata")).query is not None


def test_a_very_wrong_query_names_a_hundred_places_and_how_many_more():
    body = described()
    body["inputs"] = [{"metadata": {"sex": "Male"}, "num_samples": 1}] * 150
    errors = judge(body, BULK).errors
    assert len(errors) == 101
    assert "50 more" in errors[-1].message


@pytest.mark.parametrize(
    "metadata",
    [
        {"tissue_ontology_id": "UBERON:9999999"},
        {"tissue_ontology_id": "UBERON_0002107"},
        {"tissue_ontology_id": "liver"},
        {"tissue_ontology_id": "MONDO:0007256"},
        {"cell_line_ontology_id": "CVCL_ZZZZ"},
    ],
)
def test_ids_the_model_does_not_know_fail_later(metadata):
    verdict = judge(described(**metadata), BULK)
    assert verdict.query is not None
    said, _, tail = verdict.failure.partition("\n")
    kind, _, problems = said.partition(": ")
    assert kind == "Metadata validation failed"
    (problem,) = json.loads(problems)
    assert problem.startswith("Query 2 has bad values.")
    assert next(iter(metadata.values())) in problem
    assert tail.startswith("Traceback")


@pytest.mark.parametrize(
    "metadata",
    [
        {"perturbation_dose": "10uM", "perturbation_time": "24h"},
        {"sex": "female", "tissue_ontology_id": "UBERON:0002367"},
        {"library_selection": "polyA"},
        {"disease_ontology_id": "PATO:0000461"},
        {"age_years": 61},
        {"sex": ""},
        {"sex": None},
    ],
)
def test_what_the_service_does_not_look_at_is_taken(metadata):
    verdict = judge(described(**metadata), BULK)
    assert verdict.query is not None
    assert verdict.failure is None


def test_the_body_is_left_as_it_was():
    body = described(library_selection="polyA")
    judge(body, BULK)
    assert body == described(library_selection="polyA")


def test_the_error_is_the_services_shape(call):
    answer = call.predict(described(sex="Male"))
    assert answer.status == 422
    assert answer.json["error"] == "Invalid request"
    (problem,) = answer.json["errors"]
    assert set(problem) == {"path", "message", "code"}
    assert problem["path"] == "inputs[1].metadata.sex"


def test_whole_numbers_may_be_written_as_r_writes_them(call):
    text = json.dumps(asking(total_count="MILLIONS")).replace('"MILLIONS"', "5e+06")
    counts = call.result(call.submit(text.encode()))["outputs"][0]["counts"]
    assert sum(counts.values()) == 5_000_000


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000, b"[]", b"7", b"null"])
def test_what_is_no_json_object_is_a_bad_request(call, body):
    answer = call.predict(body)
    assert answer.status == 400
    assert answer.json["error"].startswith("Malformed JSON")


@pytest.mark.parametrize("place", ["inputs", "seed", "conditioning", "sampling_strategy"])
def test_a_long_list_of_numbers_in_the_wrong_place_is_refused(call, place):
    answer = call.predict({**asking(), place: list(range(200_000))})
    assert answer.status == (422 if place != "conditioning" else 200)


def test_long_lists_in_metadata_are_refused(call):
    body = asking()
    body["inputs"][0]["metadata"] = {"sex": list(range(200_000))}
    assert call.predict(body).status == 422


def test_a_failed_query_says_why(call):
    status = call.ended(call.submit(asking(tissue="UBERON:9999999")))
    assert status["status"] == "failed"
    assert "UBERON:9999999" in status["message"]
    assert "downloadUrl" not in status


def test_a_query_too_large_for_the_simulator_fails(call):
    body = asking()
    body["inputs"][0]["num_samples"] = 100_000
    status = call.ended(call.submit(body))
    assert status["status"] == "failed"
    assert "10,000 samples" in status["message"]
