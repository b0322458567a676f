"""After any end of a run the next one finishes exactly what is missing, and no query is sent twice."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest

import synthquery as sq
from synthquery.errors import AuthenticationError, JournalError, RunStoppedError, TransportError
from synthquery.jobs.journal import FILE, Journal
from synthquery.jobs.many import outcomes_in, resume, run_settings
from synthquery.jobs.settings import Settings
from synthquery.jobs.shelf import Folder
from synthquery.transport import ReplayTransport, SimulatorTransport
from tests.jobs.scripted import QUICK, Killed, Service, query

QUERIES = [query(1), query(2, n_samples=3, deterministic_latents=True), query(3)]
STEPS = 34  # of a run over QUERIES; the last test of this file says whether it is enough


class Death:
    """Kills a run at its n-th step, before or after the step has its effect."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.steps = 0

    def __call__(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self.step:
            raise Killed


@contextmanager
def dying_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Death]:
    death = Death(step)

    def dangerous(method: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **options: object) -> object:
            death()
            result = method(*arguments, **options)
            death()
            return result

        return wrapped

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "change", dangerous(Journal.change))
        patch.setattr(Journal, "saved", dangerous(Journal.saved))
        patch.setattr(Folder, "keep_part", dangerous(Folder.keep_part))
        patch.setattr(Folder, "finish", dangerous(Folder.finish))
        yield death


def run(transport, out, **options):
    settings = {"max_in_flight": 1, "max_samples_per_job": 2, **QUICK, **options}
    return sq.Client(transport).predict_many(QUERIES, out=out, **settings)


def check_answers(outcomes):
    assert outcomes.ok, str(outcomes)
    for body, outcome in zip(QUERIES, outcomes, strict=True):
        assert outcome.prediction.n_samples == sq.parse_query(body).n_samples
    whole = sq.Client().predict(QUERIES[1])
    np.testing.assert_array_equal(outcomes[1].prediction.counts_array, whole.counts_array)


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_killed_at_any_step_it_finishes_with_one_job_for_each_part(tmp_path, monkeypatch, step):
    service = Service()
    with dying_at(step, monkeypatch) as death:
        service.before = service.after = death
        with suppress(Killed):
            run(service, tmp_path)
        service.before = service.after = lambda *_: None
    check_answers(run(service, tmp_path))
    assert set(service.taken.values()) == {1}
    assert len(service.jobs) == 4
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == [
        "index.json",
        "jobs.sqlite",
        *("query-0001", "query-0002", "query-0003"),
    ]


@pytest.mark.parametrize("step", range(1, 12))
def test_a_service_that_keeps_no_keys_is_never_sent_the_same_again_without_being_told_to(
    tmp_path, monkeypatch, step
):
    service = Service(keeps=False)
    with dying_at(step, monkeypatch) as death:
        service.before = service.after = death
        with suppress(Killed):
            run(service, tmp_path)
        service.before = service.after = lambda *_: None
    outcomes = run(service, tmp_path)
    assert set(service.taken.values()) == {1}
    assert set(outcomes.counts) <= {"saved", "unknown"}
    assert outcomes.counts.get("unknown", 0) <= 1
    assert all("may have it or not" in one.error for one in outcomes if not one.ok)
    check_answers(run(service, tmp_path, resend_unknown=True))


def test_a_run_that_records_is_finished_by_the_service_itself(tmp_path, monkeypatch):
    service, out, recordings = Service(), tmp_path / "out", tmp_path / "recordings"
    with dying_at(9, monkeypatch) as death:
        service.before = service.after = death
        with suppress(Killed):
            run(ReplayTransport(recordings, service, mode="record"), out)
        service.before = service.after = lambda *_: None
    assert run_settings(out)["transport"] == "scripted"
    assert any(one.query_ids for one in outcomes_in(out))
    assert resume(service, out, Settings.make(**QUICK)).ok
    check_answers(run(ReplayTransport(recordings, service, mode="record"), out))
    assert set(service.taken.values()) == {1}


def test_a_run_without_a_fault_has_so_many_steps(tmp_path, monkeypatch):
    service = Service()
    with dying_at(10**6, monkeypatch) as death:
        service.before = service.after = death
        run(service, tmp_path)
    assert STEPS <= death.steps <= STEPS + 30


