"""How many requests a server takes in a time."""

from __future__ import annotations

import threading
import time
from collections import deque


class RateLimit:
    """At most some requests in any stretch of time; safe to use from several threads.

    Parameters
    ----------
    limit
        ``(requests, seconds)``; None for no limit.
    """

    def __init__(self, limit: tuple[int, float] | None) -> None:
        self._limit = limit
        self._taken: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Take a request and return 0, or the seconds until one is taken again."""
        if self._limit is None:
            return 0.0
        most, seconds = self._limit
        now = time.monotonic()
        with self._lock:
            while self._taken and self._taken[0] <= now - seconds:
                self._taken.popleft()
            if len(self._taken) < most:
                self._taken.append(now)
                return 0.0
            return self._taken[0] + seconds - now
