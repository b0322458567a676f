"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that an object has more than once; the last value won.

    Attributes
    ----------
    path
        Where, ending in the key: ``("inputs", 0, "metadata", "sex")``.
    line
        Line of the repetition, from 1, where the format tells.
    """

    path: Path
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file that holds one object.

    Attributes
    ----------
    body
        The object.
    name
        What to call the file in messages.
    format
        The format it was written in.
    duplicates
        Keys that occur more than once.
    """

    body: dict[str, Any]
    name: str
    format: Literal["json", "yaml", "toml"]
    duplicates: tuple[Duplicate, ...] = ()


class ParseError(Exception):
    """Text that is not of its format: what is wrong, and where. Never leaves this package."""
