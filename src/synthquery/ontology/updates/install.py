"""From the terms of a file to an installed release: a table in the format of the packaged snapshot.

Everything that reads the snapshot (the compiled databases, the index of names, reports) then reads the
release in the same way.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from synthquery.errors import OntologyError
from synthquery.identifiers import ontology_of
from synthquery.ontology.beside import TABLE, Beside, Fact, write_facts
from synthquery.ontology.cache import cache_root
from synthquery.ontology.facts import Term
from synthquery.ontology.in_use import describe_entry, release_folder
from synthquery.ontology.ontologies import open_store
from synthquery.ontology.readers import CellLines, Ontology, Repair
from synthquery.ontology.readers.pausing import collector_paused
from synthquery.ontology.releases import PACKAGED, releases_of
from synthquery.ontology.snapshot import RANKED_COLUMNS, TERM_COLUMNS, Entry, manifest, write_table
from synthquery.ontology.updates.choose import is_installed, same_content
from synthquery.resources import write_atomically

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_PREFIX: Final = re.compile(r"[A-Za-z]+(?:[:_]|(?=\d))")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FEWEST: Final = 0.5  # of the terms of the packaged release; ontologies grow, and merge a few terms at a time
_WIDER: Final = {"BROAD", "NARROW", "RELATED"}
_FAST: Final = 0  # xz preset: what stays on this machine need not be small


@dataclass(frozen=True, slots=True)
class Installed:
    """What came of asking for a release.

    Attributes
    ----------
    entry
        The release.
    before
        Release that was in use until now; empty when there was none.
    new
        False when it was there already.
    url
        Where it came from: an address or a path.
    repairs
        What had to be mended or left out for the rest of the file to be read.
    collisions
        Of a table of gene names: a sentence for every string that names several genes.
    """

    entry: Entry
    before: str
    new: bool
    url: str
    repairs: tuple[Repair, ...] = ()
    collisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where terms come from.

    Attributes
    ----------
    url, sha256
        Address or path of the file, and the SHA-256 of its bytes.
    official
        True for a release that was downloaded, False for a file of the user.
    """

    url: str
    sha256: str
    official: bool


def install_release(ontology: Ontology, name: str, source: Source, work: Path) -> tuple[Entry, bool]:
    """Install a release of one of the packaged ontologies.

    Returns
    -------
    tuple[Entry, bool]
        The release, and whether it is new: the same terms under the same name are installed once.

    Raises
    ------
    OntologyError
        When the file has far too few terms to be a release of this ontology.
    OSError
        When it cannot be written.
    """
    packaged = manifest()[name]
    own = [term for term in ontology.terms() if ontology_of(term.id) == name]
    if len(own) < _FEWEST * packaged.n_terms:
        raise OntologyError(
            f"it has {len(own):,} terms of {name}; the packaged release {packaged.release} has "
            f"{packaged.n_terms:,}, so this is no full release"
        )
    entry = replace(
        packaged,
        release=_release_name(ontology.release, packaged, source),
        source_url=source.url,
        source_sha256=source.sha256,
        origin="updated" if source.official else "added",
        columns=TERM_COLUMNS,
    )
    return _install(entry, _tidy(own, ontology), _facts(ontology, own), work)


def install_beside(
    ontology: Ontology, name: str, source: Source, work: Path, fields: tuple[str, ...] = ()
) -> tuple[Entry, bool]:
    """Install a file that answers beside the packaged ontologies; answers as `install_release` does."""
    prefixes = {match[0] for term in ontology.terms() if (match := _PREFIX.match(term.id))}
    if not prefixes and not len(ontology.bridges):
        raise OntologyError("none of its terms has an identifier")
    ranked = any(term.previous for term in ontology.terms())
    entry = Entry(
        name=name,
        title=name if prefixes else ontology.bridges.title,
        release=ontology.release or f"sha256-{source.sha256[:12]}",
        source_url=source.url,
        licence="",
        licence_url="",
        path=Path(),
        sha256="",
        n_terms=0,
        n_obsolete=0,
        columns=RANKED_COLUMNS if ranked else TERM_COLUMNS,
        start="",
        origin="added",
        source_sha256=source.sha256,
        prefixes=tuple(sorted(prefixes)),
        fields=fields,
    )
    terms = list(ontology.terms())
    return _install(entry, _tidy(terms, ontology), _facts(ontology, terms), work)


