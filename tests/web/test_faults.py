"""Faults on purpose: each does what it says, and the log tells of it."""

from __future__ import annotations

import http.client
import json
from collections import Counter

import pytest

from synthquery.web import FAULT_KINDS
from synthquery.web.faults import Faults
from tests.web.conftest import asking


def test_the_same_seed_gives_the_same_faults():
    rows = [
        [Faults(0.5, FAULT_KINDS, seed).next(predicts=True) for _ in range(1)] + [seed] for seed in (1, 1)
    ]
    assert rows[0] == rows[1]
    one, other = Faults(0.5, FAULT_KINDS, 1), Faults(0.5, FAULT_KINDS, 1)
    assert [one.next(predicts=True) for _ in range(50)] == [other.next(predicts=True) for _ in range(50)]


def test_the_rate_is_kept_and_all_kinds_occur():
    faults = Faults(0.3, FAULT_KINDS, 7)
    drawn = [faults.next(predicts=True) for _ in range(5_000)]
    kinds = Counter(fault.kind for fault in drawn if fault)
    assert set(kinds) == set(FAULT_KINDS)
    assert sum(kinds.values()) == pytest.approx(1_500, abs=120)


def test_only_a_query_can_end_in_a_failed_job():
    assert Faults(1, ("failed-job",), 1).next(predicts=False) is None
    assert Faults(1, ("failed-job",), 1).next(predicts=True) is not None


def test_nothing_goes_wrong_at_rate_0():
    faults = Faults(0, FAULT_KINDS, 1)
    assert not any(faults.next(predicts=True) for _ in range(100))


@pytest.mark.parametrize(("kind", "taken"), [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_is_before_or_after_the_query_is_taken(serve, kind, taken):
    call = serve(faults=1, fault_kinds=(kind,))
    with pytest.raises(ConnectionResetError):
        call.predict(asking())
    assert call.server.summary()["jobs"]["taken"] == taken


def test_what_a_reset_hid_is_found_again_by_its_key(serve):
    call = serve(faults=1, fault_kinds=("reset-after",))
    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            call.predict(asking(), Idempotency_Key="a")
    assert call.server.summary()["jobs"]["taken"] == 1


def test_a_gateway_gives_a_page_and_503_takes_nothing(serve):
    call = serve(faults=1, fault_kinds=("5xx",), seed=1)
    seen = Counter()
    for number in range(24):
        before = call.server.summary()["jobs"]["taken"]
        answer = call.predict(asking(seed=number))
        assert answer.headers["Content-Type"] == "text/html"
        seen[answer.status, call.server.summary()["jobs"]["taken"] - before] += 1
    assert {status for status, _ in seen} == {500, 502, 503, 504}
    assert (503, 1) not in seen
    assert any(taken for status, taken in seen if status != 503)


def test_a_429_says_when_to_come_back_and_takes_nothing(serve):
    call = serve(faults=1, fault_kinds=("429",), retry_after=3)
    answer = call.predict(asking())
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    assert call.server.summary()["jobs"]["taken"] == 0


def test_half_an_answer_is_less_than_it_says(serve):
    with pytest.raises(http.client.IncompleteRead):
        serve(faults=1, fault_kinds=("truncated",)).get("/api/models")


def test_a_page_can_come_in_place_of_json(serve):
    answer = serve(faults=1, fault_kinds=("bad-json",)).predict(asking())
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json  # noqa: B018


def test_a_lost_job_fails_and_another_may_be_sent(serve):
    call = serve(faults=1, fault_kinds=("failed-job",))
    status = call.ended(call.submit(asking()))
    assert status["status"] == "failed"
    assert "lost" in status["message"]
    summary = call.server.summary()
    assert summary["jobs"]["lost"] == 1
    call.ended(call.submit(asking()))
    assert call.server.summary()["run_twice"] == 0


def test_a_slow_answer_is_whole(serve):
    call = serve(faults=1, fault_kinds=("slow",), stall=0.05)
    assert call.get("/api/models").status == 200


def test_the_log_tells_the_faults(serve):
    call = serve(faults=1, fault_kinds=("slow",), stall=0)
    call.get("/api/models")
    (entry,) = call.server.log.entries
    assert entry["fault"] == "slow"
    assert call.server.summary()["faults"] == {"slow": 1}
