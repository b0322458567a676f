"""Ontology files read with pronto: OBO, OWL (RDF/XML) and OBO-graph JSON."""

from __future__ import annotations

import mmap
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pronto.ontology import Ontology as ProntoOntology
from pronto.relationship import Relationship
from pronto.term import Term as ProntoTerm

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.readers.memory import Ontology
from synthquery.ontology.facts import Term

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PART_OF = {"part_of", "BFO:0000050"}
_GRAPHS = re.compile(rb'"graphs"\s*:\s*\[\s*\{')


def read_with_pronto(path: Path) -> Ontology:
    """Read an ontology file; what it imports is not fetched.

    Raises
    ------
    OntologyError
        When the file cannot be read or is no ontology.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            _refuse_other_json(file)
            # pronto warns of every construct it does not model; none of them is one that we keep
            warnings.simplefilter("ignore")
            parsed = ProntoOntology(file, import_depth=0)
            name, release = _name(parsed, path), _release(parsed)
            part_of = [relation for relation in parsed.relationships() if relation.id in _PART_OF]
            terms = [_term(each, part_of, name, release) for each in parsed.terms()]
    except OSError as error:
        raise OntologyError(f"{path} cannot be read ({error.strerror or error})") from error
    except Exception as error:  # its parsers of three formats raise what they like
        raise OntologyError(f"{path} is no ontology that can be read: {_reason(error)}") from error
    if not terms:
        raise OntologyError(f"{path} is no ontology that can be read: it has no terms")
    return Ontology(terms, name=name, release=release)


def _refuse_other_json(file: BinaryIO) -> None:
    """Stop JSON that is no OBO graph: the parser would panic over it, and write so on the terminal."""
    if file.read(100).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if not _GRAPHS.search(content):
                raise ValueError("it is JSON without graphs")
    file.seek(0)


def _term(term: ProntoTerm, part_of: Iterable[Relationship], name: str, release: str) -> Term:
    label = _tidy(term.name or "")
    # pronto keeps synonyms in a set; by scope and text their order is the same every time
    synonyms = sorted(term.synonyms, key=lambda synonym: (synonym.scope or "", synonym.description))
    texts = dict.fromkeys(_tidy(synonym.description) for synonym in synonyms)
    replacements, consider = _identifiers(term.replaced_by.ids), _identifiers(term.consider.ids)
    if len(replacements) > 1:  # several replacements are a choice to make, not a replacement
        replacements, consider = (), tuple(sorted({*replacements, *consider}))
    parents = {parent.id for parent in term.superclasses(distance=1, with_self=False)}
    for relation in part_of:
        if relation in term.relationships:
            parents |= term.relationships[relation].ids
    return Term(
        id=_identifier(term.id),
        label=label,
        ontology=name,
        release=release,
        synonyms=tuple(text for text in texts if text not in {"", label}),
        obsolete=term.obsolete,
        replaced_by=replacements[0] if replacements else None,
        consider=consider,
        parents=_identifiers(parents - {term.id}),
    )


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _identifiers(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({_identifier(text) for text in texts}))


def _identifier(text: str) -> str:
    return canonical_id(text) or text


def _name(parsed: ProntoOntology, path: Path) -> str:
    """The snapshot's name for the ontology most terms belong to; otherwise what the file calls itself."""
    owners = Counter(ontology_of(_identifier(term.id)) for term in parsed.terms())
    owner = owners.most_common(1)[0][0] if owners else None
    return owner or str(parsed.metadata.ontology or path.name.partition(".")[0])


def _release(parsed: ProntoOntology) -> str:
    """The date in the version of the file where it has one, else the version as it stands."""
    version = str(parsed.metadata.data_version or "")
    date = _DATE.search(version)
    return date[0] if date else version


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it refers to {error.args[0]}, which it does not define"
    lines = str(error).strip().splitlines()
    if isinstance(error, ValueError) and lines and lines[0].startswith("could not find a parser"):
        return "it is neither OBO nor OWL (RDF/XML) nor OBO-graph JSON"
    return lines[0] if lines else type(error).__name__
