"""The difference between two states of a file, as patch reads it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff as compared
from pathlib import PurePath

from synthquery.wire.read import decoded

_NO_LINE_END = "\n\\ No newline at end of file\n"


def unified_diff(name: str, before: bytes, after: bytes) -> str:
    """A unified diff with three lines of context around each change."""
    path = PurePath(name).as_posix().lstrip("/")
    lines = compared(_lines(before, name), _lines(after, name), f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else line + _NO_LINE_END for line in lines)


def _lines(data: bytes, name: str) -> list[str]:
    return list(_split(decoded(data, name)[0]))


def _split(text: str) -> Iterator[str]:
    """Lines with their ends; unlike ``splitlines`` only at line feeds, as patch does."""
    *whole, last = text.split("\n")
    yield from (f"{line}\n" for line in whole)
    if last:
        yield last
