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
from synthquery.resolver import Decisions
from synthquery.wire import read_document
from synthquery.wire.document import Document, Path
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


def load_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read a recipe: YAML, JSON or TOML.

    Raises
    ------
    RecipeError
        When the file cannot be opened (``.unreadable`` is True) or holds no object. What is wrong inside is
        the business of `build_recipe`.
    """
    try:
        document = read_document(path, formats=("yaml", "json", "toml"))
    except QueryFormatError as problem:
        raise RecipeError(str(problem), unreadable=problem.unreadable) from problem.__cause__
    return Recipe(document.body, document.name, document.duplicates, document)


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
    if kitchen.problems or query is None:
        problems = _located(kitchen.problems, recipe.document)
        raise RecipeError(_message(recipe.name, problems), problems=problems)
    return BuiltRecipe(query, tuple(kitchen.matches), releases(kitchen.matches))


def _located(found: list[tuple[Path, Problem]], document: Document | None) -> list[Problem]:
    """The problems with line and column, where the recipe came from a file."""
    if document is None:
        return [problem for _, problem in found]
    places = find_places(document, [path for path, _ in found])
    spans = [nearest(places, path).value for path, _ in found]
    where = locations(document.text, spans)
    return [replace(problem, location=where[span]) for (_, problem), span in zip(found, spans, strict=True)]


def _message(name: str, problems: list[Problem]) -> str:
    lines = [f"  {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"  and {len(problems) - _SHOWN} more")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"{name}: {count}", *lines])
