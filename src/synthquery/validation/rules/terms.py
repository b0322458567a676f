"""What terms mean: too much to say anything, or something else than the name beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType
from typing import Any, Final

from synthquery.identifiers import Identifier, parse_identifier
from synthquery.resources import load_toml
from synthquery.validation.body import Body, all_keys
from synthquery.validation.context import Context, id_keys
from synthquery.validation.remedy import Fix
from synthquery.validation.rule import Finding, Located
from synthquery.validation.structure import is_pair

_MISMATCH: Final = "term.label-mismatch"
_LONGEST: Final = 300
_ID: Final = r"[A-Za-z]+[:_][A-Za-z0-9]+|ENSG[0-9]{11}(?:\.[0-9]+)?|CHEMBL[0-9]+"
_ID_THEN_NAME: Final = re.compile(rf"\s*({_ID})\s*(?:[!|,;:-]\s*|\s)[\[(\"']?\s*(\S.*?)\s*[\])\"']?\s*")
_NAME_THEN_ID: Final = re.compile(rf"\s*(\S.*?)\s*(?:[!|,;:-]\s*|\s)[\[(]?\s*({_ID})\s*[\])]?\s*")
_LABEL_KEYS: Final = (
    "{0}",
    "{0}_label",
    "{0}_name",
    "{0}_ontology_label",
    "{0}_ontology_name",
    "{0}_ontology_term",
)


@cache
def too_general_ids() -> frozenset[str]:
    """Terms that say nothing about a sample (``data/too_general.toml``)."""
    return frozenset(load_toml("too_general.toml")["ids"])


def too_general(_key: str, value: Any, context: Context) -> Iterator[Finding]:
    """A term at the top of its ontology."""
    if value in too_general_ids():
        message = (
            f"{context.terms.named(value)} is true of every sample: name what it is, or leave the key out"
        )
        yield Finding("term.too-general", message)


def id_with_name(key: str, value: Any, context: Context) -> Iterator[Finding]:
    """An ID and its name in one text: ``UBERON:0002107 (liver)``."""
    pair = split_pair(value)
    if pair is None:
        return
    found, label = pair
    problem = context.terms.disagreement(found.id, label, _field(key, found))
    if problem:
        yield Finding(_MISMATCH, problem)
    else:
        message = f"{value!r} holds a name as well; the ID alone is {found.id}"
        yield Finding("id.noncanonical", message, (found.id,), fix=Fix("replace", found.id))


def split_pair(text: Any) -> tuple[Identifier, str] | None:
    """The identifier and the name that stand together in a text; None when it is no such text."""
    if not isinstance(text, str) or len(text) > _LONGEST or not text.isprintable() or parse_identifier(text):
        return None
    for pattern, at_id, at_name in ((_ID_THEN_NAME, 1, 2), (_NAME_THEN_ID, 2, 1)):
        match = pattern.fullmatch(text)
        found = parse_identifier(match[at_id]) if match else None
        if match and found is not None and parse_identifier(match[at_name]) is None:
            return found, match[at_name]
    return None


def names_beside_ids(body: Body, context: Context) -> Iterator[Located]:
    """An ID under its key and a name under another (``tissue: heart``) that disagree."""
    keys = set(all_keys(body.metadata))
    for key in id_keys():
        word = key.removesuffix("_ontology_id")
        beside = [name for name in (form.format(word) for form in _LABEL_KEYS) if name in keys]
        if key not in keys or not beside:
            continue
        judge = _Judge(key, context)
        for row, metadata in enumerate(body.metadata):
            value = metadata.get(key)
            for label in (metadata.get(name) for name in beside):
                problem = judge.disagreement(value, label)
                if problem:
                    yield Located(body.metadata_path(row, key), value, Finding(_MISMATCH, problem))


def pairs(body: Body, context: Context) -> Iterator[Located]:
    """An ID and its name in one object (``{id: ..., label: ...}``), as recipes have them."""
    for key in id_keys():
        given = [one.get(key) for one in body.metadata]
        if set(map(type, given)) <= {str, NoneType}:
            continue
        judge = _Judge(key, context)
        for row, pair in enumerate(given):
            if not isinstance(pair, Mapping):
                continue
            problem = judge.disagreement(pair.get("id"), pair.get("label"))
            path = body.metadata_path(row, key)
            if problem:
                yield Located(path, pair.get("id"), Finding(_MISMATCH, problem))
            if is_pair(pair):  # other objects are no text, and that is said already
                yield Located(path, pair, _unwrapped(key, pair["id"], sure=not problem))


class _Judge:
    """Says what is wrong with an ID and a name; each two are judged once."""

    def __init__(self, key: str, context: Context) -> None:
        self._key = key
        self._terms = context.terms
        self._judged: dict[tuple[str, str], str | None] = {}

    def disagreement(self, value: Any, label: Any) -> str | None:
        if not _is_name(label) or not isinstance(value, str) or len(value) > _LONGEST:
            return None
        if (value, label) not in self._judged:
            found = parse_identifier(value)
            self._judged[value, label] = (
                self._terms.disagreement(found.id, label, _field(self._key, found)) if found else None
            )
        return self._judged[value, label]


def _unwrapped(key: str, value: str, *, sure: bool) -> Finding:
    """An object of ID and name where the service takes the ID; one that disagrees is for a person to choose from."""
    message = f"{key} is text, not an object: give the ID alone (recipes take both)"
    fix = Fix("replace", value) if sure else None
    return Finding("structure.type", message, (value,) if sure else (), fix=fix)


def _is_name(label: Any) -> bool:
    return isinstance(label, str) and 0 < len(label.strip()) <= _LONGEST and label.isprintable()


def _field(key: str, found: Identifier) -> str:
    fields = id_keys()[key].fields
    return "compound" if "compound" in fields and found.kind == "chebi" else fields[0]
