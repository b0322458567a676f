"""One provided label against one predicted value of a metadata field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from synthquery.analysis.fields import fields_of, is_set, terms_of
from synthquery.analysis.relations import VERDICTS, Relation, relation
from synthquery.errors import UnknownFieldError
from synthquery.identifiers import canonical_id
from synthquery.ontology import Term, default_ontologies
from synthquery.query.quantities import canonical_age
from synthquery.query.vocabularies import vocabularies
from synthquery.resolver import Decisions, Resolution, field_name, resolve_many
from synthquery.resources import load_toml

_NOT_CHECKED: Final = Relation("not checked")
_AGE: Final = "age_years"


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of one comparison.

    Attributes
    ----------
    relation
        The verdict and the nearest common ancestor.
    provided_id, provided_label, predicted_id, predicted_label
        What was compared; values without identifiers stand under both names.
    reason
        Why there is no verdict, or what it rests on.
    """

    relation: Relation
    provided_id: str = ""
    provided_label: str = ""
    predicted_id: str = ""
    predicted_label: str = ""
    reason: str = ""


class Comparison:
    """Compares labels of one field; equal pairs are compared once.

    Parameters
    ----------
    name
        The field as the person calls it, which may be narrower than the key (``gene``).
    key
        The metadata key.
    labels
        All labels that will be compared: they are resolved together.
    decisions
        What people decided about labels.
    """

    def __init__(
        self, name: str, key: str, labels: Sequence[Any], decisions: Decisions | None = None
    ) -> None:
        self._name, self._key = name, key
        self._resolved = _resolved(name, key, labels, decisions)
        self._seen: dict[tuple[str, str], Compared] = {}

    def of(self, provided: Any, predicted: Any) -> Compared:
        """How a predicted value stands to a provided label."""
        pair = (str(provided) if is_set(provided) else "", str(predicted) if is_set(predicted) else "")
        found = self._seen.get(pair)
        if found is None:
            found = self._seen[pair] = self._compare(*pair)
        return found

    def columns_below(self, compared: Compared, columns: Mapping[str, int]) -> list[int]:
        """Columns of the labels that are the provided term, a kind or a part of it."""
        wanted = {compared.provided_id}
        term = default_ontologies().get(compared.provided_id) if self._resolved is not None else None
        if term is not None:
            wanted |= set(default_ontologies().store(term.ontology).descendants(term.id))
        return [at for label, at in columns.items() if label in wanted]

    def _compare(self, provided: str, predicted: str) -> Compared:
        if self._resolved is None:
            return self._words(provided, predicted)
        found = terms_of(predicted) or self._named(predicted)
        shown = (predicted, "|".join(term.label for term in found) or predicted)
        if missing := _missing(provided):
            return Compared(_NOT_CHECKED, "", provided, *shown, missing)
        if not found and provided.strip().casefold() == predicted.strip().casefold():
            # Words of a vocabulary that are no terms: control, vehicle control, soft tissue.
            return Compared(Relation("exact"), predicted, predicted, *shown, "compared as words")
        resolution = self._resolved[provided]
        term = resolution.term
        if term is None:
            return Compared(_NOT_CHECKED, "", provided, *shown, resolution.reason)
        known = (term.id, term.label)
        if not predicted:
            return Compared(_NOT_CHECKED, *known, *shown, "the model predicts nothing here")
        if not found:
            return Compared(_NOT_CHECKED, *known, *shown, f"no ontology here has {predicted}")
        return Compared(_best(term, found), *known, *shown, resolution.reason)

    def _named(self, predicted: str) -> list[Term]:
        """The terms that predicted words mean, where a model gives words in place of identifiers."""
        if not predicted or canonical_id(predicted):
            return []
        resolved = _resolved(self._name, self._key, [predicted]) or {}
        return [one.term for one in resolved.values() if one.term is not None]

    def _words(self, provided: str, predicted: str) -> Compared:
        """Fields of words and numbers: the same, or not."""
        one, other = _plain(self._key, provided), _plain(self._key, predicted)
        parts = (one, one, other, other)
        if missing := _missing(provided):
            return Compared(_NOT_CHECKED, *parts, missing)
        if not predicted:
            return Compared(_NOT_CHECKED, *parts, "the model predicts nothing here")
        same = one.casefold() == other.casefold()
        if self._key == _AGE and not same and not (_is_number(one) and _is_number(other)):
            return Compared(
                _NOT_CHECKED, *parts, f"{provided if _is_number(other) else predicted} is no age in years"
            )
        return Compared(Relation("exact" if same else "unrelated"), *parts, "compared as words")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _missing(provided: str) -> str:
    """Why there is no label to check, as a sentence; empty when there is one.

    ``NA`` is what tables have where nothing is known, although it is a synonym of nasal artery.
    """
    table = load_toml("null_words.toml")
    plain = provided.strip().casefold()
    if not plain:
        return "no label was provided"
    says_nothing = plain in table["words"] or plain.startswith(tuple(table["starts"]))
    return f"no label was provided: {provided.strip()!r} stands for none" if says_nothing else ""


def _best(expected: Term, found: Sequence[Term]) -> Relation:
    """The relation to the nearest of several predicted terms."""
    return min((relation(expected, one) for one in found), key=lambda one: VERDICTS.index(one.verdict))


def _plain(key: str, text: str) -> str:
    """A word as the vocabulary of its key spells it; an age in whole years."""
    if key == _AGE:
        try:
            return str(round(float(canonical_age(text))))
        except (ValueError, OverflowError):
            return text.strip()
    vocabulary = vocabularies().get(key)
    return (vocabulary.canonical(text) if vocabulary else None) or text.strip()


def _resolved(
    name: str, key: str, labels: Sequence[Any], decisions: Decisions | None = None
) -> dict[str, Resolution] | None:
    """Resolution of each label; None for a field without an ontology."""
    fields = fields_of(key)
    if not fields or key in vocabularies() or not key.endswith("_ontology_id"):
        return None
    try:
        named = field_name(name)
        fields = (named,) if named in fields else fields
    except UnknownFieldError:
        pass
    texts = list(dict.fromkeys(map(str, labels)))
    found: dict[str, Resolution] = {}
    for field in fields:
        open_ones = [text for text in texts if text not in found or found[text].term is None]
        for text, resolution in zip(
            open_ones, resolve_many(open_ones, field, decisions=decisions), strict=True
        ):
            if text not in found or resolution.term is not None:
                found[text] = resolution
    return found
