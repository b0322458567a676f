"""From the ID of a query to its answer: asking, waiting, downloading."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from synthquery.errors import (
    AuthenticationError,
    JobFailedError,
    JobTimeoutError,
    RateLimitedError,
    ResultError,
    TransportError,
)
from synthquery.ontology.progress import set_progress
from synthquery.transport import JobStatus, Request, SimulatorTransport
from synthquery.transport.http.progress import Announcer, JobProgress
from tests.servers.scripted import Say
from tests.transport.http.conftest import (
    FILE,
    MODEL,
    PREDICT,
    REQUEST,
    RUNNING,
    SIGNATURE,
    STATUS,
    TAKEN,
    failed,
    payload,
    ready,
)

RESUME = "synthquery jobs resume q-1"
PAYLOAD = json.dumps(payload()).encode()


@pytest.fixture
def often_switching() -> Iterator[None]:
    """Threads take turns after a microsecond: what they disturb in each other comes to light."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


class TestWaiting:
    def test_the_answer_is_that_of_the_service(self, connect):
        answer = connect().predict(REQUEST)
        expected = SimulatorTransport(seed=1).predict(REQUEST)
        np.testing.assert_array_equal(answer.counts_array, expected.counts_array)
        assert answer.simulated

    def test_it_says_how_it_came(self, server, connect):
        provenance = connect().predict(REQUEST).provenance
        assert provenance["transport"] == "synthesize"
        assert provenance["query_id"] == "q-1"
        assert provenance["server"] == server.url
        assert SIGNATURE not in json.dumps(dict(provenance))

    @pytest.mark.parametrize("status", ["running", "queued", "warming_up", "Pending", ""])
    def test_any_status_but_ready_and_failed_is_waited_for(self, server, connect, status):
        server.says("GET", STATUS, Say(200, {"status": status}), RUNNING, ready(server))
        assert connect().predict(REQUEST).n_samples == 1
        assert server.times("GET", STATUS) == 3

    def test_pauses_grow_up_to_the_longest(self, server, connect, pauses):
        server.says("GET", STATUS, *[RUNNING] * 12, ready(server))
        connect(poll=(0.1, 1.0)).predict(REQUEST)
        assert len(pauses) == 12
        assert pauses[0] <= 0.1
        assert 0.6 <= pauses[-1] <= 1.0

    def test_time_out_names_the_query_and_how_to_go_on(self, server, connect):
        server.says("GET", STATUS, RUNNING)
        with pytest.raises(JobTimeoutError, match=RESUME) as caught:
            connect(timeout=0.2).predict(REQUEST)
        assert caught.value.query_id == "q-1"
        assert caught.value.submission == "done"

    @pytest.mark.parametrize("late", [Say(200, {"status": "running"}, late=5.0), Say(500)])
    def test_so_does_a_question_in_the_middle_of_which_the_time_is_over(self, server, connect, late):
        server.says("GET", STATUS, late)
        with pytest.raises(JobTimeoutError, match=RESUME) as caught:
            connect(timeout=0.2, attempts=1_000).predict(REQUEST)
        assert caught.value.query_id == "q-1"

    def test_it_is_asked_a_last_time_before_the_time_is_over(self, server, connect):
        server.says("GET", STATUS, RUNNING, ready(server))
        assert connect(poll=(60.0, 60.0), timeout=6.0).predict(REQUEST).n_samples == 1

    @pytest.mark.parametrize("end", [KeyboardInterrupt, MemoryError, ZeroDivisionError])
    def test_who_is_interrupted_is_told_how_to_go_on(self, server, connect, end):
        def interrupt(progress):
            if progress.stage == "waiting":
                raise end

        server.says("GET", STATUS, RUNNING)
        with pytest.raises(end) as caught:
            connect(on_progress=interrupt).predict(REQUEST)
        assert RESUME in caught.value.__notes__[0]

    def test_the_way_to_go_on_has_the_address_where_it_is_not_the_usual_one(
        self, server, connect, monkeypatch
    ):
        server.says("GET", STATUS, Say(401))
        with pytest.raises(AuthenticationError, match=f"`{RESUME} --base-url {server.url}`"):
            connect().predict(REQUEST)
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", server.url)
        with pytest.raises(AuthenticationError, match=f"`{RESUME}`"):
            connect().predict(REQUEST)

    def test_closing_ends_the_waiting(self, server, connect):
        server.says("GET", STATUS, RUNNING)
        transport = connect(poll=(30.0, 30.0), timeout=60.0)
        closing = threading.Timer(0.2, transport.close)
        closing.start()
        with pytest.raises(TransportError, match=rf"closed.*{RESUME}"):
            transport.predict(REQUEST)
        closing.join()

    @pytest.mark.parametrize(
        "trouble", [Say(500), Say(reset=True), Say(200, "<html>"), Say(200, b"{", announced=9)]
    )
    def test_a_question_that_fails_is_asked_again(self, server, connect, trouble):
        server.says("GET", STATUS, trouble, trouble, ready(server))
        assert connect().predict(REQUEST).n_samples == 1
        assert server.times("POST", PREDICT) == 1

    @pytest.mark.parametrize(
        "trouble", [Say(500, {"error": "out of memory"}), Say(reset=True), Say(200, "<html>")]
    )
    def test_a_question_that_keeps_failing_names_the_query(self, server, connect, trouble):
        server.says("GET", STATUS, trouble)
        with pytest.raises(TransportError, match=RESUME) as caught:
            connect(attempts=2).predict(REQUEST)
        assert caught.value.query_id == "q-1"
        assert caught.value.submission == "done"
        assert server.times("GET", STATUS) == 2

    def test_a_service_that_is_asked_too_often_is_left_in_peace(self, server, connect):
        server.says("GET", STATUS, Say(429, "", {"Retry-After": "0.2"}), ready(server))
        assert connect(attempts=1).predict(REQUEST).n_samples == 1
        server.says("GET", STATUS, Say(429))
        with pytest.raises(RateLimitedError, match=RESUME) as caught:
            connect(attempts=2).predict(REQUEST)
        assert caught.value.query_id == "q-1"

    def test_a_token_that_runs_out_meanwhile_is_said(self, server, connect):
        server.says("GET", STATUS, Say(401, {"error": "expired"}))
        with pytest.raises(AuthenticationError, match=RESUME) as caught:
            connect().predict(REQUEST)
        assert caught.value.query_id == "q-1"
        assert server.times("GET", STATUS) == 1

    def test_an_unknown_query_is_told_from_an_unknown_model(self, connect):
        with pytest.raises(TransportError, match="does not know the query q-9") as caught:
            connect().status("q-9")
        assert caught.value.query_id == "q-9"

    def test_an_id_is_quoted_in_the_address(self, server, connect):
        server.says("GET", "/api/model-queries/..%2F..%2Fme/status", RUNNING)
        assert connect().status("../../me").state == "running"

    @pytest.mark.parametrize(
        "said", [{}, {"downloadUrl": ""}, {"downloadUrl": 7}, {"downloadUrl": "http://[x"}]
    )
    def test_ready_without_an_address_is_an_error(self, server, connect, said):
        server.says("GET", STATUS, Say(200, {"status": "ready", **said}))
        with pytest.raises(TransportError, match=RESUME):
            connect().predict(REQUEST)

    @pytest.mark.parametrize("place", ["http://[x", "http://127.0.0.1:99999/", "//", "\x01"])
    @pytest.mark.parametrize("asked", [("POST", PREDICT), ("GET", STATUS), ("GET", FILE)])
    def test_to_be_sent_on_to_what_is_no_address_is_an_error(self, server, connect, asked, place):
        server.says(*asked, Say(302, "", {"Location": place}))
        with pytest.raises(TransportError):
            connect(attempts=1).predict(REQUEST)

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_host_of_files_that_is_asked_too_often_is_left_in_peace(self, server, connect, pauses, status):
        server.says("GET", FILE, Say(status, "", {"Retry-After": "7"}), Say(200, payload()))
        assert connect(attempts=1).predict(REQUEST).n_samples == 1
        assert pauses == [7.0]


