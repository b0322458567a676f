"""Tables as files: CSV, TSV and Excel, each cell with the place it stands at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from synthquery.builder.words import word_for
from synthquery.errors import QueryFormatError
from synthquery.prediction.extras import import_extra
from synthquery.wire.places.location import Cell, Location, Span, locations
from synthquery.wire.possessive import repeated
from synthquery.wire.read import decoded, why_unreadable

TEXT_TABLES: Final = frozenset({".csv", ".tsv", ".tab"})
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
_DELIMITERS: Final = (",", ";", "\t")  # spreadsheets of many countries write semicolons
_SHOWN: Final = 100  # characters of a cell
_QUOTED: Final = re.compile(' *+"(' + repeated('[^"]|""') + ')" *+')
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell that is not empty.

    Attributes
    ----------
    text
        What it says.
    row
        Its row in the file, the header being 1 as a rule; as spreadsheets count.
    position
        Its column, from 0.
    span
        Its characters, quotes included; None in a workbook.
    """

    text: str
    row: int
    position: int
    span: Span | None = None


@dataclass(frozen=True)
class Table:
    """A sheet: a header and rows.

    Attributes
    ----------
    name
        Path of the file.
    header
        The cells of the first row that is not empty.
    rows
        The cells of every other row that is not empty.
    sheet
        Name of the sheet; empty for text.
    text, mark, encoding, delimiter
        Of a file of text, as it was read.
    """

    name: str
    header: tuple[Entry, ...]
    rows: tuple[tuple[Entry, ...], ...]
    sheet: str = ""
    text: str = field(default="", repr=False)
    mark: bytes = b""
    encoding: str = "utf-8"
    delimiter: str = ","

    def locations(self, entries: Sequence[tuple[Entry, str]]) -> list[Location]:
        """Where cells stand, each given with the name of its column."""
        cells = [Cell(entry.row, column, self.sheet) for entry, column in entries]
        if self.sheet:
            return [_in_sheet(entry, cell) for (entry, _), cell in zip(entries, cells, strict=True)]
        found = locations(self.text, [entry.span or Span(0, 0) for entry, _ in entries])
        return [
            found[entry.span or Span(0, 0)].in_table(cell)
            for (entry, _), cell in zip(entries, cells, strict=True)
        ]


def _in_sheet(entry: Entry, cell: Cell) -> Location:
    shown = entry.text[:_SHOWN]
    return Location(entry.row, entry.position + 1, entry.row, entry.position + 2, shown, 0, len(shown), cell)


def is_table(name: str | os.PathLike[str]) -> bool:
    """True for the name of a file that holds a table."""
    return Path(name).suffix.lower() in TEXT_TABLES | WORKBOOKS


def read_tables(path: str | os.PathLike[str]) -> list[Table]:
    """The tables of a file: one of text, the sheets of a workbook that describe samples.

    Raises
    ------
    QueryFormatError
        With ``unreadable`` True when the file cannot be opened; when it is no table.
    MissingExtraError
        For a workbook, without the extra ``excel``.
    """
    name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise QueryFormatError(f"{name}: {why_unreadable(error)}", unreadable=True) from error
    return _sheets(name) if Path(name).suffix.lower() in WORKBOOKS else [text_table(data, name)]


def text_table(data: bytes, name: str) -> Table:
    """The table of a CSV or TSV file, from its bytes.

    Raises
    ------
    QueryFormatError
        When it is empty, binary, or has a quote that is not closed.
    """
    text, mark, encoding = decoded(data, name)
    delimiter = "\t" if Path(name).suffix.lower() in (".tsv", ".tab") else _delimiter(text)
    rows = [row for row in _rows(text, delimiter, name) if row]
    if not rows:
        raise QueryFormatError(f"{name}: the file is empty; expected a header and a row for each sample")
    return Table(name, rows[0], tuple(rows[1:]), "", text, mark, encoding, delimiter)


def _delimiter(text: str) -> str:
    """The delimiter of the header: the one that makes the most columns."""
    first = _LINE_END.split(text.lstrip("\r\n"), 1)[0]
    return max(_DELIMITERS, key=first.count)


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[Entry, ...]]:
    """The cells of each row that are not empty (RFC 4180; blanks beside a delimiter do not count)."""
    plain = re.compile(rf"[^{delimiter}\r\n]*+")
    at, number = 0, 1
    row: list[Entry] = []
    position = 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        match = quoted or plain.match(text, at)
        end = match.end() if match else at
        if (quoted is None and text[at:end].lstrip()[:1] == '"') or (
            quoted and text[end : end + 1] not in (delimiter, "\r", "\n", "")
        ):
            line = text.count("\n", 0, at) + 1
            raise QueryFormatError(
                f"{name}: the quote that begins in line {line} has no end before the next cell"
            )
        content = quoted[1].replace('""', '"') if quoted else text[at:end]
        if content.strip():
            row.append(Entry(content.strip(), number, position, _trimmed(text, at, end)))
        position += 1
        at = end
        ends = _LINE_END.match(text, at)
        if ends:
            yield tuple(row)
            row, position, number, at = [], 0, number + 1, ends.end()
        else:
            at += 1
    yield tuple(row)


def _trimmed(text: str, start: int, end: int) -> Span:
    inside = text[start:end]
    return Span(start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip()))


def _sheets(name: str) -> list[Table]:
    """The sheets with a column that describes samples; the first one where none has."""
    import_extra("openpyxl", "excel", "reading Excel tables")
    import pandas as pd

    try:
        frames = pd.read_excel(name, sheet_name=None, header=None, dtype=object, engine="openpyxl")
    except Exception as error:  # openpyxl raises what zipfile, XML and its own parts raise
        raise QueryFormatError(f"{name}: is no Excel workbook ({type(error).__name__}: {error})") from error
    tables = []
    for sheet, frame in frames.items():
        rows = [
            tuple(
                Entry(_shown(value), number, position)
                for position, value in enumerate(values)
                if not pd.isna(value) and _shown(value)
            )
            for number, values in enumerate(frame.itertuples(index=False, name=None), 1)
        ]
        filled = [row for row in rows if row]
        if filled:
            tables.append(Table(name, filled[0], tuple(filled[1:]), str(sheet)))
    if not tables:
        raise QueryFormatError(f"{name}: the workbook is empty; expected a header and a row for each sample")
    describing = [one for one in tables if any(word_for(entry.text) for entry in one.header)]
    return describing or tables[:1]


def _shown(value: Any) -> str:
    """A cell as text: spreadsheets make ``5.0`` of a 5."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
