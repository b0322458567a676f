"""One ontology as a read-only SQLite database.

A database is compiled from terms once (`compile_store`) and then opened in a moment: looking one term up
touches a few pages, so that a command needs neither the time nor the memory to load 200,000 of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from synthquery.errors import OntologyError, UnknownTermError
from synthquery.ontology.database import Database
from synthquery.ontology.facts import Term
from synthquery.ontology.source import Name, names_of

SCHEMA_VERSION = 3
_FILE = "terms.sqlite"
_BAR = "\x1f"  # between the values of one column; no name contains a control character
_BATCH = 2_000  # terms written at a time
_CHUNK = 500  # terms read at a time

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
CREATE TABLE about (name TEXT NOT NULL, release TEXT NOT NULL, n_terms INTEGER NOT NULL, n_obsolete INTEGER);
CREATE TABLE term (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, label TEXT NOT NULL, synonyms TEXT, obsolete INTEGER NOT NULL,
    replaced_by TEXT, consider TEXT, parents TEXT, biotype TEXT,
    previous TEXT
);
CREATE TABLE edge (child INTEGER, parent INTEGER, PRIMARY KEY (child, parent)) WITHOUT ROWID;
CREATE TEMP TABLE named_edge (child INTEGER NOT NULL, parent TEXT NOT NULL);
"""
_INDEXES = """
CREATE UNIQUE INDEX term_by_id ON term (id);
INSERT OR IGNORE INTO edge SELECT child, n FROM named_edge JOIN term ON id = parent;
CREATE INDEX edge_down ON edge (parent, child);
INSERT INTO about VALUES (:name, :release, (SELECT count(*) FROM term), (SELECT total(obsolete) FROM term));
"""
_ONE_STEP = """
SELECT relative.id
FROM term JOIN edge ON edge.{near} = term.n JOIN term AS relative ON relative.n = edge.{far}
WHERE term.id = ? AND relative.n != term.n ORDER BY relative.n
"""
# UNION (not UNION ALL) visits a term once, which is what ends the walk where the ontology has a cycle
_ALL_STEPS = """
WITH RECURSIVE start (n) AS (SELECT n FROM term WHERE id = ?), reached (n) AS (
    SELECT n FROM start UNION SELECT edge.{far} FROM edge JOIN reached ON edge.{near} = reached.n
)
SELECT id FROM term JOIN reached USING (n) WHERE n NOT IN (SELECT n FROM start) ORDER BY n
"""
_TERM = "SELECT id, label, synonyms, obsolete, replaced_by, consider, parents, biotype, previous\nFROM term "
_LIVE = "SELECT id FROM term WHERE NOT obsolete AND id "


