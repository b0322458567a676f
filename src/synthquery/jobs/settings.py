"""How many queries at once, and how patiently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from synthquery.errors import ConfigError
from synthquery.resources import load_toml
from synthquery.transport.http.pauses import BackOff


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a run goes about its queries.

    Attributes
    ----------
    max_in_flight
        How many queries (or parts) the service has at once at most.
    retry_failed_jobs
        How often a query is sent anew after the service itself has declared it failed.
    resend_unknown
        Send queries again of which it is not known whether the service has them.
    retry_failed
        Send queries again that failed in an earlier run.
    attempts, back_off
        Tries in a row without progress before a query is left for a later run, and the pauses between.
    downloads
        Tries of an answer that is damaged or does not fit its query.
    poll
        Seconds between the questions whether a job is ready.
    job_timeout
        Seconds for one job.
    hold_longest
        Seconds of a break that a service may ask for.
    failures_in_a_row
        Of all queries together, until the service counts as down.
    """

    max_in_flight: int = 4
    retry_failed_jobs: int = 2
    resend_unknown: bool = False
    retry_failed: bool = False
    attempts: int
    downloads: int
    back_off: BackOff
    poll: BackOff
    job_timeout: float
    hold_longest: float
    failures_in_a_row: int

    @classmethod
    def make(
        cls,
        *,
        max_in_flight: int = 4,
        retry_failed_jobs: int = 2,
        poll: tuple[float, float] | None = None,
        back_off: tuple[float, float] | None = None,
        **others: Any,
    ) -> Self:
        """Settings with the defaults of ``data/jobs.toml``.

        Raises
        ------
        ConfigError
            When a number is out of range.
        """
        if not isinstance(max_in_flight, int) or max_in_flight < 1:
            raise ConfigError(
                f"max_in_flight is how many queries are sent at once, at least 1, not {max_in_flight!r}"
            )
        if not isinstance(retry_failed_jobs, int) or retry_failed_jobs < 0:
            raise ConfigError(
                f"retry_failed_jobs is a number of times, at least 0, not {retry_failed_jobs!r}"
            )
        table = load_toml("jobs.toml")["patience"]
        given = {
            "attempts": table["attempts"],
            "downloads": table["downloads"],
            "job_timeout": table["job"],
            "hold_longest": table["hold_longest"],
            "failures_in_a_row": table["failures_in_a_row"],
            **{name: value for name, value in others.items() if value is not None},
        }
        return cls(
            max_in_flight=max_in_flight,
            retry_failed_jobs=retry_failed_jobs,
            poll=_pauses(poll or (table["poll_first"], table["poll_longest"]), factor=1.5),
            back_off=_pauses(back_off or (table["pause_first"], table["pause_longest"])),
            **given,
        )


def _pauses(seconds: tuple[float, float], factor: float = 2.0) -> BackOff:
    first, longest = seconds
    return BackOff(first, longest, factor=factor)