def test_a_lost_answer_to_a_submission_is_asked_for_again_under_its_key(tmp_path):
    lost = iter([True, True, False])

    def lose(method, _):
        if method == "submit" and next(lost, False):
            raise TransportError("the connection broke off", submission="unknown")

    service = Service(after=lose)
    check_answers(run(service, tmp_path))
    assert len(service.jobs) == 4


def test_a_lost_answer_of_a_service_without_keys_is_left_to_a_person(tmp_path):
    lost = iter([True])

    def lose(method, _):
        if method == "submit" and next(lost, False):
            raise TransportError("the connection broke off", submission="unknown")

    service = Service(keeps=False, after=lose)
    outcomes = run(service, tmp_path)
    assert [one.state for one in outcomes] == ["unknown", "saved", "saved"]
    assert outcomes[0].reason == "not known whether it was taken"
    assert run(service, tmp_path).counts == outcomes.counts
    assert len(service.jobs) == 4
    check_answers(run(service, tmp_path, resend_unknown=True))
    assert len(service.jobs) == 5


def test_a_service_that_turns_out_to_keep_keys_settles_what_was_unknown(tmp_path):
    lost = iter([True])

    def lose(method, _):
        if method == "submit" and next(lost, False):
            raise TransportError("the connection broke off", submission="unknown")

    service = Service(keeps=False, after=lose)
    run(service, tmp_path)
    service.keeps = True
    check_answers(run(service, tmp_path))
    assert len(service.jobs) == 4


def test_a_service_that_could_not_be_asked_once_is_asked_again_whether_it_keeps_keys(tmp_path, monkeypatch):
    service = Service()
    with dying_at(4, monkeypatch) as death:
        service.before = service.after = death
        with suppress(Killed):
            run(service, tmp_path)
        service.before = service.after = lambda *_: None
    assert outcomes_in(tmp_path)[0].state == "submitting"
    answers = iter([False, False, True])
    monkeypatch.setattr(service, "keeps_keys", lambda: next(answers, True))
    check_answers(run(service, tmp_path))
    assert set(service.taken.values()) == {1}


def test_an_answer_at_once_that_leaves_nothing_behind_is_asked_for_again(tmp_path, monkeypatch):
    with dying_at(4, monkeypatch), suppress(Killed):
        run(SimulatorTransport(seed=1), tmp_path)
    check_answers(run(SimulatorTransport(seed=1), tmp_path))


class Wrapped:
    """A client of somebody else's: what it left behind when it was killed is not known."""

    def __init__(self) -> None:
        self.asked = 0

    def predict(self, request):
        self.asked += 1
        if self.asked == 1:
            raise Killed
        return SimulatorTransport(seed=1).predict(request)

    def close(self) -> None:
        pass


def test_a_client_of_somebody_else_is_not_asked_twice(tmp_path):
    wrapped = Wrapped()
    with suppress(Killed):
        run(wrapped, tmp_path)
    outcomes = run(wrapped, tmp_path)
    assert [one.state for one in outcomes] == ["unknown", "saved", "saved"]
    check_answers(run(wrapped, tmp_path, resend_unknown=True))


def test_resume_needs_the_folder_only(tmp_path, monkeypatch):
    service = Service()
    with dying_at(9, monkeypatch), suppress(Killed):
        run(service, tmp_path)
    assert not outcomes_in(tmp_path).ok
    outcomes = resume(service, tmp_path, Settings.make(**QUICK))
    assert [one.label for one in outcomes] == ["query-0001", "query-0002", "query-0003"]
    check_answers(outcomes)


def test_there_is_nothing_to_resume_where_nothing_was_begun(tmp_path):
    with pytest.raises(JournalError, match="nothing was begun"):
        resume(Service(), tmp_path, Settings.make())


def test_another_service_is_not_asked_for_what_this_one_has(tmp_path, monkeypatch):
    with dying_at(4, monkeypatch), suppress(Killed):
        run(Service(), tmp_path)
    other = Service()
    other.name = "other"
    with pytest.raises(JournalError, match="begun with scripted"):
        run(other, tmp_path)
    assert run_settings(tmp_path)["transport"] == "scripted"


def test_another_service_may_go_on_when_nothing_is_under_way(tmp_path):
    run(Service(), tmp_path)
    outcomes = sq.Client("simulator").predict_many([query(9)], out=tmp_path)
    assert outcomes.ok
    assert run_settings(tmp_path)["transport"] == "simulator"


