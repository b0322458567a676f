"""Asking gently, keeping answers, and failing soon and in words."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from synthquery.errors import OntologyError, SourceUnavailableError
from synthquery.ontology.online import OnlineSources, Service, service_settings
from tests.ontology.online.conftest import Open
from tests.servers.faults import Faults
from tests.servers.ontology_services import OntologyServices

LIVER, HEART, MADE_UP = "UBERON:0002107", "UBERON:0000948", "UBERON:9999999"
SOME = [LIVER, HEART, "UBERON:0002048", "UBERON:0002113", "UBERON:0000955", "UBERON:0002371", MADE_UP]


def test_the_second_time_nothing_is_sent_even_by_another_program(
    open_online: Open, services: OntologyServices
) -> None:
    first = open_online()
    answers = first.lookup_many(SOME)
    sent = len(services.requests)
    again = open_online()
    assert again.lookup_many(SOME) == answers
    assert len(services.requests) == sent
    assert (again.traffic.sent, again.traffic.hits) == (0, sent)


def test_it_says_who_asks(online: OnlineSources, services: OntologyServices) -> None:
    online.lookup(LIVER)
    assert services.headers["User-Agent"].startswith("synthquery/")
    assert services.headers["Accept"] == "application/json"


def test_at_most_so_many_requests_a_second(open_online: Open, services: OntologyServices) -> None:
    open_online(per_second=5).lookup_many(SOME)
    times = services.times
    assert len(times) == 8
    assert all(times[n + 5] - times[n] > 0.9 for n in range(len(times) - 5))


def test_at_most_so_many_requests_at_once(open_online: Open, services: OntologyServices) -> None:
    services.delay = 0.03
    open_online(at_once=3).lookup_many(SOME)
    assert services.most_at_once == 3


@pytest.mark.parametrize("kind", ["503", "reset", "timeout", "truncated", "cut off", "html", "429"])
def test_a_fault_that_passes_is_not_noticed(open_online: Open, services: OntologyServices, kind: str) -> None:
    services.faults = Faults(1.0, kinds=(kind,), first=2, retry_after="0.05" if kind == "429" else "")
    assert open_online().lookup(LIVER).outcome == "found"


@pytest.mark.parametrize("kind", ["503", "reset", "timeout", "truncated", "cut off", "html", "429", "403"])
def test_a_fault_that_stays_is_no_answer_and_never_unknown(
    open_online: Open, services: OntologyServices, kind: str
) -> None:
    services.faults = Faults(1.0, kinds=(kind,))
    online = open_online(attempts=2, read_timeout=0.1)
    for identifier in (LIVER, MADE_UP):
        answer = online.lookup(identifier)
        assert (answer.outcome, answer.term) == ("no_source", None)
        assert answer.reason.startswith("OLS (127.0.0.1) could not be asked: ")
    assert list(online.failures) == ["UBERON"]


def test_faults_are_not_kept(open_online: Open, services: OntologyServices) -> None:
    services.faults = Faults(1.0, kinds=("html",))
    assert open_online(attempts=1).lookup(LIVER).outcome == "no_source"
    services.faults = Faults()
    assert open_online().lookup(LIVER).outcome == "found"


def test_a_service_that_asks_for_a_break_gets_it(open_online: Open, services: OntologyServices) -> None:
    services.faults = Faults(1.0, kinds=("429",), first=1, retry_after="0.6")
    assert open_online().lookup(LIVER).outcome == "found"
    first, second = services.times[:2]
    assert second - first >= 0.6


def test_a_service_that_asks_for_an_hour_is_not_waited_for(
    open_online: Open, services: OntologyServices
) -> None:
    services.faults = Faults(1.0, kinds=("429",), retry_after="3600")
    started = time.monotonic()
    assert open_online().lookup(LIVER).outcome == "no_source"
    assert time.monotonic() - started < 30
    assert len(services.requests) == 1


def test_a_dead_service_costs_seconds(tmp_path: Path) -> None:
    started = time.monotonic()
    with OnlineSources({"ols": "http://127.0.0.1:9"}, cache_folder=tmp_path, per_second=0) as online:
        answers = online.lookup_many(f"UBERON:{number:07}" for number in range(2000))
    assert time.monotonic() - started < 30
    assert {answer.outcome for answer in answers.values()} == {"no_source"}
    assert online.failures


def test_a_dead_service_is_left_alone_after_some_failures(
    open_online: Open, services: OntologyServices
) -> None:
    services.faults = Faults(1.0, kinds=("503",))
    online = open_online()
    online.lookup_many(SOME * 10)
    assert len(services.requests) <= 20
    assert "it keeps failing" in online.failures["UBERON"]


def test_an_old_answer_serves_when_the_service_is_down(open_online: Open, services: OntologyServices) -> None:
    assert open_online(keep_days=0.5 / 86400).lookup(LIVER).outcome == "found"
    time.sleep(0.7)
    services.faults = Faults(1.0, kinds=("503",))
    online = open_online(attempts=1)
    assert online.lookup(LIVER).outcome == "found"
    assert online.traffic.stale


def test_an_old_answer_is_renewed_when_the_service_is_up(
    open_online: Open, services: OntologyServices
) -> None:
    open_online(keep_days=0.5 / 86400).lookup(LIVER)
    sent = len(services.requests)
    time.sleep(0.7)
    online = open_online()
    assert online.lookup(LIVER).outcome == "found"
    assert len(services.requests) == sent + 2
    assert online.traffic.stale == 0


def test_not_there_is_believed_for_a_shorter_time(open_online: Open, services: OntologyServices) -> None:
    open_online(keep_miss_days=0.5 / 86400).lookup_many([LIVER, MADE_UP])
    time.sleep(0.7)
    sent = len(services.requests)
    open_online().lookup_many([LIVER, MADE_UP])
    assert len(services.requests) == sent + 1


def test_a_damaged_cache_is_thrown_away(
    open_online: Open, services: OntologyServices, tmp_path: Path
) -> None:
    open_online().lookup(LIVER)
    (tmp_path / "cache" / "answers.sqlite").write_bytes(b"not a database at all" * 100)
    assert open_online().lookup(LIVER).outcome == "found"
    again = open_online()
    assert again.lookup(LIVER).outcome == "found"
    assert again.traffic.sent == 0


def test_an_entry_that_was_tampered_with_is_asked_again(open_online: Open, tmp_path: Path) -> None:
    open_online().lookup(LIVER)
    with sqlite3.connect(tmp_path / "cache" / "answers.sqlite") as database:
        database.execute("UPDATE responses SET value = ?", (b"cos\nsystem\n(S'false'\ntR.",))
    database.close()
    online = open_online()
    assert online.lookup(LIVER).outcome == "found"
    assert online.traffic.sent == 2


def test_without_a_place_for_a_cache_it_works_all_the_same(
    services: OntologyServices, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with OnlineSources(services.urls, cache_folder=tmp_path / "file" / "cache", per_second=0) as online:
        assert online.lookup(LIVER).outcome == "found"
        assert online.lookup(LIVER).outcome == "found"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_may_not_be_written_is_done_without(open_online: Open, tmp_path: Path) -> None:
    open_online().lookup(LIVER)
    path = tmp_path / "cache" / "answers.sqlite"
    path.chmod(0o400)
    assert open_online().lookup(HEART).outcome == "found"


def test_passwords_in_addresses_are_shown_nowhere(
    services: OntologyServices,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = services.urls["ols"].replace("http://", "http://user:s3cret@")
    with OnlineSources({"ols": secret}, cache_folder=tmp_path, per_second=0, attempts=1) as online:
        assert online.lookup(LIVER).outcome == "found"
        assert services.headers["Authorization"].startswith("Basic ")
        services.faults = Faults(1.0, kinds=("reset",))
        reason = online.lookup(HEART).reason
        shown = f"{online.ontology('UBERON')!r} {reason} {online._settings} {caplog.text}"
    assert "s3cret" not in shown
    assert all(b"s3cret" not in file.read_bytes() for file in tmp_path.iterdir())


def test_an_address_that_is_none_is_refused_without_repeating_it() -> None:
    for address in ("user:s3cret@host", "ftp://host/x", "http://", "http://host:port/"):
        with pytest.raises(OntologyError) as caught:
            service_settings("ols", address)
        assert "s3cret" not in str(caught.value)


def test_an_address_for_a_service_that_is_none_is_refused() -> None:
    with pytest.raises(OntologyError, match="there is no service 'ols4'; there are ols, ensembl"):
        OnlineSources({"ols4": "https://www.ebi.ac.uk/ols4"})


def test_a_proxy_of_the_environment_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, services: OntologyServices
) -> None:
    monkeypatch.setenv("http_proxy", "http://user:s3cret@127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with OnlineSources({"ols": "http://ols.example.org"}, cache_folder=tmp_path, attempts=1) as online:
        reason = online.lookup(LIVER).reason
    assert "proxy" in reason
    assert "s3cret" not in reason
    monkeypatch.setenv("http_proxy", services.address)  # which gets the whole address, and has no such page
    with OnlineSources({"ols": "http://ols.example.org"}, cache_folder=tmp_path, attempts=1) as online:
        assert online.lookup(LIVER).outcome == "no_source"
    assert services.requests == ["GET http://ols.example.org/api/ontologies/uberon"]


def test_a_service_that_has_moved_is_followed(services: OntologyServices, tmp_path: Path) -> None:
    urls = {"ols": f"{services.address}/moved/ols"}
    for sent in (4, 0):  # a redirection is a request, and both are needed only once
        with OnlineSources(urls, cache_folder=tmp_path, per_second=0, at_once=1) as online:
            assert online.lookup(LIVER).outcome == "found"
            assert online.traffic.sent == sent


def test_what_is_not_asked_yet_when_a_list_is_stopped_is_never_asked(
    open_online: Open, services: OntologyServices
) -> None:
    services.delay = 0.02

    def stop(number: int) -> int:
        if number == 5:
            raise KeyboardInterrupt
        return online.ontology("UBERON").lookup(f"UBERON:{number:07}") is not None

    online = open_online(at_once=2)
    with pytest.raises(KeyboardInterrupt):
        online._service("ols").each(stop, range(1000))
    assert len(services.requests) < 50


def test_an_answer_that_never_ends_is_given_up(open_online: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthquery.ontology.online.adapter.LARGEST_ANSWER", 100)
    assert "larger than any real one" in open_online(attempts=1).lookup(LIVER).reason


def test_the_error_of_a_service_is_an_ontology_error(services: OntologyServices, tmp_path: Path) -> None:
    services.faults = Faults(1.0, kinds=("401",))
    with Service(service_settings("ols", services.urls["ols"]), tmp_path) as service:
        with pytest.raises(SourceUnavailableError, match="refused the request"):
            service.get("/api/ontologies/uberon")
        assert issubclass(SourceUnavailableError, OntologyError)


def test_back_off_grows_from_try_to_try(open_online: Open, services: OntologyServices) -> None:
    services.faults = Faults(1.0, kinds=("503",))
    open_online(attempts=4).lookup(LIVER)
    pauses = [second - first for first, second in pairwise(services.times)]
    assert len(pauses) == 3
    assert pauses[0] < pauses[1] < pauses[2]


def test_the_library_and_its_commands_load_no_http_client() -> None:
    program = (
        "import sys, synthquery, synthquery.cli.app, synthquery.validation, synthquery.ontology\n"
        "synthquery.validate({'inputs': []}, 'gem-1-bulk')\n"
        "assert not {'requests', 'requests_cache', 'urllib3'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
