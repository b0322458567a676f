"""Places in JSON text: skips what nobody asked for with one match of a regular expression.

The text is known to be valid. An input of the usual size and depth is one match; a long list of counts is one
search for its end, and a position in it is found by counting commas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from synthquery.wire.document import Path
from synthquery.wire.places.location import Span
from synthquery.wire.places.wanted import Place, Places, Wanted
from synthquery.wire.possessive import repeated

_STRING: Final = '"' + repeated(r'[^"\\]++|\\.') + '"'
_DEPTH: Final = 5  # lists and objects inside each other that one match takes
_RUN: Final = 500  # characters outside of quotes and without brackets that one match takes
_COMMA: Final = ord(",")


def _nested(depth: int) -> str:
    inner = f"|{_nested(depth - 1)}" if depth > 1 else ""
    run = rf'[^"\[\]{{}}]{{1,{_RUN}}}+(?=["\[\]{{}}])'
    return r"[\[{]" + repeated(f"{run}|{_STRING}{inner}") + r"[\]}]"


_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_ONE_STRING: Final = re.compile(_STRING, re.DOTALL)
_CONTAINER: Final = re.compile(_nested(_DEPTH), re.DOTALL)
_TO_BRACKET: Final = re.compile(repeated(rf'[^"\[\]{{}}]++|{_STRING}'), re.DOTALL)
_PLAIN: Final = re.compile(r"[^ \t\n\r,\]}]++")


def find(text: str, wanted: Wanted) -> Places:
    """The places of a tree of paths, and of what they lie in; what is not there is left out."""
    found: Places = {}
    _look(text, _after_space(text, 0), wanted, (), None, found)
    return found


def _look(text: str, at: int, wanted: Wanted, path: Path, key: Span | None, found: Places) -> None:
    """Note the value that begins at `at`, and what is wanted inside it."""
    end = _end(text, at) if wanted.whole else at + 1
    found[path] = Place(Span(at, end), key)
    if wanted.inside and text[at] == "{":
        _look_in_object(text, at, wanted, path, found)
    elif wanted.inside and text[at] == "[":
        _look_in_list(text, at, wanted, path, found)


def _look_in_object(text: str, at: int, wanted: Wanted, path: Path, found: Places) -> None:
    at = _after_space(text, at + 1)
    while text[at] == '"':
        key = Span(at, _end_of_string(text, at))
        raw = text[key.start + 1 : key.end - 1]
        name = json.loads(f'"{raw}"') if "\\" in raw else raw
        value = _after_space(text, _after_space(text, key.end) + 1)
        child = wanted.inside.get(name)
        if child is not None:
            here = (*path, name)
            if here in found:  # the key stands here a second time: readers keep the last value
                for stale in [one for one in found if one[: len(here)] == here]:
                    del found[stale]
            _look(text, value, child, here, key, found)
        at = _after_space(text, _end(text, value))
        if text[at] == "}":
            return
        at = _after_space(text, at + 1)


def _look_in_list(text: str, at: int, wanted: Wanted, path: Path, found: Places) -> None:
    positions = sorted(part for part in wanted.inside if isinstance(part, int) and part >= 0)
    if not positions:
        return
    flat = _end_of_flat(text, at)
    starts: Iterable[tuple[int, int]]
    if flat is not None:
        starts = _starts_in_flat(text, Span(at, flat), positions)
    else:
        starts = _starts(text, at, set(positions), positions[-1])
    for position, start in starts:
        _look(text, start, wanted.inside[position], (*path, position), None, found)


def _starts(text: str, at: int, positions: set[int], last: int) -> Iterable[tuple[int, int]]:
    at = _after_space(text, at + 1)
    for position in range(last + 1):
        if text[at] == "]":
            return
        if position in positions:
            yield position, at
        at = _after_space(text, _end(text, at))
        if text[at] == "]":
            return
        at = _after_space(text, at + 1)


def _starts_in_flat(text: str, span: Span, positions: list[int]) -> Iterable[tuple[int, int]]:
    """Where elements of a list of numbers begin: after so many commas."""
    import numpy as np

    letters = np.frombuffer(text[span.start : span.end].encode("latin-1"), dtype=np.uint8)
    commas = np.flatnonzero(letters == _COMMA)
    for position in positions:
        if position > len(commas):
            return
        at = _after_space(text, span.start + 1 + (int(commas[position - 1]) if position else 0))
        if text[at] != "]":
            yield position, at


def _end(text: str, at: int) -> int:
    """Where the value that begins at `at` ends."""
    first = text[at]
    if first == '"':
        return _end_of_string(text, at)
    if first == "[":
        flat = _end_of_flat(text, at)
        if flat is not None:
            return flat
    if first in "[{":
        match = _CONTAINER.match(text, at)
        return match.end() if match is not None else _end_of_large(text, at)
    plain = _PLAIN.match(text, at)
    return plain.end() if plain else at


def _end_of_large(text: str, at: int) -> int:
    """Where a list or an object ends: from bracket to bracket, what is small or flat inside it at once."""
    depth, at = 1, at + 1
    while depth:
        match = _TO_BRACKET.match(text, at)
        at = match.end() if match is not None else at
        if text[at] in "]}":
            depth, at = depth - 1, at + 1
            continue
        inner = _CONTAINER.match(text, at)
        flat = _end_of_flat(text, at) if inner is None and text[at] == "[" else None
        if inner is None and flat is None:
            depth += 1
        at = inner.end() if inner is not None else flat or at + 1
    return at


def _end_of_flat(text: str, at: int) -> int | None:
    """Where a list ends; None when it holds text, lists or objects."""
    end = text.find("]", at)
    return None if any(text.find(char, at + 1, end) >= 0 for char in '"[{') else end + 1


def _end_of_string(text: str, at: int) -> int:
    match = _ONE_STRING.match(text, at)
    return match.end() if match is not None else len(text)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at
