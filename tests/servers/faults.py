"""What can go wrong between a service and its caller, on purpose."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

KINDS = ("503", "reset", "timeout", "truncated", "cut off", "html")


@dataclass
class Faults:
    """Which requests go wrong, and how.

    Attributes
    ----------
    rate
        Share of requests that go wrong.
    kinds
        In which ways: ``503`` the HTML page of a gateway; ``reset`` the connection is torn down; ``timeout``
        nothing comes; ``truncated`` half a document that claims to be whole; ``cut off`` fewer bytes than were
        announced; ``html`` a page with status 200; ``429`` too many requests; ``403``, ``401`` refusals.
    stall
        Seconds that a ``timeout`` takes.
    retry_after
        What a 429 or 503 says; empty for no such header.
    first
        Go wrong this often, then never again; None for no such limit.
    """

    rate: float = 0.0
    kinds: tuple[str, ...] = KINDS
    stall: float = 1.0
    retry_after: str = ""
    first: int | None = None
    seed: int = 0
    _random: random.Random = field(init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def next(self) -> str | None:
        """The fault of the next request; None when it goes well."""
        with self._lock:
            if self._random.random() >= self.rate or self.first == 0:
                return None
            if self.first is not None:
                self.first -= 1
            return self._random.choice(self.kinds)
