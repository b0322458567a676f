"""A long list of whole numbers, from its JSON text straight to an array.

A list of counts is most of what travels, and Python integers are most of what reading it costs. Here nothing is
done once for each number in Python: the value of every run of digits is built up for all bytes at once (two
digits, then four), and is picked up where the runs end. Only what is plain is read here; everything else is for
`json`, which also says what is wrong.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]

MOST_DIGITS: Final = 18  # what always fits into 64 bits
_PIECE: Final = 1 << 17  # bytes at a time: what is made of them stays in the processor's cache
_COMMA, _MINUS, _ZERO = (np.uint8(ord(one)) for one in ",-0")
_SPACES: Final = tuple(np.uint8(ord(one)) for one in " \n\r\t")


def whole_numbers(letters: Bytes) -> Whole | None:
    """The whole numbers of a list.

    Parameters
    ----------
    letters
        The text of the list as bytes, with its brackets; spaces may come after a comma and inside the brackets.

    Returns
    -------
    numpy.ndarray or None
        The very numbers that `json` reads, in order; None for what is left to `json`: no list of whole numbers,
        none of more than 18 digits, another layout, an empty list, or a fault.
    """
    edges = _edges(letters)
    if edges is None:
        return None
    found: list[Whole] = []
    for start, end in pairwise(edges):
        piece = _piece(letters[start : end + 1])
        if piece is None:
            return None
        found.append(piece)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _edges(letters: Bytes) -> list[int] | None:
    """Places between which there are whole numbers: the brackets, and a comma every so many bytes."""
    edges = [0]
    last = len(letters) - 1
    while last - edges[-1] > _PIECE * 3 // 2:
        near = edges[-1] + _PIECE
        commas = np.flatnonzero(letters[near : near + 1_000] == _COMMA)
        if not len(commas):
            return None
        edges.append(near + int(commas[0]))
    return [*edges, last]


def _piece(letters: Bytes) -> Whole | None:
    """The numbers between the first and the last byte, which are brackets or commas."""
    value = letters - _ZERO
    digit = value < 10
    ends = np.flatnonzero(digit[:-1] > digit[1:])
    n_numbers = len(ends)
    inner = letters[1:-1]
    comma = inner == _COMMA
    n_commas = int(np.count_nonzero(comma))
    n_others = len(inner) - int(np.count_nonzero(digit))
    if not n_numbers or n_commas != n_numbers - 1:
        return None
    # As many gaps as commas, every comma right behind a digit, none behind the last: one in each gap.
    behind_digits = int(np.count_nonzero(comma[1:] & digit[1:-2]))
    if behind_digits != n_commas or comma[0] or comma[ends[-1] :].any():
        return None
    if n_others == n_commas:  # nothing but digits and single commas
        starts = np.empty_like(ends)
        starts[0] = 0
        np.add(ends[:-1], 1, out=starts[1:])
        minus = None
    else:
        starts = np.flatnonzero(digit[:-1] < digit[1:])
        minus = np.flatnonzero(inner == _MINUS)
        n_spaces = sum(int(np.count_nonzero(inner == space)) for space in _SPACES)
        if n_others != n_commas + n_spaces + len(minus):
            return None
    lengths = ends - starts
    if int(lengths.max()) > MOST_DIGITS or _leading_zero(letters, digit):
        return None
    numbers = _values(value, digit.view(np.uint8), ends, lengths)
    if minus is not None and len(minus):
        return _signed(numbers, digit, ends, minus + 1)
    return numbers


def _leading_zero(letters: Bytes, digit: npt.NDArray[np.bool_]) -> bool:
    """Whether a number goes on after a zero at its start, which JSON forbids."""
    zero = letters[1:-1] == _ZERO
    zero &= digit[2:]
    zero &= ~digit[:-2]
    return bool(zero.any())


def _signed(
    numbers: Whole, digit: npt.NDArray[np.bool_], ends: npt.NDArray[np.intp], minus: npt.NDArray[np.intp]
) -> Whole | None:
    if not digit[minus + 1].all() or digit[minus - 1].any():
        return None
    numbers[np.searchsorted(ends, minus)] *= -1
    return numbers


def _values(value: Bytes, digit: Bytes, ends: npt.NDArray[np.intp], lengths: npt.NDArray[np.intp]) -> Whole:
    """What the runs of digits mean that end at `ends`."""
    four = _last_four(value, digit)
    numbers = four.take(ends).astype(np.int64)
    longer = np.flatnonzero(lengths > 4)
    for done in range(4, MOST_DIGITS, 4):
        if not len(longer):
            break
        numbers[longer] += four.take(ends[longer] - done).astype(np.int64) * 10**done
        longer = longer[lengths[longer] > done + 4]
    return numbers


def _last_four(value: Bytes, digit: Bytes) -> npt.NDArray[np.uint16]:
    """For every byte the number that the last up to four digits of its run make, itself the last; 0 elsewhere."""
    value *= digit
    tens = value[:-1] * np.uint8(10)
    tens *= digit[1:]
    value[1:] += tens
    four = value.astype(np.uint16)
    hundreds = (value[:-2] * digit[1:-1]).astype(np.uint16)
    hundreds *= np.uint16(100)
    hundreds *= digit[2:]
    four[2:] += hundreds
    return four
