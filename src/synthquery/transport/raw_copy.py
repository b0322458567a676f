"""A copy of an answer as it comes, so that one that does not fit is not lost."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from types import TracebackType
from typing import BinaryIO, Final, Self

_HELD: Final = 256 << 20
"""Bytes up to which a copy is only the pieces that were read, in whose memory the answer lies meanwhile. Beyond, it is
better written to a file than that it takes the memory that the counts need."""


class RawCopy:
    """The pieces of one answer: in memory while they are few, then in a file that only this user can read.

    A context manager: in the end nothing is left of it.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes | memoryview] = []
        self._size = 0
        self._path: Path | None = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what came: it comes anew, or is not needed."""
        self._pieces, self._size = [], 0
        file, path, self._file, self._path = self._file, self._path, None, None
        if file is not None and path is not None:
            with suppress(OSError):  # what the disk could not take is not needed either
                file.close()
            with suppress(OSError):  # some systems keep a file that is still mapped
                path.unlink()

    def write(self, piece: bytes | memoryview) -> None:
        """Add what came next.

        Raises
        ------
        OSError
            When it cannot be written to the disk.
        """
        if self._file is not None:
            self._file.write(piece)
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > _HELD:
            number, name = mkstemp(prefix="synthquery-")
            self._path, self._file = Path(name), os.fdopen(number, "wb")
            self._file.writelines(self._pieces)
            self._pieces = []

    def received(self) -> bytes | Path:
        """All that came, or the file that has it."""
        if self._file is not None and self._path is not None:
            self._file.flush()
            return self._path
        return b"".join(self._pieces)
