"""One writer at a time: updates at once wait for each other, and what a killed one left is cleared away."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from synthquery.ontology.in_use import folder_name, releases_root

try:
    import fcntl
except ImportError:  # Windows: renames alone keep releases whole
    fcntl = None  # type: ignore[assignment]

WORK = ".work"


@contextlib.contextmanager
def one_writer(name: str) -> Iterator[Path]:
    """Hold the lock of an ontology; gives a folder for unfinished files, kept from one run to the next."""
    work = releases_root() / WORK / folder_name(name)
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("a") as file:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        for left in work.glob("building-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield work
