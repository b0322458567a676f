"""The journal of a run: one SQLite file that says where every query stands, after any kind of end.

Every change is one short transaction that is on disk before the run goes on. The journal holds neither tokens nor
download addresses.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

from synthquery.errors import JournalError
from synthquery.jobs.rows import STATES, InputRow, Part, QueryRow, State

FILE: Final = "jobs.sqlite"
VERSION: Final = 2  # 1 knew queries by a hash of its own
_MARK: Final = 0x53514A31  # "SQJ1", so that another program's database is not taken for a journal
_PATIENCE: Final = 30.0  # seconds that a transaction waits for another process

_SCHEMA: Final = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE queries (
    hash TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, model_id TEXT NOT NULL, n_samples INTEGER NOT NULL,
    saved INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE bodies (hash TEXT PRIMARY KEY REFERENCES queries, body BLOB NOT NULL, report TEXT NOT NULL) STRICT;
CREATE TABLE inputs (
    position INTEGER PRIMARY KEY, label TEXT NOT NULL, hash TEXT NOT NULL REFERENCES queries
) STRICT;
CREATE TABLE parts (
    hash TEXT NOT NULL REFERENCES queries, number INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    state TEXT NOT NULL, key TEXT, query_id TEXT, attempts INTEGER NOT NULL, resent INTEGER NOT NULL,
    next_try REAL NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, changed REAL NOT NULL,
    PRIMARY KEY (hash, number)
) STRICT;
"""
_IMPOSSIBLE: Final = {
    "inputs": "hash NOT IN (SELECT hash FROM queries)",
    "queries": "hash NOT IN (SELECT hash FROM parts)",
    "parts": f"hash NOT IN (SELECT hash FROM queries) OR state NOT IN ({', '.join(map(repr, STATES))})",  # noqa: S608
}
"""Rows of each table that no run writes: another program, or the disk, has changed the file."""

_PART_COLUMNS: Final = tuple(Part.__slots__)


