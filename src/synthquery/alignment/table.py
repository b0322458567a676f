"""A table of counts on its way to a model: numbers, gene names, sample names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.errors import CountsDataError
from synthquery.resources import load_toml

_SMALL: Final = np.iinfo(np.int32)


@dataclass(frozen=True, eq=False)
class CountsTable:
    """Counts as they were read.

    Attributes
    ----------
    values
        Samples x genes: a 2-D numpy array or a scipy CSR matrix, of any numeric type.
    genes
        Name of each column, as it was written.
    samples
        Name of each row; empty when the data have none.
    source
        What to call the data in messages.
    notes
        What was left out while reading, as sentences.
    advice
        What to do when the values turn out not to be raw counts; empty when nothing is known.
    """

    values: Any
    genes: Sequence[str]
    samples: Sequence[str] = ()
    source: str = "the counts"
    notes: tuple[str, ...] = field(default=())
    advice: str = ""

    def __post_init__(self) -> None:
        n_samples, n_genes = self.values.shape
        if n_genes != len(self.genes):
            turned = "; rows are samples, so turn it round" if n_samples == len(self.genes) else ""
            raise CountsDataError(
                f"{self.source}: {n_genes:,} columns of counts, {len(self.genes):,} gene names{turned}"
            )
        if self.samples and n_samples != len(self.samples):
            raise CountsDataError(
                f"{self.source}: {n_samples:,} rows of counts, {len(self.samples):,} sample names"
            )
        if not n_samples or not n_genes:
            raise CountsDataError(f"{self.source}: there are no counts in it")

    def part(self, rows: slice) -> CountsTable:
        """Some of the samples."""
        return replace(self, values=self.values[rows], samples=self.samples[rows])


@cache
def facts() -> dict[str, Any]:
    """The facts in ``data/counts.toml``."""
    return load_toml("counts.toml")


def narrow(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """64-bit integers in half of their bytes, where they fit; other numbers as they are."""
    if numbers.dtype != np.int64 or not numbers.size:
        return numbers
    fits = _SMALL.min <= numbers.min() and numbers.max() <= _SMALL.max
    return numbers.astype(_SMALL.dtype) if fits else numbers


def is_sparse(values: Any) -> bool:
    """Whether values are a scipy matrix or array of sparse form."""
    return hasattr(values, "tocsr") and hasattr(values, "nnz")
