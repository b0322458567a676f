"""Ctrl-C: once, and the run ends in order; twice, and it ends at once. Both can be resumed."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading

import pytest

import synthquery as sq
from synthquery.jobs.many import outcomes_in, resume
from synthquery.jobs.settings import Settings
from tests.jobs.scripted import QUICK, Service, query

# The fetch of the third answer says that it has begun, and takes as long as it is told.
PROGRAM = """
import signal, sys, time
from itertools import count
signal.signal(signal.SIGINT, signal.default_int_handler)  # what starts in the background ignores it
import synthquery as sq
from synthquery import RunInterruptedError
from tests.jobs.scripted import QUICK, Service, query, query

numbers = count()
def slow(method, _):
    if method == "fetch" and next(numbers) == 2:
        print("fetching", flush=True)
        time.sleep(float(sys.argv[2]))

service = Service(after=slow)
told = []
try:
    sq.Client(service).predict_many(
        [query(seed) for seed in range(6)], out=sys.argv[1], max_in_flight=1, on_progress=told.append, **QUICK
    )
except RunInterruptedError as end:
    print(end.outcomes.counts, any(one.stopping for one in told))
    sys.exit(7)
"""


@pytest.fixture
def program(tmp_path):
    started = []

    def start(seconds):
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path), str(seconds)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "fetching\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_once_what_is_under_way_is_finished_and_nothing_more_is_sent(program, tmp_path):
    process = program(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 7, err
    assert out == "{'waiting': 3, 'saved': 3} True\n"
    assert outcomes_in(tmp_path).counts == {"waiting": 3, "saved": 3}


def test_twice_it_ends_at_once(program, tmp_path):
    process = program(3600)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)  # it waits for the answer that is coming
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode not in (0, 7)
    assert "KeyboardInterrupt" in err
    counts = outcomes_in(tmp_path).counts
    assert counts == {"waiting": 3, "ready": 1, "saved": 2}


def test_what_is_left_can_be_resumed(program, tmp_path):
    process = program(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert resume(Service(), tmp_path, Settings.make(**QUICK)).ok


def test_an_error_of_who_is_told_how_far_it_is_waits_for_what_is_being_sent(tmp_path):
    sending = threading.Event()
    told = threading.Event()

    def slow(method: str, *_: object) -> None:
        if method == "submit":
            sending.set()
            told.wait(30)

    def fails(progress: sq.Progress) -> None:
        if sending.is_set():
            threading.Timer(0.5, told.set).start()
            raise OSError("the window was closed")

    service = Service(before=slow)
    with pytest.raises(OSError, match="window"):
        sq.Client(service).predict_many([query(1), query(2)], out=tmp_path, on_progress=fails, **QUICK)
    assert {one.state for one in outcomes_in(tmp_path)} <= {"submitted", "waiting"}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("synthquery-")]
    assert sq.Client(service).predict_many([query(1), query(2)], out=tmp_path, **QUICK).ok
    assert set(service.taken.values()) == {1}
