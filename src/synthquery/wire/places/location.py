"""Lines and columns for ranges of characters, and the piece of text to show with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

_BEFORE: Final = 50  # characters of a long line that are shown before the caret
_SHOWN: Final = 100  # and in all


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Where something stands in a table.

    Attributes
    ----------
    row
        As spreadsheets count: the first row of the file is 1.
    column
        Name of its column; empty for a whole row.
    sheet
        Name of its sheet; empty in a file that has none.
    """

    row: int
    column: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        sheet = f"sheet {self.sheet}, " if self.sheet else ""
        return f"{sheet}row {self.row}{f', column {self.column}' if self.column else ''}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands in a file, as editors count.

    Attributes
    ----------
    line, column
        Of its first character, from 1; a column is a character, not a byte.
    end_line, end_column
        Of the place after its last character.
    excerpt
        Its line, cut around it when it is long; tabs and other control characters are spaces.
    caret
        How many characters of `excerpt` come before it.
    width
        How many of its characters `excerpt` shows; 1 for what goes on in the next line.
    cell
        Its row and column, where the file is a table; `line` is the row then in a workbook.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    excerpt: str = ""
    caret: int = 0
    width: int = 1
    cell: Cell | None = None

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"

    def in_table(self, cell: Cell) -> Location:
        """This place as one of a table."""
        return replace(self, cell=cell)


def locations(text: str, spans: Iterable[Span]) -> dict[Span, Location]:
    """Line and column of each span: the text is gone through once, however many there are."""
    wanted = set(spans)
    counted = _Lines(text)
    ends = {end: counted.of(end) for end in sorted({at for span in wanted for at in span})}
    found: dict[Span, Location] = {}
    for span in wanted:
        (line, column), (end_line, end_column) = ends[span.start], ends[span.end]
        found[span] = Location(line, column, end_line, end_column, *_excerpt(text, span, column))
    return found


class _Lines:
    """Counts lines forwards, each character once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._start = 0

    def of(self, at: int) -> tuple[int, int]:
        """Line and column of a character; each call asks for one at or after the one before."""
        number = self._text.count("\n", self._at, at)
        if number:
            self._line += number
            self._start = self._text.rfind("\n", self._at, at) + 1
        self._at = at
        return self._line, at - self._start + 1


def _excerpt(text: str, span: Span, column: int) -> tuple[str, int, int]:
    line_start = span.start - column + 1
    start = max(line_start, span.start - _BEFORE) if column > _SHOWN else line_start
    stop = text.find("\n", span.start, start + _SHOWN)
    end = min(start + _SHOWN, len(text)) if stop < 0 else stop
    cut_before = "..." if start > line_start else ""
    cut_after = "..." if stop < 0 and end < len(text) and text[end] != "\n" else ""
    shown = f"{cut_before}{text[start:end]}".rstrip("\r") + cut_after
    plain = shown if shown.isprintable() else "".join(char if char.isprintable() else " " for char in shown)
    one_line = span.end <= end or stop < 0
    width = max(1, min(span.end, end) - span.start) if one_line else 1
    return plain, len(cut_before) + span.start - start, width
