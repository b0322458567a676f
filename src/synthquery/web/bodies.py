"""Reading the body of a request: of a stated length or in chunks, never more than is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase
from typing import Final

_PIECE: Final = 1 << 20
_DIGITS: Final = 18
_LONGEST_LINE: Final = 1 << 12


class BodyError(Exception):
    """A body that cannot be read: `status` is what the caller is told."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_body(stream: BufferedIOBase, headers: Message, largest: int) -> bytes:
    """The body of a request.

    Raises
    ------
    BodyError
        413 when it is larger than `largest` bytes, 400 when its framing is broken, 408 when it ends early.
    """
    body = bytearray()
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        for piece in _chunks(stream):
            body += piece
            if len(body) > largest:
                raise too_large(largest)
        return bytes(body)
    length = stated_length(headers)
    if length > largest:
        raise too_large(largest)
    while len(body) < length:
        piece = stream.read(min(_PIECE, length - len(body)))
        if not piece:
            raise BodyError(408, f"the body ended after {len(body):,} of {length:,} bytes")
        body += piece
    return bytes(body)


def stated_length(headers: Message) -> int:
    """What Content-Length says; 0 without one."""
    text = headers.get("Content-Length", "0").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise BodyError(400, "Content-Length is no number")
    return int(text)


def too_large(largest: int) -> BodyError:
    """The refusal of a body of more than `largest` bytes."""
    return BodyError(413, f"the body is larger than the {largest:,} bytes that are taken")


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """The pieces of a body in chunked transfer encoding (RFC 9112, section 7.1); trailers are left out."""
    while True:
        size = _size(stream.readline(_LONGEST_LINE))
        if size == 0:
            break
        while size:
            piece = stream.read(min(_PIECE, size))
            if not piece:
                raise BodyError(408, "the body ended within a chunk")
            size -= len(piece)
            yield piece
        if stream.readline(_LONGEST_LINE).strip():
            raise BodyError(400, "a chunk of the body is longer than it says")
    while stream.readline(_LONGEST_LINE).strip():
        pass


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        if not digits or digits[:1] in b"+-" or b"_" in digits:
            raise ValueError
        return int(digits, 16)
    except ValueError:
        raise BodyError(400, "the body is not in chunks as it says") from None
