"""Markdown, for the summary of a CI job or a comment in a review."""

from __future__ import annotations

from synthquery.validation.formats.checked import Results, by_code, cell, summary
from synthquery.validation.own_rules import title_of


def render(results: Results) -> str:
    """The summary, a table of codes, and the report of each file that has something to say."""
    parts = [f"**{summary(results)}**"]
    counts = by_code(results)
    if counts:
        rows = [f"| `{cell(code)}` | {count:,} | {cell(title_of(code))} |" for code, count in counts.items()]
        parts.append("\n".join(["| code | issues | what it is |", "| --- | ---: | --- |", *rows]))
    for name, report in results:
        if report.issues or report.unreadable:
            parts.append(f"### `{cell(name)}`\n\n{report.to_markdown().rstrip()}")
    return "\n\n".join(parts)
