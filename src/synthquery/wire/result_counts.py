"""Counts of a result, in every shape they come in, as one matrix.

A sample's counts are a list or an array, ``{"counts": [...]}``, or a sparse ``{gene: count}`` (what is missing is
0). Arrays are not copied where they already lie one behind the other; sparse counts stay sparse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.errors import ResultError
from synthquery.prediction import SparseCounts
from synthquery.query.counts import CountsError, counts_vector
from synthquery.wire.gene_counts import GeneColumns, GeneCounts
from synthquery.wire.rows import matrix_of

Matrix = npt.NDArray[np.int64]


def result_counts(
    outputs: Sequence[Mapping[str, Any]], genes: tuple[str, ...], *, decoder: bool = False
) -> Matrix | SparseCounts | None:
    """The counts of all samples; None when no sample has any.

    Parameters
    ----------
    outputs
        The outputs of a result.
    genes
        Its gene order; empty when it does not tell.
    decoder
        Whether counts may stand in ``decoder_sample``.

    Raises
    ------
    ResultError
        When a sample has no counts although others have, another number of them than there are genes, a gene
        that is not in the order, or a value that is no count.
    """
    rows = [_raw(output, decoder=decoder) for output in outputs]
    if all(row is None for row in rows):
        return None
    for place, row in enumerate(rows):
        if row is None:
            raise ResultError(f"outputs[{place}] has no counts")
    if all(isinstance(row, Mapping) for row in rows):
        return _sparse(rows, genes)
    together = _one_block(rows, len(genes))
    if together is not None:
        return together
    return _dense(rows, genes)


def _raw(output: Mapping[str, Any], *, decoder: bool) -> Any:
    counts = output.get("counts")
    if counts is None and decoder:
        counts = output.get("decoder_sample")
    if isinstance(counts, GeneCounts) or not isinstance(counts, Mapping):
        return counts
    nested = counts.get("counts", counts)
    return nested if nested is None or isinstance(nested, list | np.ndarray | Mapping) else counts


def _one_block(rows: Sequence[Any], n_genes: int) -> Matrix | None:
    """Arrays of the same length as one matrix, without a copy where they are its rows; None for anything else."""
    shape = (n_genes,) if n_genes else getattr(rows[0], "shape", ())
    if len(shape) != 1 or any(
        not isinstance(row, np.ndarray) or row.dtype != np.int64 or row.shape != shape for row in rows
    ):
        return None
    matrix: Matrix = matrix_of(rows)
    _refuse_negative(matrix)
    return matrix


def _refuse_negative(matrix: Matrix) -> None:
    if matrix.size and matrix.min() < 0:
        place = int((matrix < 0).any(axis=1).argmax())
        _checked(matrix[place], place)


def _dense(rows: Sequence[Any], genes: tuple[str, ...]) -> Matrix:
    columns = _columns_of(genes)
    matrix: Matrix | None = None
    for place, row in enumerate(rows):
        if isinstance(row, Mapping):
            named, values = _named(row, columns, place)
            vector: Matrix = np.zeros(len(genes), dtype=np.int64)
            vector[named] = values
        else:
            vector = _checked(row, place)
        width = len(genes) or (len(vector) if matrix is None else matrix.shape[1])
        if len(vector) != width:
            raise ResultError(f"outputs[{place}] has {len(vector):,} counts for {width:,} genes")
        if matrix is None:
            matrix = np.empty((len(rows), width), dtype=np.int64)
        matrix[place] = vector
    assert matrix is not None  # there is a row
    return matrix


def _checked(values: Any, place: int, genes: Sequence[str] = ()) -> Matrix:
    """The counts of one sample; `genes` are those of counts by gene, to name the one at fault."""
    try:
        return counts_vector(values)
    except CountsError as error:
        at_fault = f" (of {genes[error.position[0]]:.40})" if genes and error.position else ""
        raise ResultError(f"outputs[{place}]: {error}{at_fault}") from error


def _sparse(rows: Sequence[Mapping[str, Any]], genes: tuple[str, ...]) -> SparseCounts:
    columns = _columns_of(genes)
    found = [_named(row, columns, place) for place, row in enumerate(rows)]
    return SparseCounts.from_rows([one[0] for one in found], [one[1] for one in found], len(genes))


class _Columns:
    """Where genes stand in the order of a result."""

    def __init__(self, genes: tuple[str, ...]) -> None:
        self.genes = genes

    @cached_property
    def by_name(self) -> dict[str, int]:
        return {gene: column for column, gene in enumerate(self.genes)}

    @cached_property
    def by_number(self) -> GeneColumns:
        return GeneColumns(self.genes)


_last_columns: Final[list[_Columns]] = [_Columns(())]  # answers of one model share the order of their genes


def _columns_of(genes: tuple[str, ...]) -> _Columns:
    columns = _last_columns[0]
    if columns.genes != genes:
        columns = _last_columns[0] = _Columns(genes)
    return columns


def _named(counts: Mapping[str, Any], columns: _Columns, place: int) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Columns and values of counts by gene."""
    if not columns.genes:
        raise ResultError(f"outputs[{place}] has counts by gene, but the result has no 'gene_order'")
    if isinstance(counts, GeneCounts):
        named = columns.by_number.of(counts.numbers)
        if named.min() >= 0:
            return named, counts.counts
    try:
        named = np.fromiter(map(columns.by_name.__getitem__, counts), dtype=np.int64, count=len(counts))
    except KeyError as error:
        unknown = str(error.args[0])[:40]
        raise ResultError(f"outputs[{place}] counts {unknown!r}, which is not in 'gene_order'") from None
    values = _checked(list(counts.values()), place, list(counts))
    if len(values) != len(named):
        raise ResultError(f"outputs[{place}] has counts by gene that are lists, not numbers")
    return named, values
