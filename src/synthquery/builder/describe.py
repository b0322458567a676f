"""From the words of one sample to its metadata: the provenance of every value, every problem at once."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from synthquery.builder.pairs import read_pair, shown_pair
from synthquery.builder.provenance import Match
from synthquery.builder.words import PERTURBATION_WORDS, WORDS
from synthquery.catalog import ModelSpec
from synthquery.errors import Problem
from synthquery.identifiers import Identifier, malformed, ontology_of, parse_identifier, taxon_id
from synthquery.ontology import default_ontologies
from synthquery.query.quantities import Quantity, QuantityError, parse_age, parse_dose, parse_time
from synthquery.query.vocabularies import vocabulary
from synthquery.resolver import FIELDS, Decisions, resolve
from synthquery.resolver.agreement import disagreement
from synthquery.resolver.types import Resolution

TaxonForm = Literal["prefixed", "digits"]
_SHOWN: Final = 5  # candidates in a message
_TYPE: Final = "structure.type"
_FORMAT: Final = "value.format"
_QUANTITIES: Final[Mapping[str, Callable[[object], Quantity]]] = {
    "age": parse_age,
    "time": parse_time,
    "dose": parse_dose,
}


@dataclass(frozen=True)
class Description:
    """One sample, described.

    Attributes
    ----------
    metadata
        The service's keys and values.
    matches
        Provenance of the values that were resolved or rewritten; ``sample`` is not known yet.
    problems
        What keeps the metadata from being complete; ``place`` is the word.
    """

    metadata: dict[str, Any]
    matches: tuple[Match, ...]
    problems: tuple[Problem, ...]


class Describer:
    """Describes samples for one model; equal labels are resolved once.

    Parameters
    ----------
    spec
        The model.
    taxon_form
        How a taxon (a perturbation by infection) is written: ``"prefixed"`` as ``NCBITAXON:11320``, or
        ``"digits"``. Documents of the service show both; which one it takes is not known.
    decisions
        What people decided about labels.
    """

    def __init__(
        self, spec: ModelSpec, taxon_form: TaxonForm = "prefixed", decisions: Decisions | None = None
    ) -> None:
        self.spec = spec
        self.decisions = decisions
        self.taxon_form: TaxonForm = taxon_form
        self._resolved: dict[tuple[str, str], Resolution] = {}

    def describe(self, words: Mapping[str, Any]) -> Description:
        """Metadata from words (`synthquery.builder.words`); None values are not allowed."""
        sample = _Sample(self, words)
        for name, value in words.items():
            sample.take(name, value)
        order = {key: place for place, key in enumerate(self.spec.metadata_keys)}
        metadata = dict(sorted(sample.metadata.items(), key=lambda item: order.get(item[0], len(order))))
        return Description(metadata, tuple(sample.matches), tuple(sample.problems))

    def resolve(self, label: str, field: str) -> Resolution:
        """As `synthquery.resolve`, remembering the answers."""
        answer = self._resolved.get((field, label))
        if answer is None:
            answer = self._resolved[field, label] = resolve(label, field, decisions=self.decisions)
        return answer


class _Sample:
    """One sample while its words are taken in."""

    def __init__(self, describer: Describer, words: Mapping[str, Any]) -> None:
        self.describer = describer
        self.spec = describer.spec
        self.words = words
        self.metadata: dict[str, Any] = {}
        self.matches: list[Match] = []
        self.problems: list[Problem] = []

    def take(self, name: str, value: Any) -> None:
        """One word and its value."""
        word = WORDS[name]
        if word.key not in self.spec.metadata_keys:
            accepted = ", ".join(one.name for one in WORDS.values() if one.key in self.spec.metadata_keys)
            self._problem(
                name,
                value,
                f"{self.spec.model_id} takes no {name}; it takes {accepted or 'counts only'}",
                code="model.field-not-accepted",
            )
        elif word.kind == "quantity":
            self._quantity(name, word.key, value)
        elif isinstance(value, Mapping) and word.kind in ("term", "perturbation"):
            self._pair(name, word.key, value)
        elif not isinstance(value, str):
            message = f"expected text, not {type(value).__name__} ({value!r:.40})"
            self._problem(name, value, message, code=_TYPE)
        elif not value.strip():
            self._problem(name, value, "is empty; leave it out to leave it to the model", code=_FORMAT)
        elif word.kind == "term":
            self._term(name, word.key, value, name)
        elif word.kind == "vocabulary":
            self._vocabulary(name, word.key, value.strip())
        elif word.kind == "perturbation":
            self._perturbation(name, word.key, value)
        else:
            self._text(name, word.key, value)

    def _pair(self, name: str, key: str, given: Mapping[Any, Any]) -> None:
        """An ID with its label: taken as the ID, once the two agree."""
        pair = read_pair(given)
        if isinstance(pair, str):
            self._problem(name, shown_pair(given), pair, code=_TYPE)
            return
        if pair.label is not None and parse_identifier(pair.value) is None:
            why = malformed(pair.value) or f"{pair.value[:60]!r} is no identifier"
            message = f"{why}; under id belongs an ID, a name under label alone"
            self._problem(name, pair.value, message, code="id.malformed")
            return
        before = len(self.problems)
        self.take(name, pair.value)
        written = self.metadata.get(key)
        if pair.label is None or len(self.problems) > before or not isinstance(written, str):
            return
        term = default_ontologies().get(written)
        field = field_of(written, name)
        wrong = term and disagreement(term, pair.label, field, decisions=self.describer.decisions)
        if wrong:
            del self.metadata[key]
            message = f"ID and label disagree: {wrong}"
            self._problem(name, shown_pair(given), message, code="term.label-mismatch")

    def _problem(
        self, name: str, value: Any, message: str, suggestions: tuple[str, ...] = (), code: str = ""
    ) -> None:
        self.problems.append(Problem(name, value, message, suggestions, code=code))

    def _put(self, name: str, key: str, given: str, value: str, **match: Any) -> None:
        self.metadata[key] = value
        if match:
            self.matches.append(Match(sample=0, field=name, label=given, id=value, **match))

    def _term(self, name: str, key: str, label: str, field: str) -> None:
        found = self.describer.resolve(label.strip(), field)
        best = found.best
        if found.status != "resolved" or found.term is None or best is None:
            self.problems.append(_unresolved(name, label, found))
            return
        self._put(
            name,
            key,
            label,
            found.term.id,
            term_label=found.term.label,
            matched=best.matched,
            how=best.how,
            score=best.score,
            ontology=found.term.ontology,
            version=found.term.release,
        )

    def _vocabulary(self, name: str, key: str, value: str) -> None:
        known = self.spec.vocabulary(key)
        canonical = known.canonical(value) if known else None
        if known is not None and known.closed and canonical is None:
            values = known.values
            message = f"{value[:60]!r} is none of the values: {', '.join(values)}"
            self._problem(name, value, message, values, "value.enum")
        elif canonical is None or canonical == value:
            self._put(name, key, value, value)
        else:
            self._put(name, key, value, canonical, term_label="", matched=canonical, how="vocabulary")

    def _quantity(self, name: str, key: str, value: Any) -> None:
        try:
            found = _QUANTITIES[name](value)
        except QuantityError as error:
            self._problem(name, value, str(error), error.suggestions, _FORMAT)
            return
        rewritten: dict[str, Any] = (
            {"term_label": "", "matched": found.given, "how": "quantity"} if found.changed else {}
        )
        self._put(name, key, found.given, found.text, **rewritten)

    def _text(self, name: str, key: str, value: str) -> None:
        text = " ".join(value.split())
        identifier = parse_identifier(text) if WORDS[name].kind == "study" else None
        if identifier is not None and identifier.id != value:
            self._put(name, key, value, identifier.id, term_label="", matched=identifier.id, how="id")
        else:
            self._put(name, key, value, identifier.id if identifier else text)

    def _perturbation(self, name: str, key: str, value: str) -> None:
        others = [other for other in PERTURBATION_WORDS if other != name and other in self.words]
        if others:
            # Said once, at the first of them.
            if PERTURBATION_WORDS.index(name) < min(map(PERTURBATION_WORDS.index, others)):
                both = " and ".join([name, *others])
                message = f"{both} are given; a sample has one perturbation"
                self._problem(name, value, message, code="structure.one-of")
            return
        identifier = parse_identifier(value)
        if identifier is not None and identifier.kind == "chembl" and name != "gene":
            self._unchecked(name, key, value, identifier)
        elif name == "gene":
            self._term(name, key, value, "gene")
        elif name == "compound":
            self._compound(name, key, value)
        else:
            self._identifier_or_control(name, key, value, identifier)
        if name == "compound" and key in self.metadata and "perturbation_type" not in self.words:
            self.metadata["perturbation_type"] = "compound"

    def _unchecked(self, name: str, key: str, value: str, identifier: Identifier) -> None:
        self._put(name, key, value, identifier.id, term_label="", matched=identifier.id, how="unchecked id")

    def _compound(self, name: str, key: str, value: str) -> None:
        before = len(self.problems)
        self._term(name, key, value, "compound")
        control = vocabulary("perturbation_control").canonical(value)
        if len(self.problems) > before and control is not None:
            last = self.problems[-1]
            hint = f"{last.message} For a control write perturbation: {control}."
            self.problems[-1] = replace(last, message=hint, suggestions=(*last.suggestions, control))

    def _identifier_or_control(self, name: str, key: str, value: str, identifier: Identifier | None) -> None:
        control = vocabulary("perturbation_control").canonical(value.strip())
        if control is not None:
            rewritten: dict[str, Any] = {"term_label": "", "matched": control, "how": "vocabulary"}
            self._put(name, key, value, control, **({} if control == value else rewritten))
            if "perturbation_type" not in self.words:
                self.metadata["perturbation_type"] = "control"
        elif identifier is not None and identifier.kind in {"ensembl_gene", "chebi"}:
            self._term(name, key, value, "gene" if identifier.kind == "ensembl_gene" else "compound")
        elif (identifier is not None and identifier.kind == "ncbitaxon") or re.fullmatch(
            r"\s*[0-9]{1,8}\s*", value
        ):
            written = taxon_id(value, prefixed=self.describer.taxon_form == "prefixed")
            self._put(name, key, value, written, term_label="", matched=written, how="unchecked id")
        else:
            why = malformed(value) or f"{value.strip()[:60]!r} is no identifier of a gene, compound or taxon"
            controls = ", ".join(vocabulary("perturbation_control").values)
            message = f"{why}, nor a control ({controls}); for a name use gene or compound"
            self._problem(name, value, message, code="term.label-instead-of-id")


def field_of(identifier: str, name: str) -> str:
    """The field of the resolver that the term of an identifier belongs to."""
    home = ontology_of(identifier)
    return next((one.name for one in FIELDS.values() if home in one.ontologies), name)


def number_of_samples(value: Any) -> int | Problem:
    """`value` as a positive number of samples, or what is wrong with it."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = -1
    if number < 1:
        message = f"{value!r:.40} is no number of samples; expected 1, 2, 3 ..."
        code = "value.range" if type(value) is int else _TYPE
        return Problem("num_samples", value, message, code=code)
    return number


def _unresolved(name: str, label: str, found: Resolution) -> Problem:
    """Why a label was not taken, with the candidates as they may be typed."""
    reason = found.reason.rstrip(".") + "."
    message = reason if reason.startswith(repr(label)) else f"{label[:80]!r}: {reason}"
    near = [str(one.term) for one in found.candidates[:_SHOWN]]
    if near and near[0] not in reason:
        message += f" Candidates: {', '.join(near)}."
    suggestions = tuple(one.term.id for one in found.candidates[:_SHOWN])
    return Problem(name, label, message, suggestions, found, code="term.unresolved")
