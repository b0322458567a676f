"""300 queries, three requests in ten go wrong in every way there is, and the client is killed five times."""

from __future__ import annotations

from pathlib import Path

from tests.jobs.chaos import Survived, survive

NUMBER, KILLS = 300, 5
KINDS = {"reset-before", "reset-after", "5xx", "429", "truncated", "failed-job", "slow", "bad-json"}


def test_every_query_has_its_answer_once_in_order_and_none_was_taken_twice(tmp_path: Path) -> None:
    survived = survive(tmp_path, NUMBER, kills=KILLS)
    it_was_a_storm(survived)
    every_query_has_its_answer(survived)
    assert survived.wrong == ()
    the_server_took_no_query_twice(survived)
    assert survived.leaks == ()
    assert survived.summary["authorized_downloads"] == 0


def it_was_a_storm(survived: Survived) -> None:
    faults = survived.summary["faults"]
    assert set(faults) == KINDS
    assert 0.2 < sum(faults.values()) / survived.summary["requests"] < 0.4
    assert len(survived.kills) == KILLS
    assert any(set(stand) & {"submitting", "submitted", "ready"} for stand in survived.kills)


def every_query_has_its_answer(survived: Survived) -> None:
    assert survived.exit_code == 0
    assert survived.outcomes.counts == {"saved": NUMBER}, str(survived.outcomes)
    assert [one.name for one in survived.outcomes] == [f"q{place:04}" for place in range(NUMBER)]
    assert len({one.path for one in survived.outcomes}) == NUMBER


def the_server_took_no_query_twice(survived: Survived) -> None:
    assert survived.summary["run_twice"] == 0
    assert len(survived.taken) == NUMBER
    assert set(survived.taken.values()) == {1}
    assert survived.summary["jobs"]["taken"] == NUMBER + survived.failed_jobs
