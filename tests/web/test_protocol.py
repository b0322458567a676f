"""The hosted service's protocol: what is asked where, and what comes back."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from synthquery.catalog import list_models
from synthquery.simulator import example_query
from synthquery.wire.results import parse_result
from tests.web.conftest import LIVER, asking

MODELS = [spec.model_id for spec in list_models()]


def test_all_models_are_listed(call):
    listed = call.get("/api/models").json["models"]
    assert [model["model_id"] for model in listed] == MODELS


def test_a_model_may_be_spelt_in_percent(call):
    assert call.get("/api/models/gem%2D1%2Dsc%5Fpredict-metadata/example-query").status == 200


@pytest.mark.parametrize("path", ["/api/models", "/api/models/gem-1-sc/example-query"])
def test_an_address_that_ends_in_a_slash_will_do(call, path):
    """Clients in R put the path behind the address as it was given."""
    assert call.get(f"/{path}").json == call.get(path).json


@pytest.mark.parametrize("model_id", MODELS)
def test_the_example_of_every_model_is_answered(call, model_id):
    example = call.get(f"/api/models/{model_id}/example-query").json["example_query"]
    assert example == example_query(model_id)
    prediction = parse_result(call.result(call.submit(example, model_id)), model_id)
    wanted = sum(one.get("num_samples", 1) for one in example["inputs"])
    assert prediction.shape == (wanted, next(s.n_genes for s in list_models() if s.model_id == model_id))
    assert prediction.simulated


def test_a_query_runs_until_its_result_has_an_address(serve):
    call = serve(latency=0.3)
    job = call.submit(asking())
    assert call.status(job)["status"] == "running"
    ready = call.ended(job)
    assert ready["status"] == "ready"
    assert ready["downloadUrl"].startswith(f"{call.server.url}/results/{job}/")


def test_the_same_seed_gives_the_same_result(call):
    one, other = (call.result(call.submit(asking(seed=5))) for _ in range(2))
    assert one["outputs"] == other["outputs"]


def test_a_result_needs_its_signature_and_no_token(serve):
    call = serve(token="opensesame")
    bearer = {"Authorization": "Bearer opensesame"}
    job = call.submit(asking(), **bearer)
    path = urlsplit(call.ended(job, **bearer)["downloadUrl"]).path
    assert call.get(path).status == 200
    guess = path.rsplit("/", 1)[0] + "/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.json"
    assert call.get(guess).status == 403


def test_a_token_that_reaches_the_download_is_noticed(call):
    path = urlsplit(call.ended(call.submit(asking()))["downloadUrl"]).path
    call.get(path)
    assert call.server.summary()["authorized_downloads"] == 0
    call.get(path, Authorization="Bearer opensesame")
    assert call.server.summary()["authorized_downloads"] == 1


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "opensesame"}])
@pytest.mark.parametrize("path", ["/api/models", "/api/models/gem-1-sc/example-query"])
def test_without_the_token_nothing_is_answered(serve, given, path):
    answer = serve(token="opensesame").get(path, **given)
    assert answer.status == 401
    assert "error" in answer.json
    assert b"opensesame" not in answer.body


def test_blanks_around_the_token_of_a_server_are_none_of_it(serve):
    assert serve(token=" opensesame\n").get("/api/models", Authorization="Bearer opensesame").status == 200


def test_who_sends_no_token_may_not_send_a_query(serve):
    call = serve(token="opensesame")
    assert call.predict(asking()).status == 401
    assert call.server.summary()["jobs"]["taken"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/models/gem-9/example-query", 404),
        ("POST", "/api/models/gem-1/predict", 404),
        ("GET", "/api/model-queries/none/status", 404),
        ("GET", "/elsewhere", 404),
        ("GET", "/api/models/gem-1-sc/predict", 405),
        ("POST", "/api/models", 405),
        ("PUT", "/api/models", 501),
    ],
)
def test_what_is_not_there_is_said_in_json(call, method, path, status):
    answer = call(method, path, b"{}" if method == "POST" else None)
    assert answer.status == status
    assert answer.json["error"]


def test_an_unknown_model_names_near_ones(call):
    assert "gem-1-bulk" in call.predict(asking(), "gem-1-bulc").json["error"]


def test_a_repeated_key_gives_the_same_job(call):
    first = call.submit(asking(), Idempotency_Key="a")
    assert call.submit(asking(), Idempotency_Key="a") == first
    assert call.submit(asking(), Idempotency_Key="b") != first
    assert call.server.summary()["jobs"]["taken"] == 2


def test_queries_without_a_key_are_told_from_each_other(call):
    assert call.submit(asking()) != call.submit(asking())
    assert call.server.summary()["run_twice"] == 1


def test_a_key_is_for_one_query_only(call):
    call.submit(asking(seed=1), Idempotency_Key="a")
    answer = call.predict(asking(seed=2), Idempotency_Key="a")
    assert answer.status == 422
    assert call.server.summary()["jobs"]["taken"] == 1


def test_a_refused_query_leaves_its_key_free(call):
    assert call.predict(asking(sampling_strategy="sampling"), Idempotency_Key="a").status == 422
    call.submit(asking(), Idempotency_Key="a")


@pytest.mark.parametrize("path", ["/api/models", "/elsewhere"])
def test_every_answer_says_that_keys_are_kept(call, path):
    assert call.get(path).headers["Idempotency-Keys"] == "kept"


def test_extra_keys_of_clients_are_let_through(call):
    body = asking(source="pysynthbio", modality="single-cell", request_id=7)
    assert call.result(call.submit(body))["outputs"][0]["metadata"]["tissue_ontology_id"] == LIVER


def test_a_client_that_reads_lists_only_is_sent_single_cell_counts_as_lists(call):
    """The R client, whose JSON has whole numbers as ``1e+07`` and scalars without brackets."""
    result = call.result(call.submit(asking(total_count=1e4, source="rsynthbio")))
    assert [len(output["counts"]) for output in result["outputs"]] == [len(result["gene_order"])]
    others = call.result(call.submit(asking(total_count=1e4, source="pysynthbio")))
    assert isinstance(others["outputs"][0]["counts"], dict)


def test_answers_say_how_they_are_encoded(call):
    assert call.get("/api/models").headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_mistake_of_the_server_is_an_answer_and_it_goes_on(call, monkeypatch):
    def broken(model_id):
        raise ZeroDivisionError("no reads")

    monkeypatch.setattr("synthquery.web.service.example_query", broken)
    answer = call.get("/api/models/gem-1-sc/example-query")
    assert (answer.status, answer.json) == (500, {"error": "Internal error: ZeroDivisionError: no reads"})
    assert call.get("/api/models").status == 200


def test_a_mistake_of_the_simulator_fails_the_query_only(call, monkeypatch):
    def broken(query, *, seed):
        raise ZeroDivisionError("no reads")

    with monkeypatch.context() as patch:
        patch.setattr("synthquery.web.jobs.simulate", broken)
        status = call.ended(call.submit(asking()))
    assert status["message"].startswith("Internal error: ZeroDivisionError: no reads")
    assert call.ended(call.submit(asking()))["status"] == "ready"
