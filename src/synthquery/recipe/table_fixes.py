"""Fixes in tables of text: the characters of a cell change, and no others."""

from __future__ import annotations

from typing import Final

from synthquery.errors import QueryFormatError
from synthquery.recipe.table_files import Table, text_table
from synthquery.recipe.tables import table_report
from synthquery.validation.context import Terms
from synthquery.validation.fixes import FixedFile
from synthquery.validation.fixes.splices import Splice, spliced
from synthquery.validation.report import Issue, Report
from synthquery.validation.validate import problem_report
from synthquery.wire.places.location import Span

_ROUNDS: Final = 20  # a value may need several: respelt, then replaced


def fix_table(data: bytes, name: str, model_id: str | None = None) -> tuple[FixedFile, Report]:
    """As `synthquery.fix`, of the bytes of a CSV or TSV file."""
    fixed: list[Issue] = []
    after = data
    try:
        for _ in range(_ROUNDS):
            table = text_table(after, name)
            report = table_report(table, model_id, Terms())
            made = {
                span: issue
                for issue in report.issues
                if issue.fix and issue.fix.kind == "replace" and (span := _span(issue, table))
            }
            if not made:
                break
            splices = [
                Splice(span, _written(str(one.fix.value), table)) for span, one in made.items() if one.fix
            ]
            fixed += made.values()
            after = table.mark + spliced(table.text, splices).encode(table.encoding)
    except QueryFormatError as problem:
        return FixedFile(name, data, data), problem_report(problem)
    return FixedFile(name, data, after, tuple(fixed)), report


def _span(issue: Issue, table: Table) -> Span | None:
    """The characters of the cell of an issue."""
    if len(issue.path) != 3 or issue.path[0] != "rows" or not isinstance(issue.path[1], int):
        return None
    names = {entry.text: entry.position for entry in table.header}
    wanted = names.get(str(issue.path[2]))
    return next((entry.span for entry in table.rows[issue.path[1]] if entry.position == wanted), None)


def _written(value: str, table: Table) -> str:
    """A value as a cell; in quotes where it holds the delimiter or a quote."""
    needs_quotes = any(char in value for char in (table.delimiter, '"', "\n", "\r"))
    return '"' + value.replace('"', '""') + '"' if needs_quotes else value
