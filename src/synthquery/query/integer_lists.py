"""A list of Python integers as an array, proven to hold nothing else, in one pass of C.

Asking each value for its type and then converting it are two or three passes, which is most of what checking counts in
lists costs. `marshal` writes both in one: a letter for the kind of a value, and the value.
"""

from __future__ import annotations

import marshal
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_VERSION: Final = 2  # of the format: from 3 on what occurs twice is written as a reference
_HEADER: Final = 5  # bytes: the letter of a list or tuple and its length
_RECORD: Final = np.dtype([("kind", "S1"), ("value", "<i4")])
_INTEGER: Final = (
    b"i"  # exactly an int, in 32 bits; bools, floats, None and longer integers have other letters
)
_KNOWN: Final = marshal.dumps([0, -1, 70_000], _VERSION)[_HEADER:] == (
    np.array([(_INTEGER, 0), (_INTEGER, -1), (_INTEGER, 70_000)], dtype=_RECORD).tobytes()
)  # the format is that of CPython; where another Python has another one, there is no short way


def integers_of(values: list[Any] | tuple[Any, ...]) -> npt.NDArray[np.int64] | None:
    """The numbers of a list in which every value is exactly an `int` of at most 32 bits.

    Parameters
    ----------
    values
        Any list or tuple. Nothing of it is called: no method of a value runs.

    Returns
    -------
    numpy.ndarray or None
        int64, a new array; None for every other list, also for an empty one: it is looked at otherwise.
    """
    if not _KNOWN or not values or type(values[0]) is not int or type(values[-1]) is not int:
        return None  # most other lists; what they hold need not be written first
    try:
        text = marshal.dumps(values, _VERSION)
    except ValueError:  # a value that cannot be written
        return None
    # The first record begins behind the header, and one with the letter of an integer has five bytes: the next begins
    # right behind it. So the length and the letters at every fifth byte leave room for nothing else.
    if len(text) != _HEADER + _RECORD.itemsize * len(values):
        return None
    if text[_HEADER :: _RECORD.itemsize].count(_INTEGER) != len(values):
        return None
    return np.frombuffer(text, dtype=_RECORD, offset=_HEADER)["value"].astype(np.int64)
