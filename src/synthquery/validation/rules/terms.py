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
    """An ID under its key and a name under another (``tissue: heart``), or both in one object, that disagree."""
    keys = set(all_keys(body.metadata))
    for key in id_keys():
        if key not in keys:
            continue
        word = key.removesuffix("_ontology_id")
        beside = [name for name in (form.format(word) for form in _LABEL_KEYS) if name in keys]
        if not beside and set(map(type, [one.get(key) for one in body.metadata])) <= {str, NoneType}:
            continue
        judged: dict[tuple[str, str], str | None] = {}
        for row, metadata in enumerate(body.metadata):
            value: Any = metadata.get(key)
            labels: list[Any] = [metadata.get(name) for name in beside]
            if isinstance(value, Mapping):
                value, labels = value.get("id"), [value.get("label")]
            for label in labels:
                if not _is_name(label) or not isinstance(value, str) or len(value) > _LONGEST:
                    continue
                if (value, label) not in judged:
                    found = parse_identifier(value)
                    judged[value, label] = (
                        context.terms.disagreement(found.id, label, _field(key, found)) if found else None
                    )
                problem = judged[value, label]
                if problem:
                    yield Located(body.metadata_path(row, key), value, Finding(_MISMATCH, problem))


def _is_name(label: Any) -> bool:
    return isinstance(label, str) and 0 < len(label.strip()) <= _LONGEST and label.isprintable()


def _field(key: str, found: Identifier) -> str:
    fields = id_keys()[key].fields
    return "compound" if "compound" in fields and found.kind == "chebi" else fields[0]
