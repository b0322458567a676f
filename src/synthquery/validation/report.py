"""What validation gives back: every problem, where it is, and what to do about it."""

from __future__ import annotations

import html
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from synthquery.errors import InvalidQueryError
from synthquery.validation.remedy import Fix
from synthquery.validation.text import GROUPS_SHOWN, groups, one_line, report_text
from synthquery.wire.places.location import Location

if TYPE_CHECKING:
    import pandas as pd

Path = tuple[str | int, ...]
"""Keys and indexes from the top of a body to a value in it."""

_Group = TypeVar("_Group")
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


@dataclass(frozen=True)
class Report:
    """All problems of one query.

    Attributes
    ----------
    issues
        In the order in which their places come in the query.
    model_id
        The model the query was checked for; None when neither the caller nor the body says which it is. What
        all models of the kind accept is accepted then.
    releases
        Release of each ontology that was asked, by name: ``{"UBERON": "v2026-04-01"}``.
    n_inputs
        Number of inputs of the query.
    omitted
        How many further issues are left out of `issues`. A report lists the first 20,000 of a code; a query
        has more only when it is broken throughout.
    unreadable
        Why nothing could be checked (the file cannot be opened); None when the query was read. Such a report
        has no issues and is not `ok`: that a query could not be checked does not make it right or wrong.
    """

    issues: tuple[Issue, ...] = ()
    model_id: str | None = None
    releases: Mapping[str, str] = field(default_factory=dict)
    n_inputs: int = 0
    omitted: int = 0
    unreadable: str | None = None

    @property
    def ok(self) -> bool:
        """True when the query was read and has no errors; warnings do not matter."""
        return self.unreadable is None and not self.errors

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that must be put right."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """The issues that a person should look at."""
        return self._of(Severity.WARNING)

    @property
    def unchecked(self) -> tuple[Issue, ...]:
        """What could not be checked; neither right nor wrong."""
        return tuple(issue for issue in self.issues if issue.code.endswith(".unchecked"))

    def _of(self, severity: Severity) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.severity is severity)

    def filter(
        self, *, select: Sequence[str] = (), ignore: Sequence[str] = (), least: str = "info", under: Path = ()
    ) -> Report:
        """A report with some of the issues.

        Parameters
        ----------
        select, ignore
            Codes (``"term.obsolete"``), groups (``"term"``) or patterns (``"*.unchecked"``): only these, not these.
        least
            ``"error"``, ``"warning"`` or ``"info"``: what matters less is left out.
        under
            Only issues of this place and below it, such as ``("inputs", 3)``.
        """
        from synthquery.validation.selection import chosen

        found = chosen(self, select=select, ignore=ignore, least=Severity(least))
        return replace(found, issues=tuple(one for one in found.issues if one.path[: len(under)] == under))

    def by_code(self) -> dict[str, tuple[Issue, ...]]:
        """The issues of each code, in the order in which the codes first occur."""
        return self._grouped(lambda issue: issue.code)

    def by_input(self) -> dict[int | None, tuple[Issue, ...]]:
        """The issues of each input, by its position; None holds those of no single input."""
        return self._grouped(_input_of)

    def _grouped(self, of: Callable[[Issue], _Group]) -> dict[_Group, tuple[Issue, ...]]:
        found: dict[_Group, list[Issue]] = {}
        for issue in self.issues:
            found.setdefault(of(issue), []).append(issue)
        return {name: tuple(issues) for name, issues in found.items()}

    def to_frame(self) -> pd.DataFrame:
        """The issues as a table, one row an issue.

        Returns
        -------
        pandas.DataFrame
            Columns ``code severity pointer input key value message suggestion line column``; ``input`` is the
            position of the input, ``suggestion`` the first one; a cell without a value is missing.
        """
        from synthquery.validation.frame import report_frame

        return report_frame(self)

    def raise_for_errors(self) -> None:
        """Do nothing when the report is `ok`.

        Raises
        ------
        InvalidQueryError
            Otherwise; its text is this report and ``.report`` is it.
        """
        if not self.ok:
            raise InvalidQueryError(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "ok": self.ok,
            "model_id": self.model_id,
            "n_inputs": self.n_inputs,
            "releases": dict(self.releases),
            "unreadable": self.unreadable,
            "counts": {severity.value: len(self._of(severity)) for severity in Severity},
            "omitted": self.omitted,
            "issues": [issue.to_dict() for issue in self.issues],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON text; the same query gives the same text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def summary(self) -> str:
        """One line: how many problems of which kind, for which model."""
        if self.unreadable is not None:
            return f"could not be checked: {self.unreadable}"
        found = counted(self.issues)
        if self.omitted:
            found.append(f"{self.omitted:,} more of the same kinds")
        model = self.model_id or "model not stated"
        inputs = "1 input" if self.n_inputs == 1 else f"{self.n_inputs:,} inputs"
        return f"{', '.join(found) or 'no problems'} ({model}, {inputs})"

    def __str__(self) -> str:
        """The report for people: the same problem in many places is told once."""
        return report_text(self)

    def to_markdown(self) -> str:
        """The report as a Markdown table, one row a problem."""
        lines = [f"**{_cell(self.summary())}**"]
        rows = list(groups(self.issues))
        if rows:
            lines += [
                "",
                "| severity | code | place | problem | suggestion |",
                "| --- | --- | --- | --- | --- |",
            ]
        for first, places in rows[:GROUPS_SHOWN]:
            pointer = f"`{_cell(first.place)}`" if first.path else "the top"
            place = pointer if len(places) == 1 else f"{pointer} and {len(places) - 1:,} more"
            suggestion = " or ".join(f"`{_cell(value)}`" for value in first.suggestions)
            lines.append(
                f"| {first.severity} | {first.code} | {place} | {_cell(first.message)} | {suggestion} |"
            )
        if len(rows) > GROUPS_SHOWN:
            lines += ["", f"... and {len(rows) - GROUPS_SHOWN:,} more rows"]
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        def row(*cells: str) -> str:
            return "<tr>" + "".join(f"<td>{html.escape(one_line(cell))}</td>" for cell in cells) + "</tr>"

        rows = "".join(
            row(
                first.severity,
                first.code,
                first.place + (f" and {len(places) - 1:,} more" if len(places) > 1 else ""),
                first.message,
                " or ".join(first.suggestions),
            )
            for first, places in list(groups(self.issues))[:GROUPS_SHOWN]
        )
        head = "<tr><th>severity</th><th>code</th><th>place</th><th>problem</th><th>suggestion</th></tr>"
        table = f"<table>{head}{rows}</table>" if rows else ""
        return f"<p><b>{html.escape(one_line(self.summary()))}</b></p>{table}"


def counted(issues: Sequence[Issue]) -> list[str]:
    """How many issues of each kind there are, in words: ``["2 errors", "1 note", "3 not checked"]``."""
    kinds = Counter("not checked" if one.unchecked else _NOUNS[one.severity] for one in issues)
    return [
        f"{kinds[noun]:,} {noun}{'s' if kinds[noun] > 1 and noun != 'not checked' else ''}"
        for noun in (*_NOUNS.values(), "not checked")
        if kinds[noun]
    ]


def _input_of(issue: Issue) -> int | None:
    path = issue.path
    at = path[1] if len(path) > 1 and path[0] == "inputs" else None
    return at if isinstance(at, int) else None


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


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|").replace("`", "'")
