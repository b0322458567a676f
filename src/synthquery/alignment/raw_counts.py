"""Whether numbers are raw counts, and what they are when they are not.

Models take whole, non-negative reads or molecules. The marks of other values: whole rows that add up to a million or to
ten thousand (CPM, TPM, scanpy's ``normalize_total``), nothing above 25 (logarithms: ``log2(2**24)`` is 24), negative
values (z-scores, batch-corrected values), fractions otherwise (expected counts of RSEM, Salmon, kallisto).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.alignment.table import CountsTable, is_sparse
from synthquery.errors import CountsDataError

_LARGEST_LOG: Final = 25.0
_ROUND_TOTALS: Final = {1e6: "counts per million (CPM or TPM)", 1e4: "counts per ten thousand"}
_LARGEST: Final = 2.0**63


def whole_counts(table: CountsTable, *, round_expected: bool = False) -> Any:
    """The values of a table as int64, dense or CSR as they were.

    Parameters
    ----------
    table
        Samples x genes.
    round_expected
        Round the fractions of expected counts to the nearest whole number; values with the marks of normalised
        ones are refused all the same.

    Raises
    ------
    CountsDataError
        When the values are no raw counts: what they look like, the first value at fault and what to do.
    """
    values: Any = table.values.tocsr() if is_sparse(table.values) else np.asarray(table.values)
    stored: npt.NDArray[Any] = values.data if is_sparse(values) else values
    if stored.dtype.kind not in "iufb":
        raise CountsDataError(f"{table.source}: counts are numbers, not values of type {stored.dtype}")
    if stored.dtype.kind == "b":
        raise CountsDataError(f"{table.source}: the values are true and false, not counts")
    if stored.size and stored.dtype.kind == "f":
        _refuse(table, values, ~np.isfinite(stored), "missing or infinite", "give 0 for genes without reads")
    if stored.size and stored.dtype.kind != "u":
        _refuse(
            table,
            values,
            stored < 0,
            "negative",
            "z-scores and batch-corrected values are no counts; give raw counts",
        )
    if stored.dtype.kind == "f":
        fractions = stored != np.floor(stored)
        if fractions.any():
            looks = _looks_like(values)
            if looks or not round_expected:
                hint = (
                    ""
                    if looks
                    else "; expected counts of RSEM, Salmon or kallisto may be rounded (round_expected)"
                )
                what = looks or "fractions"
                _refuse(
                    table,
                    values,
                    fractions,
                    f"not whole: the values look like {what}",
                    f"give raw counts{hint}",
                )
            stored = np.rint(stored)
        if stored.size and stored.max() >= _LARGEST:
            _refuse(table, values, stored >= _LARGEST, "larger than 64 bits hold", "give raw counts")
    if is_sparse(values):
        return type(values)((stored.astype(np.int64), values.indices, values.indptr), shape=values.shape)
    return stored.astype(np.int64, copy=False)


def _looks_like(values: Any) -> str:
    """What normalised values these are; empty when only their fractions speak."""
    totals = np.asarray(values.sum(axis=1, dtype=np.float64)).reshape(-1)
    largest = float(values.max())
    for total, name in _ROUND_TOTALS.items():
        if np.allclose(totals[totals > 0], total, rtol=1e-3):
            return name
    some = totals > 0
    if some.sum() > 1 and np.ptp(totals[some]) <= 1e-3 * totals[some].max():
        return f"counts normalised to {totals[some][0]:,.0f} a sample"
    return "logarithms" if 0 < largest <= _LARGEST_LOG else ""


def _refuse(table: CountsTable, values: Any, wrong: npt.NDArray[np.bool_], saying: str, advice: str) -> None:
    """Raise for the first value at fault, with what to do."""
    number = int(wrong.sum())
    if not number:
        return
    sample, gene = _first(values, wrong)
    name = table.samples[sample] if table.samples else f"number {sample}"
    value = values[sample, gene]
    more = f" ({number:,} such values)" if number > 1 else ""
    advice = f"{advice}. {table.advice}" if table.advice else advice
    raise CountsDataError(
        f"{table.source}: the value {value!s} of gene {table.genes[gene]} in sample {name} is {saying}{more}; {advice}"
    )


def _first(values: Any, wrong: npt.NDArray[np.bool_]) -> tuple[int, int]:
    if is_sparse(values):
        stored = int(np.flatnonzero(wrong)[0])
        return int(np.searchsorted(values.indptr, stored, side="right")) - 1, int(values.indices[stored])
    row, column = np.argwhere(wrong)[0]
    return int(row), int(column)
