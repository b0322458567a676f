"""What pronto holds of a file, as terms of ours: the same for one ontology in any of the three formats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pronto.ontology import Ontology as ProntoOntology

from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.facts import Term
from synthquery.ontology.readers.bridges import Bridges
from synthquery.ontology.readers.cross_references import Found
from synthquery.ontology.readers.foreign import shortened_address
from synthquery.ontology.readers.memory import Ontology, Synonym
from synthquery.ontology.readers.repairs import Repair, shown

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PART_OF: Final = {"part_of", "BFO:0000050", "OBO_REL:part_of"}
_CONSIDER: Final = "http://www.geneontology.org/formats/oboInOwl#consider"
_VERSION_INFO: Final = {"owl:versionInfo", "http://www.w3.org/2002/07/owl#versionInfo"}
_SCOPES: Final = {"EXACT": 0, "NARROW": 1, "BROAD": 2, "RELATED": 3}


def convert(
    parsed: ProntoOntology,
    *,
    path: Path,
    repairs: list[Repair],
    mentions: Mapping[tuple[str, str], tuple[int, str]],
    references: Iterable[Found] = (),
) -> Ontology:
    """The ontology, with the parents it does not define left out and reported.

    Parameters
    ----------
    parsed
        What pronto read.
    path
        The file; gives a name to an ontology that has none.
    repairs
        What was mended while it was read; what is mended here is added.
    mentions
        Line and text of the clauses that name a parent, as far as the format tells.
    references
        What it says of terms of other ontologies.
    """
    # The public properties of pronto's terms look every identifier up, also those the file does not define.
    everything = {term.id: term._data() for term in parsed.terms()}
    above = {parent for lineage in parsed._terms.lineage.values() for parent in lineage.sup}
    raw = {
        each: data
        for each, data in everything.items()
        if each in above or _says_something(parsed, each, data)
    }
    known = {_identifier(identifier) for identifier in raw}
    merged = _merged(raw, known)
    instead = {other: owners[0] for other, owners in merged.items() if len(owners) == 1}
    name, release = _name(parsed, known, path), _release(parsed)
    part_of = _PART_OF | {each.id for each in parsed.relationships() if each.name in {"part of", "part_of"}}
    terms: dict[str, Term] = {}
    synonyms: dict[str, tuple[Synonym, ...]] = {}
    for given, data in raw.items():
        identifier = _identifier(given)
        parents = set()
        for parent in _parents(parsed, given, data, part_of):
            found = _identifier(parent)
            if found not in known and found in instead:
                _report(repairs, mentions, given, parent, f"read as {instead[found]}, which took its place")
                found = instead[found]
            if found in known:
                parents.add(found)
            else:
                _report(repairs, mentions, given, parent, "left out: the file does not define it")
        label = _tidy(data.name or "")
        named = _synonyms(data, label)
        term = Term(
            id=identifier,
            label=label,
            ontology=name,
            release=release,
            synonyms=tuple(dict.fromkeys(synonym.text for synonym in named)),
            obsolete=bool(data.obsolete),
            parents=tuple(sorted(parents - {identifier})),
            **_successors(data),
        )
        if identifier in terms and not label:
            continue  # the same term in two spellings: the one that says more stays
        terms[identifier] = term
        synonyms[identifier] = named
    for other, owners in merged.items():
        considered = owners if len(owners) > 1 else ()
        terms[other] = Term(
            other, "", name, release, obsolete=True, replaced_by=instead.get(other), consider=considered
        )
    bridges = Bridges(references, title=f"{name} {release}".strip(), release=release)
    return Ontology(
        terms.values(), name=name, release=release, repairs=repairs, synonyms=synonyms, bridges=bridges
    )


def _says_something(parsed: ProntoOntology, given: str, data: Any) -> bool:
    """Whether a term is more than an identifier: OWL and OBO graphs list all that their axioms mention."""
    facts = (data.name, data.obsolete, data.synonyms, data.alternate_ids, data.relationships, data.xrefs)
    more = (data.definition, data.disjoint_from, data.annotations, parsed._terms.lineage[given].sup)
    return any(facts) or any(more)


def _merged(raw: Mapping[str, Any], known: set[str]) -> dict[str, tuple[str, ...]]:
    """Alternative identifiers that are no terms of their own, each with the terms that it went into."""
    owners: dict[str, set[str]] = {}
    for given, data in raw.items():
        for other in data.alternate_ids:
            owners.setdefault(_identifier(other), set()).add(_identifier(given))
    return {other: tuple(sorted(found)) for other, found in sorted(owners.items()) if other not in known}


def _parents(parsed: ProntoOntology, given: str, data: Any, part_of: set[str]) -> list[str]:
    lineage = parsed._terms.lineage.get(given)
    found = set(lineage.sup) if lineage is not None else set()
    for relation, targets in data.relationships.items():
        if relation in part_of or _identifier(relation) in part_of:
            found |= targets
    return sorted(found - {given})


def _report(
    repairs: list[Repair],
    mentions: Mapping[tuple[str, str], tuple[int, str]],
    child: str,
    parent: str,
    action: str,
) -> None:
    line, clause = mentions.get((child, parent), (None, f"{child} has the parent {parent}"))
    repairs.append(Repair(line, clause, action))


def _synonyms(data: Any, label: str) -> tuple[Synonym, ...]:
    """Exact ones first, then by text: pronto keeps a set, and the order should be the same every time."""
    found = {Synonym(_tidy(each.description), each.scope or "RELATED") for each in data.synonyms}
    return tuple(
        sorted(
            (synonym for synonym in found if synonym.text not in {"", label}),
            key=lambda synonym: (_SCOPES.get(synonym.scope, len(_SCOPES)), synonym.text),
        )
    )


def _successors(data: Any) -> dict[str, Any]:
    """What takes the place of a term, and what might."""
    replacements = {_identifier(each) for each in data.replaced_by}
    consider = {_identifier(each) for each in data.consider}
    for annotation in data.annotations:  # where fastobo leaves it when it reads an OBO graph
        if annotation.property == _CONSIDER:
            value = getattr(annotation, "resource", None) or getattr(annotation, "literal", "")
            consider |= {_identifier(value)} if value and " " not in value else set()
    if len(replacements) > 1:  # several replacements are a choice to make, not a replacement
        consider, replacements = consider | replacements, set()
    return {"replaced_by": next(iter(replacements), None), "consider": tuple(sorted(consider))}


def _tidy(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=1 << 17)
def _identifier(text: str) -> str:
    """Canonical where it is one of ours, otherwise as it stands; an address of a term as its CURIE."""
    return canonical_id(text) or shortened_address(text) or text


def _name(parsed: ProntoOntology, identifiers: Iterable[str], path: Path) -> str:
    """The snapshot's name for it where the file calls itself so, or most of its terms are of one there."""
    own = str(parsed.metadata.ontology or "").removesuffix(".owl")
    owners = Counter(ontology_of(each) or each.partition(":")[0] for each in identifiers)
    known = {owner.lower(): owner for owner in owners}
    most = owners.most_common(1)[0][0] if owners else ""
    found = known.get(own.partition("/")[0].lower(), most)
    if ontology_of(next((each for each in identifiers if (ontology_of(each) or "") == found), "")):
        return found
    return own.rpartition("/")[2] or path.name.partition(".")[0]


def _release(parsed: ProntoOntology) -> str:
    """The date in the version of the file where it has one, else the version as it stands."""
    versions = [str(parsed.metadata.data_version or "")]
    versions += [
        getattr(each, "literal", "") for each in parsed.metadata.annotations if each.property in _VERSION_INFO
    ]
    version = next((each for each in versions if each), "")
    date = _DATE.search(version)
    return date[0] if date else shown(version)
