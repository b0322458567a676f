"""A body as another client takes it: a copy of its own, of plain dictionaries, lists and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def plain_copy(body: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy in which arrays are lists: whoever gets it may change it.

    >>> plain_copy({"inputs": ({"counts": np.array([3, 0])},)})
    {'inputs': [{'counts': [3, 0]}]}
    """
    return {key: _plain(value) for key, value in body.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        # Counts are long and of one kind: they are copied at once.
        return list(value) if value and type(value[0]) in (int, float) else [_plain(inner) for inner in value]
    return value
