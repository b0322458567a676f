"""`wrap`: any function that answers queries is a transport, whatever form its answers have."""

from __future__ import annotations

import functools
import json
import traceback
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests

from synthquery.client import Client
from synthquery.errors import (
    AuthenticationError,
    RateLimitedError,
    RejectedQueryError,
    ResultError,
    TransportError,
)
from synthquery.prediction import Prediction
from synthquery.simulator import example_query
from synthquery.transport import Request, SimulatorTransport
from synthquery.transport.callable import wrap
from synthquery.wire.arrow_results import write_arrow
from synthquery.wire.results import result_to_payload

SINGLE_CELL, PREDICTING = "gem-1-sc", "gem-1-sc_predict-metadata"


def simulated(query: dict[str, Any], model_id: str) -> Prediction:
    return SimulatorTransport(seed=1).predict(Request(model_id, query))


def as_payload(query, model_id):
    return result_to_payload(simulated(query, model_id))


def as_outputs(query, model_id):
    outputs = as_payload(query, model_id)["outputs"]
    return [{**one, "counts": list(range(37_125))} for one in outputs]


def as_json(query, model_id):
    return json.dumps(as_payload(query, model_id)).encode()


def as_arrow(query, model_id):
    import io

    sink = io.BytesIO()
    write_arrow(simulated(query, model_id), sink)
    return sink.getvalue()


def as_tables(query, model_id):
    """As pysynthbio answers: a cell of a table may hold a list or a mapping."""
    answer = simulated(query, model_id)
    outputs = result_to_payload(answer)["outputs"]
    tables = {
        "metadata": pd.DataFrame([one["metadata"] for one in outputs]),
        "expression": pd.DataFrame(answer.counts_array, columns=list(answer.gene_order)),
        "latents": pd.DataFrame([one["latents"] for one in outputs]),
    }
    if answer.kind == "metadata":
        tables["classifier_probs"] = pd.DataFrame([one["classifier_probs"] for one in outputs])
    return tables


@pytest.mark.parametrize("model_id", [SINGLE_CELL, PREDICTING])
@pytest.mark.parametrize("function", [simulated, as_payload, as_json, as_arrow, as_tables])
def test_every_form_of_answer_is_the_same_prediction(function, model_id):
    query = {**example_query(model_id), "seed": 3}
    expected = simulated(query, model_id)
    found = wrap(function).predict(Request(model_id, query))
    np.testing.assert_array_equal(found.counts_array, expected.counts_array)
    assert found.gene_order == expected.gene_order
    assert [dict(row) for row in found.sample_metadata] == list(expected.sample_metadata)
    for name, array in expected.latent_arrays.items():
        np.testing.assert_allclose(found.latent_arrays[name], array)
    assert found.probabilities.keys() == expected.probabilities.keys()
    for name, one in expected.probabilities.items():
        assert found.probabilities[name].labels == one.labels
        np.testing.assert_allclose(found.probabilities[name].values, one.values)


def test_a_list_of_outputs_will_do():
    prediction = wrap(as_outputs).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))
    assert prediction.shape == (4, 37_125)
    assert prediction.gene_order == ()


def test_the_function_gets_plain_json_of_its_own():
    seen: list[Any] = []

    def keep(query, model_id):
        seen.append(json.loads(json.dumps(query)))
        query["inputs"][0]["counts"].clear()
        return as_payload(seen[0], model_id)

    body = example_query(PREDICTING)
    counts = body["inputs"][0]["counts"]
    request = Request(PREDICTING, {**body, "inputs": ({"counts": np.array(counts)},)})
    wrap(keep).predict(request)
    assert seen[0]["inputs"] == [{"counts": counts}]
    assert len(request.body["inputs"][0]["counts"]) == 37_125


def test_a_client_checks_before_the_function_is_called():
    client = Client(wrap(lambda query, model_id: pytest.fail("it was called")))
    with pytest.raises(ValueError, match=r"strategy\.missing"):
        client.predict({"inputs": [{"metadata": {}, "num_samples": 1}]}, SINGLE_CELL)


def test_provenance_names_the_function():
    request = Request(SINGLE_CELL, example_query(SINGLE_CELL))
    assert wrap(as_payload).predict(request).provenance["transport"] == "as_payload"
    assert wrap(as_payload, name="lab").predict(request).provenance["transport"] == "lab"
    assert wrap(functools.partial(as_payload)).predict(request).provenance["transport"] == "as_payload"


