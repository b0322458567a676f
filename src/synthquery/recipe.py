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
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from synthquery.builder import (
    WORDS,
    Describer,
    Match,
    checked_settings,
    did_you_mean,
    number_of_samples,
    releases,
    word_for,
)
from synthquery.builder.words import PERTURBATION_WORDS
from synthquery.catalog import ModelSpec, get_model
from synthquery.errors import Problem, QueryFormatError, RecipeError, UnknownModelError
from synthquery.query.models import Query
from synthquery.resolver import Decisions
from synthquery.wire import place, query_class, read_document
from synthquery.wire.document import Document, Duplicate
from synthquery.wire.places import find_places, locations, nearest

_KEYS: Final = ("model", "defaults", "samples")
_PART: Final = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")
_SHOWN: Final = 50  # problems in one message; the error has them all


@dataclass(frozen=True)
class Recipe:
    """A recipe as it was written.

    Attributes
    ----------
    content
        Its object.
    name
        What to call it in messages: the path of its file.
    duplicates
        Keys that it has more than once.
    document
        The file it came from, in which problems are located.
    """

    content: Mapping[str, Any]
    name: str = "recipe"
    duplicates: tuple[Duplicate, ...] = ()
    document: Document | None = field(default=None, repr=False)


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
    kitchen = _Kitchen(recipe, decisions)
    query = kitchen.query()
    if kitchen.problems or query is None:
        problems = _located(kitchen.problems, recipe.document)
        raise RecipeError(_message(recipe.name, problems), problems=problems)
    return BuiltRecipe(query, tuple(kitchen.matches), releases(kitchen.matches))


class _Kitchen:
    """A recipe while its query is made."""

    def __init__(self, recipe: Recipe, decisions: Decisions | None) -> None:
        self.content = recipe.content
        self.decisions = decisions
        self.problems: list[Problem] = []
        self.matches: list[Match] = []
        for one in recipe.duplicates:
            self._problem(place(one.path), None, "occurs more than once")

    def query(self) -> Query | None:
        """The query; None when there are problems."""
        spec = self._model()
        known = [*_KEYS, *(spec.parameters if spec else ())]
        for key, value in self.content.items():
            # Without a model the parameters are unknown: its absence is the problem to report.
            if spec and key not in known and key != "model_id":
                self._problem(str(key), value, f"there is no such key{did_you_mean(str(key), known)}")
        settings = self._settings(spec) if spec else {}
        inputs = list(self._inputs(spec)) if spec else []
        if self.problems or spec is None:
            return None
        return query_class(spec).model_validate({"model_id": spec.model_id, **settings, "inputs": inputs})

    def _problem(self, where: str, value: Any, message: str) -> None:
        self.problems.append(Problem(where, value, message))

    def _model(self) -> ModelSpec | None:
        name = self.content.get("model", self.content.get("model_id"))
        if not isinstance(name, str):
            self._problem("model", name, "expected the name of a model, for example gem-1-bulk")
            return None
        try:
            spec = get_model(name)
        except UnknownModelError as error:
            self._problem("model", name, str(error))
            return None
        if spec.has_counts:
            self._problem(
                "model", name, "takes counts, which a recipe cannot hold; use its query builder in Python"
            )
            return None
        return spec

    def _settings(self, spec: ModelSpec) -> dict[str, Any]:
        given = {name: self.content[name] for name in spec.parameters if name in self.content}
        if given.get("sampling_strategy") is None:
            given["sampling_strategy"] = spec.default_strategy
        settings, problems = checked_settings(spec, given)
        self.problems += problems
        return settings

    def _inputs(self, spec: ModelSpec) -> Iterator[dict[str, Any]]:
        samples = self.content.get("samples")
        if not isinstance(samples, list) or not samples:
            self._problem("samples", samples, "expected a list of samples, at least one")
            return
        defaults = self._words(self.content.get("defaults") or {}, "defaults")
        describer = Describer(spec, decisions=self.decisions)
        for number, sample in enumerate(samples):
            where = f"samples[{number}]"
            own = self._words(sample, where)
            words, origin = _with_defaults(own, defaults, where)
            num_samples = number_of_samples(words.pop("num_samples", 1))
            description = describer.describe(
                {word: value for word, value in words.items() if value is not None}
            )
            wrong = [*description.problems, *([num_samples] if isinstance(num_samples, Problem) else [])]
            for problem in wrong:
                located = replace(problem, place=f"{origin.get(problem.place, where)}.{problem.place}")
                if located not in self.problems:  # a fault of the defaults is one fault, however many samples
                    self.problems.append(located)
            self.matches += (replace(match, sample=number) for match in description.matches)
            yield {"metadata": description.metadata, "num_samples": num_samples}

    def _words(self, given: Any, where: str) -> dict[str, Any]:
        """The words of a sample or of the defaults; None unsets one."""
        if not isinstance(given, Mapping):
            self._problem(
                where, given, f"expected words and values (tissue: liver), not {type(given).__name__}"
            )
            return {}
        words: dict[str, Any] = {}
        for name, value in given.items():
            word = "num_samples" if name == "num_samples" else word_for(str(name))
            if word is None:
                hint = did_you_mean(str(name), [*WORDS, "num_samples"])
                self._problem(f"{where}.{name}", value, f"there is no such field{hint}")
            elif word in words:
                self._problem(f"{where}.{name}", value, f"is the same as {word}, which is given too")
            else:
                words[word] = value
        return words


def _with_defaults(
    own: dict[str, Any], defaults: dict[str, Any], where: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The words of a sample with the defaults it does not replace, and where each stands."""
    # A sample's perturbation replaces that of the defaults, whichever of the three words it uses.
    replaced = set(PERTURBATION_WORDS) if any(word in own for word in PERTURBATION_WORDS) else set()
    kept = {word: value for word, value in defaults.items() if word not in own and word not in replaced}
    return {**own, **kept}, {**dict.fromkeys(own, where), **dict.fromkeys(kept, "defaults")}


def _located(problems: list[Problem], document: Document | None) -> list[Problem]:
    """The problems with line and column, where the recipe came from a file."""
    if document is None:
        return problems
    paths = [_path(problem.place) for problem in problems]
    places = find_places(document, paths)
    spans = [nearest(places, path).value for path in paths]
    where = locations(document.text, spans)
    return [replace(problem, location=where[span]) for problem, span in zip(problems, spans, strict=True)]


def _path(place: str) -> tuple[str | int, ...]:
    """The path that a place names: ``samples[2].tissue`` is ``("samples", 2, "tissue")``."""
    parts = _PART.findall(place)
    return tuple(int(number) if number else name for number, name in parts)


def _message(name: str, problems: list[Problem]) -> str:
    lines = [f"  {problem}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"  and {len(problems) - _SHOWN} more")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"{name}: {count}", *lines])
