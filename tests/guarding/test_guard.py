"""Guarded clients: what is wrong is not sent, and nothing else changes."""

from __future__ import annotations

import asyncio
import copy
import logging
import sys
import threading
import types
from typing import Any
from unittest.mock import MagicMock

import pytest

from synthquery.errors import InvalidQueryError
from synthquery.guarding import guard
from synthquery.simulator import example_query
from synthquery.validation import Report
from synthquery.validation.own_rules import rule

GOOD = {
    "sampling_strategy": "mean estimation",
    "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107", "sex": "male"}, "num_samples": 2}],
}
WRONG = {**GOOD, "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:9999999"}, "num_samples": 2}]}
DOUBTFUL = {**GOOD, "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0000479"}, "num_samples": 2}]}

CLIENT = '''
class ClientError(Exception):
    pass


sent = []


def predict_query(query, model_id, auto_authenticate=True, timeout=30, **kwargs):
    """Sends a query."""
    query["source"] = "client"
    query.update(kwargs)
    sent.append((query, model_id, auto_authenticate, timeout))
    if query.get("seed") == 13:
        raise ClientError("unlucky")
    return {"answer": len(sent)}
'''

SCRIPT = """
from someclient import predict_query as ask


def run(query):
    return ask(query, "gem-1-bulk")
"""


@pytest.fixture
def client(monkeypatch):
    """A client module as pysynthbio is one: it writes into the caller's query."""
    module = types.ModuleType("someclient")
    exec(CLIENT, module.__dict__)
    monkeypatch.setitem(sys.modules, "someclient", module)
    return module


@pytest.fixture
def script(client, monkeypatch):
    """A script that took the function out of the client before anybody guarded it, under another name."""
    module = types.ModuleType("somescript")
    exec(
        "from someclient import predict_query as ask\ndef run(query): return ask(query, 'gem-1-bulk')",
        module.__dict__,
    )
    monkeypatch.setitem(sys.modules, "somescript", module)
    return module


def good(**more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **more}


def wrong() -> dict[str, Any]:
    return copy.deepcopy(WRONG)


def test_a_wrong_query_is_not_sent_and_the_report_says_why(client):
    with guard(client), pytest.raises(InvalidQueryError) as caught:
        client.predict_query(wrong(), "gem-1-bulk")
    assert [issue.code for issue in caught.value.report.errors] == ["id.unknown"]
    assert client.sent == []


def test_a_right_query_is_answered_as_ever(client):
    query = good()
    with guard(client):
        assert client.predict_query(query, "gem-1-bulk", False, timeout=5) == {"answer": 1}
    ((sent, model_id, authenticate, timeout),) = client.sent
    assert sent is query
    assert (model_id, authenticate, timeout) == ("gem-1-bulk", False, 5)


def test_errors_of_the_client_stay_its_own(client):
    with guard(client), pytest.raises(client.ClientError, match="unlucky"):
        client.predict_query(good(seed=13), "gem-1-bulk")


def test_afterwards_the_client_is_as_it_was(client, script):
    before = client.predict_query
    with guard(client):
        assert client.predict_query is not before
    assert client.predict_query is before
    assert script.ask is before
    client.predict_query(wrong(), "gem-1-bulk")
    assert len(client.sent) == 1


def test_it_is_as_it_was_after_an_error_too(client):
    before = client.predict_query
    with pytest.raises(ZeroDivisionError), guard(client):
        1 / 0  # noqa: B018
    assert client.predict_query is before


def test_what_was_imported_before_is_guarded_too(client, script):
    with guard(client), pytest.raises(InvalidQueryError):
        script.run(wrong())
    assert script.run(wrong()) == {"answer": 1}


def test_what_is_imported_inside_is_guarded_inside_and_free_afterwards(client):
    with guard(client):
        from someclient import predict_query as late

        with pytest.raises(InvalidQueryError):
            late(wrong(), "gem-1-bulk")
    assert late(wrong(), "gem-1-bulk") == {"answer": 1}


def test_a_module_loaded_after_the_first_guard_is_found_by_the_next(client, monkeypatch):
    guarding = guard(client)
    with guarding:
        pass
    later = types.ModuleType("laterscript")
    later.ask = client.predict_query
    monkeypatch.setitem(sys.modules, "laterscript", later)
    with guarding, pytest.raises(InvalidQueryError):
        later.ask(wrong(), "gem-1-bulk")


