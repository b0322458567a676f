"""What the commands print, and on which stream: answers on standard output, all else on standard error."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from synthquery.cli import PROBLEMS, UNCHECKED, USAGE
from synthquery.errors import (
    ConfigError,
    IdentifierError,
    JournalError,
    MissingExtraError,
    OntologyError,
    RunStoppedError,
    SynthQueryError,
    TransportError,
    TransportOptionError,
    UnknownCodeError,
    UnknownFieldError,
    UnknownModelError,
)

_USAGE_ERRORS = (
    ConfigError,
    IdentifierError,
    UnknownCodeError,
    UnknownFieldError,
    UnknownModelError,
    MissingExtraError,
)
_UNCHECKED_ERRORS = (JournalError, OntologyError, RunStoppedError, TransportError)


def exit_code(error: SynthQueryError) -> int:
    """The documented exit code for an error of the library."""
    if isinstance(error, TransportOptionError):
        return USAGE
    if getattr(error, "unreadable", False) or isinstance(error, _UNCHECKED_ERRORS):
        return UNCHECKED
    return USAGE if isinstance(error, _USAGE_ERRORS) else PROBLEMS


def printable(text: str) -> str:
    """`text` without what a terminal cannot show (lone surrogates) or would obey (control characters)."""
    shown = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)


def note(message: str) -> None:
    """One line for the person, on standard error."""
    print(printable(message), file=sys.stderr, flush=True)


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Show what the library warns of as a line for the person, without the place in the code."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        note(f"warning: {message}")

    before = warnings.showwarning
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


def prompt(message: str) -> None:
    """A question, on standard error; the answer follows on the same line."""
    print(printable(message), end="", file=sys.stderr, flush=True)


def fail(message: str, *, hint: str | None = None, code: int = PROBLEMS) -> int:
    """Say what is wrong on standard error and give back the exit code."""
    note(f"error: {message}")
    if hint:
        note(f"hint: {hint}")
    return code


def write(text: str) -> None:
    """Text on standard output, whatever its encoding can show."""
    encoding = sys.stdout.encoding or "utf-8"
    print(printable(text).encode(encoding, "replace").decode(encoding), flush=True)


def write_coloured(text: str) -> None:
    """Text with our own colours on a terminal; what it quotes is already free of what a terminal obeys."""
    print(text.encode("utf-8", "replace").decode(), flush=True)


def write_json(data: Any) -> None:
    """Data on standard output: indented, in a stable order, ASCII-safe only where the terminal needs it."""
    write(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, to_stderr: bool = False) -> None:
    """A table: fitted to the width of a terminal; aligned columns, one line a row, in a pipe or file."""
    cells = [[printable("" if cell is None else str(cell)) for cell in row] for row in rows]
    stream = sys.stderr if to_stderr else sys.stdout
    if stream.isatty():
        _write_rich_table(columns, cells, stream)
        return
    lines = [list(columns), *cells] if any(columns) else cells
    widths = [max((len(line[n]) for line in lines), default=0) for n in range(len(columns))]
    padded = (("  ".join(map(str.ljust, line, widths))).rstrip() for line in lines)
    (note if to_stderr else write)("\n".join(padded))


def _write_rich_table(columns: Sequence[str], cells: Iterable[Sequence[str]], stream: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, show_header=any(columns), header_style="bold"
    )
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=stream, highlight=False).print(table)


def progress_line() -> Callable[[str], None]:
    """Where the library says what takes long (compiling an ontology): one line on standard error."""
    return note
