"""The protocol of self-hosted containers: the answer comes at once, as an Arrow stream."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from synthquery.simulator import example_query
from synthquery.wire.arrow_results import read_arrow
from synthquery.wire.results import parse_result
from tests.web.conftest import asking

ARROW = {"Accept": "application/vnd.apache.arrow.stream"}
MODELS = ["gem-1-bulk", "gem-1-sc_reference-conditioning", "gem-1-sc_predict-metadata"]


@pytest.mark.parametrize("model_id", MODELS)
def test_the_stream_holds_what_the_hosted_result_does(call, model_id):
    body = example_query(model_id)
    answer = call.predict(body, model_id, **ARROW)
    assert (answer.status, answer.headers["Content-Type"]) == (200, ARROW["Accept"])
    contained = read_arrow(answer.body, model_id)
    hosted = parse_result(call.result(call.submit(body, model_id)), model_id)
    np.testing.assert_array_equal(contained.counts_array, hosted.counts_array)
    assert list(contained.sample_metadata) == list(hosted.sample_metadata)
    assert contained.probabilities.keys() == hosted.probabilities.keys()


def test_the_schema_says_which_kind_of_request_was_answered(call):
    import pyarrow as pa

    kinds = {}
    for model_id in MODELS:
        stream = pa.ipc.open_stream(call.predict(example_query(model_id), model_id, **ARROW).body)
        kinds[model_id] = stream.schema.metadata[b"request_type"].decode()
    assert list(kinds.values()) == ["baseline", "reference_conditioned", "predict_metadata"]


def test_what_the_hosted_service_lets_fail_later_is_refused_at_once(call):
    answer = call.predict(asking(tissue="UBERON:9999999"), **ARROW)
    assert answer.status == 422
    assert "UBERON:9999999" in answer.json["error"]
    assert "Traceback" not in answer.json["error"]


def test_a_lost_job_is_an_error_of_the_server(serve):
    answer = serve(faults=1, fault_kinds=("failed-job",)).predict(asking(), **ARROW)
    assert answer.status == 500
    assert "lost" in answer.json["error"]


def test_a_repeated_key_gives_the_same_answer_and_no_second_job(call):
    first, again = (call.predict(asking(seed=None), Idempotency_Key="a", **ARROW).body for _ in range(2))
    assert first == again
    assert call.server.summary()["jobs"]["taken"] == 1


def test_a_key_of_the_one_protocol_is_not_for_the_other(call):
    call.submit(asking(), Idempotency_Key="a")
    assert call.predict(asking(), Idempotency_Key="a", **ARROW).status == 422


def test_the_token_is_wanted_here_too(serve):
    assert serve(token="opensesame").predict(asking(), **ARROW).status == 401


def test_without_pyarrow_the_extra_is_named(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = call.predict(asking(), **ARROW)
    assert answer.status == 501
    assert "synthquery[arrow]" in answer.json["error"]


def test_who_waits_when_the_server_ends_is_told(serve):
    import threading

    call, answers = serve(latency=600), []
    waiting = threading.Thread(target=lambda: answers.append(_outcome(call)))
    waiting.start()
    while not call.server.jobs.all():
        pass
    call.server.close()
    waiting.join(timeout=20)
    assert answers in ([503], ["gone"])


def _outcome(call):
    try:
        return call.predict(asking(), **ARROW).status
    except OSError:
        return "gone"
