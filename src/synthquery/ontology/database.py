"""A compiled SQLite file that is read by many threads and processes, and compiled anew when it proves damaged."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from synthquery.errors import OntologyError

_CHUNK = 500  # values a statement; SQLite's limit was 999 for a long time


class Database:
    """A read-only database in a folder that can be compiled again.

    Parameters
    ----------
    locate
        Gives the folder, compiling it if need be; asked again when the file proves damaged.
    file
        Name of the database in it.
    repair
        Told of a damaged folder before `locate` is asked again.

    Notes
    -----
    Threads share one connection; a forked process opens its own.
    """

    def __init__(
        self, locate: Callable[[], Path], file: str, repair: Callable[[Path], None] = lambda _: None
    ) -> None:
        self._locate = locate
        self._file = file
        self._repair = repair
        self.path = locate() / file
        self._start()

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._connection: sqlite3.Connection | None = None
        self._closer: Callable[[], object] = lambda: None

    def ask(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of an answer.

        Raises
        ------
        OntologyError
            When the file stays damaged after it was compiled anew.
        """
        try:
            return self._rows(statement, values)
        except sqlite3.DatabaseError:
            self.close()
            self._repair(self.path.parent)
            self.path = self._locate() / self._file
            try:
                return self._rows(statement, values)
            except sqlite3.DatabaseError as error:
                raise OntologyError(f"the database {self.path} cannot be read ({error})") from error

    def ask_many(self, statement: str, values: Sequence[str]) -> Iterator[Any]:
        """All rows of a statement that ends in IN, asked with a few values at a time."""
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            yield from self.ask(f"{statement}({', '.join('?' * len(chunk))})", chunk)

    def _rows(self, statement: str, values: Sequence[Any]) -> list[Any]:
        if self._process != os.getpid():
            # neither a connection nor a lock that another thread held survives a fork
            self._start()
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            return self._connection.execute(statement, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        # The file never changes once it is in place, so SQLite need not lock it nor look for a journal.
        address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._closer = weakref.finalize(self, connection.close)
        return connection

    def close(self) -> None:
        """Release the file; it is opened again when it is next asked."""
        with self._lock:
            self._connection = None
            self._closer()
