"""A thousand lookups: not repeated, and right even where a third of the requests goes wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from synthquery.ontology import Term, default_ontologies
from synthquery.ontology.online import OnlineSources

N = 1000
Start = Callable[..., str]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the services in a process of their own; gives their address."""
    running: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> str:
        command = [sys.executable, "-m", "tests.servers.ontology_services", "--ontology", "UBERON", *options]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout is not None
        return running[-1].stdout.readline().strip()

    yield begin
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def terms() -> dict[str, Term]:
    return {term.id: term for term in islice(default_ontologies().store("UBERON").terms(), N)}


def test_a_thousand_lookups_ask_nothing_the_second_time(
    start: Start, terms: dict[str, Term], tmp_path: Path
) -> None:
    address = start()
    for _ in range(2):
        with OnlineSources({"ols": f"{address}/ols"}, cache_folder=tmp_path, per_second=0) as online:
            answers = online.lookup_many(terms)
            sent = online.traffic.sent
        assert {answer.outcome for answer in answers.values()} == {"found"}
    assert sent == 0


def test_with_a_third_of_the_requests_going_wrong_no_answer_is_wrong(
    start: Start, terms: dict[str, Term], tmp_path: Path
) -> None:
    address = start("--faults", "0.3", "--stall", "0.3")
    wanted = [*islice(terms, 400), "UBERON:9999998", "UBERON:9999999"]
    settings = {"cache_folder": tmp_path, "per_second": 0, "read_timeout": 0.25, "at_once": 8}
    with OnlineSources({"ols": f"{address}/ols"}, **settings) as online:
        answers = online.lookup_many(wanted)
    for identifier, answer in answers.items():
        if answer.outcome == "no_source":
            assert answer.reason
        elif identifier in terms:
            assert answer.term is not None
            assert (answer.term.id, answer.term.label) == (identifier, terms[identifier].label)
        else:
            assert answer.outcome == "not_in_release"
    assert sum(answer.outcome == "found" for answer in answers.values()) > 360
