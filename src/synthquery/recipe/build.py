"""Recipes: a query in words, as a file.

A recipe names its model, the parameters of the query and its samples, in the words of the builders;
``defaults`` are words that every sample has unless it says otherwise::

    model: gem-1-bulk
    sampling_strategy: sample generation
    seed: 7
    defaults:
      sample_type: primary tissue
    samples:
      - tissue: liver
        disease: hepatocellular carcinoma
        age: 61 years
        num_samples: 5

A term may be given as ``{id: UBERON:0002107, label: liver}``: the ID counts, and a label that is another term's
is an error. Everything that is wrong with a recipe is reported together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from synthquery.builder import (
    Match,
    releases,
)
from synthquery.errors import Problem, QueryFormatError, RecipeError
from synthquery.query.models import Query
from synthquery.recipe.kitchen import Kitchen, Recipe
from synthquery.recipe.table_files import is_table
from synthquery.recipe.tables import in_cell, table_recipe
from synthquery.resolver import Decisions
from synthquery.wire import read_document
from synthquery.wire.document import Path
from synthquery.wire.places import find_places, locations, nearest

_SHOWN: Final = 50  # problems in one message; the error has them all


@dataclass(frozen=True)
class BuiltRecipe:
    """A query and where its values came from.

    Attributes
    ----------
    query
        The query.
    matches
        Provenance of every value that was resolved or rewritten, in the order of the samples.
    releases
        The ontology releases that the matches rest on, by ontology.
    """

    query: Query
    matches: tuple[Match, ...]
    releases: dict[str, str]


def load_recipe(path: str | os.PathLike[str], model_id: str | None = None) -> Recipe:
    """Read a recipe: YAML, JSON or TOML, or a table with a row for each sample.

    Parameters
    ----------
    path
        The file. A table is CSV, TSV or Excel (with the extra ``excel``); its columns are the words of the builders
        (``tissue``, ``disease``, ``age``), its empty cells are not set.
    model_id
        The model, where the file does not name it. A table cannot.

    Raises
    ------
    RecipeError
        When the file cannot be opened (``.unreadable`` is True), holds no object or table, or names another model
        than `model_id`. What is wrong inside is the business of `build_recipe`.
    MissingExtraError
        For a workbook, without the extra ``excel``.
    """
    try:
        if is_table(path):
            return table_recipe(path, model_id)
        document = read_document(path, formats=("yaml", "json", "toml"))
    except QueryFormatError as problem:
        raise RecipeError(str(problem), unreadable=problem.unreadable) from problem.__cause__
    content = document.body
    named = content.get("model", content.get("model_id"))
    if model_id and named is None:
        content = {"model": model_id, **content}
    elif model_id and named != model_id:
        raise RecipeError(
            f"{document.name}: the recipe is for {named!r}, and was to be built for {model_id!r}"
        )
    return Recipe(content, document.name, document.duplicates, document)


def build_recipe(recipe: Recipe | Mapping[str, Any], *, decisions: Decisions | None = None) -> BuiltRecipe:
    """The query of a recipe; the same recipe gives the same query.

    Parameters
    ----------
    recipe
        From `load_recipe`, or the object itself.
    decisions
        What people decided about labels; it comes before what the resolver finds.

    Raises
    ------
    RecipeError
        With everything that is wrong: ``.problems`` has place, value, message and candidates of each.
    """
    if not isinstance(recipe, Recipe):
        recipe = Recipe(recipe)
    kitchen = Kitchen(recipe, decisions)
    query = kitchen.query()
    if recipe.faults or kitchen.problems or query is None:
        problems = [*recipe.faults, *_located(kitchen.problems, recipe)]
        raise RecipeError(_message(recipe.name, problems), problems=problems)
    return BuiltRecipe(query, tuple(kitchen.matches), releases(kitchen.matches))


def _located(found: list[tuple[Path, Problem]], recipe: Recipe) -> list[Problem]:
    """The problems with line and column, where the recipe came from a file."""
    if recipe.locate is not None:
        where = recipe.locate([path for path, _ in found])
        return [
            in_cell(problem, location) if path[0] == "samples" else problem
            for (path, problem), location in zip(found, where, strict=True)
        ]
    if recipe.document is None:
        return [problem for _, problem in found]
    places = find_places(recipe.document, [path for path, _ in found])
    spans = [nearest(places, path).value for path, _ in found]
    lines = locations(recipe.document.text, spans)
    return [replace(problem, location=lines[span]) for (_, problem), span in zip(found, spans, strict=True)]


def _message(name: str, problems: list[Problem]) -> str:
    lines = [f"  {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"  and {len(problems) - _SHOWN} more")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"{name}: {count}", *lines])
