"""Where the data files of the package are, and how files are written: whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

from synthquery.errors import SnapshotError

_PACKAGE = Path(__file__).parent


def data_file(name: str) -> Path:
    """Path of a data table that ships with the package (``src/synthquery/data``)."""
    return _PACKAGE / "data" / name


@cache
def load_toml(name: str) -> dict[str, Any]:
    """Content of a TOML data table; treat it as read-only, it is shared."""
    with data_file(name).open("rb") as file:
        return tomllib.load(file)


def snapshot_dir() -> Path:
    """Folder of the ontology snapshot.

    A wheel carries it inside the package; a source tree (editable install) has it at ``data/ontologies``.

    Raises
    ------
    SnapshotError
        When neither place has one.
    """
    for folder in (_PACKAGE / "data" / "ontologies", _PACKAGE.parents[1] / "data" / "ontologies"):
        if (folder / "manifest.json").is_file():
            return folder
    raise SnapshotError("the ontology snapshot is missing from this installation; reinstall synthquery")


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write that takes its name only when it is complete.

    Until the block ends without an error the old file, if any, stays as it is; afterwards the new one is on
    disk. A name that is not a plain file (``/dev/stdout``, a pipe) is written to directly.

    Parameters
    ----------
    path
        Where to write; its folder must exist. A symbolic link keeps pointing to the file it points to.
    """
    mode = _mode(Path(path))
    if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        with Path(path).open("wb") as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}.unfinished")
    try:
        with unfinished.open("xb") as file:
            if mode is not None:
                unfinished.chmod(stat.S_IMODE(mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename == str(unfinished):
            # The person knows the name they gave, not that of the unfinished file.
            error.filename = str(target.parent if isinstance(error, FileNotFoundError) else target)
        unfinished.unlink(missing_ok=True)
        raise


def write_atomically(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write a whole file or leave what was there; text is written as UTF-8 with its own line ends."""
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
