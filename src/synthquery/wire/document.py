"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    text
        What was read, without a byte order mark.
    mark, encoding
        The byte order mark, if any, and how the rest is encoded.
    nodes
        What the parser of YAML made of the text, for who looks for places; None where it has to be made again.
    """

    body: dict[str, Any]
    name: str
    format: Literal["json", "yaml", "toml"]
    duplicates: tuple[Duplicate, ...] = ()
    text: str = field(default="", repr=False)
    mark: bytes = b""
    encoding: str = "utf-8"
    nodes: Any = field(default=None, repr=False, compare=False)

    def encoded(self, text: str) -> bytes:
        """Other text as the bytes of this file; its own text gives its own bytes."""
        return self.mark + text.encode(self.encoding)


class ParseError(Exception):
    """Text that is not of its format: what is wrong, and where. Never leaves this package.

    Attributes
    ----------
    at
        The character at which reading failed, where that is known.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at
