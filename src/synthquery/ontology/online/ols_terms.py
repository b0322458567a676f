"""Documents of OLS as terms. Nothing about them is sure: keys are missing, lists come as single strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from synthquery.identifiers import canonical_id
from synthquery.ontology.facts import Term

_SHORT_FORM: Final = re.compile(r"([A-Za-z][A-Za-z0-9]*)[_:]([0-9A-Za-z]+)")
_SYNONYM_KEYS: Final = (
    "synonyms",
    "synonym",
    "exact_synonyms",
    "related_synonyms",
    "narrow_synonyms",
    "broad_synonyms",
)


def texts(value: Any) -> Iterator[str]:
    """The strings in a value that may be a string, a list, an object with a ``value`` or nothing."""
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif isinstance(value, Mapping):
        yield from texts(value.get("value") or value.get("name"))
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def text(value: Any) -> str:
    """The first string in a value; empty when there is none."""
    return next(texts(value), "")


def identifier(value: Any) -> str | None:
    """The canonical identifier that a CURIE, a short form or an address names."""
    given = text(value)
    if not given:
        return None
    known = canonical_id(given)
    if known is not None:
        return known
    match = _SHORT_FORM.fullmatch(re.split(r"[/#]", given)[-1])
    return f"{match[1]}:{match[2]}" if match else None


def identifier_of(document: Mapping[str, Any]) -> str | None:
    """The canonical identifier of a term's document."""
    for key in ("obo_id", "curie", "short_form", "shortForm", "iri"):
        found = identifier(document.get(key))
        if found is not None:
            return found
    return None


def read_term(
    document: Mapping[str, Any], *, ontology: str, release: str, parents: Iterable[str] = ()
) -> Term | None:
    """A term from its document; None when the document does not say which term it is."""
    found = identifier_of(document)
    if found is None:
        return None
    label = text(document.get("label"))
    if identifier(label) == found:  # what OLS shows for a term without a label
        label = ""
    obsolete = _truth(document.get("is_obsolete", document.get("isObsolete")))
    annotation = document.get("annotation")
    notes: Mapping[str, Any] = annotation if isinstance(annotation, Mapping) else {}
    replaced_by = identifier(document.get("term_replaced_by")) or identifier(
        notes.get("term replaced by") or notes.get("term_replaced_by")
    )
    consider = (identifier(one) for one in texts(notes.get("consider")))
    return Term(
        id=found,
        label=label,
        ontology=ontology,
        release=release,
        synonyms=tuple(dict.fromkeys(name for name in synonyms(document) if name != label)),
        obsolete=obsolete,
        replaced_by=replaced_by if obsolete else None,
        consider=tuple(sorted({one for one in consider if one is not None})) if obsolete else (),
        parents=tuple(sorted(set(parents) - {found})),
    )


def synonyms(document: Mapping[str, Any]) -> Iterator[str]:
    """All synonyms of a document, whichever of its keys hold them."""
    for key in _SYNONYM_KEYS:
        yield from texts(document.get(key))


def _truth(value: Any) -> bool:
    return value is True or text(value).casefold() == "true"
