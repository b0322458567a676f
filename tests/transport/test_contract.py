"""What every transport keeps to, whoever wrote it. A new transport joins TRANSPORTS."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthquery.errors import SynthQueryError, TransportError
from synthquery.prediction import Prediction
from synthquery.simulator import example_query
from synthquery.transport import (
    ArrowTransport,
    HttpTransport,
    ReplayTransport,
    Request,
    SimulatorTransport,
    Transport,
    make_transport,
)
from synthquery.transport.callable import wrap
from synthquery.transport.pysynthbio import PysynthbioTransport
from synthquery.wire.results import parse_result, result_to_payload
from tests.servers.simulator import serving

LIVER, BRAIN = "UBERON:0002107", "UBERON:0000955"


class ScriptedTransport:
    """The least that a transport of a user's own is: no base class, no registration."""

    def predict(self, request: Request) -> Prediction:
        if "inputs" not in request.body:
            raise TransportError("nothing to answer")
        answer = SimulatorTransport(seed=1).predict(request)
        return parse_result(result_to_payload(answer), request.model_id)

    def close(self) -> None:
        pass


def simulated_result(query: dict[str, Any], model_id: str) -> dict[str, Any]:
    """A function of a user's own: the result JSON for a query."""
    return result_to_payload(SimulatorTransport(seed=1).predict(Request(model_id, query)))


TRANSPORTS: dict[str, Callable[[], Transport]] = {
    "simulator": lambda: SimulatorTransport(seed=1),
    "user-written": ScriptedTransport,
    "wrapped function": lambda: wrap(simulated_result),
}


SOON: dict[str, Any] = {"poll": (0.02, 0.2), "back_off": (0.02, 0.2)}


class Replayed:
    """Records what it is asked, then answers from the recording alone."""

    def __init__(self, url: str, folder: Path) -> None:
        self._recording = ReplayTransport(folder, HttpTransport(url, **SOON), mode="auto")
        self._replaying = ReplayTransport(folder)

    def predict(self, request: Request) -> Prediction:
        self._recording.predict(request)
        return self._replaying.predict(request)

    def close(self) -> None:
        self._recording.close()
        self._replaying.close()


class InItsEnvironment:
    """A transport that takes token and proxies from the environment, in one that has a token and needs no proxy."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def predict(self, request: Request) -> Prediction:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SYNTHESIZE_API_KEY", "any")
            environment.setenv("NO_PROXY", "127.0.0.1")
            return self._transport.predict(request)

    def close(self) -> None:
        self._transport.close()


def tables_of_pysynthbio(url: str) -> Transport:
    """pysynthbio as scripts use it: its DataFrames are the answer."""
    import pysynthbio

    return wrap(partial(pysynthbio.predict_query, api_base_url=url, poll_interval_seconds=1))


# Those that need a server, which is a process of its own, or a folder.
SERVED: dict[str, Callable[[str, Path], Transport]] = {
    "hosted": lambda url, _: HttpTransport(url, **SOON),
    "self-hosted": lambda url, _: ArrowTransport(url),
    "by name": lambda url, _: make_transport("synthesize", base_url=url, **SOON),
    "recording": lambda url, folder: ReplayTransport(folder, HttpTransport(url, **SOON), mode="record"),
    "replay": Replayed,
    "pysynthbio": lambda url, _: InItsEnvironment(PysynthbioTransport(url, poll=1)),
    "pysynthbio, self-hosted": lambda url, _: InItsEnvironment(PysynthbioTransport(url, self_hosted=True)),
    "pysynthbio's tables": lambda url, _: InItsEnvironment(tables_of_pysynthbio(url)),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A simulator server in a process of its own; what the proxy variables name is not on this machine."""
    with (
        serving(tmp_path_factory.mktemp("served"), "--seed", "1", "--hold", "5") as served,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            environment.setenv(name, "http://proxy.invalid:3128")
        yield served.url


@pytest.fixture(params=[*TRANSPORTS, *SERVED])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transport]:
    if request.param in TRANSPORTS:
        made = TRANSPORTS[request.param]()
    else:
        made = SERVED[request.param](request.getfixturevalue("url"), tmp_path)
    yield made
    made.close()


