"""Result JSON -> Python, its counts and latents as arrays from the start.

`json` makes a Python integer of every count; here the text of a list becomes an array directly. What comes out
is otherwise what `json.loads` gives.
"""

from __future__ import annotations

import json
import mmap
import os
from pathlib import Path
from typing import Any, BinaryIO, Final

from synthquery.errors import ResultError
from synthquery.wire.number_lists import Source, loads
from synthquery.wire.stand_ins import TextFault

_TOO_MUCH: Final = "Extra data"  # as `json` calls what stands behind the end
_MARK: Final = b"\xef\xbb\xbf"


def read_result(source: bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO) -> dict[str, Any]:
    """The result of the service, with arrays for lists of numbers.

    Parameters
    ----------
    source
        The JSON as bytes, the path of a file that holds it (mapped, not read into memory), or a file open for
        reading bytes.

    Returns
    -------
    dict
        What `json.loads` gives, but every list of numbers of some length (200 bytes of text) is a 1-D array:
        int64 where all numbers are whole and fit, otherwise float64. So ``outputs[i]["counts"]``, nested
        counts, ``decoder_sample`` and latents are arrays in a result of any size that occurs. Arrays of equal
        length are rows of one matrix: `synthquery.wire.matrix_of` puts those of all samples together without a
        copy. A list that an array could not hold exactly (a whole number beyond 64 bits, a null) stays a list.
        Sparse counts by Ensembl ID, ``{gene: count}``, of more than a hundred genes are a mapping of that
        content (`GeneCounts`) that holds two arrays.

    Raises
    ------
    ResultError
        When the file cannot be read, or what it holds is no JSON object; the message says where and why.
    """
    name, data = _opened(source)
    try:
        result = loads(_in_utf_8(data))
    except TextFault as fault:
        where = "" if fault.byte is None else f" at byte {fault.byte:,} of {len(data):,}"
        at_end = fault.byte is not None and fault.byte >= len(data) - 1 and fault.reason != _TOO_MUCH
        cut = "; the text is cut off" if at_end else ""
        raise ResultError(f"{name} is no JSON: {fault.reason}{where}{cut}") from fault
    if not isinstance(result, dict):
        raise ResultError(f"{name} is a JSON {type(result).__name__}, not an object")
    return result


def _opened(source: Any) -> tuple[str, Source]:
    if isinstance(source, bytes | memoryview):
        return "the result", source
    if isinstance(source, bytearray):
        return "the result", memoryview(source)
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        try:
            with Path(source).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                return name, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except OSError as error:
            raise ResultError(f"{name} cannot be read: {error.strerror or error}") from error
    return str(getattr(source, "name", "the result")), source.read()


def _in_utf_8(data: Source) -> Source:
    """The text without a mark; `json` reads UTF-16 and UTF-32, so that they are read here too."""
    head = bytes(data[:4])
    if head.startswith(_MARK):
        return memoryview(data)[len(_MARK) :]
    encoding = json.detect_encoding(head) if head else "utf-8"
    if encoding == "utf-8":
        return data
    try:
        return bytes(data).decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise TextFault(f"no text in {encoding}", None, error.start) from error
