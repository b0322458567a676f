"""What goes wrong between the server and its callers, on purpose."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_BAD_GATEWAYS: Final = (500, 502, 503, 504)
_TRIES_NOTHING: Final = frozenset({503})  # a service that answers 503 has not taken the request


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    kind
        One of `FAULT_KINDS`.
    before
        True when the request has no effect; False when it has, and only the answer suffers.
    status
        Of a ``5xx``.
    """

    kind: str
    before: bool = False
    status: int = 0


class Faults:
    """A row of faults, the same for the same seed; safe to use from several threads."""

    def __init__(self, rate: float, kinds: Sequence[str], seed: int | None) -> None:
        self._rate, self._kinds = rate, kinds
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def next(self, *, predicts: bool) -> Fault | None:
        """The fault of the next request; None when it goes well.

        Parameters
        ----------
        predicts
            True when the request sends a query: only those can end in a failed job.
        """
        with self._lock:
            if self._random.random() >= self._rate:
                return None
            possible = [kind for kind in self._kinds if predicts or kind != "failed-job"]
            if not possible:
                return None
            kind = self._random.choice(possible)
            if kind != "5xx":
                return Fault(kind, before=kind in {"reset-before", "429"})
            status = self._random.choice(_BAD_GATEWAYS)
            return Fault(kind, status in _TRIES_NOTHING or self._random.random() < 0.5, status)
