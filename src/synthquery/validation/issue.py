"""One problem of a query: what it is, where it is, and what to do about it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from synthquery.validation.remedy import Fix
from synthquery.wire.places.location import Location

Path = tuple[str | int, ...]
"""Keys and indexes from the top of a body to a value in it."""

_LONGEST_VALUE: Final = 120
_LARGEST_NUMBER: Final = 10**30


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """The query must not be sent: it would fail, or answer something that was not asked."""
    WARNING = "warning"
    """The query can be sent; a person should look at it first."""
    INFO = "info"
    """Something that could not be checked, or that is good to know."""


_NOUNS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem at one place.

    Attributes
    ----------
    code
        Stable name of the kind of problem, for example ``"term.obsolete"``; ``docs/issues.md`` explains each.
    severity
        ERROR, WARNING or INFO.
    path
        Where it is: keys and indexes from the top of the body, such as ``("inputs", 0, "metadata", "sex")``.
    value
        The offending value: a number, a truth value, None or text, shortened when it is long; a list or an
        object is described in words.
    message
        What is wrong and what to do.
    suggestions
        Values that may be meant, best first. Empty when nothing is near.
    fix
        The one right answer, where there is one; `synthquery.fix` applies it.
    location
        Line and column, where the query came from a file. Equal issues may differ in it.
    """

    code: str
    severity: Severity
    path: Path
    value: str | int | float | bool | None
    message: str
    suggestions: tuple[str, ...] = ()
    fix: Fix | None = None
    location: Location | None = field(default=None, compare=False)

    @property
    def line(self) -> int | None:
        """The line it is in, from 1; None where the query did not come from a file."""
        return self.location.line if self.location else None

    @property
    def column(self) -> int | None:
        """The character of its line it begins at, from 1; None where the query did not come from a file."""
        return self.location.column if self.location else None

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer (RFC 6901); empty for the whole body."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)

    @property
    def unchecked(self) -> bool:
        """True for an issue that says that something could not be checked, and no more."""
        return self.severity is Severity.INFO and self.code.endswith(".unchecked")

    @property
    def input(self) -> int | None:
        """The position of the input, sample or row it is in; None for an issue of no single one."""
        at = self.path[2:3] if self.path[:2] == ("inputs", "items") else self.path[1:2]
        inside = bool(self.path) and self.path[0] in ("inputs", "samples", "rows")
        return at[0] if inside and at and isinstance(at[0], int) else None

    @property
    def place(self) -> str:
        """The place in words: row and column in a table, else the pointer."""
        cell = self.location.cell if self.location else None
        return str(cell) if cell else self.pointer or "the top"

    def __str__(self) -> str:
        hint = f" (suggestion: {' or '.join(self.suggestions)})" if self.suggestions else ""
        return f"{self.severity} {self.code} at {self.place}: {self.message}{hint}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        value = self.value
        cell = self.location.cell if self.location else None
        if isinstance(value, float) and not math.isfinite(value):
            value = str(value)
        return {
            "code": self.code,
            "severity": self.severity.value,
            "pointer": self.pointer,
            "path": list(self.path),
            "line": self.line,
            "column": self.column,
            "cell": {"sheet": cell.sheet, "row": cell.row, "column": cell.column} if cell else None,
            "value": value,
            "message": self.message,
            "suggestions": list(self.suggestions),
            "fix": {"kind": self.fix.kind, "value": self.fix.value} if self.fix else None,
        }


def counted(issues: Sequence[Issue]) -> list[str]:
    """How many issues of each kind there are, in words: ``["2 errors", "1 note", "3 not checked"]``."""
    kinds = Counter("not checked" if one.unchecked else _NOUNS[one.severity] for one in issues)
    return [
        f"{kinds[noun]:,} {noun}{'s' if kinds[noun] > 1 and noun != 'not checked' else ''}"
        for noun in (*_NOUNS.values(), "not checked")
        if kinds[noun]
    ]


def shown_value(value: object) -> str | int | float | bool | None:
    """`value` as a report keeps it: a scalar, shortened when it is long, or a container in words."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # str() of an integer of many thousand digits is refused by Python
        small = -_LARGEST_NUMBER < value < _LARGEST_NUMBER
        return int(value) if small else f"an integer of {value.bit_length():,} bits"
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 3] + "..."
        return str(text) if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return f"an object of {len(value):,} keys"
    if isinstance(value, list | tuple) or getattr(value, "ndim", None) == 1:  # an array of counts
        return f"a list of {len(value):,}"  # type: ignore[arg-type]
    return f"a Python {type(value).__name__}"
