"""Where the index of a field comes from: compiled from the releases in use, then found in the cache."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from synthquery.identifiers import ontology_of
from synthquery.ontology.cache import cached_artifact, discard_artifact
from synthquery.ontology.facts import Term
from synthquery.ontology.in_use import entries_in_use, on_change
from synthquery.ontology.snapshot import Entry, read_terms
from synthquery.resolver.compiling import build_index
from synthquery.resolver.fields import FIELDS, Field
from synthquery.resolver.index import Index
from synthquery.resolver.words import read_table
from synthquery.resources import data_file

_FILE = "names.index"
_lock = threading.RLock()
_open: dict[str, Index] = {}
on_change(_open.clear)


def index_for(field: str) -> Index:
    """The index of `field`, compiled on first use."""
    found = _open.get(field)
    if found is None:
        with _lock:
            found = _open.get(field) or _load(FIELDS[field])
            _open[field] = found
    return found


def _load(field: Field) -> Index:
    folder = _artifact(field)
    try:
        return Index(folder / _FILE)
    except (OSError, ValueError, KeyError):  # cut off or overwritten: build it once more
        discard_artifact(folder)
        return Index(_artifact(field) / _FILE)


def _artifact(field: Field) -> Path:
    def build(folder: Path) -> None:
        extra = [(row["name"], row["id"]) for row in read_table("names.tsv", field.name)]
        build_index(folder / _FILE, field.name, field.style, field_terms(field), extra)

    return cached_artifact(
        f"names-{field.name}", _fingerprint(field), build, describe=f"{field.title.lower()} names"
    )


def field_terms(field: Field) -> list[Term]:
    """Every term of the ontologies of a field, and those that its table of extra names speaks of.

    What the user added counts too: new terms, and more names for terms that are there.
    """
    entries = entries_in_use()
    terms = [term for ontology in field.ontologies for term in read_terms(entries[ontology])]
    extra = {row["id"] for row in read_table("names.tsv", field.name)} - {term.id for term in terms}
    for ontology in field.also_ids if extra else ():
        terms += [term for term in read_terms(entries[ontology]) if term.id in extra]
    known = {term.id: term for term in terms}
    for entry in _added(field):
        for term in read_terms(entry):
            if field.name in entry.fields or ontology_of(term.id) in field.ontologies:
                if term.id not in known:
                    known[term.id] = term
                elif not term.obsolete:  # an obsolete one is often called "obsolete ..."
                    known[term.id] = _with_names(known[term.id], term)
    return list(known.values())


def _with_names(term: Term, other: Term) -> Term:
    """A term that also has the names another source knows it by.

    A symbol that the other source has for a gene counts as a former one: releases of gene tables differ in them.
    """
    names = dict.fromkeys((*term.synonyms, other.label, *other.synonyms))
    symbol = (other.label,) if term.biotype else ()
    former = dict.fromkeys((*term.previous, *symbol, *other.previous))
    return replace(
        term,
        synonyms=tuple(name for name in names if name and name != term.label),
        previous=tuple(name for name in former if name and name != term.label),
    )


def _added(field: Field) -> Iterator[Entry]:
    """The ontologies the user added that may have terms for a field."""
    entries = entries_in_use()
    starts = tuple(entries[ontology].start for ontology in field.ontologies)
    for entry in entries.values():
        if field.name in entry.fields or any(prefix.startswith(starts) for prefix in entry.prefixes):
            yield entry


@cache
def _rules() -> bytes:
    """Everything besides the ontologies that an index depends on: the tables and the code that apply them."""
    names = ("concepts.tsv", "noise.tsv", "names.tsv", "plurals.tsv", "related.tsv", "anatomy.toml")
    code = Path(__file__).parent
    parts = [data_file(f"resolving/{name}").read_bytes() for name in names]
    parts += [(code / name).read_bytes() for name in ("compiling.py", "index.py", "normalise.py", "words.py")]
    return b"".join(parts)


def _fingerprint(field: Field) -> str:
    parts = [field.name, field.style]
    entries = entries_in_use()
    used = [entries[ontology] for ontology in (*field.ontologies, *field.also_ids)]
    parts += [f"{entry.sha256} {entry.release}" for entry in (*used, *_added(field))]
    return hashlib.sha256("\n".join(parts).encode() + _rules()).hexdigest()