def test_as_a_decorator_it_is_active_while_the_function_runs(client):
    @guard(client)
    def main(query: dict[str, Any]) -> Any:
        """Doc."""
        return client.predict_query(query, "gem-1-bulk")

    assert main(good()) == {"answer": 1}
    with pytest.raises(InvalidQueryError):
        main(wrong())
    assert (main.__name__, main.__doc__) == ("main", "Doc.")
    client.predict_query(wrong(), "gem-1-bulk")


def test_decorated_coroutines_and_generators_are_guarded_until_they_end(client):
    @guard(client)
    async def later(query: dict[str, Any]) -> Any:
        await asyncio.sleep(0)
        return client.predict_query(query, "gem-1-bulk")

    @guard(client)
    def each(*queries: dict[str, Any]) -> Any:
        for query in queries:
            yield client.predict_query(query, "gem-1-bulk")

    @guard(client)
    async def later_each(*queries: dict[str, Any]) -> Any:
        told = None
        for query in queries:
            told = yield client.predict_query(query, "gem-1-bulk") | {"told": told}

    async def all_of(*queries: dict[str, Any]) -> Any:
        answers = later_each(*queries)
        return [await anext(answers), *[await answers.asend(number) for number in range(1, len(queries))]]

    with pytest.raises(InvalidQueryError):
        asyncio.run(all_of(wrong()))
    assert not client.sent
    assert asyncio.run(later(good())) == {"answer": 1}
    with pytest.raises(InvalidQueryError):
        asyncio.run(later(wrong()))
    assert list(each(good(), good())) == [{"answer": 2}, {"answer": 3}]
    with pytest.raises(InvalidQueryError):
        list(each(good(), wrong()))
    told = [one["told"] for one in asyncio.run(all_of(good(), good()))]
    assert told == [None, 1]
    client.predict_query(wrong(), "gem-1-bulk")


def test_one_guard_may_be_entered_again_inside_itself(client):
    before, guarding = client.predict_query, guard(client)
    with guarding:
        with guarding, guard(client):
            pass
        with pytest.raises(InvalidQueryError):
            client.predict_query(wrong(), "gem-1-bulk")
    assert client.predict_query is before


def test_guards_inside_each_other_check_once(client):
    seen: list[Report] = []
    with guard(client, on_warnings=seen.append), guard(client, on_warnings=seen.append):
        client.predict_query(copy.deepcopy(DOUBTFUL), "gem-1-bulk")
    assert len(client.sent) == len(seen) == 1


def test_threads_that_come_and_go_leave_it_as_it_was(client):
    before, failures = client.predict_query, []

    def work() -> None:
        for _ in range(20):
            with guard(client):
                try:
                    client.predict_query(wrong(), "gem-1-bulk")
                    failures.append("sent")
                except InvalidQueryError:
                    pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert client.sent == []
    assert client.predict_query is before


def test_keyword_arguments_are_checked_as_the_client_merges_them(client):
    with guard(client):
        with pytest.raises(InvalidQueryError) as caught:
            client.predict_query(good(), model_id="gem-1-bulk", total_count=-5)
        assert [issue.pointer for issue in caught.value.report.errors] == ["/total_count"]
        query = good(sampling_strategy="?")
        client.predict_query(model_id="gem-1-bulk", query=query, sampling_strategy="mean estimation")
        client.predict_query(good(), "gem-1-bulk", seed=4)
    assert [query["sampling_strategy"] for query, *_ in client.sent] == ["mean estimation"] * 2


def test_a_query_that_was_sent_before_may_be_sent_again(client):
    query = good()
    with guard(client):
        for _ in range(2):
            client.predict_query(query, "gem-1-bulk")
    assert query["source"] == "client"


def test_the_query_is_not_touched_by_checking(client):
    query = wrong()
    with guard(client), pytest.raises(InvalidQueryError):
        client.predict_query(query, "gem-1-bulk")
    assert query == WRONG


def test_a_call_that_cannot_be_is_refused_by_the_client(client):
    with guard(client), pytest.raises(TypeError, match="model_id"):
        client.predict_query(good())


def test_a_query_for_another_model_is_wrong(client):
    with guard(client), pytest.raises(InvalidQueryError) as caught:
        client.predict_query(good(sampling_strategy="sample generation"), "gem-1-sc")
    assert [issue.code for issue in caught.value.report.errors] == ["strategy.single-cell-mean-only"]


def test_a_model_nothing_is_documented_of_is_passed_on(client):
    with guard(client):
        client.predict_query({"inputs": [{"sample_id": "SRR1"}]}, "gem-1-bulk_condition-on-sample-ids")
    assert len(client.sent) == 1


