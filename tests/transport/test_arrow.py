"""Containers of one's own, on this machine."""

from __future__ import annotations

import errno
import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthquery.errors import (
    AuthenticationError,
    MissingExtraError,
    RejectedQueryError,
    ResultError,
    TransportError,
)
from synthquery.simulator import example_query
from synthquery.transport import ArrowTransport, Request, SimulatorTransport, raw_copy
from synthquery.web import SimulatorServer
from synthquery.wire.arrow_results import write_arrow
from tests.servers.scripted import Say, Scripted

MODEL = "gem-1-sc"
PREDICT = f"/api/models/{MODEL}/predict"
REQUEST = Request(
    MODEL,
    {
        "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 2}],
        "sampling_strategy": "mean estimation",
        "seed": 1,
    },
)
ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}
KEPT = {"Idempotency-Keys": "kept"}

Open = Callable[..., ArrowTransport]


@cache
def stream() -> bytes:
    """The answer to REQUEST as a container sends it."""
    sink = io.BytesIO()
    write_arrow(SimulatorTransport(seed=1).predict(REQUEST), sink)
    return sink.getvalue()


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("SYNTHESIZE_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("synthquery.wire.arrival.cache_root", lambda: tmp_path / "cache")


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as running:
        running.says("POST", PREDICT, Say(200, stream(), ARROW))
        yield running


@pytest.fixture
def connect(server: Scripted) -> Iterator[Open]:
    opened: list[ArrowTransport] = []

    def connect(url: str | None = None, **options: Any) -> ArrowTransport:
        opened.append(
            ArrowTransport(url or server.url, **{"back_off": (0.005, 0.02), "timeout": 20.0, **options})
        )
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.mark.parametrize(
    "model_id", ["gem-1-bulk", "gem-1-sc_reference-conditioning", "gem-1-bulk_predict-metadata"]
)
def test_it_answers_as_the_simulator_does_behind_the_server(model_id):
    request = Request(model_id, {**example_query(model_id), "seed": 3})
    expected = SimulatorTransport().predict(request)
    with SimulatorServer() as server:
        answer = ArrowTransport(server.url).predict(request)
    np.testing.assert_array_equal(answer.counts_array, expected.counts_array)
    assert set(answer.latent_arrays) == set(expected.latent_arrays)
    assert set(answer.probabilities) == set(expected.probabilities)
    assert answer.simulated
    assert answer.provenance["transport"] == "self-hosted"
    assert answer.provenance["seed"] == 3


def test_it_asks_for_a_stream_and_needs_no_token(server, connect):
    assert connect().predict(REQUEST).n_samples == 2
    (asked,) = server.asked
    assert asked.headers["Accept"] == "application/vnd.apache.arrow.stream"
    assert "Authorization" not in asked.headers
    assert asked.headers["Idempotency-Key"]


def test_a_token_is_sent_when_there_is_one(server, connect, monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "sk-mine")
    connect().predict(REQUEST)
    assert server.asked[0].headers["Authorization"] == "Bearer sk-mine"


def test_the_address_comes_from_the_variable_of_the_model(server, monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SYNTHESIZE_API_BASE_URL__GEM_1_SC", server.url)
    assert ArrowTransport().predict(REQUEST).n_samples == 2


def test_without_any_address_the_variable_is_named():
    with pytest.raises(TransportError, match="SYNTHESIZE_API_BASE_URL__GEM_1_SC"):
        ArrowTransport().predict(REQUEST)


def test_record_batches_are_read_as_they_come(server, connect):
    told = []
    answer = connect(on_progress=told.append).predict(REQUEST)
    assert answer.n_samples == 2
    assert len(told) > 1
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1].total == len(stream())


@pytest.mark.parametrize("held", [0, 8 << 20], ids=["in a file", "in memory"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_stream_that_is_cut_off_is_an_error_that_keeps_what_came(server, connect, monkeypatch, share, held):
    monkeypatch.setattr(raw_copy, "_HELD", held)
    part = stream()[: int(len(stream()) * share)]
    server.says("POST", PREDICT, Say(200, part, ARROW, announced=len(stream())))
    with pytest.raises(ResultError, match="cut off") as caught:
        connect().predict(REQUEST)
    assert caught.value.raw_path.read_bytes() == part
    assert server.times("POST", PREDICT) == 1


def test_one_that_is_cut_off_without_a_length_is_one_too(server, connect):
    server.says("POST", PREDICT, Say(200, stream()[:-2_000], ARROW))
    with pytest.raises(ResultError):
        connect().predict(REQUEST)


def test_a_packed_stream_is_unpacked(server, connect):
    server.says("POST", PREDICT, Say(200, gzip.compress(stream()), {**ARROW, "Content-Encoding": "gzip"}))
    np.testing.assert_array_equal(
        connect().predict(REQUEST).counts_array, SimulatorTransport(seed=1).predict(REQUEST).counts_array
    )


def test_a_stream_that_stalls_is_said_to_have_stalled(server, connect):
    part = stream()[:400_000]
    server.says("POST", PREDICT, Say(200, part, ARROW, announced=len(stream()), stall=1.0))
    with pytest.raises(ResultError, match="did not answer in time, after 400,000 bytes") as caught:
        connect(read_timeout=0.2).predict(REQUEST)
    assert caught.value.raw_path.read_bytes() == part


def test_one_that_cannot_be_unpacked_is_damaged_and_not_cut_off_by_the_network(server, connect):
    server.says("POST", PREDICT, Say(200, stream(), {**ARROW, "Content-Encoding": "gzip"}))
    with pytest.raises(ResultError, match="its answer is damaged"):
        connect().predict(REQUEST)


@pytest.mark.parametrize("status", [202, 204, 103])
def test_a_status_that_is_neither_answer_nor_refusal_leaves_open_who_has_the_query(server, connect, status):
    server.says("POST", PREDICT, Say(status))
    with pytest.raises(TransportError, match=f"says {status}.*may be at work") as caught:
        connect().predict(REQUEST)
    assert caught.value.submission == "unknown"
    assert server.times("POST", PREDICT) == 1


def test_what_cannot_be_used_and_does_not_fit_on_the_disk_is_a_transport_error(server, connect, monkeypatch):
    def full(**_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(raw_copy, "_HELD", 300_000)
    monkeypatch.setattr(raw_copy, "mkstemp", full)
    server.says("POST", PREDICT, Say(200, bytes(2_000_000), ARROW))
    with pytest.raises(TransportError, match=r"cannot be used.*No space left") as caught:
        connect().predict(REQUEST)
    assert caught.value.submission == "done"


def test_pieces_of_any_size_are_one_stream(server, connect, monkeypatch):
    monkeypatch.setattr("synthquery.transport.arrow._BLOCK", 1_000)
    expected = SimulatorTransport(seed=1).predict(REQUEST)
    answer = connect().predict(REQUEST)
    np.testing.assert_array_equal(answer.counts_array, expected.counts_array)
    assert answer.gene_order == expected.gene_order


@pytest.mark.parametrize("size", [2**31 - 1, 10**6])
def test_a_stream_that_announces_more_than_comes_is_kept_as_it_came(server, connect, size):
    start = stream()[:4] + size.to_bytes(4, "little") + stream()[8:]  # length of the schema, after the mark
    server.says("POST", PREDICT, Say(200, start, ARROW))
    with pytest.raises(ResultError) as caught:
        connect().predict(REQUEST)
    assert caught.value.raw_path.read_bytes() == start


def test_it_is_asked_for_again_where_keys_are_kept(server, connect):
    cut = Say(200, stream()[:500], {**ARROW, **KEPT}, announced=len(stream()))
    server.says("POST", PREDICT, cut, Say(500, "", KEPT), Say(reset=True), Say(200, stream(), ARROW))
    assert connect().predict(REQUEST).n_samples == 2
    assert len({asked.headers["Idempotency-Key"] for asked in server.asked}) == 1


def test_whether_keys_are_kept_is_asked_again_where_the_question_fails(server, connect):
    server.says("POST", PREDICT, Say(reset=True), Say(200, stream(), ARROW))
    server.says("GET", "/api/models", Say(reset=True), Say(503), Say(200, {"models": []}, KEPT))
    assert connect().predict(REQUEST).n_samples == 2
    assert server.times("GET", "/api/models") == 3


@pytest.mark.parametrize("loss", [Say(500, {"error": "CUDA out of memory"}), Say(reset=True), Say(504)])
def test_a_loss_is_not_repeated_where_it_might_run_twice(server, connect, loss):
    server.says("POST", PREDICT, loss, Say(200, stream(), ARROW))
    with pytest.raises(TransportError) as caught:
        connect().predict(REQUEST)
    assert caught.value.submission == "unknown"
    assert server.times("POST", PREDICT) == 1


@pytest.mark.parametrize("busy", [Say(503), Say(429)])
def test_a_busy_container_is_asked_again(server, connect, busy):
    server.says("POST", PREDICT, busy, Say(200, stream(), ARROW))
    assert connect().predict(REQUEST).n_samples == 2


def test_an_answer_to_another_query_is_an_error_that_keeps_it(server, connect):
    other = Request(MODEL, {**REQUEST.body, "inputs": [{"metadata": {}, "num_samples": 5}]})
    with pytest.raises(ResultError, match="5 samples") as caught:
        connect().predict(other)
    assert caught.value.raw_path.read_bytes() == stream()


def test_an_answer_that_cannot_be_used_is_told_without_the_token_it_repeats(server, connect):
    sink = io.BytesIO()
    answer = SimulatorTransport(seed=1).predict(REQUEST)
    echo = tuple({**row, "tissue_ontology_id": "sk-canary-5d1e"} for row in answer.sample_metadata)
    write_arrow(answer.replace(sample_metadata=echo), sink)
    server.says("POST", PREDICT, Say(200, sink.getvalue(), ARROW))
    with pytest.raises(ResultError, match=r"is '\*\*\*'") as caught:
        connect(token="sk-canary-5d1e").predict(REQUEST)
    assert "canary" not in str(caught.value) + str(caught.value.__cause__)


def test_another_models_answer_is_an_error(server, connect):
    server.says("POST", "/api/models/gem-1-bulk/predict", Say(200, stream(), ARROW))
    with pytest.raises(ResultError, match="gem-1-bulk"):
        connect().predict(Request("gem-1-bulk", REQUEST.body))


def test_a_server_of_the_hosted_protocol_is_recognised(server, connect):
    server.says("POST", PREDICT, Say(200, {"modelQueryId": "q-1"}))
    with pytest.raises(TransportError, match="'synthesize'"):
        connect().predict(REQUEST)


def test_what_a_container_says_in_place_of_an_answer_is_told(server, connect):
    server.says("POST", PREDICT, Say(200, {"error": "the weights are missing"}))
    with pytest.raises(TransportError, match=r"not with an Arrow stream\. It says: the weights are missing"):
        connect().predict(REQUEST)


def test_a_web_page_is_no_stream(server, connect):
    server.says("POST", PREDICT, Say(200, "<html>", {"Content-Type": "text/html"}))
    with pytest.raises(TransportError, match="not with an Arrow stream"):
        connect().predict(REQUEST)


def test_refusals_are_those_of_the_hosted_service(server, connect):
    said = {"error": "Invalid", "errors": [{"path": "inputs[0].num_samples", "message": "too many"}]}
    server.says("POST", PREDICT, Say(422, said))
    with pytest.raises(RejectedQueryError) as caught:
        connect().predict(REQUEST)
    assert caught.value.report.issues[0].pointer == "/inputs/0/num_samples"
    server.says("POST", PREDICT, Say(401, {"error": "auth is on"}))
    with pytest.raises(AuthenticationError):
        connect().predict(REQUEST)


def test_an_answer_that_does_not_end_in_time_is_given_up(server, connect):
    server.says("POST", PREDICT, Say(200, stream(), ARROW, drip=0.05))
    with pytest.raises(TransportError, match="time"):
        connect(timeout=0.4).predict(REQUEST)


def test_closing_ends_an_answer_that_is_coming(server, connect):
    server.says("POST", PREDICT, Say(200, stream(), ARROW, drip=0.05))
    came: list[int] = []

    def close(progress: Any) -> None:
        came.append(progress.done)
        transport.close()

    transport = connect(on_progress=close)
    with pytest.raises(TransportError, match="closed"):
        transport.predict(REQUEST)
    assert len(came) == 1
    assert server.times("POST", PREDICT) == 1


def test_a_model_that_takes_too_long_is_given_up(server, connect):
    server.says("POST", PREDICT, Say(200, stream(), ARROW, late=1.0))
    with pytest.raises(TransportError, match="in time") as caught:
        connect(read_timeout=0.1).predict(REQUEST)
    assert caught.value.submission == "unknown"


def test_without_pyarrow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"synthquery\[arrow\]"):
        ArrowTransport("http://localhost:8000")


def test_a_closed_transport_sends_nothing(server, connect):
    transport = connect()
    transport.close()
    with pytest.raises(TransportError, match="closed"):
        transport.predict(REQUEST)
    assert not server.asked
