"""A query in its canonical form, and the hash of it by which journals and recordings know it.

Journals keep all 64 digits of the hash; the names of recordings have its first 20.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.errors import TransportError
from synthquery.transport.base import Request

_COUNTS: Final = "counts"
_INLINE: Final = 32  # longer lists of numbers stand as their hash


def canonical_query(request: Request) -> dict[str, Any]:
    """Model and body as plain JSON values: arrays and lists of the same numbers give the same.

    Raises
    ------
    TransportError
        When the body has values that JSON has not.
    """
    return {"model_id": request.model_id, "body": _canonical(request.body)}


def query_hash(query: Mapping[str, Any]) -> str:
    """What a canonical query asks, as 64 hexadecimal digits: the model and every key of the body.

    The order of keys does not matter, nor whether counts are a list or an array, integers or whole floats. The
    seed is a part of it: the same question with another seed is another query.
    """
    return text_hash(query)


def text_hash(value: Any) -> str:
    """64 hexadecimal digits of JSON values, whatever the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            str(key): _whole(_canonical(one)) if key == _COUNTS else _canonical(one)
            for key, one in value.items()
        }
    if hasattr(value, "toarray"):  # a sparse row
        value = np.asarray(value.toarray())
        value = value[0] if value.ndim == 2 and len(value) == 1 else value
    if hasattr(value, "to_numpy"):  # a Series
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and (
        value.ndim != 1 or len(value) <= _INLINE or value.dtype.kind not in "iuf"
    ):
        value = value.tolist()
    if isinstance(value, np.ndarray):
        return _digest(value)
    if isinstance(value, list | tuple):
        numbers = len(value) > _INLINE and not any(
            isinstance(one, bool | str | Mapping | None) for one in value[:2]
        )
        array = _numbers(value) if numbers else None
        return [_canonical(one) for one in value] if array is None else _digest(array)
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TransportError(f"a query cannot hold a Python {type(value).__name__}")


def _whole(counts: Any) -> Any:
    """Short counts with whole floats as integers, as long ones are."""
    if not isinstance(counts, list):
        return counts
    return [int(one) if isinstance(one, float) and one.is_integer() else one for one in counts]


def _numbers(values: Any) -> npt.NDArray[Any] | None:
    """A list as an array of numbers; None when it is not one."""
    try:
        array = np.array(values)
    except (ValueError, OverflowError):
        return None
    return array if array.ndim == 1 and array.dtype.kind in "iuf" else None


def _digest(array: npt.NDArray[Any]) -> dict[str, Any]:
    """What stands for a long list of numbers; 10 and 10.0 are the same number."""
    if array.dtype.kind == "f" and np.isfinite(array).all() and (np.abs(array) < 2**53).all():
        whole = array.astype(np.int64)
        array = whole if (whole == array).all() else array
    kind: Any = (
        "<i8" if array.dtype.kind == "i" or (array.dtype.kind == "u" and array.max() < 2**63) else "<f8"
    )
    stored = np.ascontiguousarray(array, dtype=kind)
    return {
        "numbers": len(stored),
        "sum": stored.sum().item(),
        "sha256": hashlib.sha256(stored.tobytes()).hexdigest(),
    }