def baseline(model_id: str = "gem-1-sc", **parameters: Any) -> Request:
    inputs = [
        {"metadata": {"tissue_ontology_id": LIVER}, "num_samples": 2},
        {"metadata": {"tissue_ontology_id": BRAIN, "sex": "female"}, "num_samples": 1},
    ]
    return Request(model_id, {"inputs": inputs, "sampling_strategy": "mean estimation", **parameters})


def test_it_satisfies_the_protocol(transport):
    assert isinstance(transport, Transport)


@pytest.mark.parametrize(("model_id", "n_genes"), [("gem-1-bulk", 44_592), ("gem-1-sc", 37_125)])
def test_rows_follow_the_inputs_and_columns_the_genes_of_the_model(transport, model_id, n_genes):
    prediction = transport.predict(baseline(model_id))
    assert prediction.counts.shape == (3, n_genes)
    assert tuple(prediction.counts.columns) == prediction.gene_order
    assert list(prediction.metadata["tissue_ontology_id"]) == [LIVER, LIVER, BRAIN]
    assert list(prediction.metadata["sex"]) == ["", "", "female"]


def test_latents_have_a_row_a_sample(transport):
    latents = transport.predict(baseline()).latents
    assert {name: frame.shape for name, frame in latents.items()} == {
        "biological": (3, 1024),
        "technical": (3, 32),
        "perturbation": (3, 512),
    }


def test_counts_are_whole_and_not_negative(transport):
    counts = transport.predict(baseline("gem-1-bulk", total_count=1_000_000)).counts_array
    assert counts.dtype.kind == "i"
    assert counts.min() >= 0
    np.testing.assert_array_equal(counts.sum(axis=1), 1_000_000)


def test_reference_conditioning_is_answered(transport):
    model_id = "gem-1-sc_reference-conditioning"
    body = example_query(model_id)
    prediction = transport.predict(Request(model_id, body))
    assert prediction.shape == (2, 37_125)
    np.testing.assert_array_equal(prediction.counts_array.sum(axis=1), sum(body["inputs"][0]["counts"]))


def test_metadata_prediction_is_answered(transport):
    model_id = "gem-1-sc_predict-metadata"
    prediction = transport.predict(Request(model_id, example_query(model_id)))
    assert prediction.kind == "metadata"
    probabilities = prediction.classifier_probs["tissue"]
    assert probabilities.shape[0] == prediction.n_samples == 1
    assert probabilities.iloc[0].idxmax() == prediction.metadata["tissue_ontology_id"][0] == LIVER


def test_counts_may_be_arrays(transport):
    model_id = "gem-1-sc_predict-metadata"
    body = example_query(model_id)
    as_lists = transport.predict(Request(model_id, body))
    body["inputs"][0]["counts"] = np.array(body["inputs"][0]["counts"])
    np.testing.assert_array_equal(
        transport.predict(Request(model_id, body)).counts_array, as_lists.counts_array
    )


def test_the_same_seed_gives_the_same_answer(transport):
    one, other = (transport.predict(baseline(seed=5)) for _ in range(2))
    np.testing.assert_array_equal(one.counts_array, other.counts_array)


def test_the_request_is_left_as_it_was(transport):
    for model_id in ("gem-1-bulk", "gem-1-sc_reference-conditioning", "gem-1-sc_predict-metadata"):
        body = example_query(model_id)
        before = copy.deepcopy(body)
        transport.predict(Request(model_id, body))
        assert body == before


def test_nothing_is_printed_or_asked(transport, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("it asked"))
    transport.predict(baseline())
    assert capsys.readouterr() == ("", "")


def test_what_goes_wrong_is_a_transport_error(transport):
    with pytest.raises(TransportError):
        transport.predict(Request("gem-1-bulk", {"no": "query"}))


def test_no_other_error_leaks_out(transport):
    broken = [{"inputs": 5}, {"inputs": [{"counts": "x"}]}, {"inputs": [None], "sampling_strategy": []}]
    for body in broken:
        with pytest.raises(SynthQueryError):
            transport.predict(Request("gem-1-bulk", body))


def test_it_may_be_closed_twice(transport):
    transport.close()
    transport.close()
