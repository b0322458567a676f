"""The words people describe a sample with, and the metadata key each of them fills."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict

Kind = Literal["term", "vocabulary", "quantity", "text", "perturbation", "study"]


@dataclass(frozen=True, slots=True)
class Word:
    """A keyword of a builder, a key of a recipe, a column of a table.

    Attributes
    ----------
    name
        The word: ``"tissue"``.
    key
        The metadata key it fills: ``"tissue_ontology_id"``.
    kind
        How its value is understood: resolved to a term, looked up in a vocabulary, read as a quantity ...
    also
        Another name of the word; the key is one always.
    """

    name: str
    key: str
    kind: Kind
    also: tuple[str, ...] = ()


WORDS: Final[Mapping[str, Word]] = {
    word.name: word
    for word in (
        Word("tissue", "tissue_ontology_id", "term"),
        Word("cell_type", "cell_type_ontology_id", "term"),
        Word("disease", "disease_ontology_id", "term"),
        Word("cell_line", "cell_line_ontology_id", "term"),
        Word("sample_type", "sample_type", "vocabulary"),
        Word("sex", "sex", "vocabulary"),
        Word("age", "age_years", "quantity"),
        Word("developmental_stage", "developmental_stage", "text"),
        Word("race", "race", "vocabulary"),
        Word("ethnicity", "ethnicity", "vocabulary"),
        Word("genotype", "genotype", "text"),
        Word("gene", "perturbation_ontology_id", "perturbation"),
        Word("compound", "perturbation_ontology_id", "perturbation"),
        Word("perturbation", "perturbation_ontology_id", "perturbation"),
        Word("perturbation_type", "perturbation_type", "vocabulary"),
        Word("time", "perturbation_time", "quantity"),
        Word("dose", "perturbation_dose", "quantity"),
        Word("study", "study", "study"),
        Word("library_selection", "library_selection", "vocabulary"),
        Word("library_layout", "library_layout", "vocabulary"),
        Word("platform", "platform", "vocabulary"),
    )
}
PERTURBATION_WORDS: Final = ("gene", "compound", "perturbation")
_BY_KEY: Final = {word.key: word.name for word in WORDS.values() if word.name not in {"gene", "compound"}}


class ApiNames(TypedDict, total=False):
    """The service's own names of the metadata keys, accepted wherever the words are."""

    tissue_ontology_id: str | None
    cell_type_ontology_id: str | None
    disease_ontology_id: str | None
    cell_line_ontology_id: str | None
    age_years: str | float | None
    perturbation_ontology_id: str | None
    perturbation_time: str | None
    perturbation_dose: str | None


class PerturbationApiNames(TypedDict, total=False):
    """As `ApiNames`, of a perturbation."""

    perturbation_ontology_id: str | None
    perturbation_time: str | None
    perturbation_dose: str | None


def word_for(name: str) -> str | None:
    """The word that `name` is, or is the service's name for; spaces, hyphens and case do not matter."""
    if name in WORDS:
        return name
    if name in _BY_KEY:
        return _BY_KEY[name]
    plain = "_".join(name.strip().casefold().replace("-", " ").split())
    return plain if plain in WORDS else _BY_KEY.get(plain)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'tissue'?"``, or nothing."""
    near = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def merged(given: Mapping[str, Any], api_names: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Keyword arguments under both kinds of name as words; None is left out.

    Raises
    ------
    TypeError
        For a keyword that is neither, or one given under both names; as Python itself does.
    """
    words = {name: value for name, value in given.items() if value is not None}
    for name, value in api_names.items():
        word = _BY_KEY.get(name)
        if word is None or word not in given:
            hint = did_you_mean(name, [*given, *(key for key, one in _BY_KEY.items() if one in given)])
            raise TypeError(f"{method}() got an unexpected keyword argument {name!r}{hint}")
        if word in words:
            raise TypeError(f"{method}() got {name} and {word}, which are the same")
        if value is not None:
            words[word] = value
    return words
