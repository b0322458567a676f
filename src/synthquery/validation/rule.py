"""What a rule is: a small generator that yields what it finds and never raises.

There are three kinds, by how much of a query they look at. A *value rule* judges one value of one metadata
key, a *combination rule* a few values of one input together, a *body rule* the whole query. The engine calls
value and combination rules once for each distinct value or combination and attaches the places itself, so
that ten thousand inputs that share forty tissues cost forty judgements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from synthquery.validation.remedy import Fix
from synthquery.validation.report import Path, Severity

if TYPE_CHECKING:
    from synthquery.validation.body import Body
    from synthquery.validation.context import Context


class Finding(NamedTuple):
    """Something wrong with a value, wherever it stands.

    Attributes
    ----------
    code
        A code of ``data/rules.toml``.
    message
        What is wrong and what to do.
    suggestions
        Values that may be meant, best first.
    severity
        None takes the severity of the code.
    fix
        The one right answer, where there is one; see `Fix` for what it may do.
    """

    code: str
    message: str
    suggestions: tuple[str, ...] = ()
    severity: Severity | None = None
    fix: Fix | None = None


MOST_OF_A_CODE: Final = 20_000
"""Issues of one code that a report lists; the others are counted."""


class Located(NamedTuple):
    """A finding, where it is, and the value that stands there.

    Attributes
    ----------
    more
        How many further places have the same finding and are only counted.
    """

    path: Path
    value: object
    finding: Finding
    more: int = 0


def at_rows(
    rows: Sequence[int], place: Callable[[int], Path], finding: Finding, value: object = None
) -> Iterator[Located]:
    """One finding in many rows: listed as often as a report lists it, counted beyond."""
    listed = rows[:MOST_OF_A_CODE]
    more = len(rows) - len(listed)
    for row in listed:
        yield Located(place(row), value, finding, more if row == listed[-1] else 0)


ValueRule = Callable[[str, Any, "Context"], Iterator[Finding]]
"""Takes a metadata key, one of its values and the context."""

CombinationCheck = Callable[..., Iterator[tuple[str, Finding]]]
"""Takes the context and the values of the rule's keys; yields the key the finding belongs to."""

BodyRule = Callable[["Body", "Context"], Iterator[Located]]


@dataclass(frozen=True, slots=True)
class CombinationRule:
    """A rule about several values of one input.

    Attributes
    ----------
    keys
        The metadata keys it looks at; a value that is not set is passed as None.
    needs
        Those without which it has nothing to say.
    check
        The rule itself.
    """

    keys: tuple[str, ...]
    needs: tuple[str, ...]
    check: CombinationCheck


@dataclass(frozen=True)
class RuleSet:
    """The rules of one run."""

    values: dict[str, tuple[ValueRule, ...]]
    combinations: Sequence[CombinationRule]
    bodies: Sequence[BodyRule]
