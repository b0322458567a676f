"""Tables of samples, a row each: built and checked as the recipe that says the same, placed by row and column."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from synthquery.builder.words import WORDS, did_you_mean, word_for
from synthquery.errors import MissingExtraError, Problem, QueryFormatError, RecipeError
from synthquery.recipe.check import recipe_report
from synthquery.recipe.kitchen import Recipe
from synthquery.recipe.table_files import Entry, Table, read_tables
from synthquery.validation.codes import codes
from synthquery.validation.context import Terms
from synthquery.validation.own_rules import OwnRule
from synthquery.validation.report import Issue, Path, Report, shown_value
from synthquery.validation.validate import problem_report
from synthquery.wire.places.location import Location

_NUMBER: Final = "num_samples"
_NO_MODEL: Final = "a table does not say which model it is for: name it (--model gem-1-bulk)"
_MOST_DIGITS: Final = 20  # of a number of samples; Python reads no integer of thousands


def check_table(
    path: str | os.PathLike[str],
    model_id: str | None = None,
    *,
    terms: Terms | None = None,
    rules: Sequence[OwnRule] = (),
) -> Report:
    """All problems of a table of samples: a CSV, TSV or Excel file with a column for each word.

    Parameters
    ----------
    path
        The file. Columns are named as the keywords of the builders (``tissue``, ``disease``, ``age``) or as the
        service names them; empty cells are left to the model.
    model_id
        The model the samples are for; a table cannot say it.
    terms
        The ontologies to ask.
    rules
        Rules of one's own; they look at the query the table makes.
    """
    try:
        tables = read_tables(path)
    except QueryFormatError as problem:
        return problem_report(problem, path)
    except MissingExtraError as problem:
        return Report(unreadable=f"{os.fspath(path)}: {problem}")
    asked = terms or Terms()
    reports = [table_report(one, model_id, asked, rules) for one in tables]
    first, *others = reports
    return replace(
        first,
        issues=tuple(issue for report in reports for issue in report.issues),
        n_inputs=sum(report.n_inputs for report in reports),
        omitted=sum(report.omitted for report in others) + first.omitted,
    )


def table_report(table: Table, model_id: str | None, terms: Terms, rules: Sequence[OwnRule] = ()) -> Report:
    """All problems of one sheet."""
    wrong, samples = _read(table)
    content: dict[str, Any] = {"samples": samples}
    if model_id:
        content = {"model": model_id, **content}
    report = recipe_report(Recipe(content, table.name), terms=terms, rules=rules)
    found = [*wrong, *(_in_table(issue) for issue in report.issues)]
    where = table.locations([_entry(issue.path, table) for issue in found])
    located = [replace(issue, location=location) for issue, location in zip(found, where, strict=True)]
    return replace(report, issues=tuple(sorted(located, key=_order)), n_inputs=len(samples))


def table_recipe(path: str | os.PathLike[str], model_id: str | None = None) -> Recipe:
    """The recipe that a table says: a sample for each row, of all sheets that describe samples.

    Raises
    ------
    QueryFormatError
        When the file cannot be opened or is no table.
    MissingExtraError
        For a workbook, without the extra ``excel``.
    RecipeError
        When no model is named: a table cannot say it.
    """
    name = os.fspath(path)
    tables = read_tables(path)
    if model_id is None:
        raise RecipeError(f"{name}: {_NO_MODEL}")
    faults: list[Problem] = []
    samples: list[dict[str, Any]] = []
    rows: list[tuple[Table, int]] = []
    for table in tables:
        wrong, described = _read(table)
        where = table.locations([_entry(issue.path, table) for issue in wrong])
        faults += [
            in_cell(Problem("", issue.value, issue.message, code=issue.code), location)
            for issue, location in zip(wrong, where, strict=True)
        ]
        samples += described
        rows += [(table, at) for at in range(len(table.rows))]

    def locate(paths: Sequence[Path]) -> list[Location]:
        found: dict[Path, Location] = {}
        asked = {path: _row_of(path, rows, tables[0]) for path in paths}
        for table in tables:
            here = [(path, inner) for path, (of, inner) in asked.items() if of is table]
            places = table.locations([_entry(inner, table) for _, inner in here])
            found |= {path: place for (path, _), place in zip(here, places, strict=True)}
        return [found[path] for path in paths]

    content = {"model": model_id, "samples": samples}
    return Recipe(content, name, faults=tuple(faults), locate=locate)


def in_cell(problem: Problem, location: Location) -> Problem:
    """A problem at a place of a table; a cell of a workbook has no line."""
    in_text = location.cell is None or not location.cell.sheet
    return replace(
        problem,
        place=str(location.cell) if location.cell else problem.place,
        location=location if in_text else None,
    )


def _row_of(path: Path, rows: list[tuple[Table, int]], first: Table) -> tuple[Table, Path]:
    """The table that a path of the recipe is about, and the path in it."""
    if len(path) > 1 and path[0] == "samples" and isinstance(path[1], int) and path[1] < len(rows):
        table, at = rows[path[1]]
        return table, ("rows", at, *path[2:])
    return first, ()


def _read(table: Table) -> tuple[list[Issue], list[dict[str, Any]]]:
    """What is wrong with the header and with cells beyond it, and the samples that the rows describe."""
    names = {entry.position: entry.text for entry in table.header}
    wrong, taken = _columns(table)
    samples = [
        {names[entry.position]: _value(entry, names) for entry in row if entry.position in taken}
        for row in table.rows
    ]
    message = "there is no column for this cell: the header is shorter"
    wrong += [
        _issue("structure.type", ("rows", at), entry, message)
        for at, row in enumerate(table.rows)
        for entry in row
        if entry.position not in names
    ]
    return wrong, samples


def _columns(table: Table) -> tuple[list[Issue], set[int]]:
    """What is wrong with the header, and the positions of the columns that are read."""
    wrong: list[Issue] = []
    taken: dict[str, int] = {}
    for entry in table.header:
        plain = entry.text.strip().casefold().replace(" ", "_")
        word = _NUMBER if plain == _NUMBER else word_for(entry.text)
        path: Path = ("columns", entry.text)
        if word is None:
            hint = did_you_mean(entry.text, [*WORDS, _NUMBER])
            wrong.append(
                _issue("structure.unknown-key", path, entry, f"there is no field for this column{hint}")
            )
        elif word in taken:
            wrong.append(_issue("structure.duplicate-key", path, entry, f"another column is for {word} too"))
        else:
            taken[word] = entry.position
    return wrong, set(taken.values())


def _issue(code: str, path: Path, entry: Entry, message: str) -> Issue:
    return Issue(code, codes()[code].severity, path, shown_value(entry.text), message)


def _value(entry: Entry, names: dict[int, str]) -> Any:
    """A cell as recipes have it: a number of samples is a number."""
    is_number = names[entry.position].strip().casefold().replace(" ", "_") == _NUMBER
    plain = is_number and len(entry.text) < _MOST_DIGITS and entry.text.isascii() and entry.text.isdigit()
    return int(entry.text) if plain else entry.text


def _in_table(issue: Issue) -> Issue:
    """An issue of the recipe as one of the table: its samples are rows."""
    if issue.path in (("model",), ("model_id",)):
        return replace(issue, path=(), message=_NO_MODEL) if issue.code == "structure.missing" else issue
    if issue.path[:1] == ("samples",):
        return replace(issue, path=("rows", *issue.path[1:]))
    return issue


def _entry(path: Path, table: Table) -> tuple[Entry, str]:
    """The cell an issue is about: of a whole row its first one, else the first of the header."""
    names = {entry.position: entry.text for entry in table.header}
    if path[:1] == ("columns",):
        return next((entry, entry.text) for entry in table.header if entry.text == path[1])
    if len(path) > 1 and path[0] == "rows" and isinstance(path[1], int) and path[1] < len(table.rows):
        row = table.rows[path[1]]
        for entry in row:
            name = names.get(entry.position)
            if name is None and len(path) == 2:
                return entry, ""
            if len(path) > 2 and name == path[2]:
                return entry, name
        return row[0], ""
    return table.header[0], ""


def _order(issue: Issue) -> tuple[int, int]:
    location: Location | None = issue.location
    return (location.line, location.column) if location else (0, 0)
