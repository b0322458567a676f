"""What became of each of many queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

from synthquery.errors import SynthQueryError, TransportError
from synthquery.jobs.rows import STATES, State

if TYPE_CHECKING:
    import pandas as pd

    from synthquery.prediction import Prediction

_SHOWN: Final = 5  # queries that are named for each reason


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one query.

    Attributes
    ----------
    label
        Its file or name as it was given.
    name
        What its results are called.
    hash
        Of its content; empty for a query with errors.
    state
        ``"saved"`` when its answer is there; see `State` for the others.
    path
        The folder of its results; None without an answer or without a folder for results.
    error
        Why there is no answer, and what to do.
    reason
        The kind of error, for counting.
    query_ids
        The service's IDs: one for each part that was submitted.
    same_as
        The label of an earlier query that asks the same and whose answer this one shares; None for the first.
    """

    label: str
    name: str
    hash: str
    state: State
    model_id: str = ""
    n_samples: int = 0
    path: Path | None = None
    error: str = ""
    reason: str = ""
    query_ids: tuple[str, ...] = ()
    same_as: str | None = None
    _load: Callable[[], Prediction] | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """True when the answer is there."""
        return self.state == "saved"

    @property
    def prediction(self) -> Prediction:
        """The answer, read from its folder whenever it is asked for, so that going through many keeps none.

        Raises
        ------
        TransportError
            When there is no answer; the message says why.
        """
        if self.state != "saved" or self._load is None:
            ids = self.query_ids
            raise TransportError(
                f"{self.label} has no answer ({self.state}){f': {self.error}' if self.error else ''}",
                query_id=ids[0] if ids else None,
                submission="unknown" if self.state in {"unknown", "submitting"} else None,
            )
        return self._load()

    def to_dict(self) -> dict[str, Any]:
        """Everything but the numbers, as plain JSON values."""
        return {
            "query": self.label,
            "name": self.name,
            "hash": self.hash,
            "model_id": self.model_id,
            "n_samples": self.n_samples,
            "state": self.state,
            "path": None if self.path is None else self.path.as_posix(),
            "query_ids": list(self.query_ids),
            "same_as": self.same_as,
            "reason": self.reason,
            "error": self.error,
        }


class Outcomes(Sequence[Outcome]):
    """What became of many queries, in the order in which they were given.

    Attributes
    ----------
    out
        The folder of results; None when answers are in memory.
    """

    def __init__(self, outcomes: Iterable[Outcome], out: Path | None = None) -> None:
        self._outcomes = tuple(outcomes)
        self.out = out

    def __len__(self) -> int:
        return len(self._outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._outcomes)

    @overload
    def __getitem__(self, place: int) -> Outcome: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, place: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self._outcomes[place]

    def __repr__(self) -> str:
        return f"<Outcomes of {self.summary()}>"

    @property
    def ok(self) -> bool:
        """True when every query has its answer."""
        return all(one.ok for one in self)

    def summary(self) -> str:
        """How many queries there are in each state, in words."""
        counted = ", ".join(f"{number:,} {state}" for state, number in self.counts.items())
        return f"{len(self):,} {'query' if len(self) == 1 else 'queries'}{': ' if counted else ''}{counted}"

    @property
    def counts(self) -> dict[State, int]:
        """How many queries are in each state; states that none is in are left out."""
        counted = Counter(one.state for one in self)
        return {state: counted[state] for state in STATES if counted[state]}

    @property
    def failures(self) -> dict[str, tuple[Outcome, ...]]:
        """Queries without an answer by the kind of reason, the most frequent first."""
        found: dict[str, list[Outcome]] = {}
        for one in self:
            if not one.ok:
                found.setdefault(one.reason or one.state, []).append(one)
        return {key: tuple(found[key]) for key in sorted(found, key=lambda key: (-len(found[key]), key))}

    def __str__(self) -> str:
        lines = [self.summary()]
        for reason, outcomes in self.failures.items():
            lines.append(f"{reason}: {len(outcomes):,}")
            lines += [f"  {one.label}: {_in_short(one.error) or one.state}" for one in outcomes[:_SHOWN]]
            if len(outcomes) > _SHOWN:
                lines.append(f"  and {len(outcomes) - _SHOWN:,} more")
        return "\n".join(lines)

    def raise_for_errors(self) -> None:
        """Raise when a query has no answer.

        Raises
        ------
        SynthQueryError
            The message groups the queries without an answer by reason.
        """
        if not self.ok:
            raise SynthQueryError(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Counts, reasons and every query, as plain JSON values."""
        return {
            "counts": dict(self.counts),
            "failures": {reason: len(outcomes) for reason, outcomes in self.failures.items()},
            "queries": [one.to_dict() for one in self],
        }

    def to_frame(self) -> pd.DataFrame:
        """One row a query: the columns of `Outcome.to_dict`."""
        import pandas as pd

        return pd.DataFrame([one.to_dict() for one in self])


class RunInterruptedError(KeyboardInterrupt):
    """Ctrl-C ended a run over many queries; what it has done is kept.

    Attributes
    ----------
    outcomes
        Where every query stands.
    """

    def __init__(self, outcomes: Outcomes) -> None:
        super().__init__(str(outcomes))
        self.outcomes = outcomes


def _in_short(error: str) -> str:
    """The first line; of a report the code and place of its first error, for how many there are helps nobody."""
    lines = error.split("\n")
    return next((line for line in lines[1:] if line.startswith("error ")), lines[0])
