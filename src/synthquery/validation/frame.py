"""A report as a pandas table; loaded only when one is asked for."""

from __future__ import annotations

import pandas as pd

from synthquery.validation.report import Issue, Report

COLUMNS = (
    "code", "severity", "pointer", "input", "key", "value", "message", "suggestion", "line", "column"
)  # fmt: skip
_NUMBERS = ("input", "line", "column")


def report_frame(report: Report) -> pd.DataFrame:
    """One row an issue, in the order of the report."""
    frame = pd.DataFrame([_row(issue) for issue in report.issues], columns=list(COLUMNS), dtype=object)
    # Whole numbers that may be missing: floats would turn line 3 into 3.0.
    return frame.astype(dict.fromkeys(_NUMBERS, "Int64"))


def _row(issue: Issue) -> tuple[object, ...]:
    path = issue.path
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    return (
        issue.code,
        issue.severity.value,
        issue.pointer,
        issue.input,
        key,
        issue.value,
        issue.message,
        issue.suggestions[0] if issue.suggestions else None,
        issue.line,
        issue.column,
    )
