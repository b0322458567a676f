"""A recipe while its query is made: what each sample becomes, where its words stand, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from synthquery.builder import (
    WORDS,
    Describer,
    Match,
    checked_settings,
    did_you_mean,
    number_of_samples,
    word_for,
)
from synthquery.builder.words import PERTURBATION_WORDS
from synthquery.catalog import ModelSpec, get_model
from synthquery.errors import Problem, UnknownModelError
from synthquery.query.models import Query
from synthquery.resolver import Decisions
from synthquery.validation.body import key_text
from synthquery.wire import place, query_class
from synthquery.wire.document import Document, Duplicate, Path
from synthquery.wire.places.location import Location

_KEYS: Final = ("model", "defaults", "samples")
_MOST_SAMPLES: Final = 100_000  # ten times what one answer can hold
_MOST_PROBLEMS: Final = 20_000  # as a report lists of one code


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
    faults
        What is wrong with its file beside its object.
    locate
        Where paths of the object stand, when it came from a file that is no document.
    """

    content: Mapping[str, Any]
    name: str = "recipe"
    duplicates: tuple[Duplicate, ...] = ()
    document: Document | None = field(default=None, repr=False)
    faults: tuple[Problem, ...] = ()
    locate: Callable[[Sequence[Path]], list[Location]] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Described:
    """A sample of a recipe, as far as it could be understood.

    Attributes
    ----------
    path
        Where it stands.
    words
        Its words with the defaults it does not replace.
    origin
        Where each of its words stands: in the sample or in the defaults.
    metadata, num_samples
        What it becomes; `num_samples` is None where the number cannot be used.
    """

    path: Path
    words: Mapping[str, Any]
    origin: Mapping[str, Path]
    metadata: Mapping[str, Any]
    num_samples: int | None