def _facts(ontology: Ontology, terms: list[Term]) -> Iterator[Fact]:
    """What the release has beside its terms: where they are held as terms of it, mappings; records of cell lines."""
    known = {term.id for term in terms}
    for foreign, mappings in ontology.bridges.items():
        for mapping in mappings:
            if not known or mapping.id in known:
                yield Fact("mapping", foreign, [mapping.id, mapping.predicate])
    if isinstance(ontology, CellLines):
        for line in ontology.cell_lines():
            yield Fact("cell line", line.id, line.to_facts())


@collector_paused()
def _install(entry: Entry, terms: Iterator[Term], facts: Iterator[Fact], work: Path) -> tuple[Entry, bool]:
    building = Path(tempfile.mkdtemp(prefix="building-", dir=work))
    try:
        table = building / "terms.tsv.xz"
        n_terms, n_obsolete = write_table(table, entry.columns, terms, entry.start, preset=_FAST)
        digest = hashlib.sha256(table.read_bytes()).hexdigest()
        entry = replace(entry, path=table, sha256=digest, n_terms=n_terms, n_obsolete=n_obsolete)
        entry = _distinct(_with_facts(entry, building / TABLE, facts))
        folder = release_folder(entry.name, entry.release)
        final = replace(entry, path=folder / table.name)
        if is_installed(entry):
            return final, False
        _compile(entry)
        write_atomically(building / "entry.json", describe_entry(entry))
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():  # a damaged one of the same name
            folder.rename(building / "damaged")
        building.rename(folder)
        shutil.rmtree(folder / "damaged", ignore_errors=True)
        return final, True
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _with_facts(entry: Entry, path: Path, facts: Iterator[Fact]) -> Entry:
    """The release with what it has beside its terms written down; nothing is written where it has nothing."""
    first = next(facts, None)
    if first is None:
        return entry
    written = write_facts(path, chain([first], facts))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(entry, n_mappings=written["mapping"], n_records=written["cell line"], beside_sha256=digest)


def _compile(entry: Entry) -> None:
    """Compile the databases now, while the old release still answers."""
    root = cache_root()
    if entry.n_terms:
        open_store(entry).close()
    if entry.beside_sha256:
        Beside(entry).close()
    if cache_root() != root:
        raise OSError(f"the cache directory {root} cannot be written to")


def _distinct(entry: Entry) -> Entry:
    """The release under a name of its own where another one of the same name has other terms."""
    for other in releases_of(entry.name):
        if other.origin != PACKAGED and other.release == entry.release and not same_content(other, entry):
            return replace(entry, release=f"{entry.release}+{entry.source_sha256[:8]}")
    return entry


def _release_name(given: str, packaged: Entry, source: Source) -> str:
    """The release as the packaged one is written: a file says 2026-05-05 where its publisher says v2026-05-05."""
    date = _DATE.search(given)
    if date and packaged.release.startswith("v"):
        return f"v{date[0]}"
    return given or f"sha256-{source.sha256[:12]}"


def _tidy(terms: list[Term], ontology: Ontology) -> Iterator[Term]:
    """Terms as the table takes them: parents it has, exact names where scopes are known, no control codes."""
    known = {term.id for term in terms}
    for term in terms:
        yield replace(
            term,
            label=_plain(term.label),
            synonyms=tuple(filter(None, map(_plain, _exact(term, ontology)))),
            parents=tuple(parent for parent in term.parents if parent in known),
            consider=tuple(map(_plain, term.consider)),
        )


def _exact(term: Term, ontology: Ontology) -> tuple[str, ...]:
    """The synonyms that name the same thing: the packaged tables have no others either."""
    scoped = ontology.synonyms(term.id)
    if not scoped:
        return term.synonyms
    return tuple(synonym.text for synonym in scoped if synonym.scope not in _WIDER)


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()
