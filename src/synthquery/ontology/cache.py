"""Compiled files in the user's cache directory.

What is slow to make and cheap to keep (an ontology as a database, an index of names) is an *artifact*: a
folder of files that `cached_artifact` builds once and then finds again. A folder appears whole or not at
all (it is renamed into place), one process builds while the others wait, and a folder that is not as it
was left is built anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from synthquery.errors import OntologyError
from synthquery.ontology.progress import report_progress

try:
    import fcntl
except ImportError:  # Windows: the rename alone keeps an artifact whole
    fcntl = None  # type: ignore[assignment]

_STAMP = "stamp.json"
Build = Callable[[Path], None]


def cached_artifact(name: str, fingerprint: str, build: Build, *, describe: str) -> Path:
    """The folder of an artifact, built if need be.

    Parameters
    ----------
    name
        Name of the artifact, fit for a file name.
    fingerprint
        Hexadecimal digest of everything the artifact depends on; another fingerprint is another artifact.
    build
        Writes files (no subfolders) into the empty folder it is given; called only when there is no whole
        artifact yet. An OSError it raises means that the place cannot be written to.
    describe
        What is being prepared, for the progress line.

    Returns
    -------
    Path
        Folder with the files, complete and unchanged since they were built.

    Warns
    -----
    UserWarning
        Once a process, when the cache directory cannot be used and a temporary folder takes its place.
    """
    root = cache_root()
    try:
        return _artifact_in(root, name, fingerprint, build, describe)
    except OSError as error:
        fallback = _temporary_root()
        if root == fallback:
            raise OntologyError(f"cannot prepare {describe}: {error}") from error
        _use_instead(fallback, root, error)
        try:
            return _artifact_in(fallback, name, fingerprint, build, describe)
        except OSError as second:
            raise OntologyError(f"cannot prepare {describe}: {second}") from second


def find_artifact(name: str, fingerprint: str) -> Path | None:
    """The folder of an artifact if it is there and whole; nothing is built."""
    folder = cache_root() / name / fingerprint[:32]
    return folder if _is_whole(folder) else None


def discard_artifact(folder: Path) -> None:
    """Forget an artifact that proved unreadable, so that the next request builds it anew."""
    with contextlib.suppress(OSError):
        (folder / _STAMP).unlink()


def cache_root() -> Path:
    """Directory of all artifacts: ``SYNTHQUERY_CACHE_DIR``, or where the platform has this user's caches."""
    given = os.environ.get("SYNTHQUERY_CACHE_DIR")
    chosen = Path(given).absolute() if given else Path(_platform_cache())
    return _replaced.get(chosen, chosen)


_replaced: dict[Path, Path] = {}  # directories that could not be used, and what stands in for each


def _platform_cache() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("synthquery", appauthor=False)


def _use_instead(fallback: Path, root: Path, error: OSError) -> None:
    first = not _replaced
    _replaced[root] = fallback
    if first:
        warnings.warn(
            f"the cache directory {root} cannot be used ({error.strerror or error}); compiled ontologies "
            f"go to {fallback}. Set SYNTHQUERY_CACHE_DIR to a directory that can be written to.",
            UserWarning,
            stacklevel=3,
        )


@cache
def _temporary_root() -> Path:
    """This user's folder in the system's temporary folder, kept between commands where that is safe."""
    try:
        base = Path(tempfile.gettempdir())
        shared = (
            base / f"synthquery-{os.getuid() if hasattr(os, 'getuid') else os.environ.get('USERNAME', '')}"
        )
        with contextlib.suppress(FileExistsError):
            shared.mkdir(mode=0o700)
        if _is_ours(shared):
            return shared
        return Path(tempfile.mkdtemp(prefix="synthquery-"))
    except OSError as error:
        raise OntologyError(
            f"no directory can be written to ({error.strerror or error}); "
            "set SYNTHQUERY_CACHE_DIR to one that can"
        ) from error


def _is_ours(folder: Path) -> bool:
    """True when nobody else can have put files there: other users can make folders of any name below /tmp."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or not os.access(folder, os.W_OK):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _artifact_in(root: Path, name: str, fingerprint: str, build: Build, describe: str) -> Path:
    shelf = root / name
    folder = shelf / fingerprint[:32]
    if _is_whole(folder):
        return folder
    _make_directories(shelf)
    with _one_at_a_time(shelf / "lock") as alone:
        if _is_whole(folder):  # another process built it while this one waited
            return folder
        report_progress(f"preparing {describe} (once)")
        _build(shelf, folder, build, alone=alone)
    return folder


def _make_directories(shelf: Path) -> None:
    if not shelf.is_absolute():
        raise FileNotFoundError(2, "no home directory", str(shelf))
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path.home() raises where there is none)
    if shelf.is_relative_to(home) and not home.is_dir():
        raise FileNotFoundError(2, "the home directory does not exist", str(home))
    shelf.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _one_at_a_time(lock: Path) -> Iterator[bool]:
    """Hold the lock of an artifact; False where the system or the file system has no locks."""
    with lock.open("a") as file:
        locked = False
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
                locked = True
        yield locked


def _build(shelf: Path, folder: Path, build: Build, *, alone: bool) -> None:
    if alone:  # nobody is at work in these folders: they are what interrupted builds left
        _remove(shelf.glob(".building-*"))
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=shelf))
    try:
        build(work)
        _write_stamp(work, sorted(path.name for path in work.iterdir()))
        if folder.exists():
            # a damaged one: out of the way first, for others may have its files open
            folder.rename(Path(tempfile.mkdtemp(prefix=".damaged-", dir=shelf)) / "old")
        try:
            work.rename(folder)
        except OSError:
            if not _is_whole(folder):  # without locks another process may have been first, which is as good
                raise
    finally:
        _remove([work, *shelf.glob(".damaged-*")])


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _write_stamp(folder: Path, names: Iterable[str]) -> None:
    """Write down what the files are; once it is there they are on the disk, even after a power cut."""
    facts = {}
    for name in names:
        with (folder / name).open("rb+") as file:
            os.fsync(file.fileno())
        facts[name] = _facts(folder / name, _checksum(folder / name))
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".stamp-", delete=False) as stamp:
        json.dump(facts, stamp)
        stamp.flush()
        os.fsync(stamp.fileno())
    Path(stamp.name).replace(folder / _STAMP)


def _is_whole(folder: Path) -> bool:
    """True when every file is as it was when it was built.

    Size and times tell without reading; only where the times differ (a copied or restored cache, or
    damage) are the bytes compared with their checksum.
    """
    try:
        stamp: dict[str, dict[str, Any]] = json.loads((folder / _STAMP).read_bytes())
        touched = False
        for name, facts in stamp.items():
            path = folder / name
            if _facts(path, facts["crc32"]) == facts:
                continue
            if path.stat().st_size != facts["size"] or _checksum(path) != facts["crc32"]:
                return False
            touched = True
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    if touched:
        with contextlib.suppress(OSError):  # a read-only cache is checked each time
            _write_stamp(folder, stamp)
    return bool(stamp)


def _facts(path: Path, checksum: int) -> dict[str, Any]:
    found = path.stat()
    # st_ctime cannot be set back by a program: it also betrays damage that keeps size and mtime
    return {"size": found.st_size, "mtime": found.st_mtime_ns, "ctime": found.st_ctime_ns, "crc32": checksum}


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value
