"""The ontology snapshot: one compressed table an ontology, and the manifest that says where each came from.

A table is tab-separated UTF-8 text, compressed with xz, its first line the names of the columns.
Identifiers leave out what they all start with (``start`` in the manifest); those of other ontologies are
written in full and so contain a colon. Columns that hold several values separate them with ``|``; inside
a value ``\\|`` is a bar and ``\\e`` a backslash.

``scripts/build_snapshot.py`` writes the tables with the functions here: writer and reader stay together.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from synthquery.errors import SnapshotError
from synthquery.ontology.facts import Term
from synthquery.resources import snapshot_dir

TERM_COLUMNS = ("id", "label", "obsolete", "replaced_by", "consider", "parents", "synonyms")
Origin = Literal["packaged", "updated", "added"]
GENE_COLUMNS = ("id", "label", "biotype")
RANKED_COLUMNS = (*TERM_COLUMNS, "previous")  # of sources that tell former names from other synonyms
_SPECIAL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # a tab ends a cell
_BATCH = 1_000  # rows written at a time
_UNESCAPED_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says about one ontology.

    Attributes
    ----------
    name, title, release
        Short name (``UBERON``), full name and release.
    source_url, licence, licence_url
        Where the publisher has this release, and on which terms.
    path, sha256
        The table and the SHA-256 of its bytes.
    n_terms, n_obsolete
        Number of rows, and of those that the release withdraws.
    columns, start
        Names of the columns; what every identifier starts with.
    origin
        ``"packaged"``, ``"updated"`` (an official release, downloaded) or ``"added"`` (a file of the user).
    source_sha256
        SHA-256 of the file it was compiled from; empty for what is packaged.
    prefixes, fields
        What its identifiers start with, and the fields it is searched for; set for an ontology that answers
        beside those of the package, empty for a release of one of them.
    n_mappings, n_records, beside_sha256
        How many mappings from foreign identifiers and records of cell lines it has beside its terms, and the
        SHA-256 of the table they are in (`synthquery.ontology.beside`); empty where it has none.
    """

    name: str
    title: str
    release: str
    source_url: str
    licence: str
    licence_url: str
    path: Path
    sha256: str
    n_terms: int
    n_obsolete: int
    columns: tuple[str, ...]
    start: str
    origin: Origin = "packaged"
    source_sha256: str = ""
    prefixes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    n_mappings: int = 0
    n_records: int = 0
    beside_sha256: str = ""


@cache
def manifest() -> dict[str, Entry]:
    """What the packaged snapshot holds, by name of the ontology.

    Raises
    ------
    SnapshotError
        When the manifest is missing or damaged.
    """
    return read_manifest(snapshot_dir())


