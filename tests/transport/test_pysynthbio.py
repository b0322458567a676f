"""pysynthbio as a transport: what it does that a transport must not do is undone, and its errors are ours."""

from __future__ import annotations

import copy
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pysynthbio
import pytest

from synthquery.client import Client
from synthquery.errors import (
    AuthenticationError,
    JobFailedError,
    JobTimeoutError,
    MissingExtraError,
    RateLimitedError,
    RejectedQueryError,
    ResultError,
    TransportError,
)
from synthquery.simulator import example_query
from synthquery.transport import Request
from synthquery.transport.pysynthbio import PysynthbioTransport
from synthquery.web import SimulatorServer

TOKEN = "opensesame"
LIVER = "UBERON:0002107"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SYNTHESIZE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SYNTHESIZE_API_KEY", TOKEN)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(token=TOKEN, hold=20) as running:
        yield running


def asking(*, tissue: str = LIVER, model_id: str = "gem-1-sc", **parameters: Any) -> Request:
    inputs = [{"metadata": {"tissue_ontology_id": tissue}, "num_samples": 1}]
    return Request(model_id, {"sampling_strategy": "mean estimation", "inputs": inputs, **parameters})


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """A server that gives these answers, one a connection, and then closes each; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(timeout=10)


def reply(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode()


def test_a_client_takes_it_by_name(server):
    with Client("pysynthbio", base_url=server.url, poll=1) as client:
        prediction = client.predict(example_query("gem-1-sc"), "gem-1-sc")
    assert prediction.simulated
    assert prediction.provenance["transport"] == "pysynthbio"
    assert prediction.provenance["client"] == "pysynthbio 4.2.4"


@pytest.mark.parametrize("self_hosted", [False, True])
def test_the_body_is_left_as_it_was(server, self_hosted):
    request = asking()
    before = copy.deepcopy(request.body)
    PysynthbioTransport(server.url, poll=1, self_hosted=self_hosted).predict(request)
    assert request.body == before


def test_without_a_token_nobody_is_asked(server, monkeypatch, capsys):
    monkeypatch.delenv("SYNTHESIZE_API_KEY")
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: pytest.fail("it asked"))
    with pytest.raises(AuthenticationError, match="SYNTHESIZE_API_KEY") as caught:
        PysynthbioTransport(server.url).predict(asking())
    assert caught.value.submission == "none"
    assert capsys.readouterr() == ("", "")


def test_a_token_that_is_not_accepted_is_not_shown(server, monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "a-secret-that-is-wrong")
    with pytest.raises(AuthenticationError) as caught:
        PysynthbioTransport(server.url).predict(asking())
    assert "a-secret-that-is-wrong" not in str(caught.value)
    # The errors of requests hold the headers of the request: none of them hangs on ours.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("self_hosted", [False, True])
def test_field_errors_are_issues_on_their_places(server, self_hosted):
    request = asking(total_count=-1)
    with pytest.raises(RejectedQueryError) as caught:
        PysynthbioTransport(server.url, self_hosted=self_hosted).predict(request)
    assert [(issue.pointer, issue.value) for issue in caught.value.report.errors] == [("/total_count", -1)]
    assert caught.value.submission == "none"


def test_a_failed_query_has_its_id_and_an_issue(server):
    with pytest.raises(JobFailedError) as caught:
        PysynthbioTransport(server.url, poll=1).predict(asking(tissue="UBERON:9999999"))
    error = caught.value
    assert error.submission == "done"
    assert server.jobs.get(error.query_id).state == "failed"
    assert [issue.pointer for issue in error.report.errors] == ["/inputs/0/metadata/tissue_ontology_id"]
    assert "Traceback" not in str(error)


def test_a_container_that_does_not_know_a_term_refuses(server):
    with pytest.raises(RejectedQueryError, match="UBERON:9999999"):
        PysynthbioTransport(server.url, self_hosted=True).predict(asking(tissue="UBERON:9999999"))


def test_a_query_that_takes_too_long_can_be_fetched_later():
    with SimulatorServer(latency=600) as slow, pytest.raises(JobTimeoutError) as caught:
        PysynthbioTransport(slow.url, poll=1, timeout=-1).predict(asking())
    assert slow.jobs.get(caught.value.query_id) is not None
    assert caught.value.query_id in str(caught.value)


def test_an_unknown_model_is_a_refusal(server):
    with pytest.raises(RejectedQueryError, match="gem-1-bulc"):
        PysynthbioTransport(server.url).predict(asking(model_id="gem-1-bulc"))


def test_too_many_queries_say_when_to_come_back():
    with SimulatorServer(rate_limit=(1, 600)) as busy:
        transport = PysynthbioTransport(busy.url, self_hosted=True)
        transport.predict(asking())
        with pytest.raises(RateLimitedError) as caught:
            transport.predict(asking())
    assert 0 < caught.value.retry_after <= 600
    assert caught.value.submission == "none"


def test_a_server_that_is_not_there_has_not_got_the_query():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TransportError, match="cannot be reached") as caught:
        PysynthbioTransport(f"http://127.0.0.1:{port}").predict(asking())
    assert caught.value.submission == "none"


@pytest.mark.parametrize(
    ("answer", "submission"),
    [
        (b"", "unknown"),
        (reply("502 Bad Gateway", "<html><title>502</title>"), "unknown"),
        (reply("503 Service Unavailable", "busy"), "none"),
        (reply("200 OK", "<html>Sign in</html>"), "unknown"),
        (reply("200 OK", "{}"), "unknown"),
    ],
)
def test_after_a_loss_it_says_whether_the_service_may_have_the_query(answer, submission):
    with answering(answer) as url, pytest.raises(TransportError) as caught:
        PysynthbioTransport(url).predict(asking())
    assert caught.value.submission == submission
    assert caught.value.query_id is None


TAKEN = reply("200 OK", '{"modelQueryId": "q-17"}')


@pytest.mark.parametrize(
    "answers",
    [
        (TAKEN, b""),
        (TAKEN, reply("500 Internal Server Error", "oh")),
        (TAKEN, reply("404 Not Found", "{}")),
        (TAKEN, reply("200 OK", '{"no": "status"}')),
        (TAKEN, reply("200 OK", '{"status": "ready"}')),
        (TAKEN, reply("401 Unauthorized", "{}")),
        (TAKEN, reply("429 Too Many Requests", "{}")),
    ],
)
def test_what_goes_wrong_later_names_the_query(answers):
    with answering(*answers) as url, pytest.raises(TransportError) as caught:
        PysynthbioTransport(url).predict(asking())
    assert (caught.value.query_id, caught.value.submission) == ("q-17", "done")
    assert "q-17" in str(caught.value)


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests", "500 Internal Server Error"])
def test_what_the_host_of_the_answer_says_is_not_taken_for_a_word_about_the_token(status):
    signed = "X-Amz-Signature=sig-canary-77b1e9"
    with answering(reply(status, f"<Error>{signed}</Error>")) as files:
        ready = reply("200 OK", f'{{"status": "ready", "downloadUrl": "{files}/q-17.json?{signed}"}}')
        with answering(TAKEN, ready) as url, pytest.raises(TransportError) as caught:
            PysynthbioTransport(url).predict(asking())
    assert type(caught.value) is TransportError
    assert f"the host of the answer says {status[:3]}" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.query_id == "q-17"


def test_an_answer_to_another_query_is_refused(server, monkeypatch):
    real: Callable[..., Any] = pysynthbio.predict_query

    def fewer(*arguments: Any, **options: Any) -> Any:
        raw = real(*arguments, **options)
        raw["outputs"] = raw["outputs"][:-1]
        return raw

    monkeypatch.setattr(pysynthbio, "predict_query", fewer)
    with pytest.raises(ResultError, match="4 samples were asked for, the result has 3"):
        PysynthbioTransport(server.url, poll=1).predict(Request("gem-1-sc", example_query("gem-1-sc")))


def test_where_pysynthbio_is_missing_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pysynthbio", None)
    with pytest.raises(MissingExtraError, match=r"synthquery\[pysynthbio\]"):
        PysynthbioTransport()


def test_its_repr_has_no_address():
    assert repr(PysynthbioTransport("http://user:secret@here")) == "PysynthbioTransport(pysynthbio)"
