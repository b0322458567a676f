"""Lets through at once what is plainly right, so that rules see suspects only.

A large query has tens of thousands of distinct values and hardly ever a wrong one. What is let through here
is exactly right; whatever is doubtful goes to the rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from synthquery.query.quantities import units
from synthquery.validation.context import Context, id_keys
from synthquery.validation.rules.terms import too_general_ids


def suspects(key: str, values: Iterable[Any], context: Context) -> list[Any]:
    """Those of the distinct values of a metadata key that a rule has to look at, in their order."""
    given = [value for value in values if value is not None and value != ""]
    right = _right(key, given, context)
    accepted = context.accepted(key)
    if accepted is not None:
        right &= accepted
    return [value for value in given if not (isinstance(value, str) and value in right)]


def _right(key: str, given: Collection[Any], context: Context) -> set[str]:
    """Those of some values that nothing can be said against, whatever the model."""
    texts = [value for value in given if isinstance(value, str)]
    if not texts:
        return set()
    if key in id_keys():
        return _live(key, texts, context)
    if key in context.vocabularies:
        return set(context.vocabularies[key].values).intersection(texts)
    plain = _plain(key)
    return {value for value in texts if plain.fullmatch(value)} if plain is not None else set()


def _live(key: str, values: Collection[str], context: Context) -> set[str]:
    right: set[str] = set()
    for ontology, start in id_keys()[key].offline:
        right |= context.terms.live(ontology, [value for value in values if value.startswith(start)])
    return right - too_general_ids()


@cache
def _plain(key: str) -> re.Pattern[str] | None:
    """The usual form of the values of a key; None where there is none."""
    number = "[0-9]{1,6}(?:\\.[0-9]{1,6})?"
    if key == "age_years":
        return re.compile("[1-9]?[0-9]")
    if key == "study":
        return re.compile("PRJ(?:NA|EB|DB)[0-9]+")
    if key in ("perturbation_time", "perturbation_dose"):
        known = units("time" if key == "perturbation_time" else "dose")
        return re.compile(f"{number} (?:{'|'.join(map(re.escape, known))})")
    return None
