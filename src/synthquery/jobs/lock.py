"""One run at a time on one folder of results; a run that was killed leaves no lock behind."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from synthquery.errors import JournalError

FILE: Final = ".jobs.lock"
_OWNER: Final = ".jobs.owner"
_PAUSE: Final = 0.2


@contextmanager
def only_run(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold a folder of results for this run.

    The lock is SQLite's own, on a file that holds nothing: the system takes it back from a process that ends in any
    way, and it works wherever the journal does.

    Parameters
    ----------
    folder
        The folder, which exists.
    wait
        Seconds to wait for another run to end.

    Raises
    ------
    JournalError
        When another run holds the folder, or it cannot be written.
    """
    try:
        database = sqlite3.connect(folder / FILE, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise JournalError(f"{folder} cannot be written: {error}") from error
    try:
        _take(database, folder, wait)
        try:
            (folder / _OWNER).write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        except OSError as error:
            raise JournalError(f"{folder} cannot be written: {error.strerror or error}") from error
        yield
    finally:
        database.close()


def _take(database: sqlite3.Connection, folder: Path, wait: float) -> None:
    until = time.monotonic() + wait
    while True:
        try:
            database.execute("BEGIN EXCLUSIVE")
            return
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise JournalError(f"{folder} cannot be written: {error}") from error
            if time.monotonic() >= until:
                raise JournalError(
                    f"another run ({_owner(folder)}) works on {folder}: wait until it has ended, or stop it"
                ) from None
        time.sleep(_PAUSE)


def _owner(folder: Path) -> str:
    try:
        return (folder / _OWNER).read_text(encoding="utf-8")
    except OSError:
        return "another process"
