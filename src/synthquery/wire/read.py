"""Reading a JSON, YAML or TOML file that should hold an object: one clear message when it does not.

Whatever a file holds (nothing, an image, a hundred million brackets) ends in an answer or in a
`QueryFormatError`, never in a traceback of a parser or a crash of the process.
"""

from __future__ import annotations

import codecs
import os
import re
from pathlib import Path
from typing import Any, Final, Literal

from synthquery.errors import QueryFormatError
from synthquery.wire import json_reader, yaml_reader
from synthquery.wire.document import Document, Duplicate, ParseError
from synthquery.wire.places.location import Location, Span, locations

Format = Literal["json", "yaml", "toml"]

FORMATS: Final[tuple[Format, ...]] = ("json", "yaml", "toml")
_SUFFIXES: Final[dict[str, Format]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}
_MARKS: Final = (  # longest first: the mark of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_LARGE: Final = 10_000  # bytes of JSON; less has no counts of a model
_BINARY: Final = {
    b"\x1f\x8b": "gzip-compressed data",
    b"PK\x03\x04": "a zip archive",
    b"\x89HDF": "an HDF5 file (h5ad?)",
    b"\x89PNG": "a PNG image",
    b"%PDF": "a PDF document",
    b"ARROW1": "an Arrow file",
    b"PAR1": "a Parquet file",
    b"\xfd7zXZ": "xz-compressed data",
}


def read_document(
    path: str | os.PathLike[str], *, formats: tuple[Format, ...] = FORMATS, arrays: bool = False
) -> Document:
    """Read a file that holds one object.

    Parameters
    ----------
    path
        The file; its suffix tells the format, and its content where the suffix does not.
    formats
        The formats that are expected.
    arrays
        Whether counts in JSON become arrays where they hold exactly what the file does: much faster, for those
        who take either.

    Raises
    ------
    QueryFormatError
        With ``unreadable`` True when the file cannot be opened, else False.
    """
    name = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL inside the name
        raise QueryFormatError(f"{name}: {why_unreadable(error)}", unreadable=True) from error
    return parse_document(data, name=str(name), formats=formats, arrays=arrays)


def parse_document(
    data: bytes, *, name: str, formats: tuple[Format, ...] = FORMATS, arrays: bool = False
) -> Document:
    """As `read_document`, from bytes that are already there; `name` is what messages call them."""
    text, mark, encoding = decoded(data, name)
    if not text or text.isspace():
        raise QueryFormatError(f"{name}: the file is empty; expected {_expected(formats)}")
    kind = _format_of(name, text, formats)
    duplicates: list[Duplicate] = []
    nodes: Any = None
    try:
        if kind == "json":
            fast = arrays and encoding == "utf-8" and len(data) >= _LARGE and b'"counts"' in data
            content = json_reader.parse(text, duplicates, memoryview(data)[len(mark) :] if fast else None)
        elif kind == "yaml":
            content, nodes = yaml_reader.parse(text, duplicates)
        else:
            content = _toml(text)
    except ParseError as error:
        where = None if error.at is None else _location(text, error.at)
        raise QueryFormatError(f"{name}: not valid {kind.upper()}: {error}", location=where) from error
    if not isinstance(content, dict):
        raise QueryFormatError(f"{name}: holds {_kind(content)}; expected {_expected(formats)}")
    return Document(content, name, kind, tuple(duplicates), text, mark, encoding, nodes)


def _location(text: str, at: int) -> Location:
    span = Span(min(at, len(text)), min(at + 1, len(text)))
    return locations(text, [span])[span]


def decoded(data: bytes, name: str) -> tuple[str, bytes, str]:
    """The text of a file, its byte order mark and its encoding."""
    for start, what in _BINARY.items():
        if data.startswith(start):
            raise QueryFormatError(f"{name}: is {what}, not text")
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding) if mark else data.decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start + len(mark)
        raise QueryFormatError(
            f"{name}: is no text in UTF-8 (byte {at:,} is {data[at]:#04x}): a binary file, "
            "or text in another encoding"
        ) from error
    if "\0" in text:
        raise QueryFormatError(f"{name}: is binary data, not text (a zero byte at {text.index(chr(0)):,})")
    return text, mark, encoding


def _format_of(name: str, text: str, formats: tuple[Format, ...]) -> Format:
    by_suffix = _SUFFIXES.get(Path(name).suffix.lower())
    if by_suffix in formats:
        return by_suffix
    return "json" if text.lstrip()[:1] in {"{", "["} or "yaml" not in formats else "yaml"


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        at = len(text.rstrip())  # where it says no place it is the end
        if place is not None:
            lines = text.splitlines(keepends=True)
            at = sum(map(len, lines[: int(place[1]) - 1])) + int(place[2]) - 1
        raise ParseError(str(error), at) from error
    except RecursionError as error:
        raise ParseError("brackets are nested too deeply") from error
    except ValueError as error:
        raise ParseError("a number has more digits than can be read") from error


def why_unreadable(error: OSError | ValueError) -> str:
    """Why a file could not be opened, in a few words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder, a file was expected"
    if isinstance(error, PermissionError):
        return "may not be read (permission denied)"
    return f"cannot be read ({getattr(error, 'strerror', None) or error})"


def _expected(formats: tuple[Format, ...]) -> str:
    kinds = [kind.upper() for kind in formats]
    listed = " or ".join([", ".join(kinds[:-1]), kinds[-1]]) if len(kinds) > 1 else kinds[0]
    return f"an object in {listed}"


_KINDS: Final = {list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}


def _kind(value: object) -> str:
    return "nothing" if value is None else _KINDS.get(type(value), type(value).__name__)
