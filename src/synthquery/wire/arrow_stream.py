"""An Arrow IPC stream as record batches, with what is wrong with it told in our words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from synthquery.errors import ResultError
from synthquery.prediction.extras import import_extra


class Readable(Protocol):
    """What a stream is read from."""

    def read(self, size: int = ..., /) -> bytes | memoryview: ...


Source = bytes | bytearray | memoryview | str | os.PathLike[str] | Readable
_END: Final = (
    b"\xff\xff\xff\xff\x00\x00\x00\x00"  # of a stream: Apache Arrow, IPC streaming format, since 0.15
)


class Batches:
    """The record batches of an open stream.

    Attributes
    ----------
    schema
        The Arrow schema.
    in_memory
        Whether all of it is at hand already, in memory or in a mapped file.
    fixed
        Whether nobody can write where its numbers lie.
    ended
        Whether the stream was read to its mark of the end; False before, and for one that is cut off.
    """

    def __init__(self, reader: Any, tail: Callable[[], bytes], *, in_memory: bool, fixed: bool) -> None:
        self._reader = reader
        self._tail = tail
        self.schema = reader.schema
        self.in_memory = in_memory
        self.fixed = fixed

    @property
    def ended(self) -> bool:
        return self._tail() == _END

    def __iter__(self) -> Iterator[Any]:
        for batch in self._reader:
            # Lengths that a damaged stream states wrongly lead pyarrow out of its memory: it ends the process.
            batch.validate(full=True)
            yield batch


@contextmanager
def open_batches(source: Source) -> Iterator[Batches]:
    """Open a stream.

    Raises
    ------
    ResultError
        Here or while the batches are read: when it is no Arrow stream, or cut off within a batch.
    MissingExtraError
        When pyarrow is not installed.
    Exception
        What reading from a file object raises, as it is.
    """
    pa = import_extra("pyarrow", "arrow", "an Arrow stream")
    ipc = import_extra("pyarrow.ipc", "arrow", "an Arrow stream")
    filled = None
    try:
        if isinstance(source, bytes | bytearray | memoryview):
            buffer = pa.py_buffer(source)
            file: Any = pa.BufferReader(buffer)
            with ipc.open_stream(file) as reader:
                yield Batches(
                    reader,
                    lambda: bytes(buffer.slice(max(0, file.tell() - 8), 8).to_pybytes()),
                    in_memory=True,
                    fixed=isinstance(source, bytes),
                )
        elif isinstance(source, str | os.PathLike):
            with pa.memory_map(os.fspath(source)) as file, ipc.open_stream(file) as reader:
                yield Batches(
                    reader,
                    lambda: bytes(file.read_at(8, max(0, file.tell() - 8))),
                    in_memory=True,
                    fixed=False,
                )
        else:
            filled = _Filled(source)
            with ipc.open_stream(pa.PythonFile(filled, mode="r")) as reader:
                yield Batches(reader, lambda: filled.tail, in_memory=False, fixed=True)
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        if filled is not None and filled.failure is not None:
            raise filled.failure from None
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise ResultError(f"the answer is no Arrow stream, or it is cut off: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]


class _Filled:
    """A file object whose reads are as long as they were asked for, until the end of the file."""

    closed = False

    def __init__(self, file: Readable) -> None:
        self._file = file
        self.tail = b""
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int) -> bytes | memoryview:
        try:
            data = self._file.read(size)
            if 0 < len(data) < size:
                data = self._rest(data, size)
        except BaseException as error:
            # pyarrow would wrap it: who reads must get it as it was.
            self.failure = error
            raise
        self.tail = (self.tail + bytes(data[-8:]))[-8:]
        return data

    def _rest(self, data: bytes | memoryview, size: int) -> bytes:
        pieces, missing = [data], size - len(data)
        while missing and (piece := self._file.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)