class Kitchen:
    """A recipe while its query is made.

    Attributes
    ----------
    spec
        Its model; None when it names none that can be used.
    settings
        What it says beside its samples, as the query takes it.
    samples
        Its samples; those with problems too.
    problems
        What is wrong, each with its path.
    matches
        Provenance of every value that was resolved or rewritten.
    """

    def __init__(self, recipe: Recipe, decisions: Decisions | None = None) -> None:
        self.content = recipe.content
        self.decisions = decisions
        self.problems: list[tuple[Path, Problem]] = []
        self.matches: list[Match] = []
        for one in recipe.duplicates:
            self._problem(one.path, None, "occurs more than once", "structure.duplicate-key")
        self.spec = self._model()
        self._stray_keys()
        self.settings = self._settings(self.spec) if self.spec else {}
        self.samples = list(self._samples(self.spec)) if self.spec else []

    def query(self) -> Query | None:
        """The query; None when there are problems."""
        if self.problems or self.spec is None:
            return None
        inputs = [{"metadata": one.metadata, "num_samples": one.num_samples} for one in self.samples]
        body = {"model_id": self.spec.model_id, **self.settings, "inputs": inputs}
        return query_class(self.spec).model_validate(body)

    def _problem(self, path: Path, value: Any, message: str, code: str) -> None:
        self.problems.append((path, Problem(place(path), value, message, code=code)))

    def _model(self) -> ModelSpec | None:
        key = "model" if "model" in self.content else "model_id"
        name = self.content.get(key)
        path = (key if key in self.content else "model",)
        if not isinstance(name, str):
            code = "structure.missing" if name is None else "structure.type"
            self._problem(path, name, "expected the name of a model, for example gem-1-bulk", code)
            return None
        try:
            spec = get_model(name)
        except UnknownModelError as error:
            self._problem(path, name, str(error), "model.unknown")
            return None
        if spec.has_counts:
            message = "takes counts, which a recipe cannot hold; use its query builder in Python"
            self._problem(path, name, message, "model.mismatch")
            return None
        return spec

    def _stray_keys(self) -> None:
        if self.spec is None:
            return  # without a model the parameters are unknown: its absence is the problem to report
        known = [*_KEYS, *self.spec.parameters]
        for key, value in self.content.items():
            if key not in known and key != "model_id":
                message = f"there is no such key{did_you_mean(str(key), known)}"
                self._problem((key_text(key),), value, message, "structure.unknown-key")

    def _settings(self, spec: ModelSpec) -> dict[str, Any]:
        given = {name: self.content[name] for name in spec.parameters if name in self.content}
        if given.get("sampling_strategy") is None:
            given["sampling_strategy"] = spec.default_strategy
        settings, problems = checked_settings(spec, given)
        self.problems += (((problem.place,), problem) for problem in problems)
        return settings

    def _samples(self, spec: ModelSpec) -> Iterator[Described]:
        samples = self.content.get("samples")
        if not isinstance(samples, list) or not samples:
            code = "structure.type" if samples is not None else "structure.missing"
            code = "structure.empty" if samples == [] else code
            self._problem(("samples",), samples, "expected a list of samples, at least one", code)
            return
        if len(samples) > _MOST_SAMPLES:
            message = f"a recipe describes at most {_MOST_SAMPLES:,} samples, this one {len(samples):,}: make several"
            self._problem(("samples",), samples, message, "value.range")
            return
        defaults = self._words(self.content.get("defaults") or {}, ("defaults",))
        describer = Describer(spec, decisions=self.decisions)
        told: set[tuple[Path, str]] = set()
        for number, sample in enumerate(samples):
            if len(self.problems) >= _MOST_PROBLEMS:
                return  # broken throughout: nobody reads on
            path: Path = ("samples", number)
            given = _with_defaults(self._words(sample, path), defaults)
            words = {word: value for word, (_, value) in given.items()}
            origin = {word: where for word, (where, _) in given.items()}
            num_samples = number_of_samples(words.get("num_samples", 1))
            described = {
                word: value for word, value in words.items() if value is not None and word != "num_samples"
            }
            description = describer.describe(described)
            wrong = [*description.problems, *([num_samples] if isinstance(num_samples, Problem) else [])]
            for problem in wrong:
                where = origin.get(problem.place, (*path, problem.place))
                if (where, problem.message) not in told:  # a fault of the defaults is one fault
                    told.add((where, problem.message))
                    self.problems.append((where, replace(problem, place=place(where))))
            self.matches += (replace(match, sample=number) for match in description.matches)
            number_given = None if isinstance(num_samples, Problem) else num_samples
            yield Described(path, described, origin, description.metadata, number_given)

    def _words(self, given: Any, where: Path) -> dict[str, tuple[Path, Any]]:
        """The words of a sample or of the defaults, each with its place; None unsets one."""
        if not isinstance(given, Mapping):
            message = f"expected words and values (tissue: liver), not {type(given).__name__}"
            self._problem(where, given, message, "structure.type")
            return {}
        words: dict[str, tuple[Path, Any]] = {}
        for name, value in given.items():
            path = (*where, key_text(name))
            word = "num_samples" if name == "num_samples" else word_for(str(name))
            if word is None:
                hint = did_you_mean(str(name), [*WORDS, "num_samples"])
                self._problem(path, value, f"there is no such field{hint}", "structure.unknown-key")
            elif word in words:
                message = f"is the same as {word}, which is given too"
                self._problem(path, value, message, "structure.duplicate-key")
            else:
                words[word] = (path, value)
        return words


def _with_defaults(
    own: dict[str, tuple[Path, Any]], defaults: dict[str, tuple[Path, Any]]
) -> dict[str, tuple[Path, Any]]:
    """The words of a sample with the defaults it does not replace."""
    # A sample's perturbation replaces that of the defaults, whichever of the three words it uses.
    replaced = set(PERTURBATION_WORDS) if any(word in own for word in PERTURBATION_WORDS) else set()
    kept = {word: value for word, value in defaults.items() if word not in own and word not in replaced}
    return {**own, **kept}
