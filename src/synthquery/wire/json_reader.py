"""JSON as files of queries hold it: repeated keys are told, and faults are in our words.

In a large file, counts become arrays without a Python integer for each.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from synthquery.wire.document import Duplicate, ParseError
from synthquery.wire.number_lists import number_lists
from synthquery.wire.stand_ins import TextFault, loads_around


def parse(text: str, duplicates: list[Duplicate], coded: memoryview | None = None) -> Any:
    """What JSON text holds.

    Parameters
    ----------
    text
        The text.
    duplicates
        Takes the keys that an object has more than once.
    coded
        The same in UTF-8. When it is given, ``inputs[...].counts`` are arrays where these hold exactly what the
        text says: all whole numbers of 64 bits, or all finite fractions.

    Raises
    ------
    ParseError
        When it is no JSON.
    """
    repeated = _Repeated()
    try:
        if coded is None:
            content = json.loads(text, object_pairs_hook=repeated.collect)
        else:
            parts = number_lists(coded, exact=True)
            n_arrays = sum(isinstance(part.value, np.ndarray) for part in parts)
            content = _lists_but_counts(loads_around(coded, parts, repeated.collect), n_arrays)
    except json.JSONDecodeError as error:
        raise _fault(text, error.msg, error.pos) from error
    except TextFault as fault:
        raise _fault(text, fault.reason, fault.at) from fault
    except RecursionError as error:
        raise ParseError("brackets are nested too deeply") from error
    except ValueError as error:  # an integer of more digits than Python reads (sys.get_int_max_str_digits)
        raise ParseError("a number has more digits than can be read") from error
    if repeated.keys:
        duplicates.extend(_located(content, repeated.keys))
    return content


class _Repeated:
    """Makes objects as `json` does, and notes the keys that one has more than once."""

    def __init__(self) -> None:
        self.keys: list[tuple[dict[str, Any], str]] = []

    def collect(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.keys.append((content, key))
                seen.add(key)
        return content


def _fault(text: str, reason: str, at: int | None) -> ParseError:
    if at is None:
        return ParseError(reason)
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return ParseError(f"{reason} at line {line}, column {column}", at)


def _lists_but_counts(content: Any, n_arrays: int) -> Any:
    """The content with arrays only where a query has counts: what reads the rest knows lists."""
    counts = {id(one) for one in _counts(content)}
    if len(counts) == n_arrays:
        return content
    if isinstance(content, np.ndarray):
        return content.tolist()
    todo: list[Any] = [content]
    while todo:
        holder = todo.pop()
        places = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
        arrays = [(place, one) for place, one in places if isinstance(one, np.ndarray)]
        todo += [one for _, one in places if isinstance(one, dict | list)]
        for place, one in arrays:
            if id(one) not in counts:
                holder[place] = one.tolist()
    return content


def _counts(content: Any) -> list[Any]:
    inputs = content.get("inputs") if isinstance(content, dict) else None
    given = [one.get("counts") for one in inputs if isinstance(one, dict)] if isinstance(inputs, list) else []
    nested = [one.get("counts") if isinstance(one, dict) else one for one in given]
    return [one for one in nested if isinstance(one, np.ndarray)]


def _located(content: Any, repeated: list[tuple[dict[str, Any], str]]) -> list[Duplicate]:
    """Where the objects with repeated keys are: found by walking, which only a faulty file pays for."""
    keys: dict[int, list[str]] = {}
    for holder, key in repeated:
        keys.setdefault(id(holder), []).append(key)
    found: list[Duplicate] = []
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), content)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            found += (Duplicate((*path, key)) for key in dict.fromkeys(keys.get(id(value), ())))
            todo += (((*path, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            todo += (((*path, place), inner) for place, inner in enumerate(value))
    return sorted(found, key=lambda one: [str(part) for part in one.path])