class Journal:
    """Where every query of a run stands. Safe to use from several threads.

    Parameters
    ----------
    path
        The file; made when it is missing. None keeps the journal in memory.
    read_only
        Look at a journal without changing it, also while a run writes to it.

    Raises
    ------
    JournalError
        When the file is damaged, is no journal or one of another version, or cannot be written.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        if read_only and (path is None or not path.is_file()):
            raise JournalError(f"{path}: there is no journal of queries here")
        with self._translated():
            self._database = _connected(":memory:" if path is None else path)
        try:
            with self._translated():
                if read_only and path is not None and not _can_be_read(self._database):
                    self._database.close()
                    self._database = _connected(_unchanging(path), uri=True)
            self._open(read_only=read_only)
        except BaseException:
            self._database.close()
            raise

    def _open(self, *, read_only: bool) -> None:
        with self._translated():
            if read_only:
                self._database.execute("PRAGMA query_only = ON")
            else:
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute(
                    "PRAGMA synchronous = FULL"
                )  # what was sent is known after a power cut too
                self._database.execute("PRAGMA foreign_keys = ON")
            (mark,) = self._database.execute("PRAGMA application_id").fetchone()
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            (tables,) = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables and not mark and not read_only:
                self._create()
                return
        if mark != _MARK:
            raise JournalError(
                f"{self.path} is a database of another program; give another folder for results"
            )
        if version != VERSION:
            age = "a newer" if version > VERSION else "an older"
            raise JournalError(
                f"{self.path} was written by {age} synthquery (journal version {version}, this is {VERSION}): "
                "finish it with that version, or give another folder for results"
            )
        with self._translated():
            (found,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self.damaged(" ".join(str(found).split()))
        for table, condition in _IMPOSSIBLE.items():
            if self._rows(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1"):  # noqa: S608 (our own words)
                raise self.damaged(f"the rows of {table} do not fit the others")

    def _create(self) -> None:
        with self.transaction():
            for statement in _SCHEMA.split(";"):
                self._database.execute(statement)
            self._database.execute(f"PRAGMA application_id = {_MARK}")
            self._database.execute(f"PRAGMA user_version = {VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what it says stays."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes of the block or none."""
        with self._lock, self._translated():
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled it back already
                    self._database.execute("ROLLBACK")
                raise

    def setting(self, name: str) -> str | None:
        """A setting of the run, such as its transport."""
        rows = self._rows("SELECT value FROM settings WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def settings(self) -> dict[str, str]:
        """All settings of the run."""
        return {row[0]: row[1] for row in self._rows("SELECT name, value FROM settings ORDER BY name")}

    def set_settings(self, settings: Mapping[str, str | None]) -> None:
        """Keep settings of the run; None forgets one."""
        with self.transaction():
            self._database.executemany("DELETE FROM settings WHERE name = ?", [(name,) for name in settings])
            self._database.executemany(
                "INSERT INTO settings VALUES (?, ?)",
                [(name, value) for name, value in settings.items() if value is not None],
            )

    def add_query(self, row: QueryRow, body: bytes, report: str) -> None:
        """A query that is to be sent, with its parts."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO queries (hash, name, model_id, n_samples) VALUES (?, ?, ?, ?)",
                (row.hash, row.name, row.model_id, row.n_samples),
            )
            self._database.execute("INSERT INTO bodies VALUES (?, ?, ?)", (row.hash, body, report))
            marks = ", ".join("?" * len(_PART_COLUMNS))
            self._database.executemany(
                f"INSERT INTO parts ({', '.join(_PART_COLUMNS)}) VALUES ({marks})",  # noqa: S608 (our own names)
                [tuple(getattr(part, name) for name in _PART_COLUMNS) for part in row.parts],
            )

    def name_queries(self, names: Mapping[str, str]) -> None:
        """Give queries (by hash) their names."""
        with self.transaction():
            self._database.executemany(
                "UPDATE queries SET name = ? WHERE hash = ?", [(name, key) for key, name in names.items()]
            )

    def add_inputs(self, rows: Iterable[InputRow]) -> None:
        """Queries as they were given."""
        with self.transaction():
            self._database.executemany(
                "INSERT INTO inputs VALUES (?, ?, ?)", [(row.position, row.label, row.hash) for row in rows]
            )

    def inputs(self) -> list[InputRow]:
        """All queries as they were given, in order."""
        return [InputRow(*row) for row in self._rows("SELECT * FROM inputs ORDER BY position")]

    def queries(self) -> list[QueryRow]:
        """All queries, in the order in which they were first given."""
        parts: dict[str, list[Part]] = {}
        for row in self._rows(f"SELECT {', '.join(_PART_COLUMNS)} FROM parts ORDER BY hash, number"):  # noqa: S608
            parts.setdefault(row[0], []).append(Part(*row))
        columns = "hash, name, model_id, n_samples, saved"
        return [
            QueryRow(row[0], row[1], row[2], row[3], bool(row[4]), tuple(parts.get(row[0], ())))
            for row in self._rows(f"SELECT {columns} FROM queries ORDER BY rowid")  # noqa: S608
        ]

    def body(self, query_hash: str) -> bytes | None:
        """The packed body of a query; None once its answer is saved."""
        rows = self._rows("SELECT body FROM bodies WHERE hash = ?", (query_hash,))
        return rows[0][0] if rows else None

    def report(self, query_hash: str) -> str:
        """What validation said of a query, as JSON."""
        rows = self._rows("SELECT report FROM bodies WHERE hash = ?", (query_hash,))
        return rows[0][0] if rows else ""

    def change(self, part: Part, state: State, **columns: Any) -> Part:
        """Put a part into another state, with anything else that changes; on disk when this returns."""
        told: dict[str, Any] = {
            name: readable(value) if isinstance(value, str) else value for name, value in columns.items()
        }
        changed = replace(part, state=state, changed=time.time(), **told)
        names = ("state", "changed", *columns)
        with self.transaction():
            self._database.execute(
                f"UPDATE parts SET {', '.join(f'{name} = ?' for name in names)} WHERE hash = ? AND number = ?",  # noqa: S608
                (*(getattr(changed, name) for name in names), part.hash, part.number),
            )
        return changed

    def saved(self, query_hash: str) -> None:
        """The whole answer to a query is kept; its body is not needed any more."""
        with self.transaction():
            self._database.execute("UPDATE queries SET saved = 1 WHERE hash = ?", (query_hash,))
            self._database.execute("DELETE FROM bodies WHERE hash = ?", (query_hash,))
            self._database.execute(
                "UPDATE parts SET state = 'saved', reason = '', error = '', changed = ? WHERE hash = ?",
                (time.time(), query_hash),
            )

    def reopen(self, query: QueryRow, body: bytes, report: str) -> None:
        """A query whose saved answer is gone is to be answered again.

        What the service has under an ID is downloaded again, the rest sent again under its key.
        """
        with self.transaction():
            self._database.execute("UPDATE queries SET saved = 0 WHERE hash = ?", (query.hash,))
            self._database.execute(
                "INSERT OR REPLACE INTO bodies VALUES (?, ?, ?)", (query.hash, body, report)
            )
            self._database.execute(
                "UPDATE parts SET state = CASE WHEN query_id IS NULL THEN 'waiting' ELSE 'submitted' END, "
                "next_try = 0, changed = ? WHERE hash = ?",
                (time.time(), query.hash),
            )

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._translated():
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:  # Python's, of a message of SQLite that quotes what it has read
            raise self.damaged(str(error)) from error
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            base = None if code is None else code & 0xFF
            if base in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise self.damaged(str(error)) from error
            raise JournalError(f"{self.path}: the journal cannot be used: {error}") from error

    def damaged(self, how: str) -> JournalError:
        """The error of a journal that does not hold what was written into it."""
        return JournalError(
            f"{self.path} is damaged ({how}): results that are saved are whole, but which other queries the "
            "service already has is not known; move the file away and predict into another folder what is missing"
        )


def _connected(where: str | Path, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(where, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=uri)


def _can_be_read(database: sqlite3.Connection) -> bool:
    """False where SQLite would have to make its own files beside a journal, and may not."""
    try:
        database.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        )
    return True


def _unchanging(path: Path) -> str:
    """The address of a journal in a folder that cannot be written.

    SQLite reads it without files of its own once it knows that nobody changes it; what a run that was killed had
    still to put into it lies beside it and is read with it, or the journal would be told wrong.
    """
    beside = path.with_name(f"{path.name}-wal")
    complete = not beside.is_file() or not beside.stat().st_size
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if complete else ''}"


def readable(text: str) -> str:
    """Text that can be written as UTF-8: half characters, in names of files and answers of servers, are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
