"""`validate`, `validate_files` and `fix` for files of every kind: queries, recipes and tables of samples."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, overload

from synthquery.errors import QueryFormatError
from synthquery.query import Query
from synthquery.recipe.build import Recipe
from synthquery.recipe.check import check_recipe, is_recipe, recipe_report
from synthquery.recipe.table_files import TEXT_TABLES, is_table
from synthquery.recipe.table_fixes import fix_table
from synthquery.recipe.tables import check_table
from synthquery.validation import batch, fixes
from synthquery.validation import validate as validate_query
from synthquery.validation.config import Config, find_config
from synthquery.validation.context import OnlineLookup, Terms
from synthquery.validation.files import wanted_files
from synthquery.validation.fixes import FixedFile
from synthquery.validation.own_rules import OwnRule
from synthquery.validation.report import Report
from synthquery.validation.selection import chosen
from synthquery.validation.validate import check_document, problem_report
from synthquery.validation.waivers import without_waived
from synthquery.wire import Document, parse_document, read_document


def validate(
    query: Query | Mapping[str, Any] | str | os.PathLike[str],
    model_id: str | None = None,
    *,
    online: OnlineLookup | None = None,
    rules: Sequence[OwnRule] = (),
) -> Report:
    """Check a query before it is sent, or what a query is made of.

    Parameters
    ----------
    query
        A typed query, a body as the service takes it (with or without ``model_id``), the object of a recipe, or the
        path of a file: a query or a recipe in JSON, YAML or TOML, a table of samples in CSV, TSV or Excel (with the
        extra ``excel``).
    model_id
        The model it is for. When it is left out the query, its ``model_id`` key or its content tells; where
        nothing tells (a baseline body that suits bulk and single-cell alike), what either of the models
        accepts passes. A table cannot tell.
    online
        An `OnlineSources`: well-formed IDs that the offline data does not have are asked there. By default
        nothing is sent anywhere.
    rules
        Rules of your own, as `synthquery.rule` makes them, beside those of synthquery.

    Returns
    -------
    Report
        All problems, in the order of their places. Whatever `query` holds ends in a report, never in an
        error: a file that is no query has one ``structure.json`` issue, and one that cannot be opened gives a
        report with ``unreadable`` set.

    Examples
    --------
    >>> report = validate({"inputs": [{"metadata": {"sex": "Male"}, "num_samples": 1}]}, "gem-1-bulk")
    >>> [issue.code for issue in report.issues]
    ['value.case', 'strategy.missing']
    """
    given: object = query
    if isinstance(given, Mapping) and is_recipe(given):
        return recipe_report(Recipe(given), terms=Terms(online=online), rules=rules, model_id=model_id)
    if not isinstance(given, str | os.PathLike):
        return validate_query(query, model_id, online=online, rules=rules)
    terms = Terms(online=online)
    if is_table(given):
        return check_table(given, model_id, terms=terms, rules=rules)
    try:
        document = read_document(given, arrays=not rules)  # rules of others are written for lists
    except QueryFormatError as problem:
        return problem_report(problem, given)
    check = check_recipe if is_recipe(document.body) else check_document
    return check(document, model_id, terms=terms, rules=rules)


class RecipesAndTables:
    """Tells `synthquery.validation.batch` how files are checked that are no queries."""

    def of_document(
        self,
        document: Document,
        model_id: str | None,
        *,
        terms: Terms,
        rules: Sequence[OwnRule],
        asked_for: bool,
    ) -> Report | None:
        """The report of a recipe; None for what is none, or lies in a folder and hardly is one."""
        body = document.body
        certain = asked_for or (
            isinstance(body.get("samples"), list) and ("model" in body or "model_id" in body)
        )
        return (
            check_recipe(document, model_id, terms=terms, rules=rules)
            if is_recipe(body) and certain
            else None
        )

    def takes(self, name: str) -> bool:
        """True for the name of a table."""
        return is_table(name)

    def of_file(self, name: str, model_id: str | None, *, terms: Terms, rules: Sequence[OwnRule]) -> Report:
        """The report of a table."""
        return check_table(name, model_id, terms=terms, rules=rules)


OTHER_FILES: Final = RecipesAndTables()


def validate_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    model_id: str | None = None,
    config: Config | None = None,
    adjust: Callable[[Config], Config] | None = None,
    jobs: int = 1,
    online: OnlineLookup | None = None,
) -> batch.Batch:
    """Check the queries, recipes and tables of files, folders and patterns.

    Parameters
    ----------
    paths
        Files, folders, patterns such as ``queries/**/*.json``; ``-`` reads standard input. A file that is named is
        checked whatever it holds; one that a folder holds is skipped when it is plainly no query and no recipe.
        Tables are checked where they are named, or a pattern is for them.
    model_id
        The model of all queries.
    config
        Settings for all files; where it is left out, the nearest ``synthquery.toml`` or ``pyproject.toml`` above
        each file counts.
    adjust
        Changes the settings of each folder before they are used, for example by the options of a command.
    jobs
        How many processes at most; 0 takes one for each core, and none for a few files. A script that asks for
        more than one must guard its start by ``if __name__ == "__main__":``.
    online
        As for `validate`; one process then checks all files, so that limits hold.

    Raises
    ------
    ConfigError
        When a file of settings cannot be used.
    """
    return batch.validate_files(
        paths, model_id=model_id, config=config, adjust=adjust, jobs=jobs, online=online, others=OTHER_FILES
    )


@overload
def fix(query: Query, model_id: str | None = None) -> tuple[Query, Report]: ...
@overload
def fix(query: Mapping[str, Any], model_id: str | None = None) -> tuple[dict[str, Any], Report]: ...
@overload
def fix(query: str | os.PathLike[str], model_id: str | None = None) -> tuple[FixedFile, Report]: ...
def fix(
    query: Query | Mapping[str, Any] | str | os.PathLike[str], model_id: str | None = None
) -> tuple[Query | dict[str, Any] | FixedFile, Report]:
    """Put right what has exactly one right answer.

    That is: the canonical form of an ID, the one live term that replaces an obsolete one, case and spelling
    of words, keys of older clients, the form of doses, times and ages, numbers in quotes, nested counts.
    What needs a choice (``consider``, names, near words) stays and is in the report with its suggestions.
    Fixing what is fixed changes nothing.

    Parameters
    ----------
    query
        A typed query, a body, or the path of a file: a query or a recipe in JSON, YAML or TOML, a table in CSV or
        TSV. It is not changed.
    model_id
        The model it is for, where the query does not say.

    Returns
    -------
    fixed
        For a query a query, for a body a body, for a path a `FixedFile`, which shows the difference and
        writes it.
    Report
        What is left: the report of `validate` on what was fixed.

    Examples
    --------
    >>> body = {"mode": "mean estimation", "inputs": [{"metadata": {"sex": "M"}, "num_samples": 1}]}
    >>> fixed, report = fix(body, "gem-1-bulk")
    >>> fixed
    {'sampling_strategy': 'mean estimation', 'inputs': [{'metadata': {'sex': 'male'}, 'num_samples': 1}]}
    >>> report.ok
    True
    """
    if isinstance(query, Query):
        return fixes.fix(query, model_id)
    if isinstance(query, Mapping):
        return fixes.fix(query, model_id)
    name = os.fspath(query)
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError):
        return FixedFile(name, b"", b""), validate(name, model_id)
    return fix_data(data, name, model_id)


def fix_data(data: bytes, name: str, model_id: str | None = None) -> tuple[FixedFile, Report]:
    """As `fix` of a path, from bytes that are already there."""
    suffix = Path(name).suffix.lower()
    if suffix in TEXT_TABLES:
        return fix_table(data, name, model_id)
    if is_table(name):  # a workbook is checked, and written by its own program
        return FixedFile(name, data, data), validate(name, model_id)
    return fixes.fix_data(data, name, model_id, check=_check)


@dataclass(frozen=True)
class FixedFiles:
    """What `fix_files` gives.

    Attributes
    ----------
    results
        Each file as it is and as it would be, and what is left.
    skipped
        Files of a folder that are plainly no queries.
    """

    results: tuple[tuple[FixedFile, Report], ...]
    skipped: tuple[str, ...] = ()


def fix_files(
    paths: Iterable[str | os.PathLike[str]], *, model_id: str | None = None, config: Config | None = None
) -> FixedFiles:
    """As `fix`, for the files that `validate_files` would check; nothing is written.

    What the settings ignore, and what a comment waives, is not fixed either.

    Parameters
    ----------
    paths, model_id, config
        As for `validate_files`.

    Raises
    ------
    ConfigError
        When a file of settings cannot be used.
    """

    def settings(path: Path) -> Config:
        return config or find_config(path.parent)

    results: list[tuple[FixedFile, Report]] = []
    skipped: list[str] = []
    for one in wanted_files(paths, lambda path: settings(path).excludes(path)):
        if one.missing:
            results.append((FixedFile(one.name, b"", b""), Report(unreadable=one.missing)))
            continue
        found = _fixed_by_settings(one.name, model_id, settings(Path(one.name)))
        if not one.asked_for and found[1].issues and _plainly_no_query(*found):
            skipped.append(one.name)
        else:
            results.append(found)
    return FixedFiles(tuple(results), tuple(skipped))


def _fixed_by_settings(name: str, model_id: str | None, config: Config) -> tuple[FixedFile, Report]:
    def check(document: Document, model: str | None) -> Report:
        report = _check(document, model)
        if model is None and config.model and report.model_id is None:
            report = _check(document, config.model)
        report = without_waived(report, document.text, document.format)
        return chosen(report, select=config.select, ignore=config.ignored_for(Path(name)))

    if name == "-":
        return fixes.fix_data(sys.stdin.buffer.read(), "standard input", model_id, check=check)
    if is_table(name):
        return fix(name, model_id or config.model)
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError):
        return FixedFile(name, b"", b""), validate(name, model_id)
    return fixes.fix_data(data, name, model_id, check=check)


def _plainly_no_query(file: FixedFile, report: Report) -> bool:
    try:
        document = parse_document(file.before, name=file.name)
    except QueryFormatError as problem:
        return batch.plainly_no_query(report, problem)
    return batch.plainly_no_query(report, document)


def _check(document: Document, model_id: str | None) -> Report:
    check = check_recipe if is_recipe(document.body) else check_document
    return check(document, model_id)
