"""What had to be done to a file so that the rest of it could be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

_Item = TypeVar("_Item")
_SHOWN: Final = 200


class Repair(NamedTuple):
    """One clause of a file that could not be read as it stands.

    Attributes
    ----------
    line
        Where it is, counted from 1; None where the format does not tell.
    clause
        What stands there; shortened where it is very long.
    action
        What was done, as a sentence: ``"left out: ..."``, ``"read as xref: ..."``.
    """

    line: int | None
    clause: str
    action: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.clause}: {self.action}"


def shown(text: str) -> str:
    """Text on one line, as a report shows it."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 3] + "..."


def sieve(
    items: Sequence[_Item],
    accepts: Callable[[Sequence[_Item]], bool],
    mend: Callable[[_Item], _Item | None],
) -> list[_Item]:
    """Items that are all accepted, the few that are not mended or left out, with few questions.

    Parameters
    ----------
    items
        What to look at.
    accepts
        Whether some items, taken together, can be read.
    mend
        Asked for one item that cannot: gives one that can, or None to leave it out.
    """
    if not items or accepts(items):
        return list(items)
    if len(items) == 1:
        mended = mend(items[0])
        return [] if mended is None else [mended]
    middle = len(items) // 2
    return sieve(items[:middle], accepts, mend) + sieve(items[middle:], accepts, mend)
