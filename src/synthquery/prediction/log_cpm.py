"""Raw counts as log expression: ``log(1 + counts per million)``."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import numpy.typing as npt

from synthquery.prediction.sparse import is_scipy_sparse

_MILLION = 1e6
_BLOCK = 64  # rows at a time: what is computed on the way stays in the cache of the processor


@overload
def log_cpm(counts: npt.NDArray[Any]) -> npt.NDArray[np.float32]: ...
@overload
def log_cpm(counts: Any) -> Any: ...
def log_cpm(counts: Any) -> Any:
    """Log expression of raw counts: ``log(1 + counts per million)``, natural logarithm, float32.

    Parameters
    ----------
    counts
        Samples x genes: an array, a DataFrame, a scipy sparse matrix, or a list of lists; or one sample.

    Returns
    -------
    numpy.ndarray, pandas.DataFrame or scipy sparse matrix
        What was given, in shape, labels and kind. A sample without reads is all zeros.

    Raises
    ------
    ValueError
        When a count is negative, missing, infinite or no number.

    Examples
    --------
    >>> import synthquery as sq
    >>> sq.log_cpm([[900_000, 100_000, 0]]).round(2).tolist()
    [[13.710000038146973, 11.510000228881836, 0.0]]
    """
    if is_scipy_sparse(counts):
        return _of_sparse(counts)
    if hasattr(counts, "columns") and hasattr(counts, "index"):
        table = counts.to_numpy()
        if table.dtype == object:  # nullable columns
            table = counts.to_numpy(dtype=np.float64, na_value=np.nan)
        values = _of_array(table)
        return type(counts)(values, index=counts.index, columns=counts.columns, copy=False)
    array = np.asarray(counts)
    if array.ndim == 1:
        values = _of_array(array[None, :])[0]
        if hasattr(counts, "index") and hasattr(counts, "to_numpy"):
            return type(counts)(values, index=counts.index, name=counts.name)
        return values
    return _of_array(array)


def _of_array(counts: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    if counts.ndim != 2:
        raise ValueError(f"counts are samples x genes, not an array of shape {counts.shape}")
    if counts.dtype == object:  # whole numbers of any size
        counts = counts.astype(np.float64)
    if counts.dtype.kind not in "iufb":
        raise ValueError(f"counts are numbers, not values of type {counts.dtype}")
    # One array of float32, filled in place: a thousand bulk samples are 180 MB, not four copies of 360.
    values = np.empty(counts.shape, dtype=np.float32)
    for start in range(0, len(counts), _BLOCK):
        block = counts[start : start + _BLOCK]
        _refuse_no_counts(block)
        into = values[start : start + _BLOCK]
        np.multiply(
            block, _per_read(block.sum(axis=1, dtype=np.float64))[:, None], out=into, casting="unsafe"
        )
        np.log1p(into, out=into)
    return values


def _of_sparse(counts: Any) -> Any:
    rows = counts.tocsr()
    if not rows.has_canonical_format:  # the logarithm of a sum is not the sum of logarithms
        rows = rows.copy()
        rows.sum_duplicates()
    _refuse_no_counts(rows.data)
    made = rows.astype(np.float32)
    per_read = _per_read(np.asarray(rows.sum(axis=1, dtype=np.float64)).reshape(-1))
    scaled = rows.data * np.repeat(per_read, np.diff(rows.indptr))
    made.data = np.log1p(scaled, dtype=np.float32, casting="unsafe")
    return made


def _refuse_no_counts(values: npt.NDArray[Any]) -> None:
    if values.size and not values.min() >= 0:
        raise ValueError("raw counts are never negative or missing; these are")


def _per_read(totals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not np.isfinite(totals).all():
        raise ValueError("raw counts are finite; these are not")
    factors = np.zeros(len(totals))
    np.divide(_MILLION, totals, out=factors, where=totals > 0)
    return factors