class TestFailedQueries:
    @pytest.mark.parametrize(
        ("said", "told"),
        [
            (
                {"message": "Traceback (most recent call last):\n  File x\nMemoryError: no room"},
                "MemoryError: no room",
            ),
            ({"message": "bad values\r\nTraceback (most recent call last):\r\n  File x"}, "bad values"),
            ({"message": ["first", "second"]}, '["first", "second"]'),
            ({"error": "the worker was lost"}, "the worker was lost"),
            ({"message": None}, "it did not say why"),
        ],
    )
    def test_whatever_the_service_says_of_it_is_told_without_a_traceback(self, server, connect, said, told):
        server.says("GET", STATUS, Say(200, {"status": "failed", **said}))
        with pytest.raises(JobFailedError) as caught:
            connect().predict(REQUEST)
        assert str(caught.value).endswith(f": {told}")

    def test_the_message_is_told_without_the_traceback(self, server, connect):
        server.says("GET", STATUS, failed("Out of memory\nTraceback (most recent call last):\n  File x.py"))
        with pytest.raises(JobFailedError, match="Out of memory") as caught:
            connect().predict(REQUEST)
        assert "Traceback" not in str(caught.value)
        assert caught.value.query_id == "q-1"
        assert caught.value.report is None

    def test_values_it_names_are_issues(self, server, connect):
        server.says(
            "GET", STATUS, failed('Metadata validation failed: ["Query 0: UBERON:0002107 is unknown"]')
        )
        with pytest.raises(JobFailedError) as caught:
            connect().predict(REQUEST)
        (issue,) = caught.value.report.issues
        assert issue.code == "service.rejected"
        assert issue.pointer == "/inputs/0/metadata/tissue_ontology_id"
        assert issue.value == "UBERON:0002107"

    def test_a_failure_without_a_word_is_told_too(self, server, connect):
        server.says("GET", STATUS, Say(200, {"status": "failed"}))
        with pytest.raises(JobFailedError, match="did not say why"):
            connect().predict(REQUEST)

    def test_submit_status_and_fetch_say_the_same(self, server, connect):
        transport = connect()
        query_id = transport.submit(REQUEST)
        status = transport.status(query_id)
        assert status.state == "ready"
        assert SIGNATURE not in repr(status)
        assert transport.fetch(query_id, REQUEST, status=status).n_samples == 1
        assert transport.fetch(query_id, REQUEST).n_samples == 1
        server.says("GET", STATUS, failed("no"))
        with pytest.raises(JobFailedError):
            transport.fetch(query_id, REQUEST)

    def test_what_is_not_ready_cannot_be_fetched(self, connect):
        with pytest.raises(TransportError, match="not answered yet"):
            connect().fetch("q-1", REQUEST, status=JobStatus("running"))


