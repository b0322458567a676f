"""One file of named arrays, mapped into memory: a new process opens it in a millisecond and reads only what it uses."""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAGIC = b"SQIX"
_ALIGN = 16
_CODES = {"uint64": "Q", "uint32": "I", "uint8": "B", "float32": "f"}


def write_container(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write `arrays` (numpy arrays or bytes) and the JSON values of `meta` to `path`."""
    import numpy as np

    sections: dict[str, tuple[str, int, int]] = {}
    offset = 0
    for name, value in arrays.items():
        code = "B" if isinstance(value, bytes) else _CODES[np.asarray(value).dtype.name]
        size = len(value) if isinstance(value, bytes) else np.asarray(value).nbytes
        sections[name] = (code, offset, size)
        offset += size + -size % _ALIGN
    header = json.dumps({"meta": dict(meta), "sections": sections}).encode()
    header += b" " * (-(len(header) + 8) % _ALIGN)
    with path.open("wb") as file:
        file.write(_MAGIC + struct.pack("<I", len(header)) + header)
        for name, value in arrays.items():  # one at a time, never a copy of all
            file.write(value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes())
            file.write(b"\0" * (-sections[name][2] % _ALIGN))


class Container:
    """A read-only view of a file written by `write_container`.

    Attributes
    ----------
    meta
        The JSON values the writer gave.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[:4] != _MAGIC:
            raise ValueError(f"{path} is not an index")
        (length,) = struct.unpack("<I", self._map[4:8])
        header = json.loads(self._map[8 : 8 + length])
        self.meta: dict[str, Any] = header["meta"]
        self._sections: dict[str, tuple[str, int, int]] = header["sections"]
        self._start = 8 + length
        self._whole = memoryview(self._map)

    def __contains__(self, name: object) -> bool:
        return name in self._sections

    def view(self, name: str) -> memoryview:
        """The section as a typed memoryview: indexing it needs no numpy."""
        code, offset, size = self._sections[name]
        part = self._whole[self._start + offset : self._start + offset + size]
        return part.cast(code)  # type: ignore[call-overload,no-any-return]  # one of _CODES

    def array(self, name: str) -> npt.NDArray[np.generic]:
        """The section as a numpy array that shares the mapped memory."""
        import numpy as np

        code, offset, size = self._sections[name]
        dtype = np.dtype(code)
        return np.frombuffer(self._map, dtype, size // dtype.itemsize, self._start + offset)

    def text(self, name: str) -> str:
        """A bytes section as text."""
        return str(self.view(name), "utf-8")
