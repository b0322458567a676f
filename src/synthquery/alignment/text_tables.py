"""Tables of counts as text: CSV and TSV, plain or gzipped, genes in rows or in columns."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO, cast

from synthquery.alignment.genes import is_total, recognised
from synthquery.alignment.table import narrow
from synthquery.errors import CountsDataError

if TYPE_CHECKING:
    import pandas as pd

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STAR: Final = "N_unmapped"
_CELLS: Final = 2_000_000  # read at a time
_AS_WRITTEN: Final = "="  # before each name while pandas reads it: 007 is not 7, and NA is not missing


def open_bytes(path: Path) -> BinaryIO:
    """A file, gzipped or not: told by its first bytes, not by its name."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def open_text(path: Path) -> TextIO:
    """A text file, gzipped or not."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig")


def read_text_table(path: Path) -> pd.DataFrame:
    """The table of a text file: first column as index, header as columns, both as they are written.

    Lines that start with ``#`` at the top (featureCounts) are comments. Names that occur twice stay as they are. A
    first line of a name and numbers (HTSeq) is no header: the one sample is called like the file.

    Raises
    ------
    CountsDataError
        When it is no table: nothing in it, one column, lines of unequal length, no text; or one whose columns are
        no samples (STAR's ``ReadsPerGene.out.tab``).
    """
    import pandas as pd

    try:
        with open_text(path) as file:
            skipped, header = _header(file, path)
            separator = _separator(header)
            names = next(csv.reader([header], delimiter=separator))
        if _is_row(names):
            names = _without_header(names, path)
        else:
            skipped += 1
        with open_text(path) as file:
            frame = _read(file, separator, skipped, len(names))
    except pd.errors.EmptyDataError as error:
        raise CountsDataError(f"{path}: there are no rows below the header") from error
    except UnicodeDecodeError as error:
        raise CountsDataError(f"{path}: is no table of text in UTF-8: {error}; save it as UTF-8") from error
    except (
        pd.errors.ParserError,
        csv.Error,
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
    ) as error:
        raise CountsDataError(f"{path}: is no table of text: {str(error).strip()}") from error
    return _named(frame, names, path)


def _read(file: TextIO, separator: str, skipped: int, n_columns: int) -> pd.DataFrame:
    """The rows, read a piece at a time and kept in as few bytes as they need: counts mostly in half."""
    import pandas as pd

    pieces = pd.read_csv(
        file,
        sep=separator,
        header=None,
        skiprows=skipped,
        index_col=False,
        low_memory=False,
        converters={0: _AS_WRITTEN.__add__},
        chunksize=max(1, _CELLS // max(1, n_columns)),
    )
    whole: pd.DataFrame = pd.concat([_narrowed(piece) for piece in pieces], ignore_index=True)
    return whole


def _narrowed(piece: pd.DataFrame) -> pd.DataFrame:
    whole = [name for name, kind in piece.dtypes.items() if kind == "int64"]
    return piece.astype(dict.fromkeys(whole, narrow(piece[whole].to_numpy()).dtype)) if whole else piece


def _header(file: TextIO, path: Path) -> tuple[int, str]:
    """How many lines stand above the header, and the header."""
    for number, line in enumerate(file):
        if line.strip() and not line.startswith("#"):
            return number, line.rstrip("\r\n")
    raise CountsDataError(f"{path}: there is nothing in it")


def _is_row(cells: Sequence[str]) -> bool:
    """Whether the first line is one of counts: a gene or a total, and numbers after it."""
    first = cells[0].strip()
    named = recognised([first]) > 0 or is_total(first)
    return len(cells) > 1 and named and all(_NUMBER.fullmatch(cell.strip()) for cell in cells[1:])


def _without_header(cells: Sequence[str], path: Path) -> list[str]:
    if len(cells) == 2:
        return ["", path.name.split(".")[0]]
    if cells[0].startswith(_STAR):
        raise CountsDataError(
            f"{path}: the columns of STAR are one sample counted three ways (unstranded, first and second strand); "
            "keep the gene and the column of your library, and give the columns a header"
        )
    raise CountsDataError(
        f"{path}: there is no header: the first line is {cells[0]!r} and numbers; give a first line with the "
        "names of the samples"
    )


def _separator(header: str) -> str:
    """What stands between the cells of a header. Names may have commas, in quotes or not, and hardly ever a tab."""
    bare = re.sub(r'"[^"]*"', "", header)
    return "\t" if "\t" in bare else max(",;", key=bare.count)


def _named(frame: pd.DataFrame, names: Sequence[str], path: Path) -> pd.DataFrame:
    """The frame with its header; R leaves out the name of the first column."""
    if frame.shape[1] == len(names) + 1:
        names = ["", *names]
    if frame.shape[1] != len(names):
        raise CountsDataError(
            f"{path}: the header has {len(names):,} columns, the rows have {frame.shape[1]:,}"
        )
    if frame.shape[1] < 2:
        raise CountsDataError(f"{path}: has one column; expected a table of genes and samples (CSV or TSV)")
    first = frame.pop(frame.columns[0])
    frame.columns = [re.sub(r"^\s+|\s+$", "", name) for name in names[1:]]
    frame.index = [name.removeprefix(_AS_WRITTEN) for name in first]
    return frame
