"""JSON whose long lists of numbers become arrays, without one Python object a number.

The lists are found by a regular expression that knows what is text in quotes, and are read by
`synthquery.wire.numbers`; `json` reads the rest. What else is long in a result is read apart, too: counts by gene, and
the names of the genes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from mmap import mmap
from typing import Any, Final

import numpy as np
from pydantic_core import from_json

from synthquery.wire.gene_counts import gene_counts
from synthquery.wire.memory import keep_freed_memory
from synthquery.wire.numbers import Bytes, whole_numbers
from synthquery.wire.possessive import repeated
from synthquery.wire.rows import Numbers, Rows
from synthquery.wire.stand_ins import Part, loads_around
from synthquery.wire.text_lists import text_list

Source = bytes | memoryview | mmap

LONG: Final = 200  # bytes of a list; what is shorter stays a Python list
_FEW: Final = 3_000  # bytes of a list that a parser reads faster than arrays are set up
_STRING: Final = '"' + repeated(r'[^"\\]++|\\.') + '"'
_LONG_LIST: Final = rf'\[[ \t\n\r]*+[-\dNI][^\[\]{{}}"]{{{LONG - 2}}}'
_TO_LIST: Final = re.compile(repeated(rf'[^"\[]++|{_STRING}|(?!{_LONG_LIST})\[').encode("ascii"), re.DOTALL)
_SOME: Final = 100  # counts by gene in an object that `json` reads faster
_BY_GENE: Final = rf'\{{(?:"ENSG\d{{11}}": ?\d{{1,18}}, ?){{{_SOME}}}'
_LONG_TEXTS: Final = rf'\[[ \t\n\r]*+"[^\\\[\]{{}}]{{{LONG - 2}}}'
_TO_ANY: Final = re.compile(
    repeated(rf'[^"\[{{]++|{_STRING}|(?!{_LONG_LIST})(?!{_LONG_TEXTS})\[|(?!{_BY_GENE})\{{').encode("ascii"),
    re.DOTALL,
)
_TEXT_FIRST: Final = re.compile(rb'\[[ \t\n\r]*+"')
_WINDOW: Final = 1 << 17
_QUOTE, _OPENING, _CLOSING, _BRACE, _END = (np.uint8(ord(one)) for one in '"[]{}')
_IS_MARK: Final = np.isin(np.arange(256), np.frombuffer(b'[]{}"', dtype=np.uint8))
_EXACT: Final = 2**53  # up to here every whole number is a float


def loads(source: Source) -> Any:
    """As `json.loads` of text in UTF-8; every long list of numbers is a 1-D array.

    Parameters
    ----------
    source
        The text, without a byte order mark.

    Returns
    -------
    object
        What `json` reads, but with the arrays of `number_lists`, and counts by gene as `GeneCounts`.

    Raises
    ------
    TextFault
        When the text is no JSON, no UTF-8, or nested too deeply.
    """
    return loads_around(source, number_lists(source, of_result=True))


def number_lists(source: Source, *, exact: bool = False, of_result: bool = False) -> list[Part]:
    """The long lists of numbers in JSON text, in order, as 1-D arrays.

    Parameters
    ----------
    source
        The text in UTF-8.
    exact
        True takes only what ``tolist`` gives back to the type of each number and what equals itself: no list in
        which some numbers are whole and some are not, none with NaN or infinite numbers. These arrays are
        read-only, so that a query can keep them without a copy.
    of_result
        Whether what else is long in a result is taken, too: objects of counts by Ensembl ID, more than a hundred, as
        `GeneCounts`, and lists of texts as Python lists.

    Returns
    -------
    list of Part
        Lists whose text is at least `LONG` bytes: int64 where all numbers are whole and fit, float64 where they
        are not and lose nothing by it. Lists of one length are rows of one matrix, in the order in which they
        stand in the text (`matrix_of`). What begins as such a list and holds something else is a Python list,
        and what is no JSON is not among them.
    """
    keep_freed_memory()
    letters = np.frombuffer(source, dtype=np.uint8) if len(source) else np.empty(0, np.uint8)
    spans = list(_spans(source, letters, of_result=of_result))
    rows = Rows([span.end - span.start for span in spans if span.value is None])
    parts: list[Part] = []
    for start, end, value in spans:
        if value is not None:
            parts.append(Part(start, end, value))
            continue
        numbers = _numbers(letters[start:end], exact=exact)
        if numbers is not None:
            if isinstance(numbers, np.ndarray):
                numbers = rows.keep(numbers)
                numbers.setflags(write=not exact)
            parts.append(Part(start, end, numbers))
    return parts


def _spans(source: Source, letters: Bytes, *, of_result: bool) -> Iterator[Part]:
    """Where long lists are, in order, each from its bracket on; none is inside quotes or has a list inside.

    The value is None where the list begins with a number and is still to be read.
    """
    pattern = _TO_ANY if of_result else _TO_LIST
    at = 0
    while True:
        match = pattern.match(source, at)
        start = match.end() if match else at
        if start >= len(letters) or letters[start] == _QUOTE:
            return  # the end, or a string without one
        in_list = letters[start] == _OPENING
        if in_list and _TEXT_FIRST.match(source, start):
            end = _next_mark(letters, start + 1, quotes=False) + 1
            closed = end <= len(letters) and letters[end - 1] == _CLOSING
            texts = text_list(letters[start:end]) if closed else None
            at = start + 1 if texts is None else end
            if texts is not None:
                yield Part(start, end, texts)
            continue
        at = _next_mark(letters, start + 1, quotes=bool(in_list))
        if at < len(letters) and letters[at] == (_CLOSING if in_list else _END):
            at += 1
            counts = None if in_list else gene_counts(letters[start:at])
            if in_list or counts is not None:
                yield Part(start, at, counts)


def _next_mark(letters: Bytes, at: int, *, quotes: bool) -> int:
    """Where the next bracket or brace, or quote if these are asked for, stands, or the end."""
    width = 1 << 12
    while at < len(letters):
        window = letters[at : at + width]
        found = window >= _OPENING  # brackets, braces and small letters
        if quotes:
            found |= window == _QUOTE
        near = np.flatnonzero(found)
        marks = near[_IS_MARK[window[near]]] if len(near) else near
        if len(marks):
            return at + int(marks[0])
        at += width
        width = min(4 * width, _WINDOW)
    return len(letters)


def _numbers(letters: Bytes, *, exact: bool) -> Numbers | list[Any] | None:
    """The numbers of a list; a Python list where an array cannot hold them, None for what is no JSON."""
    numbers = whole_numbers(letters) if len(letters) > _FEW else None
    if numbers is not None:
        return numbers
    try:
        given = _as_python(letters.tobytes())
    except (ValueError, RecursionError):
        return None
    kinds = set(map(type, given))
    try:
        if kinds == {int}:
            return np.array(given, dtype=np.int64)
    except OverflowError:  # more than 64 bits
        return given
    if kinds == {float} or (kinds == {int, float} and not exact and _all_fit(given)):
        fractions = np.array(given, dtype=np.float64)
        return fractions if not exact or bool(np.isfinite(fractions).all()) else given
    return given


def _as_python(text: bytes) -> list[Any]:
    """A list as `json` reads it; pydantic's parser gives the same numbers in a quarter of the time."""
    given: list[Any]
    try:
        given = from_json(text) if b"NaN" not in text else json.loads(text)  # one NaN, as `json` has it
    except ValueError:  # a fault, or so many digits that `json` takes them for infinite
        given = json.loads(text.decode("latin-1"))
    return given


def _all_fit(values: list[Any]) -> bool:
    """Whether every whole number among some numbers is a float, too."""
    return all(type(value) is float or -_EXACT <= value <= _EXACT for value in values)