def test_what_the_function_raises_is_a_transport_error_that_shows_it():
    def broken(query, model_id):
        raise ZeroDivisionError("no reads")

    with pytest.raises(TransportError, match="broken failed: ZeroDivisionError: no reads") as caught:
        wrap(broken).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.submission == "unknown"


def direct(session_error, query, model_id):
    raise session_error


def wrapped(session_error, query, model_id):
    try:
        raise session_error
    except requests.RequestException:
        raise RuntimeError("it went wrong")  # noqa: B904 (as many clients do)


def refused(status: int, said: str) -> requests.HTTPError:
    response = requests.Response()
    response.status_code, response.url = status, "http://127.0.0.1:1/predict"
    response._content = said.encode()
    return requests.HTTPError(f"{status} for url", response=response)


@pytest.mark.parametrize("client", [direct, wrapped])
@pytest.mark.parametrize(
    ("error", "kind", "submission"),
    [
        (requests.ConnectTimeout("no"), TransportError, "none"),
        (requests.ReadTimeout("no"), TransportError, "unknown"),
        (refused(401, "who are you"), AuthenticationError, "none"),
        (refused(429, "later"), RateLimitedError, "none"),
        (
            refused(422, '{"error": "Invalid", "errors": [{"path": "seed", "message": "odd"}]}'),
            RejectedQueryError,
            "none",
        ),
        (refused(500, "oh"), TransportError, "unknown"),
    ],
)
def test_errors_of_requests_are_understood_whether_a_client_wraps_them_or_not(
    client, error, kind, submission
):
    function = functools.partial(client, error)
    with pytest.raises(kind) as caught:
        wrap(function).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))
    assert caught.value.submission == submission
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \n"])
@pytest.mark.parametrize("form", [dict, list])
def test_json_may_come_as_bytes_with_a_mark_and_as_the_list_of_outputs(mark, form):
    def answers(query, model_id):
        outputs = as_outputs(query, model_id)
        return mark + json.dumps(outputs if form is list else {"outputs": outputs}).encode()

    prediction = wrap(answers).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))
    assert prediction.counts_array[0, -1] == 37_124


def test_what_a_function_says_is_told_without_the_token(monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "sk-canary-5d1e")

    def fails(query, model_id):
        raise RuntimeError("no key sk-canary-5d1e")

    def reports(query, model_id):
        return {"error": "no key sk-canary-5d1e"}

    for function, kind in ((fails, TransportError), (reports, ResultError)):
        with pytest.raises(kind, match=r"no key \*\*\*") as caught:
            wrap(function).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))
        assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_errors_of_ours_pass_through():
    error = RateLimitedError("later", retry_after=5)

    def busy(query, model_id):
        raise error

    with pytest.raises(RateLimitedError) as caught:
        wrap(busy).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))
    assert caught.value is error


def test_an_interruption_is_none_of_our_errors_and_names_the_query_as_far_as_it_is_known():
    def interrupted(query, model_id):
        raise KeyboardInterrupt

    def asking(query, model_id):
        model_query_id = "q-1"  # as pysynthbio calls it
        interrupted(query, model_query_id)

    request = Request(SINGLE_CELL, example_query(SINGLE_CELL))
    with pytest.raises(KeyboardInterrupt) as caught:
        wrap(interrupted).predict(request)
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(KeyboardInterrupt) as caught:
        wrap(asking).predict(request)
    assert "synthquery jobs resume q-1" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        7,
        {},
        {"outputs": []},
        {"error": "no"},
        b"",
        b"{",
        b"junk",
        [],
        {"expression": [[1]]},
        {"expression": pd.DataFrame([[1]]), "metadata": pd.DataFrame([{}, {}], columns=["sex"])},
    ],
)
def test_what_is_no_answer_is_a_result_error(answer):
    with pytest.raises(ResultError):
        wrap(lambda query, model_id: answer).predict(Request(SINGLE_CELL, example_query(SINGLE_CELL)))


def test_missing_cells_of_tables_are_unset():
    tables = as_tables(example_query(SINGLE_CELL), SINGLE_CELL)
    tables["metadata"]["sex"] = [None, np.nan, "female", "female"]
    tables["latents"] = pd.DataFrame()
    found = wrap(lambda query, model_id: tables).predict(Request(SINGLE_CELL, {"inputs": 0}))
    assert found.metadata["sex"].tolist() == ["", "", "female", "female"]
    assert found.latents == {}


@pytest.mark.parametrize("thing", [None, "predict", 7, {}])
def test_only_functions_can_be_wrapped(thing):
    with pytest.raises(TypeError, match="predict"):
        wrap(thing)
