"""Whether numbers are raw counts, and what they are when they are not.

Models take whole, non-negative reads or molecules. The marks of other values: whole rows that add up to a million or to
ten thousand (CPM, TPM, scanpy's ``normalize_total``), nothing above 25 (logarithms: ``log2(2**24)`` is 24), negative
values (z-scores, batch-corrected values), fractions otherwise (expected counts of RSEM, Salmon, kallisto).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.alignment.table import CountsTable, is_sparse
from synthquery.errors import CountsDataError
from synthquery.query.counts import INEXACT, LARGEST
from synthquery.validation.rules.expression import scaled

_LARGEST_LOG: Final = 25.0
_LOOKED_AT: Final = 100  # samples, spread over all, that are looked at for what rounding leaves
_STUDY: Final = 3  # samples of which it is no chance that all have a million reads
_NEARLY: Final = 10_000  # by which the sum of rounded CPM differs from a million at most
_ROUND_TOTALS: Final = {1e6: "counts per million (CPM or TPM)", 1e4: "counts per ten thousand"}


def whole_counts(
    table: CountsTable, *, round_expected: bool = False, looks: Callable[[], str] | None = None
) -> Any:
    """The values of a table as int64, dense or CSR as they were.

    Parameters
    ----------
    table
        Samples x genes.
    round_expected
        Round the fractions of expected counts to the nearest whole number; values with the marks of normalised
        ones are refused all the same.
    looks
        What the samples of all are, where the table is a part of them: a few shallow cells look like logarithms.

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
            kind = looks_like(values) if looks is None else looks()
            if kind or not round_expected:
                hint = (
                    ""
                    if kind
                    else "; expected counts of RSEM, Salmon or kallisto may be rounded (round_expected)"
                )
                what = kind or "fractions"
                _refuse(
                    table,
                    values,
                    fractions,
                    f"not whole: the values look like {what}",
                    f"give raw counts{hint}",
                )
            stored = np.rint(stored)
    if stored.size:
        _refuse_large(table, values, stored)
    if is_sparse(values):
        return type(values)((stored.astype(np.int64), values.indices, values.indptr), shape=values.shape)
    return stored.astype(np.int64, copy=False)


def _refuse_large(table: CountsTable, values: Any, stored: npt.NDArray[Any]) -> None:
    """Raise for numbers that int64 cannot hold, or that a float cannot tell from the next one."""
    if stored.dtype.kind == "f" and stored.max() >= INEXACT:
        _refuse(table, values, stored >= INEXACT, "too large for a count", "give raw counts")
    if stored.dtype.kind == "u" and stored.max() > LARGEST:
        _refuse(table, values, stored > LARGEST, "larger than 64 bits hold", "give raw counts")


def doubt(table: CountsTable) -> str:
    """Why whole numbers may be no counts, as a sentence; empty when nothing speaks against them.

    What is rounded after it was normalised is told by what rounding leaves: sums of nearly a million, few reads of
    many genes. A library of reads may look so by chance, half of the samples of a study do not.
    """
    values = table.values
    n_samples = values.shape[0]
    places = range(0, n_samples, max(1, n_samples // _LOOKED_AT))
    looks: dict[int, str] = {}
    totals: set[int] = set()
    for place in places:
        row = values[place : place + 1]
        row = np.asarray(row.toarray() if is_sparse(row) else row).reshape(-1)
        totals.add(int(row.sum(dtype=np.float64)))
        if look := scaled(row):
            looks[place] = look
    if len(places) >= _STUDY and len(totals) > 1 and all(abs(one - 1e6) <= _NEARLY for one in totals):
        said = f"all samples add up to nearly a million ({min(totals):,} to {max(totals):,})"
    elif looks and 2 * len(looks) >= len(places):
        place = next(iter(looks))
        name = table.samples[place] if table.samples else f"number {place}"
        said = f"sample {name} ({looks[place]}) and in all {len(looks):,} of {len(places):,} looked at"
    else:
        return ""
    return f"the counts look like normalised values that were rounded: {said}; models take raw counts"


def looks_like(values: Any) -> str:
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
