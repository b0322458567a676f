"""Equally long lists of numbers as the rows of one matrix, so that nobody has to stack them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


class Rows:
    """Takes lists as they are read; those of one length and type lie in one matrix, in order.

    Parameters
    ----------
    sizes
        Bytes of text of every list that may come.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = sorted(sizes)
        self._matrices: dict[tuple[int, np.dtype[Any]], Numbers] = {}
        self._used: dict[tuple[int, np.dtype[Any]], int] = {}

    def keep(self, numbers: Numbers) -> Numbers:
        """The same numbers as a row of the matrix of their kind."""
        kind = (len(numbers), numbers.dtype)
        matrix = self._matrices.get(kind)
        if matrix is None:
            # No shorter text than this has so many numbers. Memory that is never written to is never taken.
            most = len(self._sizes) - bisect_left(self._sizes, 2 * len(numbers) + 1)
            matrix = self._matrices[kind] = np.empty((most, len(numbers)), numbers.dtype)
        at = self._used.get(kind, 0)
        self._used[kind] = at + 1
        row: Numbers = matrix[at]
        row[:] = numbers
        return row


def matrix_of(rows: Sequence[Numbers]) -> Numbers:
    """The matrix that has these rows, in this order.

    Parameters
    ----------
    rows
        Equally long arrays of one dimension, at least one.

    Returns
    -------
    numpy.ndarray
        Of shape ``(len(rows), len(rows[0]))``: a view, without a copy, where the rows lie one after the other
        in one matrix already, as those of `read_result` do; else a new array.

    Raises
    ------
    ValueError
        When there is no row, or they are not equally long.
    """
    first = rows[0] if len(rows) else np.empty(0)
    base = first.base
    if not (
        isinstance(base, np.ndarray)
        and base.ndim == 2
        and base.flags.c_contiguous
        and (base.shape[1:], base.dtype) == (first.shape, first.dtype)
        and base.strides[0]
    ):
        return np.stack(rows)
    width, start = base.strides[0], first.ctypes.data
    if any(
        row.base is not base or row.shape != first.shape or row.ctypes.data != start + at * width
        for at, row in enumerate(rows)
    ):
        return np.stack(rows)
    at = (start - base.ctypes.data) // width
    matrix: Numbers = base[at : at + len(rows)]
    return matrix
