"""What the journal keeps of a query, of each part of it that is sent, and of what a person gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal["waiting", "submitting", "submitted", "ready", "saved", "failed", "unknown", "invalid"]
"""Where a query stands.

``waiting`` nobody has it; ``submitting`` it is being sent at this moment, or was when a run was killed; ``submitted``
the service has it under an ID; ``ready`` its answer is there to be downloaded; ``saved`` its answer is in the folder
of results (or in memory); ``failed`` no answer will come; ``unknown`` the service may have it or not, and a
person has to say whether to send it again; ``invalid`` it has errors and is not sent.
"""

STATES: Final[tuple[State, ...]] = get_args(State)
PENDING: Final[tuple[State, ...]] = ("waiting", "submitting", "submitted", "ready")
"""States that a later run goes on from by itself."""

_SLOWEST_FIRST: Final[tuple[State, ...]] = (
    "failed",
    "unknown",
    "waiting",
    "submitting",
    "submitted",
    "ready",
    "saved",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One submission: a whole query, or some samples of a large one.

    Attributes
    ----------
    hash
        Of the query, as `query_hash` gives it.
    number
        0 for the first part.
    start, stop
        Its samples among those of the query; `stop` is not one of them.
    key
        What goes with every try of this submission, so that a service that keeps such keys takes it once.
    query_id
        What the service calls it.
    attempts
        How often it was sent, tries that were not taken among them.
    resent
        How often it was sent anew after the service itself had declared the job failed.
    next_try
        Seconds since 1970 before which it is not sent again.
    reason
        The kind of error, for counting; empty when nothing is wrong.
    error
        What is wrong, for a person.
    changed
        When its state changed, in seconds since 1970.
    """

    hash: str
    number: int
    start: int
    stop: int
    state: State = "waiting"
    key: str | None = None
    query_id: str | None = None
    attempts: int = 0
    resent: int = 0
    next_try: float = 0.0
    reason: str = ""
    error: str = ""
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class QueryRow:
    """One query, however often it was given.

    Attributes
    ----------
    hash
        As `query_hash` gives it.
    name
        What its results are called: unique among the queries of a journal.
    saved
        True when its answer is complete.
    parts
        In the order of their samples.
    """

    hash: str
    name: str
    model_id: str
    n_samples: int
    saved: bool
    parts: tuple[Part, ...]

    @property
    def state(self) -> State:
        """That of the part that is furthest behind."""
        return "saved" if self.saved else least(part.state for part in self.parts)

    @property
    def query_ids(self) -> tuple[str, ...]:
        """The service's IDs of its parts, as far as there are any."""
        return tuple(part.query_id for part in self.parts if part.query_id)

    @property
    def error(self) -> str:
        """What is wrong with its parts, each thing once."""
        return "; ".join(dict.fromkeys(part.error for part in self.parts if part.error))

    @property
    def reason(self) -> str:
        """The kind of error of the first part that has one."""
        return next((part.reason for part in self.parts if part.reason), "")


@dataclass(frozen=True, slots=True)
class InputRow:
    """One query as a person gave it.

    Attributes
    ----------
    position
        Its place among all that were ever given, from 0.
    label
        Its file, or the name it was given.
    hash
        Of its content.
    """

    position: int
    label: str
    hash: str


def least(states: Iterable[State]) -> State:
    """The state of a query whose parts have these; one part that cannot go on holds all of it up."""
    return min(states, key=_SLOWEST_FIRST.index)
