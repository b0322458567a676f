"""`validate` and `validate_files` for files of every kind: queries, recipes and tables of samples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from synthquery.errors import QueryFormatError
from synthquery.query import Query
from synthquery.recipe.check import check_recipe, is_recipe, recipe_report
from synthquery.recipe.kitchen import Recipe
from synthquery.recipe.table_files import is_table
from synthquery.recipe.tables import check_table
from synthquery.validation import batch
from synthquery.validation import validate as validate_query
from synthquery.validation.config import Config
from synthquery.validation.context import OnlineLookup, Terms
from synthquery.validation.own_rules import OwnRule
from synthquery.validation.report import Report
from synthquery.validation.validate import check_document, problem_report
from synthquery.wire import Document, read_document


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
