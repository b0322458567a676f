"""A report as a table: Markdown for reviews, HTML for notebooks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from synthquery.validation.text import GROUPS_SHOWN, groups, one_line

if TYPE_CHECKING:
    from synthquery.validation.report import Report


def report_markdown(report: Report) -> str:
    """One row a problem."""
    lines = [f"**{_cell(report.summary())}**"]
    rows = list(groups(report.issues))
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
        lines.append(f"| {first.severity} | {first.code} | {place} | {_cell(first.message)} | {suggestion} |")
    if len(rows) > GROUPS_SHOWN:
        lines += ["", f"... and {len(rows) - GROUPS_SHOWN:,} more rows"]
    return "\n".join(lines) + "\n"


def report_html(report: Report) -> str:
    """One row a problem, without a page round it."""

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
        for first, places in list(groups(report.issues))[:GROUPS_SHOWN]
    )
    head = "<tr><th>severity</th><th>code</th><th>place</th><th>problem</th><th>suggestion</th></tr>"
    table = f"<table>{head}{rows}</table>" if rows else ""
    return f"<p><b>{html.escape(one_line(report.summary()))}</b></p>{table}"


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|").replace("`", "'")
