"""A query as bytes that come back equal, and its hash; counts never become Python ints."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.query.counts import CountsError, counts_vector
from synthquery.transport import Request, canonical

_ARRAY: Final = "$array"
_TREE: Final = "tree"


def query_hash(request: Request) -> str:
    """The hash by which a journal knows a query; recordings go by the same (`synthquery.transport.canonical`)."""
    return canonical.query_hash(canonical.canonical_query(request))


def pack(tree: Mapping[str, Any]) -> bytes:
    """JSON with arrays in it as bytes; `unpack` gives it back, lists of counts as arrays."""
    arrays: list[npt.NDArray[Any]] = []

    def place_of(array: npt.NDArray[Any]) -> Any:
        arrays.append(_narrow(array))
        return {_ARRAY: [len(arrays) - 1, array.dtype.str]}

    text = json.dumps(_without_arrays(tree, place_of))
    held: dict[str, Any] = {str(number): array for number, array in enumerate(arrays)}
    held[_TREE] = np.frombuffer(text.encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez(file, **held)
    return file.getvalue()


def unpack(data: bytes) -> dict[str, Any]:
    """What `pack` was given."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:

        def array_of(content: dict[str, Any]) -> Any:
            if content.keys() == {_ARRAY}:
                number, dtype = content[_ARRAY]
                array = held[str(number)].astype(dtype, copy=False)
                array.setflags(write=False)
                return array
            return content

        tree: dict[str, Any] = json.loads(held[_TREE].tobytes(), object_hook=array_of)
        return tree


def _narrow(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Counts in as few bytes as the largest needs: mostly a quarter, at once, where compressing takes ten seconds."""
    if array.dtype.kind not in "iu" or not array.size or array.min() < 0:
        return array
    return array.astype(np.min_scalar_type(int(array.max())), copy=False)


def _without_arrays(value: Any, replaced: Callable[[npt.NDArray[Any]], Any], key: str = "") -> Any:
    """`value` as plain JSON kinds, with something else in the place of arrays and of lists of counts."""
    if isinstance(value, Mapping):
        return {str(name): _without_arrays(inner, replaced, str(name)) for name, inner in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    array = _as_array(value) if key == "counts" or hasattr(value, "shape") else None
    if array is not None:
        return replaced(array)
    if isinstance(value, list | tuple):
        return [_without_arrays(inner, replaced) for inner in value]
    return value


def _as_array(value: Any) -> npt.NDArray[Any] | None:
    """Counts as one vector of int64, another array as it is; None for what is neither."""
    if isinstance(value, np.ndarray) and value.ndim != 1 and value.dtype != object:
        return value
    try:
        return counts_vector(value)
    except CountsError:
        return value if isinstance(value, np.ndarray) and value.dtype != object else None
