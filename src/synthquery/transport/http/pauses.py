"""How long to wait: between tries, for a busy service, and in all."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from synthquery.errors import TransportOptionError


@dataclass(frozen=True, slots=True)
class BackOff:
    """Pauses that grow, and do not fall on the same moment for everybody.

    Attributes
    ----------
    first, longest
        Seconds of the first pause, and of the longest.
    factor
        By how much each is longer than the one before.
    """

    first: float
    longest: float
    factor: float = 2.0

    def pause(self, number: int, asked: float | None = None) -> float:
        """Seconds of pause `number`, from 0; not less than the service asked for."""
        # Beyond 64 steps every pause is the longest, and a power of that size would overflow.
        longest = min(self.longest, self.first * self.factor ** min(number, 64))
        pause = random.uniform(0.6 * longest, longest)
        return pause if asked is None else max(pause, asked)


class Deadline:
    """A time that is not exceeded, and sleep that ends when the transport is closed."""

    def __init__(self, seconds: float, closed: threading.Event | None = None) -> None:
        self.seconds = seconds
        self._started = time.monotonic()
        self._closed = closed or threading.Event()

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def left(self) -> float:
        """Seconds that are left; 0 when there are none."""
        return max(0.0, self.seconds - self.spent)

    @property
    def closed(self) -> bool:
        """True when the transport was closed meanwhile."""
        return self._closed.is_set()

    def sleep(self, pause: float) -> bool:
        """Wait; False, at once, when the time left is shorter than the pause."""
        if pause >= self.left:
            return False
        self._closed.wait(min(pause, threading.TIMEOUT_MAX))
        return not self.closed


def asked_pause(header: str | None) -> float | None:
    """Seconds of a ``Retry-After``, which is a number or a date; None when it is neither."""
    text = (header or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
            # A date of HTTP is one of UTC, also in the old form that does not say so (RFC 9110, 5.6.7).
            seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - time.time()
        except (ValueError, OverflowError, TypeError):
            return None
    return None if seconds != seconds else max(0.0, seconds)  # noqa: PLR0124 (not a number)


def positive(name: str, given: float | None, default: float) -> float:
    """A number of seconds or of tries that was given, or the default.

    Raises
    ------
    TransportOptionError
        When it is no number above 0.
    """
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int | float) or not given > 0:
        raise TransportOptionError(f"{name} is a number above 0, not {given!r}")
    return given


def growing(
    name: str, given: tuple[float, float] | None, default: tuple[float, float], factor: float = 2.0
) -> BackOff:
    """Pauses that grow from the first to the longest of two numbers of seconds.

    Raises
    ------
    TransportOptionError
        When they are not two numbers above 0.
    """
    if given is not None and not (isinstance(given, tuple | list) and len(given) == 2):
        raise TransportOptionError(f"{name} is two numbers of seconds, (first, longest), not {given!r}")
    first, longest = (positive(name, one, 0) for one in given or default)
    return BackOff(first, max(first, longest), factor)
