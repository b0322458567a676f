"""Counts of which most are zero, kept as rows of (gene, count) pairs: compressed sparse rows in plain numpy.

scipy is not needed to keep them, only to hand them over (`SparseCounts.to_scipy`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synthquery.prediction.extras import import_extra

Integers = npt.NDArray[np.int64] | npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class SparseCounts:
    """Raw counts of some samples, without the zeros.

    Attributes
    ----------
    data
        The counts that are not zero, sample after sample.
    indices
        The column (gene) of each, increasing within a sample.
    indptr
        Where each sample starts in `data`, and the end: ``n_samples + 1`` numbers.
    n_genes
        How many columns there are.
    """

    data: Integers
    indices: Integers
    indptr: Integers
    n_genes: int

    @classmethod
    def from_rows(
        cls, columns: Sequence[Integers], values: Sequence[npt.NDArray[np.int64]], n_genes: int
    ) -> SparseCounts:
        """Counts from the columns and the values of each sample, in any order within the sample."""
        ordered = [np.argsort(row, kind="stable") for row in columns]
        lengths = np.array([0, *(len(row) for row in columns)], dtype=np.int64)
        none = [np.empty(0, dtype=np.int64)]
        return cls(
            np.concatenate([row[order] for row, order in zip(values, ordered, strict=True)] or none),
            np.concatenate([row[order] for row, order in zip(columns, ordered, strict=True)] or none),
            np.cumsum(lengths),
            n_genes,
        )

    @classmethod
    def from_scipy(cls, matrix: Any) -> SparseCounts:
        """Counts from any scipy sparse matrix of integers; shares its arrays when it is sorted CSR."""
        rows = matrix.tocsr()
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        return cls(rows.data, rows.indices, rows.indptr, int(rows.shape[1]))

    @classmethod
    def from_array(cls, counts: Integers) -> SparseCounts:
        """Counts without the zeros of an array, samples x genes."""
        rows, columns = np.nonzero(counts)
        indptr = np.searchsorted(rows, np.arange(len(counts) + 1))
        return cls(counts[rows, columns], columns, indptr, int(counts.shape[1]))

    @classmethod
    def concatenated(cls, parts: Sequence[SparseCounts]) -> SparseCounts:
        """The samples of several, one after another."""
        starts = np.cumsum([0, *(len(part.data) for part in parts)])
        indptr = [part.indptr[:-1] + start for part, start in zip(parts, starts[:-1], strict=True)]
        return cls(
            np.concatenate([part.data for part in parts]),
            np.concatenate([part.indices for part in parts]),
            np.concatenate([*indptr, starts[-1:]]),
            parts[0].n_genes,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_samples, n_genes)``."""
        return len(self), self.n_genes

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def reads(self) -> npt.NDArray[np.int64]:
        """The sum of the counts of each sample."""
        total = np.concatenate([[0], np.cumsum(self.data, dtype=np.int64)])
        sums: npt.NDArray[np.int64] = np.diff(total[self.indptr])
        return sums

    def row(self, number: int) -> tuple[Integers, Integers]:
        """Columns and counts of one sample."""
        start, stop = self.indptr[number : number + 2]
        return self.indices[start:stop], self.data[start:stop]

    def take(self, rows: Iterable[int]) -> SparseCounts:
        """The samples at these places, in this order."""
        found = [self.row(number) for number in rows]
        columns, values = [one[0] for one in found], [one[1].astype(np.int64, copy=False) for one in found]
        return SparseCounts.from_rows(columns, values, self.n_genes)

    def toarray(self, dtype: npt.DTypeLike = np.int64) -> npt.NDArray[Any]:
        """Samples x genes with the zeros."""
        dense = np.zeros(self.shape, dtype=dtype)
        rows = np.repeat(np.arange(len(self)), np.diff(self.indptr))
        dense[rows, self.indices] = self.data
        return dense

    def to_scipy(self) -> Any:
        """A ``scipy.sparse.csr_matrix`` of the same arrays.

        Raises
        ------
        MissingExtraError
            When scipy is not installed (``pip install "synthquery[sparse]"``).
        """
        sparse = import_extra("scipy.sparse", "sparse", "a sparse matrix")
        return sparse.csr_matrix((self.data, self.indices, self.indptr), shape=self.shape, copy=False)


def is_scipy_sparse(value: object) -> bool:
    """Whether `value` is a sparse matrix or array of scipy; imports nothing."""
    return hasattr(value, "tocsr") and hasattr(value, "shape")
