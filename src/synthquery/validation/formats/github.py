"""Workflow commands of GitHub Actions: each issue becomes a note at its place in a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synthquery.validation.formats.checked import Results, sentence, summary
from synthquery.validation.report import Issue, Severity
from synthquery.validation.text import one_line

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(results: Results) -> str:
    """A command an issue, then the summary as a plain line of the log."""
    return "\n".join((*_commands(results), summary(results)))


def _commands(results: Results) -> Iterator[str]:
    for name, report in results:
        if report.unreadable is not None:
            yield f"::error file={_property(name)},title=synthquery::{_data(report.unreadable)}"
        for issue in report.issues:
            yield _command(name, issue)


def _command(name: str, issue: Issue) -> str:
    line, column = issue.line, issue.column
    where = f",line={line}" if line is not None else ""
    where += f",col={column}" if line is not None and column is not None else ""
    told = f"{sentence(issue)} [{issue.place}]"
    return f"::{_COMMANDS[issue.severity]} file={_property(name)}{where},title={_property(issue.code)}::{_data(told)}"


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
