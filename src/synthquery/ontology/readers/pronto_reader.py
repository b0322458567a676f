"""Ontology files read with pronto: OBO, OWL (RDF/XML) and OBO-graph JSON."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pronto

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.readers.memory import Ontology
from synthquery.ontology.term import Term

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PART_OF = {"part_of", "BFO:0000050"}


def read_with_pronto(path: Path) -> Ontology:
    """Read an ontology file; what it imports is not fetched.

    Raises
    ------
    OntologyError
        When the file cannot be read or is no ontology.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # pronto warns of every construct it does not model; none of them is one that we keep
            warnings.simplefilter("ignore")
            parsed = pronto.Ontology(file, import_depth=0)
    except OSError as error:
        raise OntologyError(f"{path} cannot be read ({error.strerror or error})") from error
    except Exception as error:  # noqa: BLE001 (parsers of four formats raise what they like)
        raise OntologyError(f"{path} is no ontology that can be read: {_first_line(error)}") from error
    name, release = _name(parsed, path), _release(parsed)
    terms = [_term(each, name, release) for each in parsed.terms()]
    if not terms:
        raise OntologyError(f"{path} has no terms")
    return Ontology(terms, name=name, release=release)


def _term(term: pronto.Term, name: str, release: str) -> Term:
    synonyms = dict.fromkeys(" ".join(synonym.description.split()) for synonym in _in_order(term.synonyms))
    label = " ".join((term.name or "").split())
    replaced = sorted(_identifier(other.id) for other in term.replaced_by)
    parents = {_identifier(parent.id) for parent in term.superclasses(distance=1, with_self=False)}
    for relation, targets in term.relationships.items():
        if relation.id in _PART_OF:
            parents.update(_identifier(target.id) for target in targets)
    return Term(
        id=_identifier(term.id),
        label=label,
        ontology=name,
        release=release,
        synonyms=tuple(synonym for synonym in synonyms if synonym not in {"", label}),
        obsolete=term.obsolete,
        # two replacements are a choice, not a replacement
        replaced_by=replaced[0] if len(replaced) == 1 else None,
        consider=tuple(
            sorted({_identifier(other.id) for other in term.consider} | set(replaced[:-1] and replaced))
        ),
        parents=tuple(sorted(parents - {_identifier(term.id)})),
    )


def _in_order(synonyms: Any) -> list[Any]:
    """Synonyms in a fixed order: pronto keeps them in a set."""
    return sorted(synonyms, key=lambda synonym: (synonym.scope or "", synonym.description))


def _identifier(text: str) -> str:
    return canonical_id(text) or text


def _name(parsed: pronto.Ontology, path: Path) -> str:
    """The snapshot's name for the ontology most terms belong to; otherwise what the file calls itself."""
    owners = Counter(ontology_of(_identifier(term.id)) for term in parsed.terms())
    owner = owners.most_common(1)[0][0] if owners else None
    return owner or str(parsed.metadata.ontology or path.name.partition(".")[0])


def _release(parsed: pronto.Ontology) -> str:
    """The date in the version of the file where it has one, else the version as it stands."""
    version = str(parsed.metadata.data_version or "")
    date = _DATE.search(version)
    return date[0] if date else version


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
