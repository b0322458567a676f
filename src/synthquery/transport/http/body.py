"""The body of a request as bytes: a small one at once, counts as they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from synthquery.errors import TransportError
from synthquery.wire.bodies import body_chunks, body_size

_HELD: Final = 16_000_000
"""Bytes up to which a body is kept as text; what is larger is written anew each time it is sent."""


class JsonBody:
    """The JSON of a body, which can be sent any number of times without holding all of it.

    It says how long it is: a server that is told ``Content-Length`` need not know chunked transfer.

    Parameters
    ----------
    body
        As in a `Request`: counts may be arrays or sparse rows. It must not change before it is sent.

    Raises
    ------
    TransportError
        When it has values that JSON has not.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body
        try:
            self._text = _held(body)
            self._length = body_size(body) if self._text is None else len(self._text)
        except (TypeError, ValueError, RecursionError) as error:
            raise TransportError(f"the query cannot be written as JSON: {error}") from error

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        if self._text is not None:
            yield self._text
        else:
            yield from body_chunks(self._body)


def _held(body: Mapping[str, Any]) -> bytes | None:
    """The whole text; None when it is too long to be kept."""
    pieces: list[bytes] = []
    size = 0
    for piece in body_chunks(body):
        pieces.append(piece)
        size += len(piece)
        if size > _HELD:
            return None
    return b"".join(pieces)
