"""The body of a request as bytes: small ones at once, counts as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from synthquery.errors import TransportError


class JsonBody:
    """The JSON of a body, which can be sent any number of times without being held.

    Parameters
    ----------
    body
        As in a `Request`: counts may be arrays.

    Raises
    ------
    TransportError
        When it has values that JSON has not.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        try:
            self._text = json.dumps(body, default=_plain, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise TransportError(f"the query cannot be written as JSON: {error}") from error

    def __len__(self) -> int:
        return len(self._text)

    def __iter__(self) -> Iterator[bytes]:
        yield self._text


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} is no JSON value")
