"""`fix` for files of every kind: queries, recipes and tables of samples."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from synthquery.errors import QueryFormatError
from synthquery.query import Query
from synthquery.recipe.check import check_recipe, is_recipe
from synthquery.recipe.files import validate
from synthquery.recipe.table_files import TEXT_TABLES, is_table
from synthquery.recipe.table_fixes import fix_table
from synthquery.validation import batch, fixes
from synthquery.validation.config import Config, find_config
from synthquery.validation.files import wanted_files
from synthquery.validation.fixes import FixedFile
from synthquery.validation.report import Report
from synthquery.validation.selection import chosen
from synthquery.validation.validate import check_document
from synthquery.validation.waivers import without_waived
from synthquery.wire import Document, parse_document


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