class TestDownloads:
    @pytest.mark.parametrize(
        "trouble",
        [
            Say(200, PAYLOAD[:9_000], announced=len(PAYLOAD)),
            Say(200, PAYLOAD[:9_000]),
            Say(200, ""),
            Say(200, "<html>Sign in</html>"),
            Say(200, [1, 2]),
            Say(503),
            Say(reset=True),
            Say(200, gzip.compress(PAYLOAD, mtime=0)[:500], {"Content-Encoding": "gzip"}),
        ],
        ids=["cut off", "half", "empty", "html", "a list", "503", "reset", "half of a gzip"],
    )
    def test_a_damaged_download_is_made_again(self, server, connect, trouble):
        server.says("GET", FILE, trouble, Say(200, PAYLOAD))
        assert connect().predict(REQUEST).n_samples == 1
        assert server.times("GET", FILE) == 2
        assert server.times("POST", PREDICT) == 1

    @pytest.mark.parametrize("length", ["\xb2", "9" * 5_000], ids=["a power", "5,000 digits"])
    def test_a_length_that_is_none_is_not_believed(self, server, connect, length):
        server.says("GET", FILE, Say(200, PAYLOAD, {"Content-Length": length, "Connection": "close"}))
        assert connect(attempts=1).predict(REQUEST).n_samples == 1

    def test_one_that_stalls_is_said_to_have_stalled(self, server, connect):
        server.says("GET", FILE, Say(200, PAYLOAD[:9_000], announced=len(PAYLOAD), stall=1.0))
        with pytest.raises(ResultError, match=rf"did not answer in time, after 9,000 bytes.*{RESUME}"):
            connect(attempts=1, read_timeout=0.2).predict(REQUEST)

    def test_one_that_cannot_be_unpacked_is_damaged_and_not_cut_off(self, server, connect):
        server.says("GET", FILE, Say(200, PAYLOAD, {"Content-Encoding": "gzip"}))
        with pytest.raises(ResultError, match=f"its answer is damaged.*{RESUME}"):
            connect(attempts=1).predict(REQUEST)

    def test_one_that_stays_damaged_is_kept_for_a_person(self, server, connect):
        server.says("GET", FILE, Say(200, PAYLOAD[:9_000], announced=len(PAYLOAD)))
        with pytest.raises(ResultError, match=rf"9,000 of .*{RESUME}") as caught:
            connect(attempts=2).predict(REQUEST)
        assert caught.value.raw_path.read_bytes() == PAYLOAD[:9_000]
        assert str(caught.value.raw_path) in str(caught.value)
        assert caught.value.query_id == "q-1"

    def test_one_that_does_not_fit_the_query_is_kept_and_not_asked_for_again(self, server, connect):
        two = Request(MODEL, {**REQUEST.body, "inputs": [{**REQUEST.body["inputs"][0], "num_samples": 2}]})
        with pytest.raises(ResultError, match="2 samples were asked for") as caught:
            connect().predict(two)
        assert json.loads(caught.value.raw_path.read_bytes()) == payload()
        assert "q-1" in str(caught.value)
        assert caught.value.query_id == "q-1"
        assert server.times("GET", FILE) == 1

    def test_a_failure_in_the_result_is_an_error(self, server, connect):
        server.says("GET", FILE, Say(200, {"error": "the decoder gave NaN", "outputs": []}))
        with pytest.raises(ResultError, match="the decoder gave NaN"):
            connect().predict(REQUEST)

    def test_compressed_answers_are_read(self, server, connect):
        server.says("GET", FILE, Say(200, gzip.compress(PAYLOAD), {"Content-Encoding": "gzip"}))
        assert connect().predict(REQUEST).n_samples == 1

    def test_an_address_that_ran_out_is_asked_for_anew(self, server, connect):
        fresh = Say(200, {"status": "ready", "downloadUrl": f"{server.url}/files/fresh.json"})
        server.says("GET", STATUS, ready(server), fresh)
        server.says("GET", FILE, Say(403, "<Error>expired</Error>"))
        server.says("GET", "/files/fresh.json", Say(200, PAYLOAD))
        assert connect().predict(REQUEST).n_samples == 1

    def test_a_download_may_be_redirected(self, server, connect):
        server.says("GET", FILE, Say(302, "", {"Location": "/moved.json"}))
        server.says("GET", "/moved.json", Say(200, PAYLOAD))
        assert connect().predict(REQUEST).n_samples == 1

    def test_redirects_without_end_end(self, server, connect):
        server.says("GET", FILE, Say(302, "", {"Location": FILE}))
        with pytest.raises(TransportError, match=RESUME):
            connect().predict(REQUEST)
        assert server.times("GET", FILE) < 10

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/q-1.json"])
    def test_only_web_addresses_are_downloaded(self, server, connect, url):
        server.says("GET", STATUS, Say(200, {"status": "ready", "downloadUrl": url}))
        with pytest.raises(TransportError, match=RESUME):
            connect().predict(REQUEST)

    def test_an_address_relative_to_the_service_is_understood(self, server, connect):
        server.says("GET", STATUS, Say(200, {"status": "ready", "downloadUrl": FILE}))
        assert connect().predict(REQUEST).n_samples == 1

    def test_one_that_does_not_end_in_time_is_given_up(self, server, connect):
        server.says("GET", FILE, Say(200, PAYLOAD, drip=0.05))
        with pytest.raises(TransportError, match=rf"did not come in time.*{RESUME}"):
            connect(timeout=0.5).predict(REQUEST)


