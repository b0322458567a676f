"""Where in a body the service means, when it says ``inputs.items[1].metadata.age_years``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

_PART: Final = re.compile(r"\[\s*(\d+)\s*\]|\[\s*[\"']([^\"']*)[\"']\s*\]|([^.\[\]]+)")
_DIGITS: Final = 18
_ROOTS: Final = frozenset({"$", "body", "query"})

Place = tuple[str | int, ...]


def find_place(said: str | Sequence[str | int], body: Mapping[str, Any]) -> tuple[Place, Any]:
    """The place in `body` that the service names, and what stands there.

    Parameters
    ----------
    said
        ``inputs[0].counts``, ``inputs.0.counts`` or a list of keys; empty for the whole request. What names the
        request itself (``$``, ``body``) is dropped, and so is ``items`` where the body has no such level.
    body
        The body that was sent.

    Returns
    -------
    place, value
        Keys and indexes from the top of the body; the value is None where the place is not in the body.
    """
    parts = _parts(said) if isinstance(said, str) else [_number(part) for part in said]
    at: Any = body
    place: list[str | int] = []
    for number, part in enumerate(parts):
        if number == 0 and part in _ROOTS and part not in body:
            continue
        if part == "items" and _is_list(at):
            continue
        key = part
        if isinstance(at, Mapping):
            key = str(part)
            at = at.get(key)
        elif _is_list(at) and isinstance(part, int):
            at = at[part] if part < len(at) else None
        else:
            at = None
        place.append(key)
    return tuple(place), at


def named_values(message: str, body: Mapping[str, Any]) -> list[tuple[Place, Any]]:
    """The places of a body whose values a message of the service names, in the order of the body."""
    return [
        (place, value)
        for place, value in _texts(body, ())
        if value in message and re.search(rf"(?<![\w:.-]){re.escape(value)}(?![\w:-])", message)
    ]


def _texts(at: Any, place: Place) -> list[tuple[Place, str]]:
    """Every text of some length in a body; the service would not name a number or a single letter."""
    if isinstance(at, str):
        return [(place, at)] if len(at) >= 3 else []
    if isinstance(at, Mapping):
        return [found for key, one in at.items() for found in _texts(one, (*place, str(key)))]
    if isinstance(at, list | tuple) and not (at and isinstance(at[0], int | float)):
        return [found for number, one in enumerate(at) for found in _texts(one, (*place, number))]
    return []


def _parts(text: str) -> list[str | int]:
    return [_number(index or name or quoted) for index, quoted, name in _PART.findall(text.strip())]


def _number(part: str | int) -> str | int:
    """An index as a number; what is too long for one stays the text it is."""
    if not isinstance(part, str) or len(part) > _DIGITS or not (part.isascii() and part.isdigit()):
        return part
    return int(part)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray)
