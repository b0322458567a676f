"""Local files as plain bytes, whatever they are compressed with, and what kind of file they are.

The kind is told by the first bytes, never by the name: files are renamed, and served without their ending.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

from synthquery.errors import MissingExtraError, OntologyError

FileKind = Literal["obo", "owl", "graph", "cellosaurus", "hgnc", "sssom"]

_PEEK: Final = 1 << 16
_PACKED: Final = 1 << 10  # Zstandard unpacks at most some 33,000 to 1 (RFC 8878, RLE blocks): 33 MB at a time
DAMAGED: Final = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)

_SAVE_AS: Final = "save it as RDF/XML, OBO or OBO graph JSON"
# What a file starts with, after blanks: the kind, or why it is none. The first row that fits counts.
_STARTS: Final[tuple[tuple[str, FileKind | None, str], ...]] = (
    (r"<(!doctype html|html|head|body)", None, "it is a web page"),
    (r"(<\?xml.*?\?>|<!--.*?-->|<!DOCTYPE.*?\]>|\s)*<(rdf:RDF|RDF|owl:)", "owl", ""),
    (r"(<\?xml.*?\?>|<!--.*?-->|\s)*<Ontology\b", None, f"it is OWL/XML; {_SAVE_AS}"),
    (r"<", None, "it is XML that holds no OWL (RDF/XML)"),
    (r"\{", "graph", ""),
    (r"\[\s*[\[{\"\d]", None, "it is JSON without graphs"),
    (r"(@prefix|@base|PREFIX)\s", None, f"it is Turtle; {_SAVE_AS}"),
    (r"(Prefix\(|Ontology\()", None, f"it is OWL functional syntax; {_SAVE_AS}"),
    (r"hgnc_id\tsymbol\t", "hgnc", ""),
    (r"(#[^\n]*\n|\s)*([a-z_]+\t)*(subject_id\t|object_id\b)", "sssom", ""),
    (r"(![^\n]*\n|\s)*(\[(Term|Typedef|Instance)\]|[A-Za-z][\w-]*:)", "obo", ""),
)
_TERM: Final = re.compile(r"^\[Term\]\s*\nid:", re.MULTILINE)
_CELL_LINE: Final = re.compile(r"(^|\n)AC   CVCL_")


class _Zstandard(io.RawIOBase):
    """Zstandard frames one after the other, and an error where the last one is cut.

    The reader of the package takes the end of the file for the end of the data.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise MissingExtraError(
                "reading .zst files needs the package zstandard: pip install 'synthquery[zst]'"
            ) from error
        self._file = file
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._error = zstandard.ZstdError
        self._frame = self._new()
        self._ready = b""
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._ready:
            if self._frame.eof:
                packed = self._frame.unused_data or self._file.read(_PACKED)
                self._frame, self._begun = self._new(), False
            else:
                packed = self._file.read(_PACKED)
            if not packed:
                if self._begun:
                    raise EOFError("it ends early")
                return 0
            self._begun = True
            try:
                self._ready = self._frame.decompress(packed)
            except self._error as error:
                raise EOFError(str(error)) from error
            if self._frame.eof and not self._frame.unused_data:
                self._begun = False
        size = min(len(view), len(self._ready))
        view[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


_COMPRESSED: Final[dict[bytes, Callable[[BinaryIO], object]]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"BZh": bz2.BZ2File,
    b"\x28\xb5\x2f\xfd": _Zstandard,
}


@contextmanager
def open_plain(path: Path) -> Iterator[io.BufferedReader]:
    """The content of a file, unpacked as it is read: gzip, xz, bzip2, Zstandard or none of them.

    Raises
    ------
    OntologyError
        When the file cannot be opened, or (while it is read) when it ends early or is damaged.
    MissingExtraError
        When it is Zstandard and that package is missing.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
            file.seek(0)
            unpack = next((opener for magic, opener in _COMPRESSED.items() if head.startswith(magic)), None)
            stream = cast(io.RawIOBase, unpack(file)) if unpack else file
            with io.BufferedReader(cast(io.RawIOBase, stream), _PEEK) as content:
                yield cast(io.BufferedReader, content)
    except DAMAGED as error:
        said = str(error) or "it ends early"
        raise OntologyError(
            f"{path} is no ontology that can be read: damaged compressed file ({said})"
        ) from error
    except OSError as error:
        raise OntologyError(f"{path} cannot be read ({error.strerror or error})") from error


def kind_of_file(content: BinaryIO) -> FileKind:
    """What an opened file is; nothing of it is consumed.

    Raises
    ------
    ValueError
        When it is nothing that is read here; the message says what it seems to be.
    """
    head = _peek(content)
    if not head.strip():
        raise ValueError("it is empty")
    if head[257:262] == b"ustar" or head.startswith(b"PK\x03\x04"):
        raise ValueError("it is an archive of files; unpack it first")
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    if encoding == "utf-8-sig" and head.count(b"\x00") * 100 > len(head):
        raise ValueError("it is a binary file")
    text = head.decode(encoding, errors="replace").lstrip()
    if _CELL_LINE.search(text):
        return "cellosaurus"
    for start, kind, why in _STARTS:
        if re.match(start, text, re.IGNORECASE | re.DOTALL if start.startswith("(<") else re.IGNORECASE):
            if kind is None:
                raise ValueError(why)
            return kind
    if _TERM.search(text):
        return "obo"  # under a first line that is not well formed
    raise ValueError("it is neither OBO nor OWL (RDF/XML) nor OBO-graph JSON")


def _peek(content: BinaryIO) -> bytes:
    """The first 64 KB: `peek` alone gives what one read of the stream below gave, which may be little."""
    head = cast(io.BufferedReader, content).peek(_PEEK)
    return head[:_PEEK]
