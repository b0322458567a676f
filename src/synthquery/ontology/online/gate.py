"""When a request may go out: so many a second, so many at once, and none to a service that is down."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

FAILURES_IN_A_ROW: Final = 12
"""So many failures in a row mean that a service is down. Where three requests in ten fail on the way, as in a bad
hour of a busy service, twelve in a row are no chance (1 in 2 million)."""
SECONDS_OF_FAILURE: Final = 8.0
"""Or failures, two at least, for so long: a service that lets every request run into its timeout."""
REST: Final = 30.0
"""Seconds until a service that was down is tried again, with one request."""

Clock = Callable[[], float]


class Limiter:
    """Lets at most `per_second` callers pass in any second.

    Parameters
    ----------
    per_second
        0 lets everyone pass. Below 1 it is one caller every ``1 / per_second`` seconds.
    """

    def __init__(
        self, per_second: float, clock: Clock = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._count = max(1, int(per_second))
        self._window = self._count / per_second if per_second > 0 else 0.0
        self._passed: deque[float] = deque(maxlen=self._count)
        self._held_until = 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the caller may go."""
        with self._lock:
            now = self._clock()
            start = max(now, self._held_until)
            if self._window and len(self._passed) == self._count:
                start = max(start, self._passed[0] + self._window)
            if self._window:
                self._passed.append(start)
        if start > now:
            self._sleep(start - now)

    def hold(self, seconds: float) -> None:
        """Let nobody pass for a while: the service has asked for a break."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)


class Circuit:
    """Opens when a service keeps failing, so that the rest of a long list fails at once instead of slowly."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._first_failure = 0.0
        self._opened: float | None = None

    def allows(self) -> bool:
        """True when a request may be tried; after a rest one caller is let through to see."""
        with self._lock:
            if self._opened is None:
                return True
            if self._clock() - self._opened < REST:
                return False
            self._opened = self._clock()
            return True

    @property
    def is_open(self) -> bool:
        """True while the service is taken to be down."""
        return self._opened is not None

    def succeeded(self) -> None:
        """The service answered."""
        with self._lock:
            self._failures, self._opened = 0, None

    def failed(self, started: float) -> None:
        """A request that began at `started` failed."""
        with self._lock:
            if not self._failures:
                self._first_failure = started
            self._failures += 1
            lasting = self._failures > 1 and self._clock() - self._first_failure >= SECONDS_OF_FAILURE
            if self._opened is not None or lasting or self._failures >= FAILURES_IN_A_ROW:
                self._opened = self._clock()


class Gate:
    """The limiter, the circuit and the number at once of one service."""

    def __init__(self, per_second: float, at_once: int) -> None:
        self.limiter = Limiter(per_second)
        self.circuit = Circuit()
        self._places = threading.BoundedSemaphore(at_once)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """A place among those under way, once it is this caller's turn; False when the circuit is open."""
        with self._places:
            if not self.circuit.allows():
                yield False
                return
            self.limiter.wait()
            yield True