class TestProgress:
    def test_every_step_is_told(self, server, connect):
        server.says(
            "GET", STATUS, Say(200, {"status": "running", "message": "warming up"}), RUNNING, ready(server)
        )
        told = []
        connect(on_progress=told.append).predict(REQUEST)
        assert [one.stage for one in told[:3]] == ["submitted", "waiting", "waiting"]
        assert told[1].message == "warming up"
        assert {one.query_id for one in told} == {"q-1"}
        assert told[-1].stage == "downloading"
        assert told[-1].done == told[-1].total == len(PAYLOAD)

    def test_the_library_says_nothing(self, connect, capsys):
        connect().predict(REQUEST)
        assert capsys.readouterr() == ("", "")

    def test_whoever_wants_lines_gets_each_once(self, server, connect):
        warming = Say(200, {"status": "running", "message": "gem-1-sc is warming up"})
        server.says("GET", STATUS, warming, warming, warming, ready(server))
        lines: list[str] = []
        set_progress(lines.append)
        try:
            connect().predict(REQUEST)
        finally:
            set_progress(None)
        assert lines == ["sent to gem-1-sc; the query is q-1", "gem-1-sc: gem-1-sc is warming up"]


@pytest.mark.usefixtures("often_switching")
def test_queries_of_several_threads_are_told_by_one_announcer():
    announce, troubles = Announcer(), []

    def tell(thread: int) -> None:
        try:
            for number in range(500):
                for stage in ("submitted", "waiting", "downloading"):
                    announce(JobProgress(stage, f"q-{thread}-{number}", MODEL, 1.0, "at work"))
        except RuntimeError as error:
            troubles.append(error)

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles


def test_an_id_that_a_shell_would_obey_is_quoted_where_it_is_to_be_typed(server, connect):
    server.says("POST", PREDICT, Say(200, {"modelQueryId": "q;reboot"}))
    server.says("GET", "/api/model-queries/q%3Breboot/status", Say(500))
    with pytest.raises(TransportError, match="synthquery jobs resume 'q;reboot'"):
        connect(attempts=1).predict(REQUEST)


def test_taken_is_what_the_service_says(server, connect):
    server.says("POST", PREDICT, Say(200, {"modelQueryId": 17}))
    assert connect().submit(REQUEST) == "17"
    server.says("POST", PREDICT, Say(202, TAKEN.body))
    assert connect().submit(REQUEST) == "q-1"
