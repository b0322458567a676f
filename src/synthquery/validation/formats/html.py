"""One HTML page that needs nothing else: counts by code, a table of all issues, links to the terms."""

from __future__ import annotations

from html import escape
from typing import Final

from synthquery.identifiers import canonical_id, iri
from synthquery.validation.codes import codes
from synthquery.validation.formats.checked import Results, by_code, summary
from synthquery.validation.own_rules import title_of
from synthquery.validation.report import Issue
from synthquery.validation.text import one_line

_ROWS: Final = 5_000  # a page with more is no longer read, and slow to open
_STYLE: Final = """\
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
td.number { text-align: right; }
td { overflow-wrap: anywhere; }
code { font-size: .9em; }
.error { color: #c62828; } .warning { color: #a86500; } .info { color: #1769aa; }
"""


def render(results: Results) -> str:
    """The whole page."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>synthquery: {_text(summary(results))}</title>
<style>
{_STYLE}</style>
</head>
<body>
<h1>Queries checked by synthquery</h1>
<p><b>{_text(summary(results))}</b></p>
{_codes(results)}{_issues(results)}{_unread(results)}{_releases(results)}</body>
</html>"""


def _codes(results: Results) -> str:
    rows = []
    for name, count in by_code(results).items():
        code = codes().get(name)
        why = f"{code.why} {code.note}" if code else ""
        about = (
            f"<details><summary>{_text(title_of(name))}</summary>{_text(why)}</details>"
            if why
            else _text(title_of(name))
        )
        rows.append(
            f"<tr id={_attribute(name)}><td><code>{_text(name)}</code></td>"
            f'<td class="number">{count:,}</td><td>{about}</td></tr>'
        )
    return _table("Problems by code", ("code", "issues", "what it is and why it matters"), rows)


def _issues(results: Results) -> str:
    found = [(name, issue) for name, report in results for issue in report.issues]
    rows = [_row(name, issue) for name, issue in found[:_ROWS]]
    table = _table("All problems", ("file", "place", "severity", "code", "problem", "suggestion"), rows)
    left = len(found) - len(rows)
    return table + (f"<p>... and {left:,} more, which other formats list</p>\n" if left else "")


def _row(name: str, issue: Issue) -> str:
    line, column = issue.line, issue.column
    at = "" if line is None else f":{line}" + ("" if column is None else f":{column}")
    suggestions = " or ".join(_linked(value) for value in issue.suggestions)
    value = issue.value if isinstance(issue.value, str) else None
    term = _linked(value) if value and canonical_id(value) else ""
    return (
        f"<tr><td>{_text(name)}{at}</td><td><code>{_text(issue.place)}</code></td>"
        f'<td class="{issue.severity.value}">{issue.severity.value}</td>'
        f"<td><a href={_attribute('#' + issue.code)}><code>{_text(issue.code)}</code></a></td>"
        f"<td>{_text(issue.message)}{f' [{term}]' if term else ''}</td><td>{suggestions}</td></tr>"
    )


def _linked(value: str) -> str:
    identifier = canonical_id(value)
    shown = f"<code>{_text(value)}</code>"
    return f"<a href={_attribute(iri(identifier))}>{shown}</a>" if identifier else shown


def _unread(results: Results) -> str:
    rows = [
        f"<tr><td>{_text(name)}</td><td>{_text(report.unreadable)}</td></tr>"
        for name, report in results
        if report.unreadable is not None
    ]
    return _table("Files that could not be read", ("file", "why"), rows)


def _releases(results: Results) -> str:
    merged = {name: release for _, report in results for name, release in report.releases.items()}
    if not merged:
        return ""
    told = ", ".join(f"{_text(name)} {_text(release)}" for name, release in sorted(merged.items()))
    return f"<p>Ontology releases: {told}</p>\n"


def _table(heading: str, columns: tuple[str, ...], rows: list[str]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "\n".join(rows)
    return (
        f"<h2>{heading}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
    )


def _text(text: str) -> str:
    return escape(one_line(text))


def _attribute(text: str) -> str:
    return f'"{escape(one_line(text), quote=True)}"'
