"""What an installed release has beside its terms: mappings from foreign identifiers, and records of cell lines.

It lies in a table of its own in the folder of the release, ``beside.tsv.xz``: a line a fact, its kind, the
identifier it is about, and the fact as JSON. Like the terms it is compiled into a database in the cache.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from synthquery.errors import SnapshotError
from synthquery.ontology import cache
from synthquery.ontology.database import Database
from synthquery.ontology.snapshot import Entry

Kind = Literal["mapping", "cell line"]
TABLE: Final = "beside.tsv.xz"
_FILE: Final = "beside.sqlite"
_SCHEMA: Final = 1
_UNFIT: Final = re.compile(r"[\t\r\n]")
_BATCH: Final = 5_000
_FAST: Final = [{"id": lzma.FILTER_LZMA2, "preset": 0}]


class Fact(NamedTuple):
    """One fact: of which kind, about which identifier, and what; `value` is made of plain JSON values."""

    kind: Kind
    key: str
    value: Any


def write_facts(path: Path, facts: Iterable[Fact]) -> Counter[Kind]:
    """Write the table; gives the number of facts of each kind."""
    written: Counter[Kind] = Counter()
    left = iter(facts)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    with lzma.open(path, "wb", check=lzma.CHECK_CRC64, filters=_FAST) as file:
        while batch := list(islice(left, _BATCH)):
            rows = (f"{fact.kind}\t{_UNFIT.sub(' ', fact.key)}\t{encode(fact.value)}\n" for fact in batch)
            file.write("".join(rows).encode())
            written.update(fact.kind for fact in batch)
    return written


def damage_beside(entry: Entry) -> str | None:
    """What is wrong with the table, by its hash; None when nothing is, or there is none."""
    if not entry.beside_sha256:
        return None
    try:
        with _table(entry).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"{TABLE} cannot be read ({error.strerror or error})"
    return (
        None if found == entry.beside_sha256 else f"{TABLE} does not have the SHA-256 it was installed with"
    )


class Beside:
    """The facts that a release has beside its terms, compiled on their first use on this machine.

    Parameters
    ----------
    entry
        A release that has some.

    Raises
    ------
    OntologyError
        When they cannot be compiled.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._database = Database(partial(_compiled, entry), _FILE, cache.discard_artifact)

    def values(self, kind: Kind, key: str) -> list[Any]:
        """The facts of a kind about an identifier, in the order of the table."""
        rows = self._database.ask("SELECT value FROM fact WHERE kind = ? AND key = ? ORDER BY n", (kind, key))
        return [json.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Release the file; it is opened again when it is next asked."""
        self._database.close()


def _table(entry: Entry) -> Path:
    return entry.path.parent / TABLE


def _compiled(entry: Entry) -> Path:
    def build(folder: Path) -> None:
        _compile(folder, _rows(entry))

    fingerprint = hashlib.sha256(f"{entry.beside_sha256} schema {_SCHEMA}".encode()).hexdigest()
    what = f"{entry.n_mappings:,} mappings" if entry.n_mappings else f"{entry.n_records:,} records"
    describe = f"{what} of {entry.title} {entry.release}"
    return cache.cached_artifact(f"{entry.name}-beside", fingerprint, build, describe=describe)


def _rows(entry: Entry) -> Iterator[tuple[str, ...]]:
    problem = damage_beside(entry)
    if problem:
        again = f"`synthquery ontology remove {entry.name}`, then add or update it again"
        raise SnapshotError(f"{entry.name} {entry.release} is damaged: {problem}; {again}")
    with lzma.open(_table(entry), "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield tuple(line.rstrip("\n").split("\t", 2))


def _compile(folder: Path, rows: Iterator[tuple[str, ...]]) -> None:
    connection = None
    try:
        connection = sqlite3.connect(folder / _FILE, isolation_level=None)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "CREATE TABLE fact (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL)"
        )
        connection.execute("BEGIN")
        while batch := list(islice(rows, _BATCH)):
            connection.executemany("INSERT INTO fact (kind, key, value) VALUES (?, ?, ?)", batch)
        connection.execute("CREATE INDEX fact_by_key ON fact (key, kind)")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise OSError(f"the database could not be written: {error}") from error
    finally:
        if connection is not None:
            connection.close()
