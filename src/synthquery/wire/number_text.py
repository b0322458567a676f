"""An array of numbers as the text of a JSON list: all numbers at once, digit by digit.

Every number is written as wide as the widest beside it, with zero bytes in front that are taken out afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_PIECE: Final = 1 << 14  # numbers at a time: what is made of them stays in the processor's cache
_ZERO: Final = np.uint8(ord("0"))
_NARROW: Final = 2**32


def texts_of(numbers: npt.NDArray[Any], comma: bytes = b",") -> Iterator[bytes]:
    """The numbers with commas between them, without brackets, in pieces.

    Parameters
    ----------
    numbers
        Of one dimension. Whole numbers are written fast; others as `json` writes them.
    comma
        What to put between two numbers.

    Raises
    ------
    ValueError
        For NaN and infinite numbers.
    """
    for start in range(0, len(numbers), _PIECE):
        piece = numbers[start : start + _PIECE]
        text = _written(piece, comma) if _plain(piece) else _as_json_writes(piece, comma)
        yield text if start + _PIECE < len(numbers) else text[: -len(comma)]


def text_size(numbers: npt.NDArray[Any], comma: bytes = b",") -> int:
    """How many bytes `texts_of` gives."""
    if not len(numbers):
        return 0
    if not _plain(numbers):
        return sum(len(text) for text in texts_of(numbers, comma))
    size = len(numbers) + len(comma) * (len(numbers) - 1)
    more = numbers[numbers >= 10]
    while len(more):
        size += len(more)
        more = more[more >= 100] // 10
    return size


def _plain(numbers: npt.NDArray[Any]) -> bool:
    return numbers.dtype.kind in "iu" and (numbers.dtype.kind == "u" or int(numbers.min()) >= 0)


def _as_json_writes(numbers: npt.NDArray[Any], comma: bytes) -> bytes:
    text = json.dumps(numbers.tolist(), separators=(comma.decode(), ":"), allow_nan=False)
    return text[1:-1].encode() + comma


def _written(numbers: npt.NDArray[Any], comma: bytes) -> bytes:
    """Non-negative whole numbers, each with a comma behind it."""
    highest = int(numbers.max())
    width = len(str(highest))
    table = np.empty((len(numbers), width + len(comma)), dtype=np.uint8)
    for at, letter in enumerate(comma):
        table[:, width + at] = letter
    rest: npt.NDArray[Any] = numbers.astype(np.uint32 if highest < _NARROW else np.uint64)
    for column in range(width - 1, -1, -1):
        higher = rest // 10
        digit = (rest - higher * 10).astype(np.uint8)
        digit += _ZERO
        if column < width - 1:
            digit *= rest > 0  # no digit in front of the first
        table[:, column] = digit
        rest = higher
    return table.tobytes().translate(None, b"\0")