def test_a_run_that_went_on_elsewhere_forgets_the_address_of_the_first_service(tmp_path):
    service = Service()
    service.base_url = "http://127.0.0.1:1"
    run(service, tmp_path)
    sq.Client("simulator").predict_many([query(9)], out=tmp_path)
    assert run_settings(tmp_path) == {"format": "csv", "transport": "simulator"}


def test_a_query_that_is_damaged_in_the_journal_is_an_error_that_says_what_to_do(tmp_path):
    def refuse(method, *_):
        if method == "submit":
            raise AuthenticationError("the token is not accepted")

    with suppress(RunStoppedError):
        run(Service(before=refuse), tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE bodies SET body = substr(body, 1, length(body) / 2)")
    database.close()
    with pytest.raises(RunStoppedError, match=r"damaged \(the query .* cannot be read.*move the file away"):
        run(Service(), tmp_path)


def test_an_answer_in_part_that_was_damaged_is_fetched_again(tmp_path, monkeypatch):
    service = Service()
    finish = Folder.finish

    def dies_with_the_large_one(folder, row, answer):
        if len(row.parts) > 1:
            raise Killed
        finish(folder, row, answer)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "finish", dies_with_the_large_one)
        with suppress(Killed):
            run(service, tmp_path)
    kept = list((tmp_path / ".jobs").glob("*.npz"))
    assert len(kept) == 2
    kept[0].write_bytes(b"damaged")
    kept[1].unlink()
    check_answers(run(service, tmp_path))
    assert set(service.taken.values()) == {1}


def test_what_failed_is_sent_again_only_when_told_to(tmp_path):
    service = Service(jobs_fail=lambda number: "Metadata validation failed: [...]" if number == 0 else None)
    assert run(service, tmp_path)[0].state == "failed"
    assert run(service, tmp_path)[0].state == "failed"
    assert len(service.jobs) == 4
    check_answers(run(service, tmp_path, retry_failed=True))
    assert len(service.jobs) == 5


def test_a_run_that_could_not_go_on_says_where_every_query_stands(tmp_path):
    def refuse(method, _):
        if method == "submit":
            raise AuthenticationError("the token is not accepted")

    with pytest.raises(RunStoppedError, match="token is not accepted") as caught:
        run(Service(before=refuse), tmp_path)
    assert caught.value.outcomes.counts == {"waiting": 3}
    check_answers(run(Service(), tmp_path))


def test_results_that_somebody_removed_are_not_called_saved_and_come_again(tmp_path):
    service = Service()
    first = run(service, tmp_path)
    removed = first[1].path
    shutil.rmtree(removed)
    gone = outcomes_in(tmp_path)[1]
    assert (gone.state, gone.reason, gone.path) == ("failed", "results removed", None)
    assert resume(service, tmp_path, Settings.make(**QUICK)).counts == {"saved": 2, "failed": 1}
    again = run(service, tmp_path)
    assert again.ok
    assert removed.is_dir()
    assert again[1].prediction.n_samples == 3
    assert set(service.taken.values()) == {1}  # its jobs are known by their IDs: nothing was sent again


@pytest.mark.parametrize("left", [[], ["query.json", "report.json"]])
def test_results_that_somebody_removed_from_their_folder_come_again(tmp_path, left):
    service = Service()
    folder = run(service, tmp_path)[1].path
    for path in folder.iterdir():
        if path.name not in left:
            path.unlink()
    assert outcomes_in(tmp_path)[1].reason == "results removed"
    check_answers(run(service, tmp_path))
    assert set(service.taken.values()) == {1}


def test_removed_results_of_a_transport_without_jobs_are_asked_for_again(tmp_path):
    first = run(SimulatorTransport(), tmp_path)
    expected = first[0].prediction.counts_array
    shutil.rmtree(first[0].path)
    again = run(SimulatorTransport(), tmp_path)
    np.testing.assert_array_equal(again[0].prediction.counts_array, expected)


def test_a_job_that_could_not_be_asked_for_in_time_says_why(tmp_path):
    def away(method: str, *_: object) -> None:
        if method == "status":
            raise TransportError("the service cannot be reached")

    outcomes = run(
        Service(before=away), tmp_path, max_in_flight=4, poll=(5.0, 5.0), back_off=(5.0, 5.0), job_timeout=1.0
    )
    assert "the service cannot be reached" in outcomes[0].error
