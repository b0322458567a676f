"""A query is handed over once, whatever happens to the connection."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from email.utils import formatdate
from time import sleep, time

import numpy as np
import pytest
import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, SSLError

from synthquery.errors import (
    AuthenticationError,
    RateLimitedError,
    RejectedQueryError,
    TransportError,
)
from synthquery.transport import JobTransport, Request
from synthquery.transport.http.losses import lost
from tests.servers.scripted import Say
from tests.transport.http.conftest import KEPT, PREDICT, REQUEST, TAKEN, TOKEN

LOSSES = {
    "reset": Say(reset=True),
    "500": Say(500, "<html><body>500</body></html>"),
    "502": Say(502),
    "504": Say(504),
    "unreadable": Say(200, "<html>Sign in</html>"),
    "no ID": Say(200, {"status": "fine"}),
    "cut off": Say(200, b'{"modelQ', announced=40),
    "timeout": Say(200, {"modelQueryId": "q-1"}, late=0.5),
}
NOT_TAKEN = {"503": Say(503), "429": Say(429), "408": Say(408)}


def test_it_is_a_job_transport(connect):
    assert isinstance(connect(), JobTransport)


def test_the_body_goes_out_as_it_is_with_token_and_key(server, connect):
    assert connect().submit(REQUEST, key="k-1") == "q-1"
    (asked,) = server.asked
    assert json.loads(asked.body) == REQUEST.body
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["Idempotency-Key"] == "k-1"
    assert asked.headers["Content-Type"] == "application/json"
    assert int(asked.headers["Content-Length"]) == len(asked.body)


def test_without_a_key_each_submission_has_one_of_its_own(server, connect):
    transport = connect()
    transport.submit(REQUEST)
    transport.submit(REQUEST)
    one, other = (asked.headers["Idempotency-Key"] for asked in server.asked)
    assert one
    assert one != other


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_not_repeated_where_it_might_submit_twice(server, connect, loss):
    server.says("POST", PREDICT, LOSSES[loss], TAKEN)
    with pytest.raises(TransportError) as caught:
        connect(read_timeout=0.2).submit(REQUEST)
    assert caught.value.submission == "unknown"
    assert server.times("POST", PREDICT) == 1
    assert server.times("GET", "/api/models") == 1  # it asked whether keys are kept


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_repeated_under_the_same_key_where_the_service_keeps_keys(server, connect, loss):
    server.says("GET", "/api/models", Say(200, {"models": []}, KEPT))
    server.says("POST", PREDICT, LOSSES[loss], TAKEN)
    assert connect(read_timeout=0.2).submit(REQUEST) == "q-1"
    keys = {asked.headers["Idempotency-Key"] for asked in server.asked if asked.method == "POST"}
    assert server.times("POST", PREDICT) == 2
    assert len(keys) == 1


def test_an_answer_that_says_that_keys_are_kept_saves_the_question(server, connect):
    server.says("POST", PREDICT, Say(500, "", KEPT), TAKEN)
    assert connect().submit(REQUEST) == "q-1"
    assert server.times("GET", "/api/models") == 0


def test_that_keys_are_kept_is_not_unsaid_by_a_proxy(server, connect):
    server.says("GET", "/api/models", Say(200, {"models": []}, KEPT), Say(200, {"models": []}))
    transport = connect()
    assert transport.keeps_keys()
    assert transport.models() == []
    assert transport.keeps_keys()


def test_a_service_that_cannot_be_asked_is_not_taken_to_keep_keys(server, connect):
    server.says("GET", "/api/models", Say(500))
    assert not connect(attempts=1).keeps_keys()


@pytest.mark.parametrize("answer", NOT_TAKEN)
def test_what_the_service_did_not_take_is_sent_again(server, connect, answer):
    server.says("POST", PREDICT, NOT_TAKEN[answer], NOT_TAKEN[answer], TAKEN)
    assert connect().submit(REQUEST) == "q-1"
    assert server.times("POST", PREDICT) == 3


def test_a_server_that_is_not_there_has_taken_nothing(connect):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TransportError, match="cannot be reached") as caught:
        connect(f"http://127.0.0.1:{port}", attempts=2).submit(REQUEST)
    assert caught.value.submission == "none"


def test_a_server_that_does_not_speak_https_has_taken_nothing(server, connect):
    with pytest.raises(TransportError, match="encryption") as caught:
        connect(server.url.replace("http://", "https://")).submit(REQUEST)
    assert caught.value.submission == "none"
    assert not server.asked


def test_certificates_that_are_not_there_are_named_and_nothing_is_sent(server, connect, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/lab-ca.pem")
    with pytest.raises(TransportError, match=r"REQUESTS_CA_BUNDLE .*/nowhere/lab-ca\.pem") as caught:
        connect(server.url.replace("http://", "https://")).submit(REQUEST)
    assert caught.value.submission == "none"
    assert connect().submit(REQUEST) == "q-1"


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (
            requests.exceptions.SSLError(
                MaxRetryError(None, "/", SSLError(ssl.SSLCertVerificationError("x")))
            ),
            False,
        ),
        (
            requests.exceptions.SSLError(
                MaxRetryError(None, "/", SSLError(ssl.SSLEOFError(8, "EOF occurred")))
            ),
            True,
        ),
        (
            requests.exceptions.ConnectionError(ProtocolError("aborted", ConnectionResetError(104, "reset"))),
            True,
        ),
        (
            requests.exceptions.ConnectionError(
                MaxRetryError(None, "/", NewConnectionError(None, "refused"))
            ),
            False,
        ),
        (requests.exceptions.ProxyError("refused"), False),
        (requests.exceptions.ConnectTimeout(), False),
        (requests.exceptions.ReadTimeout(), True),
        (requests.exceptions.InvalidURL("x"), False),
        (requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."), False),
        (BrokenPipeError(32, "broken pipe"), True),
    ],
)
def test_of_each_error_of_the_network_it_is_known_whether_the_query_may_have_arrived(error, sent):
    assert lost(error).sent is sent


def test_a_status_that_is_neither_answer_nor_refusal_leaves_open_who_has_the_query(server, connect):
    server.says("POST", PREDICT, Say(103, "", {"Link": "</style.css>"}), TAKEN)
    with pytest.raises(TransportError, match=r"says 103.*may be at work") as caught:
        connect().submit(REQUEST)
    assert caught.value.submission == "unknown"
    assert server.times("POST", PREDICT) == 1


def test_a_query_that_may_not_be_sent_twice_gets_a_new_connection(server, connect):
    transport = connect()
    for _ in range(2):
        transport.submit(REQUEST)
    one, other = (asked.caller for asked in server.asked)
    assert one != other


def test_a_loss_followed_by_refusals_to_take_more_stays_unknown(server, connect):
    server.says("POST", PREDICT, Say(500, "", KEPT), Say(429))
    with pytest.raises(RateLimitedError) as caught:
        connect(attempts=3).submit(REQUEST)
    assert caught.value.submission == "unknown"


def test_retry_after_is_waited_for(server, connect, pauses):
    server.says("POST", PREDICT, Say(429, "", {"Retry-After": "7.5"}), TAKEN)
    assert connect(attempts=1).submit(REQUEST) == "q-1"
    assert pauses == [7.5]


def test_retry_after_may_be_a_date(server, connect, pauses):
    soon = formatdate(time() + 10, usegmt=True)
    server.says("POST", PREDICT, Say(503, "", {"Retry-After": soon}), TAKEN)
    assert connect(attempts=1).submit(REQUEST) == "q-1"
    assert 5 < pauses[0] <= 10


def test_a_pause_longer_than_the_time_left_is_said_at_once(server, connect):
    server.says("POST", PREDICT, Say(429, {"error": "quota used up"}, {"Retry-After": "86400"}))
    with pytest.raises(RateLimitedError, match="quota used up") as caught:
        connect().submit(REQUEST)
    assert caught.value.retry_after == 86_400
    assert caught.value.submission == "none"
    assert server.times("POST", PREDICT) == 1


@pytest.mark.parametrize(("status", "word"), [(401, "does not accept"), (403, "does not allow")])
def test_a_token_that_is_refused_is_said_with_where_it_comes_from(server, connect, monkeypatch, status, word):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", TOKEN)
    server.says("POST", PREDICT, Say(status, {"error": f"bad key {TOKEN}"}))
    with pytest.raises(AuthenticationError, match=rf"{word}.*SYNTHESIZE_API_KEY") as caught:
        connect(token=None).submit(REQUEST)
    assert TOKEN not in str(caught.value)
    assert server.times("POST", PREDICT) == 1


def test_a_service_that_wants_a_token_says_that_there_is_none(server, connect):
    server.says("POST", PREDICT, Say(401, {"error": "no key"}))
    with pytest.raises(AuthenticationError, match="there is none"):
        connect(token=None).submit(REQUEST)
    assert "Authorization" not in server.asked[0].headers


def test_the_hosted_service_is_not_asked_without_a_token(connect):
    with pytest.raises(AuthenticationError, match="SYNTHESIZE_API_KEY"):
        connect("https://app.synthesize.bio", token=None).submit(REQUEST)


def test_an_unknown_model_is_said(server, connect):
    server.says("POST", PREDICT, Say(404, {"error": "model not found"}))
    with pytest.raises(RejectedQueryError, match="has no model 'gem-1-sc'") as caught:
        connect().submit(REQUEST)
    assert caught.value.submission == "none"
    assert caught.value.query_id is None


def test_a_query_that_is_too_large_is_said_to_be(server, connect):
    server.says("POST", PREDICT, Say(413, "too large"))
    with pytest.raises(TransportError, match="fewer inputs"):
        connect().submit(REQUEST)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_query_is_not_followed_and_the_token_stays(server, connect, status):
    server.says("POST", PREDICT, Say(status, "", {"Location": "https://elsewhere.example/login?next=1"}))
    with pytest.raises(TransportError, match=r"https://elsewhere\.example,") as caught:
        connect().submit(REQUEST)
    assert caught.value.submission == "none"
    assert server.times("POST", PREDICT) == 1


def test_counts_go_out_from_arrays(server, connect):
    path = "/api/models/gem-1-sc_predict-metadata/predict"
    counts = np.arange(37_125)
    server.says("POST", path, TAKEN)
    connect().submit(Request("gem-1-sc_predict-metadata", {"inputs": [{"counts": counts}]}))
    assert json.loads(server.asked[0].body) == {"inputs": [{"counts": counts.tolist()}]}


def test_a_large_body_is_written_as_it_is_sent_and_again_when_sent_again(server, connect, monkeypatch):
    monkeypatch.setattr("synthquery.transport.http.body._HELD", 1_000)
    server.says("POST", PREDICT, Say(503), TAKEN)
    body = {**REQUEST.body, "counts": np.arange(1_000)}
    connect().submit(Request(REQUEST.model_id, body))
    for asked in server.asked:
        assert json.loads(asked.body)["counts"] == list(range(1_000))
        assert int(asked.headers["Content-Length"]) == len(asked.body)


def test_a_server_that_is_busy_may_read_a_large_body_late(connect):
    def late() -> None:
        caller, _ = listener.accept()
        with caller, caller.makefile("rb") as request:
            sleep(0.6)
            length = next(
                int(line.split()[1]) for line in request if line.lower().startswith(b"content-length")
            )
            while request.readline().strip():
                pass
            read.append(len(request.read(length)) == length)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n" + b'{"modelQueryId": "q-1"}')

    read: list[bool] = []
    counts = np.arange(10**8, 10**8 + 44_592)
    large = Request("gem-1-bulk_predict-metadata", {"inputs": [{"counts": counts}] * 60})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=late, daemon=True)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert connect(url, connect_timeout=0.1, attempts=1).submit(large) == "q-1"
        server.join(timeout=20)
    assert read == [True]


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_what_json_cannot_hold_is_not_sent(server, connect, value):
    with pytest.raises(TransportError, match="JSON"):
        connect().submit(Request("gem-1-sc", {"inputs": [value]}))
    assert not server.asked


def test_a_closed_transport_sends_nothing(server, connect):
    transport = connect()
    transport.close()
    with pytest.raises(TransportError, match="closed"):
        transport.submit(REQUEST)
    assert not server.asked
