"""Where the index of a field comes from: compiled from the snapshot once, then found in the user's cache."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from pathlib import Path

from synthquery.ontology.cache import cached_artifact, discard_artifact
from synthquery.ontology.snapshot import manifest, read_terms
from synthquery.ontology.facts import Term
from synthquery.resolve.fields import FIELDS, Field
from synthquery.resolve.index import Index, build_index
from synthquery.resolve.words import read_table
from synthquery.resources import data_file

_FILE = "names.index"
_lock = threading.RLock()
_open: dict[str, Index] = {}


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
    """Every term of the ontologies of a field, and those that its table of extra names speaks of."""
    terms = [term for ontology in field.ontologies for term in read_terms(manifest()[ontology])]
    extra = {row["id"] for row in read_table("names.tsv", field.name)} - {term.id for term in terms}
    for ontology in field.also_ids if extra else ():
        terms += [term for term in read_terms(manifest()[ontology]) if term.id in extra]
    return terms


@cache
def _rules() -> bytes:
    """Everything besides the snapshot that an index depends on: the tables and the code that apply them."""
    names = ("concepts.tsv", "noise.tsv", "names.tsv", "related.tsv")
    code = Path(__file__).parent
    parts = [data_file(f"resolving/{name}").read_bytes() for name in names]
    parts += [(code / name).read_bytes() for name in ("index.py", "normalise.py", "words.py")]
    return b"".join(parts)


def _fingerprint(field: Field) -> str:
    parts = [field.name, field.style]
    parts += [manifest()[ontology].sha256 for ontology in (*field.ontologies, *field.also_ids)]
    return hashlib.sha256("\n".join(parts).encode() + _rules()).hexdigest()
