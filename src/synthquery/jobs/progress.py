"""How far a run is, and when it may be done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run over many queries is.

    Attributes
    ----------
    total, saved, failed
        Queries in all, with an answer, and without one for good (those with an unknown fate among them).
    in_flight
        Queries or parts under way at this moment.
    samples, samples_saved
        Samples of all queries, and of those with an answer.
    seconds
        Since the run began.
    seconds_left
        Guess from the samples answered so far in this run; None as long as there are none.
    stopping
        True after Ctrl-C: nothing more is sent, and calls under way are waited for.
    trouble
        What the service, or the way to it, fails with at the moment, while it is tried again; empty when all goes well.
    """

    total: int
    saved: int
    failed: int
    in_flight: int
    samples: int
    samples_saved: int
    seconds: float
    seconds_left: float | None
    stopping: bool = False
    trouble: str = ""

    def __str__(self) -> str:
        if self.stopping:
            return f"stopping: {self.in_flight} under way are waited for; Ctrl-C again leaves at once"
        text = f"{self.saved:,} of {self.total:,} queries answered"
        if self.failed:
            text += f", {self.failed:,} failed"
        if self.in_flight:
            text += f", {self.in_flight} under way"
        if self.seconds_left is not None and self.saved + self.failed < self.total:
            text += f", about {duration(self.seconds_left)} left"
        return f"{text}; trying again: {self.trouble}" if self.trouble else text


OnProgress = Callable[[Progress], None]


class Tally:
    """Counts what becomes of queries. Safe to use from several threads."""

    def __init__(self, total: int, samples: int) -> None:
        self._total, self._samples = total, samples
        self._saved = self._failed = self._in_flight = 0
        self._samples_saved = self._samples_before = 0
        self._stopping = False
        self._lock = threading.Lock()
        self._started = time.monotonic()

    def before(self, saved: int, samples: int) -> None:
        """Queries that earlier runs have answered, and their samples."""
        with self._lock:
            self._saved += saved
            self._samples_saved += samples
            self._samples_before += samples

    def saved(self, samples: int) -> None:
        """One more query has its answer."""
        with self._lock:
            self._saved += 1
            self._samples_saved += samples

    def failed(self) -> None:
        """One more query will have none."""
        with self._lock:
            self._failed += 1

    def under_way(self, change: int) -> None:
        """One more (1) or one less (-1) is under way."""
        with self._lock:
            self._in_flight += change

    def stop(self) -> None:
        """The run is being stopped."""
        with self._lock:
            self._stopping = True

    def now(self) -> Progress:
        """How far the run is."""
        with self._lock:
            seconds = time.monotonic() - self._started
            done = self._samples_saved - self._samples_before
            left = (self._samples - self._samples_saved) * seconds / done if done else None
            return Progress(
                self._total,
                self._saved,
                self._failed,
                self._in_flight,
                self._samples,
                self._samples_saved,
                seconds,
                left,
                self._stopping,
            )


def duration(seconds: float) -> str:
    """Seconds for people: ``"40 s"``, ``"3 min"``, ``"2 h 5 min"``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
