"""What is tried again, how often, and what is not."""

from __future__ import annotations

import pytest

import synthquery as sq
from synthquery.errors import (
    AuthenticationError,
    JobFailedError,
    RateLimitedError,
    RejectedQueryError,
    ResultError,
    RunStoppedError,
    TransportError,
)
from tests.jobs.scripted import QUICK, Service, query


def sending(service, number=1, **options):
    queries = [query(seed) for seed in range(number)]
    return sq.Client(service).predict_many(queries, **{**QUICK, **options})


def failing(method, error, times=10**6):
    """A hook that raises some times when a method is called."""
    left = iter(range(times))

    def hook(called, _):
        if called == method and next(left, None) is not None:
            raise error

    return hook


@pytest.mark.parametrize("method", ["submit", "status", "fetch"])
def test_what_was_not_taken_or_changes_nothing_is_tried_again(method):
    service = Service(before=failing(method, TransportError("it cannot be reached"), times=5))
    assert sending(service, 3).ok
    assert len(service.jobs) == 3


@pytest.mark.parametrize("error", [ResultError("it is cut off"), TransportError("it broke off")])
def test_a_download_that_breaks_off_is_begun_again(error):
    service = Service(after=failing("fetch", error, times=2))
    assert sending(service).ok
    assert len(service.jobs) == 1


def test_an_answer_that_stays_damaged_is_a_failure():
    (outcome,) = sending(Service(before=failing("fetch", ResultError("it is cut off"))))
    assert (outcome.state, outcome.reason) == ("failed", "answer not usable")


def test_a_rejected_query_is_not_tried_again():
    asked = []

    def reject(method, _):
        asked.append(method)
        raise RejectedQueryError("inputs.items[0]: unknown")

    (outcome,) = sending(Service(before=reject))
    assert asked == ["submit"]
    assert (outcome.state, outcome.reason) == ("failed", "rejected by the service")


def test_a_message_that_is_no_text_is_spelt_out(tmp_path):
    service = Service(before=failing("submit", RejectedQueryError("half a character: \ud83d")))
    (outcome,) = sending(service, out=tmp_path)
    assert outcome.error == "half a character: \\ud83d"


def test_one_rejected_query_does_not_hold_up_the_others():
    service = Service(before=failing("submit", RejectedQueryError("no"), times=1))
    assert sending(service, 3, max_in_flight=1).counts == {"saved": 2, "failed": 1}


class TestFailedJobs:
    def test_they_are_sent_anew_some_times_as_other_jobs(self):
        service = Service(jobs_fail=lambda number: "worker lost" if number < 2 else None)
        assert sending(service).ok
        assert len(service.jobs) == 3
        assert len(service.keys) == 3

    def test_not_more_often_than_allowed(self):
        service = Service(jobs_fail=lambda _: "worker lost")
        (outcome,) = sending(service, retry_failed_jobs=1)
        assert (outcome.state, outcome.reason) == ("failed", "job failed")
        assert "worker lost (2 jobs)" in outcome.error
        assert len(service.jobs) == 2

    def test_a_query_that_is_itself_at_fault_is_not_sent_anew(self):
        service = Service(jobs_fail=lambda _: 'Metadata validation failed: ["Query 1 has bad values"]')
        assert sending(service, retry_failed_jobs=5)[0].state == "failed"
        assert len(service.jobs) == 1

    def test_one_of_which_the_transport_knows_the_values_at_fault_neither(self):
        named = JobFailedError("bad values", query_id="job-0", report=sq.Report())
        service = Service(before=failing("status", named))
        assert sending(service, retry_failed_jobs=5)[0].state == "failed"
        assert len(service.jobs) == 1


class TestLimits:
    def test_a_break_that_a_service_asks_for_is_kept_by_all(self, monkeypatch):
        from synthquery.jobs import carrier

        held = []
        monkeypatch.setattr(carrier.Limiter, "hold", lambda _, seconds: held.append(seconds))
        service = Service(before=failing("submit", RateLimitedError("429", retry_after=0.01), times=2))
        assert sending(service, 3).ok
        assert len(held) == 2
        assert all(seconds >= 0.01 for seconds in held)
        assert len(service.jobs) == 3

    def test_waiting_for_a_limit_is_no_failed_try(self):
        service = Service(before=failing("submit", RateLimitedError("429"), times=20))
        assert sending(service, 1).ok

    def test_a_break_of_hours_ends_the_run(self):
        service = Service(
            before=failing("submit", RateLimitedError("429: come back tomorrow", retry_after=86_400))
        )
        with pytest.raises(RunStoppedError, match="tomorrow") as caught:
            sending(service, 2)
        assert caught.value.outcomes.counts == {"waiting": 2}