def compile_store(terms: Iterable[Term], folder: Path, *, name: str, release: str) -> None:
    """Write the database of an ontology into `folder`.

    Parameters
    ----------
    terms
        All terms, sorted by identifier; read one at a time, so that memory stays flat.
    folder
        An empty folder.
    name, release
        Which ontology it is.

    Raises
    ------
    OSError
        When the database cannot be written (no space, no right).
    OntologyError
        When two terms share an identifier.
    """
    connection = None
    try:
        connection = sqlite3.connect(folder / _FILE, isolation_level=None)
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute("BEGIN")
        numbered = enumerate(terms)
        while batch := list(islice(numbered, _BATCH)):
            rows = (_row(number, term) for number, term in batch)
            connection.executemany("INSERT INTO term VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            edges = ((number, parent) for number, term in batch for parent in term.parents)
            connection.executemany("INSERT INTO named_edge VALUES (?, ?)", edges)
        for statement in _INDEXES.split(";"):
            connection.execute(statement, {"name": name, "release": release} if ":name" in statement else ())
        connection.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        raise OntologyError(f"{name} {release} has two terms with one identifier") from error
    except sqlite3.Error as error:
        raise OSError(f"the database of {name} could not be written: {error}") from error
    finally:
        if connection is not None:
            connection.close()


def _row(number: int, term: Term) -> tuple[Any, ...]:
    return (
        number,
        term.id,
        term.label,
        _BAR.join(term.synonyms) or None,
        term.obsolete,
        term.replaced_by,
        _BAR.join(term.consider) or None,
        _BAR.join(term.parents) or None,
        term.biotype,
        _BAR.join(term.previous) or None,
    )


class OntologyStore:
    """A compiled ontology; satisfies `OntologySource`.

    Parameters
    ----------
    locate
        Gives the folder of the database, compiling it if need be; asked again when it proves damaged.
    repair
        Told of a damaged folder before `locate` is asked again.

    Attributes
    ----------
    name, release
        Which ontology it is.
    n_obsolete
        How many of its terms are withdrawn.

    Notes
    -----
    One store may be used by many threads, and in processes forked from the one that opened it.
    """

    def __init__(self, locate: Callable[[], Path], repair: Callable[[Path], None] = lambda _: None) -> None:
        self._database = Database(locate, _FILE, repair)
        self._ask = self._database.ask
        self._ask_many = self._database.ask_many
        name, release, n_terms, n_obsolete = self._ask(
            "SELECT name, release, n_terms, n_obsolete FROM about"
        )[0]
        self.name: str = name
        self.release: str = release
        self._n_terms = int(n_terms)
        self.n_obsolete = int(n_obsolete)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.release}: {len(self):,} terms>"

    def __len__(self) -> int:
        return self._n_terms

    def __contains__(self, identifier: object) -> bool:
        return bool(self._ask("SELECT 1 FROM term WHERE id = ?", (identifier,)))

    def __getitem__(self, identifier: str) -> Term:
        """The term with this identifier; UnknownTermError when the release has none."""
        term = self.get(identifier)
        if term is None:
            raise UnknownTermError(f"{identifier} is not in {self.name} {self.release}")
        return term

    def get(self, identifier: str) -> Term | None:
        """The term with this identifier; None when the release has none."""
        rows = self._ask(_TERM + "WHERE id = ?", (identifier,))
        return self._term(rows[0]) if rows else None

    def get_many(self, identifiers: Iterable[str]) -> dict[str, Term]:
        """The terms with these identifiers; what the release does not have is left out."""
        wanted = list(dict.fromkeys(identifiers))
        found = {row[0]: self._term(row) for row in self._ask_many(_TERM + "WHERE id IN ", wanted)}
        return {identifier: found[identifier] for identifier in wanted if identifier in found}

    def live(self, identifiers: Iterable[str]) -> set[str]:
        """Those of `identifiers` that the release has and has not withdrawn; far cheaper than `get_many`."""
        return {row[0] for row in self._ask_many(_LIVE + "IN ", list(set(identifiers)))}

    def terms(self) -> Iterator[Term]:
        """All terms, sorted by identifier, obsolete ones among them."""
        for start in range(0, self._n_terms, _CHUNK):
            rows = self._ask(_TERM + "WHERE n >= ? AND n < ? ORDER BY n", (start, start + _CHUNK))
            yield from map(self._term, rows)

    def names(self) -> Iterator[Name]:
        """All strings that name a term, term by term: the label first, then the synonyms."""
        return names_of(self.terms())

    def parents(self, identifier: str) -> tuple[str, ...]:
        """One step up, sorted."""
        return self._relatives(identifier, _ONE_STEP.format(near="child", far="parent"))

    def children(self, identifier: str) -> tuple[str, ...]:
        """One step down, sorted."""
        return self._relatives(identifier, _ONE_STEP.format(near="parent", far="child"))

    def ancestors(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps up, sorted; never the term itself, even in a cycle."""
        return self._relatives(identifier, _ALL_STEPS.format(near="child", far="parent"))

    def descendants(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps down, sorted; never the term itself, even in a cycle."""
        return self._relatives(identifier, _ALL_STEPS.format(near="parent", far="child"))

    def close(self) -> None:
        """Release the file; the store opens it again when it is next used."""
        self._database.close()

    def _relatives(self, identifier: str, statement: str) -> tuple[str, ...]:
        return tuple(row[0] for row in self._ask(statement, (identifier,)))

    def _term(self, row: Sequence[Any]) -> Term:
        identifier, label, synonyms, obsolete, replaced_by, consider, parents, biotype, previous = row
        return Term(
            identifier,
            label,
            self.name,
            self.release,
            tuple(synonyms.split(_BAR)) if synonyms else (),
            bool(obsolete),
            replaced_by,
            tuple(consider.split(_BAR)) if consider else (),
            tuple(parents.split(_BAR)) if parents else (),
            biotype,
            tuple(previous.split(_BAR)) if previous else (),
        )
