"""Settings of a server: what they do, and which are refused."""

from __future__ import annotations

import time

import pytest

from synthquery.errors import ConfigError
from synthquery.web import FAULT_KINDS, Settings
from synthquery.web.rate import RateLimit
from tests.web.conftest import asking

REFERENCE = "gem-1-sc_predict-metadata"


@pytest.mark.parametrize(
    "settings",
    [
        {"latency": -1},
        {"latency": float("inf")},
        {"stall": float("nan")},
        {"hold": 1e12},
        {"cold_start": -0.1},
        {"hold": -1},
        {"queue": 0},
        {"faults": 1.1},
        {"fault_kinds": ("earthquake",)},
        {"fault_kinds": ()},
        {"token": "  "},
        {"rate_limit": (0, 1)},
        {"rate_limit": (1, 0)},
        {"keep": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ConfigError):
        Settings(**settings)


def test_the_token_is_in_no_repr():
    assert "opensesame" not in repr(Settings(token="opensesame"))


def test_only_other_models_than_the_baseline_ones_warm_up_and_only_once(serve):
    from synthquery.simulator import example_query

    call = serve(cold_start=0.6)
    assert call.ended(call.submit(asking()))["status"] == "ready"
    began = time.monotonic()
    job = call.submit(example_query(REFERENCE), REFERENCE)
    status = call.status(job)
    assert status["status"] == "running"
    assert "warming up" in status["message"]
    assert call.ended(job)["status"] == "ready"
    assert time.monotonic() - began >= 0.6
    again = call.submit(example_query(REFERENCE), REFERENCE)
    assert "warming up" not in call.status(again).get("message", "")


def test_who_is_not_at_work_waits(serve):
    call = serve(queue=1, latency=0.4)
    first, second = call.submit(asking(seed=1)), call.submit(asking(seed=2))
    assert "waits" in call.status(second)["message"]
    assert call.ended(first)["status"] == "ready"
    assert call.ended(second)["status"] == "ready"


def test_more_requests_than_allowed_are_told_when_to_come_back(serve):
    call = serve(rate_limit=(2, 30))
    assert [call.get("/api/models").status for _ in range(3)] == [200, 200, 429]
    answer = call.predict(asking())
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert call.server.summary()["jobs"]["taken"] == 0


def test_a_place_is_free_when_its_time_is_over():
    limit = RateLimit((1, 0.05))
    assert limit.wait() == 0
    left = limit.wait()
    assert 0 < left <= 0.05
    time.sleep(left)
    assert limit.wait() == 0


def test_without_a_limit_nobody_waits():
    assert all(RateLimit(None).wait() == 0 for _ in range(100))


def test_a_server_with_a_seed_answers_a_query_without_one_always_alike(serve):
    one, other = (call.result(call.submit(asking(seed=None))) for call in (serve(seed=3), serve(seed=3)))
    assert one["outputs"] == other["outputs"]
    different = serve(seed=4)
    assert different.result(different.submit(asking(seed=None)))["outputs"] != one["outputs"]


def test_every_kind_of_fault_is_a_setting():
    assert Settings(fault_kinds=FAULT_KINDS).fault_kinds == FAULT_KINDS


def test_a_question_may_wait_for_the_answer(serve):
    call = serve(latency=0.2, hold=20)
    assert call.status(call.submit(asking()))["status"] == "ready"
