"""Columns of record batches as matrices and rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import accumulate
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.errors import ResultError
from synthquery.prediction.extras import import_extra
from synthquery.query.counts import CountsError, counts_vector

_BLOCK: Final = 1 << 16  # numbers copied and looked at while they are in the cache of the processor
_LARGE: Final = 1 << 25  # bytes from which a second thread pays
_LISTS: Final = re.compile("(large_|fixed_size_)?list(_view)?<")


class Vectors:
    """Equally long lists of numbers, one a sample, gathered into one matrix.

    Parameters
    ----------
    what
        What they are, for messages.
    dtype
        int64 for counts, which must be whole and not negative, or float64.
    n_samples
        How many samples will come, to copy them into one matrix as they arrive; None when it is not known, or all
        are in memory anyway: views of them wait until the last has come.
    width
        How long each list must be; the length of the first when None.
    in_place
        Whether a single batch may be used where it lies: nobody will write there.
    """

    def __init__(
        self,
        what: str,
        dtype: np.dtype[Any],
        n_samples: int | None,
        width: int | None,
        *,
        in_place: bool = True,
    ) -> None:
        self._what = what
        self._dtype = dtype
        self._n_samples = n_samples
        self._width = width
        self._in_place = in_place
        self._whole: npt.NDArray[Any] | None = None
        self._filled = 0
        self._waiting: list[npt.NDArray[Any]] = []
        self._type: Any = None  # of the columns, once it was looked at

    def add(self, column: Any) -> None:
        """Take the lists of one batch.

        Raises
        ------
        ResultError
            When lists are missing, not equally long, or hold what they must not.
        """
        if not len(column):
            return
        values = self._rectangle(column)
        if self._whole is None and self._n_samples is not None and self._n_samples != len(values):
            self._make(self._n_samples, values.shape[1])
        if self._whole is None:
            self._waiting.append(values)
        elif self._filled + len(values) > len(self._whole):
            raise ResultError(f"{len(self._whole):,} samples were asked for, the result has more")
        else:
            self._put(values, self._whole, self._filled)
        self._filled += len(column)

    def matrix(self) -> npt.NDArray[Any] | None:
        """All lists, a row each; None when there were none. To be asked for once all were added."""
        if self._whole is None and self._waiting:
            waiting, self._waiting = self._waiting, []
            if len(waiting) == 1 and waiting[0].dtype == self._dtype and self._in_place:
                self._look(waiting[0].reshape(-1), 0)
                return waiting[0]
            self._whole = np.empty((self._filled, waiting[0].shape[1]), dtype=self._dtype)
            self._put_all(waiting, self._whole)
        return None if self._whole is None else self._whole[: self._filled]

    def _make(self, n_samples: int, width: int) -> None:
        try:
            self._whole = np.empty((n_samples, width), dtype=self._dtype)
        except (MemoryError, ValueError):  # more was asked for than fits; what comes may be less
            self._n_samples = None

    def _put_all(self, waiting: list[npt.NDArray[Any]], whole: npt.NDArray[Any]) -> None:
        """Copy all batches; much of it with two threads, for numpy copies without holding the interpreter."""
        jobs = list(zip(waiting, accumulate((len(values) for values in waiting), initial=0), strict=False))
        if whole.nbytes < _LARGE:
            self._put_some(jobs, whole)
            return
        half = len(whole) // 2
        upper = [(values[: max(0, half - first)], first) for values, first in jobs]
        lower = [(values[max(0, half - first) :], max(first, half)) for values, first in jobs]
        with ThreadPoolExecutor(1) as other:
            done = other.submit(self._put_some, lower, whole)
            self._put_some(upper, whole)
        done.result()

    def _put_some(self, jobs: list[tuple[npt.NDArray[Any], int]], whole: npt.NDArray[Any]) -> None:
        for values, first in jobs:
            self._put(values, whole, first)

    def _put(self, values: npt.NDArray[Any], whole: npt.NDArray[Any], first: int) -> None:
        """Copy the lists of some samples to their rows, a block at a time."""
        numbers, target = values.reshape(-1), whole[first : first + len(values)].reshape(-1)
        unsure = self._dtype.kind == "i" and (numbers.dtype.kind == "f" or numbers.dtype == np.uint64)
        for start in range(0, len(numbers), _BLOCK):
            block = numbers[start : start + _BLOCK]
            target[start : start + _BLOCK] = self._counts(block, start, first) if unsure else block
            self._look(block, first, start)

    def _look(self, numbers: npt.NDArray[Any], first: int, start: int = 0) -> None:
        """Refuse negative counts."""
        if self._dtype.kind == "i" and len(numbers) and numbers.min() < 0:
            self._counts(numbers, start, first)

    def _rectangle(self, column: Any) -> npt.NDArray[Any]:
        """The lists as a matrix, without a copy."""
        if column.type != self._type:  # all batches of a stream have one
            if not _LISTS.match(str(column.type)):
                raise ResultError(f"{self._what} are lists of numbers, not {column.type}")
            self._type = column.type
        if column.null_count:
            at = f"outputs[{self._filled}] and following"
            raise ResultError(f"{self._what} of {at}: {column.null_count:,} samples have none")
        flat, lengths = _flat(column)
        if flat.null_count:
            at = f"outputs[{self._filled}] and following"
            raise ResultError(f"{self._what} of {at}: {flat.null_count:,} numbers are missing")
        width = int(lengths[0]) if self._width is None else self._width
        if (lengths != width).any():
            wrong = int((lengths != width).argmax())
            raise ResultError(
                f"outputs[{self._filled + wrong}] has {int(lengths[wrong]):,} {self._what} instead of {width:,}"
            )
        self._width = width
        try:
            numbers = flat.to_numpy(zero_copy_only=False)
        except (NotImplementedError, ValueError) as error:
            raise ResultError(f"{self._what} are lists of numbers, not {column.type}") from error
        if numbers.dtype.kind not in "iuf":
            raise ResultError(f"{self._what} are lists of numbers, not {column.type}")
        matrix: npt.NDArray[Any] = numbers.reshape(len(column), width)
        return matrix

    def _counts(self, block: npt.NDArray[Any], start: int, first: int) -> npt.NDArray[np.int64]:
        """A block as counts; `start` numbers after those of the sample `first`."""
        try:
            return counts_vector(block)
        except CountsError as error:
            place = start + (error.position[0] if error.position else 0)
            row, gene = divmod(place, self._width or 1)
            reason = str(error).partition(" ")[2].partition(" ")[2].partition(";")[0]
            raise ResultError(f"outputs[{first + row}]: count {gene} {reason}") from error


def _flat(column: Any) -> tuple[Any, npt.NDArray[Any]]:
    """The numbers of all lists of a column in which none is missing, and how many each has."""
    kind = str(column.type) if not hasattr(column, "offsets") or hasattr(column, "sizes") else ""
    if kind.startswith("fixed_size_list"):
        return column.flatten(), np.full(len(column), column.type.list_size)
    if kind:
        return column.flatten(), column.value_lengths().to_numpy(zero_copy_only=False)
    offsets = column.offsets.to_numpy()
    flat, first, end = column.values, int(offsets[0]), int(offsets[-1])
    if first or end < len(flat):  # a part of a larger column
        flat = flat.slice(first, end - first)
    return flat, offsets[1:] - offsets[:-1]


def joined(column: Any) -> list[Any]:
    """A column in several pieces as a single one; the pieces where pyarrow cannot join them."""
    if column.num_chunks > 1:
        pa = import_extra("pyarrow", "arrow", "an Arrow stream")
        # Words of two dictionaries that do not fit into one; more than the offsets of a single list hold.
        with suppress(pa.ArrowException, NotImplementedError, TypeError):
            column = pa.chunked_array([column.combine_chunks()])
    pieces: list[Any] = column.chunks
    return pieces


def rows_of(column: Any) -> list[Any]:
    """A column of objects as one dict a row; None where there is none."""
    if not _is_struct(column) or column.null_count:
        return [dict(row) if isinstance(row, list) else row for row in column.to_pylist()]
    names = [field.name for field in column.type]
    if not names:
        return [{} for _ in range(len(column))]
    values = (column.field(place).to_pylist() for place in range(len(names)))
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _is_struct(column: Any) -> bool:
    return str(column.type).startswith("struct<")


class Probabilities:
    """Probabilities by label by field, gathered over batches; a label a sample lacks has probability 0."""

    def __init__(self) -> None:
        self._fields: dict[str, list[tuple[tuple[str, ...], npt.NDArray[np.float64]]]] = {}

    def add(self, column: Any) -> None:
        """Take one batch: structs (or maps) of labels within a struct of fields."""
        if not _is_struct(column):
            raise ResultError(f"classifier_probs are objects by field, not {str(column.type)[:80]}")
        for place, field in enumerate(column.type):
            self._fields.setdefault(field.name, []).append(_label_table(field.name, column.field(place)))

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], npt.NDArray[np.float64]]]:
        """Name, labels and probabilities of each field."""
        for name, parts in self._fields.items():
            labels = tuple(dict.fromkeys(label for names, _ in parts for label in names))
            yield name, labels, np.concatenate([_spread(names, values, labels) for names, values in parts])


def _label_table(name: str, column: Any) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    try:
        if not _is_struct(column):
            return _of_dicts(rows_of(column))
        values = [child.fill_null(0.0).to_numpy(zero_copy_only=False) for child in column.flatten()]
        labels = tuple(field.name for field in column.type)
        return labels, np.array(values, dtype=np.float64).reshape(len(labels), len(column)).T
    except (AttributeError, TypeError, ValueError, NotImplementedError) as error:
        raise ResultError(f"classifier_probs of {name} are not numbers by label") from error


def _of_dicts(rows: list[Mapping[str, float] | None]) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    present = [row or {} for row in rows]
    labels = tuple(dict.fromkeys(label for row in present for label in row))
    values = [[row.get(label, 0.0) for label in labels] for row in present]
    return labels, np.array(values, dtype=np.float64).reshape(len(rows), len(labels))


def _spread(
    names: tuple[str, ...], values: npt.NDArray[np.float64], labels: tuple[str, ...]
) -> npt.NDArray[np.float64]:
    if names == labels:
        return values
    spread = np.zeros((len(values), len(labels)))
    spread[:, [labels.index(name) for name in names]] = values
    return spread