def read_manifest(folder: Path) -> dict[str, Entry]:
    """The manifest of a snapshot folder."""
    try:
        content: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return {
            name: Entry(
                name=name,
                title=row["title"],
                release=row["release"],
                source_url=row["source_url"],
                licence=row["licence"],
                licence_url=row["licence_url"],
                path=folder / row["file"],
                sha256=row["sha256"],
                n_terms=row["n_terms"],
                n_obsolete=row["n_obsolete"],
                columns=tuple(row["columns"]),
                start=row["start"],
            )
            for name, row in content["ontologies"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SnapshotError(f"the manifest of the ontology snapshot cannot be read ({error!r})") from error


def damage(entry: Entry) -> str | None:
    """What is wrong with the table of an ontology, by its hash; None when nothing is."""
    try:
        with entry.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"{entry.path.name} cannot be read ({error.strerror or error})"
    if found != entry.sha256:
        return f"{entry.path.name} does not have the SHA-256 its manifest states"
    return None


def read_terms(entry: Entry) -> Iterator[Term]:
    """The terms of an ontology in the order of their identifiers, read one at a time.

    Raises
    ------
    SnapshotError
        When the table is missing or is not the one the manifest describes.
    """
    problem = damage(entry)
    if problem:
        raise SnapshotError(f"the ontology snapshot is damaged: {problem}; reinstall synthquery")
    with lzma.open(entry.path, "rt", encoding="utf-8", newline="\n") as file:
        columns = tuple(file.readline().rstrip("\n").split("\t"))
        if columns != entry.columns:
            raise SnapshotError(f"the ontology snapshot is damaged: {entry.path.name} has other columns")
        parse = _parse_gene if columns == GENE_COLUMNS else _parse_term
        for line in file:
            yield parse(line.rstrip("\n").split("\t"), entry)


def _parse_gene(cells: list[str], entry: Entry) -> Term:
    local, symbol, biotype = cells
    return Term(entry.start + local, symbol, entry.name, entry.release, biotype=biotype)


def _parse_term(cells: list[str], entry: Entry) -> Term:
    local, label, obsolete, replaced_by, consider, parents, synonyms, *previous = cells
    start = entry.start
    return Term(
        id=_whole(local, start),
        label=label,
        ontology=entry.name,
        release=entry.release,
        synonyms=_split(synonyms),
        obsolete=obsolete == "1",
        replaced_by=_whole(replaced_by, start) if replaced_by else None,
        consider=tuple([_whole(each, start) for each in consider.split("|")]) if consider else (),
        parents=tuple([_whole(each, start) for each in parents.split("|")]) if parents else (),
        previous=_split(previous[0]) if previous else (),
    )


def _whole(identifier: str, start: str) -> str:
    return identifier if ":" in identifier else start + identifier


def _split(cell: str) -> tuple[str, ...]:
    if not cell:
        return ()
    if "\\" not in cell:
        return tuple(cell.split("|"))
    parts = _UNESCAPED_BAR.split(cell)
    return tuple(part.replace(r"\|", "|").replace(r"\e", "\\") for part in parts)


def write_table(
    path: Path,
    columns: Sequence[str],
    terms: Iterable[Term],
    start: str,
    *,
    preset: int = 9 | lzma.PRESET_EXTREME,
) -> tuple[int, int]:
    """Write a table; the same terms always give the same bytes.

    Parameters
    ----------
    path, columns, terms, start
        What to write where; every identifier that begins with `start` leaves it out.
    preset
        How hard xz tries: what ships is packed as tightly as can be, what stays on this machine is not.

    Returns
    -------
    tuple[int, int]
        Number of terms, and of obsolete ones.
    """
    n_terms = n_obsolete = 0
    # Single-threaded xz with every option given: no date, no dependence on the machine.
    filters = [{"id": lzma.FILTER_LZMA2, "preset": preset}]
    with lzma.open(path, "wb", check=lzma.CHECK_CRC64, filters=filters) as file:
        file.write(("\t".join(columns) + "\n").encode())
        left = iter(terms)
        while batch := list(islice(left, _BATCH)):
            rows = [_row(term, start, columns) for term in batch]
            file.write("".join(rows).encode())
            n_terms += len(batch)
            n_obsolete += sum(term.obsolete for term in batch)
    return n_terms, n_obsolete


def _row(term: Term, start: str, columns: Sequence[str]) -> str:
    row = "\t".join(_cells(term, start, columns))
    if _SPECIAL.search(row) or row.count("\t") != len(columns) - 1:
        raise ValueError(f"{term.id} has a control character")
    return row + "\n"


def _cells(term: Term, start: str, columns: Sequence[str]) -> list[str]:
    local = term.id.removeprefix(start)
    if tuple(columns) == GENE_COLUMNS:
        return [local, term.label, term.biotype or ""]
    cells = [
        local,
        term.label,
        "1" if term.obsolete else "",
        (term.replaced_by or "").removeprefix(start),
        "|".join(other.removeprefix(start) for other in term.consider),
        "|".join(parent.removeprefix(start) for parent in term.parents),
        _joined(term.synonyms),
    ]
    return cells if "previous" not in columns else [*cells, _joined(term.previous)]


def _joined(names: Iterable[str]) -> str:
    return "|".join(name.replace("\\", r"\e").replace("|", r"\|") for name in names)