def test_counts_are_checked_too(client):
    query = example_query("gem-1-sc_predict-metadata")
    query["inputs"][0]["counts"].pop()
    with guard(client), pytest.raises(InvalidQueryError) as caught:
        client.predict_query(query, "gem-1-sc_predict-metadata")
    assert [issue.code for issue in caught.value.report.errors] == ["counts.length"]


def test_warnings_are_logged_and_the_query_is_sent(client, caplog, recwarn):
    with caplog.at_level(logging.WARNING, "synthquery.guard"), guard(client):
        client.predict_query(copy.deepcopy(DOUBTFUL), "gem-1-bulk")
    assert "term.too-general" in caplog.text
    assert len(client.sent) == 1
    assert not recwarn.list


def test_warnings_can_be_taken_otherwise(client, caplog):
    seen: list[Report] = []
    with guard(client, on_warnings=seen.append):
        client.predict_query(copy.deepcopy(DOUBTFUL), "gem-1-bulk")
    (report,) = seen
    assert [issue.code for issue in report.warnings] == ["term.too-general"]
    assert caplog.text == ""


def test_rules_of_ones_own_are_asked(client):
    @rule(code="lab.pairs")
    def pairs(body):
        """Samples come in pairs."""
        for place, one in enumerate(body["inputs"]):
            if one["num_samples"] % 2:
                yield ("inputs", place, "num_samples"), "we order pairs"

    query = good()
    query["inputs"][0]["num_samples"] = 3
    with guard(client, rules=[pairs]), pytest.raises(InvalidQueryError, match="we order pairs"):
        client.predict_query(query, "gem-1-bulk")
    with guard(client):
        client.predict_query(query, "gem-1-bulk")


class Service:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    def predict_query(self, query, model_id):
        self.sent.append(query)
        return self

    @staticmethod
    def ask(query, model_id):
        return "static"

    @classmethod
    def tell(cls, query, model_id):
        return cls


class Cheaper(Service):
    pass


def test_an_object_is_guarded_and_its_sisters_are_not():
    one, other = Service(), Service()
    with guard(one):
        assert one.predict_query(good(), "gem-1-bulk") is one
        with pytest.raises(InvalidQueryError):
            one.predict_query(wrong(), "gem-1-bulk")
        assert other.predict_query(wrong(), "gem-1-bulk") is other
    assert "predict_query" not in vars(one)


def test_a_class_is_guarded_with_all_its_objects():
    before = Service.__dict__["predict_query"]
    service = Service()
    with guard(Service):
        assert service.predict_query(good(), "gem-1-bulk") is service
        with pytest.raises(InvalidQueryError):
            service.predict_query(wrong(), "gem-1-bulk")
    assert Service.__dict__["predict_query"] is before


@pytest.mark.parametrize(("name", "answer"), [("ask", "static"), ("tell", Cheaper)])
def test_static_and_class_methods_stay_what_they_are(name, answer):
    with guard(Service, name=name):
        assert getattr(Cheaper, name)(good(), "gem-1-bulk") == answer
        with pytest.raises(InvalidQueryError):
            getattr(Service(), name)(wrong(), "gem-1-bulk")


def test_a_function_gives_the_one_to_call_in_its_place():
    def predict(body, model):
        return model

    with guard(predict) as guarded:
        assert guarded(good(), "gem-1-bulk") == "gem-1-bulk"
        with pytest.raises(InvalidQueryError):
            guarded(wrong(), "gem-1-bulk")
    assert guarded(wrong(), "gem-1-bulk") == "gem-1-bulk"


def test_a_mock_in_the_place_of_a_client_is_guarded_too(client, monkeypatch):
    mock = MagicMock(return_value="sent")
    monkeypatch.setattr(client, "predict_query", mock)
    with guard(client):
        assert client.predict_query(good(), model_id="gem-1-bulk", auto_authenticate=False) == "sent"
        with pytest.raises(InvalidQueryError):
            client.predict_query(query=wrong(), model_id="gem-1-bulk")
        with pytest.raises(InvalidQueryError):
            client.predict_query(wrong(), "gem-1-bulk", 5)
    mock.assert_called_once()


def test_somebody_elses_patch_on_top_is_left_alone(client):
    guarding = guard(client)
    guarding.__enter__()
    inner = client.predict_query

    def patch(query, model_id):
        return inner(query, model_id)

    client.predict_query = patch
    guarding.__exit__(None, None, None)
    assert client.predict_query is patch
    assert client.predict_query(wrong(), "gem-1-bulk") == {"answer": 1}


@pytest.mark.parametrize("target", [types.ModuleType("empty"), object(), 7, Service])
def test_what_has_no_such_function_cannot_be_guarded(target):
    with pytest.raises(TypeError, match="to guard"):
        guard(target, name="send")
