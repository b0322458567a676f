"""How a simulator server behaves: whom it lets in, how slow it is and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import TIMEOUT_MAX
from typing import Final

from synthquery.errors import ConfigError

FAULT_KINDS: Final = (
    "reset-before",
    "reset-after",
    "5xx",
    "429",
    "truncated",
    "failed-job",
    "slow",
    "bad-json",
)
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a `SimulatorServer` can be told.

    Attributes
    ----------
    host, port
        Where it listens; port 0 takes a free one.
    token
        The token that requests must carry (``Authorization: Bearer ...``), without the blanks and line ends around it;
        None lets everybody in.
    latency
        Seconds that answering a query takes at least.
    cold_start
        Seconds that a model other than the two baseline ones needs to warm up when it is first asked.
    hold
        Seconds that a question about a query waits for its answer, if it is not there yet; clients that ask every
        second are served sooner so.
    queue
        How many queries are at work at once; the others wait.
    rate_limit
        ``(requests, seconds)``: more requests in that time get status 429; None for no limit.
    faults
        Share of requests that go wrong, 0 to 1.
    fault_kinds
        In which ways, each as likely as the others: ``reset-before`` and ``reset-after`` (the connection is
        torn down before or after the request had its effect), ``5xx`` (500, 502 or 504 before or after, 503
        before), ``429``, ``truncated`` (half the answer), ``failed-job`` (the query is taken and then fails),
        ``slow`` (the answer comes `stall` seconds late), ``bad-json`` (status 200 with a page that is no JSON).
    seed
        Seed of the faults, and of answers to queries without a seed of their own (the same query, the same
        answer). Without it, anything.
    stall
        Seconds of a ``slow`` fault.
    retry_after
        Seconds that a 429 of `faults` asks to wait.
    largest_body
        Bytes of the largest request that is read; a larger one gets status 413.
    keep
        Bytes of answers that are kept. Beyond them those that nobody asked for the longest are dropped: their ID is
        unknown from then on (status 404). The newest answer is kept whatever its size.
    log
        File for one line of JSON a request, and a summary at the end; None for no file.
    """

    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = field(default=None, repr=False)
    latency: float = 0.0
    cold_start: float = 0.0
    hold: float = 0.0
    queue: int = 4
    rate_limit: tuple[int, float] | None = None
    faults: float = 0.0
    fault_kinds: tuple[str, ...] = FAULT_KINDS
    seed: int | None = None
    stall: float = 2.0
    retry_after: int = 1
    largest_body: int = 500 * MEGABYTE
    keep: int = 4_000 * MEGABYTE
    log: Path | None = None

    def __post_init__(self) -> None:
        for name in ("latency", "cold_start", "hold", "stall", "retry_after"):
            if not 0 <= getattr(self, name) <= TIMEOUT_MAX:  # more than that a thread cannot wait
                raise ConfigError(
                    f"{name} is a number of seconds, 0 to {TIMEOUT_MAX:,.0f}, not {getattr(self, name)}"
                )
        for name in ("largest_body", "keep"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is a number of bytes, at least 1, not {getattr(self, name)}")
        if not 0 <= self.faults <= 1:
            raise ConfigError(f"faults is a share of requests from 0 to 1, not {self.faults}")
        if self.queue < 1:
            raise ConfigError(f"queue is how many queries are at work at once, at least 1, not {self.queue}")
        if self.token is not None and not self.token.strip():
            raise ConfigError("the token is empty: give one, or none for a server that lets everybody in")
        if self.rate_limit is not None and (self.rate_limit[0] < 1 or self.rate_limit[1] <= 0):
            raise ConfigError("a rate limit is a number of requests and a time, both above 0, such as 10/60")
        unknown = [kind for kind in self.fault_kinds if kind not in FAULT_KINDS]
        if unknown or not self.fault_kinds:
            known = ", ".join(FAULT_KINDS)
            raise ConfigError(f"there are no faults of the kind {', '.join(unknown)!r}; there are {known}")