class TestAServiceThatIsDown:
    def test_it_ends_the_run_instead_of_failing_every_query(self):
        service = Service(before=failing("submit", TransportError("it cannot be reached")))
        with pytest.raises(RunStoppedError, match="cannot be reached") as caught:
            sending(service, 200)
        assert caught.value.outcomes.counts == {"waiting": 200}

    def test_one_query_that_cannot_be_sent_is_left_for_later(self):
        (outcome,) = sending(Service(before=failing("submit", TransportError("it cannot be reached"))))
        assert (outcome.state, outcome.reason) == ("waiting", "service not reached")

    def test_it_is_told_while_it_is_tried_again(self):
        told = []
        sending(
            Service(before=failing("submit", TransportError("[it] cannot be reached"))),
            on_progress=told.append,
        )
        assert told[-1].trouble == "[it] cannot be reached"
        assert str(told[-1]).endswith("trying again: [it] cannot be reached")

    def test_it_is_told_no_more_once_it_answers(self):
        told = []
        service = Service(before=failing("status", TransportError("it cannot be reached"), times=3))
        assert sending(service, on_progress=told.append).ok
        assert told[-1].trouble == ""

    def test_answers_in_memory_are_not_lost_when_the_token_expires(self):
        allowed = iter([None, None])

        def expire(method, _):
            if method == "submit" and next(allowed, "expired"):
                raise AuthenticationError("the token has expired")

        with pytest.raises(RunStoppedError, match="expired") as caught:
            sending(Service(before=expire), 4, max_in_flight=1)
        outcomes = caught.value.outcomes
        assert outcomes.counts == {"waiting": 2, "saved": 2}
        assert outcomes[0].prediction.n_samples == 1


def test_a_job_that_never_ends_is_left_for_later():
    (outcome,) = sending(Service(polls=10**9), job_timeout=0.05)
    assert (outcome.state, outcome.reason) == ("submitted", "not answered in time")
    assert "job-0" in outcome.error


def test_an_error_that_no_transport_should_raise_leaves_the_query_to_a_person():
    class Careless:
        def predict(self, request):
            raise KeyError("results")

        def close(self) -> None:
            pass

    (outcome,) = sending(Careless())
    assert (outcome.state, outcome.reason) == ("unknown", "KeyError")


def test_what_the_simulator_cannot_answer_is_rejected():
    (outcome,) = sq.Client().predict_many([query(1, n_samples=10**7)])
    assert (outcome.state, outcome.reason) == ("failed", "rejected by the service")


def test_an_error_of_a_download_that_no_transport_should_raise_holds_up_no_other_query():
    service = Service(before=failing("fetch", KeyError("outputs"), times=1))
    outcomes = sending(service, 3, max_in_flight=1)
    assert outcomes.counts == {"ready": 1, "saved": 2}
    assert outcomes[0].error == "KeyError: 'outputs'"


def test_an_answer_that_cannot_be_written_holds_up_no_other_query(tmp_path, monkeypatch):
    save = sq.Prediction.save
    broken = iter([True])

    def breaks_once(prediction, folder, **options):
        if next(broken, False):
            raise ValueError("a label that no file can hold")
        return save(prediction, folder, **options)

    service = Service()
    monkeypatch.setattr(sq.Prediction, "save", breaks_once)
    outcomes = sending(service, 3, max_in_flight=1, out=tmp_path)
    assert outcomes.counts == {"ready": 1, "saved": 2}
    assert outcomes[0].reason == "results not written"
    assert sending(service, 3, out=tmp_path).ok
    assert len(service.jobs) == 3


def test_a_try_that_was_not_taken_does_not_make_an_earlier_one_forgotten(tmp_path):
    errors = iter(
        [TransportError("it broke off", submission="unknown"), *[TransportError("not reached")] * 100]
    )

    def lose(method, _):
        if method == "submit":
            raise next(errors)

    service = Service(after=lose)
    with_keys = sending(service, out=tmp_path)
    assert with_keys[0].state == "submitting"
    service.keeps = False
    assert sending(service, out=tmp_path)[0].state == "unknown"
    assert len(service.jobs) == 1
