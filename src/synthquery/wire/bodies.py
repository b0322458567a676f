"""Request bodies -> JSON bytes, piece by piece, counts straight from arrays and sparse rows.

`json` writes everything but the arrays; of these it sees a short stand-in. The numbers of an array are written
by `number_text`, so that no count is ever a Python integer and only one sample at a time is text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from synthquery.wire.memory import keep_freed_memory
from synthquery.wire.number_text import text_size, texts_of

_COMPACT: Final = (",", ":")
_SPACED: Final = (", ", ": ")


def body_chunks(
    body: Mapping[str, Any], *, spaced: bool = False, ensure_ascii: bool = True
) -> Iterator[bytes]:
    """The JSON of a request body.

    Parameters
    ----------
    body
        What is sent. Besides what `json` writes, there may be numpy arrays (of one dimension a list, of more
        lists in lists), rows of scipy sparse matrices (a list with its zeros), pandas Series, numpy numbers and
        read-only mappings anywhere in it.
    spaced
        True for a space after commas and colons, as `json.dumps` writes by itself; False for none.
    ensure_ascii
        As in `json.dumps`.

    Yields
    ------
    bytes
        Pieces of some hundred kilobytes at most where there are arrays; together they are, to the byte, what
        ``json.dumps`` gives for the same body with lists of Python numbers. The next piece is made when it is
        asked for: the body must not change before the last one.

    Raises
    ------
    ValueError
        For NaN and infinite numbers, which JSON does not have.
    TypeError
        For what JSON cannot hold.
    """
    skeleton = _skeleton(body, spaced, ensure_ascii)
    comma = (_SPACED if spaced else _COMPACT)[0].encode()
    keep_freed_memory()
    for piece, array in zip(skeleton.pieces, [*skeleton.arrays, None], strict=True):
        yield piece.encode()
        if array is not None:
            yield b"["
            yield from texts_of(_dense(array), comma)
            yield b"]"


def body_size(body: Mapping[str, Any], *, spaced: bool = False, ensure_ascii: bool = True) -> int:
    """How many bytes `body_chunks` gives, counted without writing the numbers: for ``Content-Length``."""
    skeleton = _skeleton(body, spaced, ensure_ascii)
    comma = (_SPACED if spaced else _COMPACT)[0].encode()
    rest = sum(len(piece.encode()) for piece in skeleton.pieces)
    return rest + sum(2 + text_size(_dense(array), comma) for array in skeleton.arrays)


class _Skeleton(NamedTuple):
    """The text before, between and after the arrays."""

    pieces: list[str]
    arrays: list[Any]


def _skeleton(body: Mapping[str, Any], spaced: bool, ensure_ascii: bool) -> _Skeleton:
    for number in count():
        stand_in = f"\0{number}\0"
        arrays: list[Any] = []
        encoder = json.JSONEncoder(
            ensure_ascii=ensure_ascii,
            allow_nan=False,
            separators=_SPACED if spaced else _COMPACT,
            default=lambda value, arrays=arrays, stand_in=stand_in: _plain(value, arrays, stand_in),
        )
        pieces = encoder.encode(body if isinstance(body, dict) else dict(body)).split(json.dumps(stand_in))
        if len(pieces) == len(arrays) + 1:  # else the body holds the text of the stand-in itself
            break
    return _Skeleton(pieces, arrays)


def _plain(value: Any, arrays: list[Any], stand_in: str) -> Any:
    """Something that `json` writes in the place of what it does not know."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "toarray"):  # scipy
        if len(value.shape) == 2 and value.shape[0] != 1:
            return list(value.toarray())
    elif isinstance(value, np.ndarray):
        if value.ndim != 1:
            return list(value) if value.ndim else value.item()
    elif hasattr(value, "to_numpy"):  # pandas
        return value.to_numpy()
    else:
        raise TypeError(f"a body cannot hold a Python {type(value).__name__}")
    arrays.append(value)
    return stand_in


def _dense(array: Any) -> npt.NDArray[Any]:
    dense: npt.NDArray[Any] = array.toarray() if hasattr(array, "toarray") else array
    return dense.reshape(-1)
