"""A report as text for people: the same problem in many places is told once, with its line and a caret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from synthquery.validation.report import Issue, Report

GROUPS_SHOWN: Final = 50
_PLACES_SHOWN: Final = 3


def report_text(report: Report) -> str:
    """The report for people.

    An issue is its severity, code and place, the message, the line of the file with a caret under what is
    meant (where the query came from a file), and what to do.
    """
    lines = [report.summary()]
    for shown, (first, places) in enumerate(groups(report.issues)):
        if shown == GROUPS_SHOWN:
            lines.append("... the rest is in report.issues")
            break
        lines += _issue_lines(first)
        if len(places) > 1:
            lines.append(f"    also at {_more(places)}")
    return "\n".join(one_line(line) for line in lines)


def groups(issues: Sequence[Issue]) -> Iterator[tuple[Issue, list[Issue]]]:
    """The issues that say the same thing about the same key, in the order of their first places."""
    found: dict[tuple[object, ...], list[Issue]] = {}
    for issue in issues:
        keys = tuple(part for part in issue.path if isinstance(part, str))
        found.setdefault((issue.code, issue.severity, keys, issue.message, issue.suggestions), []).append(
            issue
        )
    for places in found.values():
        yield places[0], places


def one_line(text: str) -> str:
    """`text` without what would break a line or steer a terminal; its indentation stays."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _issue_lines(issue: Issue) -> Iterator[str]:
    location = issue.location
    in_text = location and not (location.cell and location.cell.sheet)
    where = f" (line {location.line}, column {location.column})" if location and in_text else ""
    yield f"{issue.severity} {issue.code} at {issue.place}{where}"
    yield f"    {issue.message}"
    if location and location.excerpt.strip():
        number = f"{location.line:>5}"
        yield f"{number} | {location.excerpt}"
        yield f"{' ' * len(number)} | {' ' * location.caret}{'^' * location.width}"
    if issue.suggestions:
        yield f"    suggestion: {' or '.join(issue.suggestions)}"
    elif issue.fix is not None:
        yield f"    fix: {issue.fix}"


def _more(places: list[Issue]) -> str:
    others = places[1 : 1 + _PLACES_SHOWN]
    text = ", ".join(
        f"{issue.place} (line {issue.location.line})" if issue.location else issue.place for issue in others
    )
    left = len(places) - 1 - len(others)
    return f"{text} and {left:,} more places" if left else text
