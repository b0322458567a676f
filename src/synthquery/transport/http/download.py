"""An answer on its way to the disk: streamed, counted, and read only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO, Final

import requests
from urllib3.exceptions import HTTPError

from synthquery.errors import ResultError
from synthquery.transport.http.connection import Connection, announced, missing, read_piece, why_ended
from synthquery.transport.http.losses import Lost
from synthquery.transport.http.pauses import Deadline, asked_pause
from synthquery.wire.raw_results import read_result

Advance = Callable[[int, int | None], None]

_BLOCK: Final = 1 << 18
_GONE: Final = frozenset({401, 403, 404, 410})
"""What a host of files says when an address is no longer good: a signature runs out, mostly after an hour."""
_BUSY: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that came and is no answer.

    Attributes
    ----------
    reason
        What is wrong with it.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The address is not good, or not any more; the service may give another one."""

    reason: str


@contextmanager
def raw_file() -> Iterator[Path]:
    """An empty file for a raw answer that only this user can read, gone at the end."""
    number, name = mkstemp(prefix="synthquery-", suffix=".json")
    os.close(number)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):  # some systems keep a file that is still mapped
            Path(name).unlink()


def emptied(path: Path) -> BinaryIO:
    """A file of `raw_file`, open for a new answer."""
    file = path.open("r+b")
    if os.fstat(file.fileno()).st_size:  # what is cut off and written anew, ext4 writes to the disk at once
        file.truncate()
    return file


def download(
    connection: Connection, url: str, path: Path, deadline: Deadline, advance: Advance
) -> dict[str, Any] | Lost | Damaged | Gone:
    """Fetch an answer into a file and read it.

    Returns
    -------
    The result, with its counts as arrays; or why there is none. A `Damaged` file stays at `path`.
    """
    with connection.opened(url, deadline) as reply:
        if isinstance(reply, Lost):
            return reply
        if reply.status_code in _GONE:
            return Gone(f"the host of the answer says {reply.status_code}")
        if reply.status_code != 200:
            pause = asked_pause(reply.headers.get("Retry-After")) if reply.status_code in _BUSY else None
            return Lost(f"the host of the answer says {reply.status_code}", sent=True, pause=pause)
        with emptied(path) as file:
            trouble = _copy(reply, file, deadline, advance)
    return trouble or read_payload(path)


def read_payload(path: Path) -> dict[str, Any] | Damaged:
    """The result in a file; every long list of numbers is an array."""
    try:
        return read_result(path)
    except ResultError as error:
        reason = str(error).removeprefix(f"{path} ")
        return Damaged(reason if path.stat().st_size else "is empty")


def _copy(
    reply: requests.Response, file: BinaryIO, deadline: Deadline, advance: Advance
) -> Lost | Damaged | None:
    total = announced(reply)
    while True:
        try:
            block = read_piece(reply, _BLOCK)
            short = "" if block else missing(reply)
        except (HTTPError, OSError) as error:
            block, short = b"", why_ended(reply, error)
        if not block:
            return Damaged(f"is damaged: {short}") if short else None
        file.write(block)
        advance(reply.raw.tell(), total)
        if not deadline.left:
            return Lost("the answer did not come in time", sent=True, final=True)
