"""What the service says of a query, on the place in the query that it means."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthquery.errors import RejectedQueryError
from synthquery.transport import Request
from synthquery.transport.http.places import find_place, named_values
from synthquery.validation.explain import explain
from tests.servers.scripted import Say
from tests.transport.http.conftest import PREDICT, REQUEST

GEM_1 = {
    "inputs": [
        {"metadata": {"sex": "male", "tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1},
        {"counts": np.arange(5), "metadata": {"age_years": "41"}, "num_samples": 2},
    ],
    "sampling_strategy": "mean estimation",
}
GEM_2 = {
    "operation": "predict-expression",
    "inputs": {"modality": "bulk", "items": [{"metadata": {}}, {"metadata": {"age_years": "x"}}]},
    "options": {"seed": 1},
}


def refused(
    server, connect, said: object, request: Request = REQUEST, status: int = 422
) -> RejectedQueryError:
    server.says("POST", f"/api/models/{request.model_id}/predict", Say(status, said))
    with pytest.raises(RejectedQueryError) as caught:
        connect().submit(request)
    assert caught.value.submission == "none"
    return caught.value


@pytest.mark.parametrize(
    ("said", "body", "pointer"),
    [
        ("inputs.items[1].metadata.age_years", GEM_2, "/inputs/items/1/metadata/age_years"),
        ("inputs.items[1].metadata.age_years", GEM_1, "/inputs/1/metadata/age_years"),
        ("inputs[0].metadata.sex", GEM_1, "/inputs/0/metadata/sex"),
        ("inputs[1].counts", GEM_1, "/inputs/1/counts"),
        ("inputs[1].counts[3]", GEM_1, "/inputs/1/counts/3"),
        ("inputs.1.counts", GEM_1, "/inputs/1/counts"),
        ("inputs[0].metadata['sex']", GEM_1, "/inputs/0/metadata/sex"),
        ("$.inputs[0].num_samples", GEM_1, "/inputs/0/num_samples"),
        ("body.inputs[0].num_samples", GEM_1, "/inputs/0/num_samples"),
        (["body", "inputs", 0, "num_samples"], GEM_1, "/inputs/0/num_samples"),
        ("options.seed", GEM_2, "/options/seed"),
        ("inputs[7].metadata.sex", GEM_1, "/inputs/7/metadata/sex"),
        ("inputs[0].metadata.new_key", GEM_1, "/inputs/0/metadata/new_key"),
        ("sampling_strategy", GEM_1, "/sampling_strategy"),
        ("", GEM_1, ""),
        ("   ", GEM_1, ""),
    ],
)
def test_the_place_the_service_means_is_found(said, body, pointer):
    place, _ = find_place(said, body)
    assert "".join(f"/{part}" for part in place) == pointer


def test_the_value_there_is_given_and_nothing_where_there_is_none():
    assert find_place("inputs[0].metadata.sex", GEM_1)[1] == "male"
    assert find_place("inputs[1].counts[3]", GEM_1)[1] == 3
    assert find_place("inputs[9].counts", GEM_1)[1] is None
    assert find_place("sampling_strategy.deeper", GEM_1)[1] is None


@pytest.mark.parametrize(
    "said",
    [
        "[",
        "]]",
        "...",
        "a[b",
        "inputs[-1]",
        "[999999999999999999999]",
        "é.ü",
        f"[{'9' * 5_000}]",
        "9" * 5_000,
    ],
    ids=lambda said: said[:12],
)
def test_no_path_is_too_strange(said):
    find_place(said, GEM_1)


def test_field_errors_become_issues(server, connect):
    said = {
        "error": "Invalid request",
        "errors": [
            {"path": "inputs[0].metadata.age_years", "message": "Correct the value.", "code": "x"},
            {"path": "", "message": "Too many samples."},
        ],
    }
    error = refused(server, connect, said)
    first, second = error.report.issues
    assert (first.code, first.pointer, first.value) == (
        "service.rejected",
        "/inputs/0/metadata/age_years",
        "41",
    )
    assert first.message == "Correct the value."
    assert second.pointer == ""
    assert error.report.model_id == REQUEST.model_id
    assert error.report.n_inputs == 1
    assert not error.report.ok
    for part in ("Invalid request", "/inputs/0/metadata/age_years: Correct the value.", "Too many samples."):
        assert part in str(error)


def test_errors_of_gem_2_are_placed_too(server, connect):
    said = {
        "error": "Invalid GEM-2 request",
        "errors": [{"path": "inputs.items[1].metadata.age_years", "message": "m"}],
    }
    error = refused(server, connect, said, Request("gem-2", GEM_2))
    assert error.report.issues[0].pointer == "/inputs/items/1/metadata/age_years"
    assert error.report.n_inputs == 2


def test_a_container_that_answers_as_fastapi_does_is_understood(server, connect):
    said = {
        "detail": [{"loc": ["body", "inputs", 0, "num_samples"], "msg": "too large", "type": "value_error"}]
    }
    assert refused(server, connect, said).report.issues[0].pointer == "/inputs/0/num_samples"


@pytest.mark.parametrize(
    "said",
    [
        {"error": "No."},
        {"error": "No.", "errors": []},
        {"error": "No.", "errors": [{"path": 5, "message": "m"}]},
        {"error": "No.", "errors": [{"path": "inputs[0]", "message": " "}]},
        {"error": "No.", "errors": [{"path": "inputs[0]", "message": "m"}, "n"]},
        {"error": "No.", "errors": {"path": "inputs[0]", "message": "m"}},
        {"message": "No."},
        "No.",
    ],
)
def test_what_is_not_well_formed_is_told_of_the_whole_query(server, connect, said):
    error = refused(server, connect, said, status=400)
    (issue,) = error.report.issues
    assert issue.pointer == ""
    assert issue.message == "No."
    assert "(400): No." in str(error)


@pytest.mark.parametrize(
    "said", ["", "<html><head><title>Bad Request</title></head></html>", b"\xff\xfe\x00"]
)
def test_a_refusal_without_a_word_is_one_all_the_same(server, connect, said):
    error = refused(server, connect, said)
    assert len(error.report.issues) == 1
    assert "<html>" not in str(error)


def test_a_value_that_the_message_names_is_the_place(server, connect):
    error = refused(server, connect, {"error": "unknown tissue UBERON:0002107"})
    assert error.report.issues[0].pointer == "/inputs/0/metadata/tissue_ontology_id"


def test_messages_are_not_endless(server, connect):
    assert len(str(refused(server, connect, {"error": "no " * 100_000}))) < 10_000


def test_of_many_problems_the_first_are_shown_and_all_are_in_the_report(server, connect):
    said = {"errors": [{"path": f"inputs[{number}]", "message": "bad"} for number in range(1_000)]}
    error = refused(server, connect, said)
    assert len(error.report.issues) == 1_000
    assert len(str(error).splitlines()) < 30
    assert "980 more" in str(error)


def test_the_traceback_of_the_server_is_not_told(server, connect):
    error = refused(server, connect, {"error": "Bad tissue\nTraceback (most recent call last):\n  File x"})
    assert "Traceback" not in str(error)


def test_named_values_are_whole_words_and_never_numbers():
    body = {
        "inputs": [{"metadata": {"sex": "male", "tissue_ontology_id": "UBERON:0002107"}, "counts": [1, 2]}]
    }
    assert named_values("female only; UBERON:00021071", body) == []
    assert [value for _, value in named_values("('male', 'UBERON:0002107')", body)] == [
        "male",
        "UBERON:0002107",
    ]


def test_the_code_can_be_explained():
    assert explain("service.rejected")["title"]


def test_a_report_is_plain_json(server, connect):
    said = {"errors": [{"path": "inputs[0]", "message": "m"}, {"path": "seed", "message": "n"}]}
    report = json.loads(refused(server, connect, said).report.to_json())
    assert [issue["pointer"] for issue in report["issues"]] == ["/inputs/0", "/seed"]
    assert server.times("POST", PREDICT) == 1
