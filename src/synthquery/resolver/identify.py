"""Identifiers where a label was expected."""

from __future__ import annotations

import re

from synthquery.identifiers import Identifier, malformed, ontology_of, parse_identifier
from synthquery.ontology import Bridge, default_ontologies, the_same
from synthquery.ontology.in_use import entries_in_use
from synthquery.ontology.readers.foreign import foreign_form
from synthquery.resolver.fields import Field
from synthquery.resolver.types import Candidate, Resolution

_MAY_BE = re.compile(r"[:_/]|ENS|^\d+$", re.IGNORECASE)
"""What every spelling of an identifier has; most labels have none of it."""


_MOST_CANDIDATES = 10
_BRIDGED = {"MONDO", "UBERON", "CL"}
_NEAR = {"skos:exactMatch": 0.5, "skos:closeMatch": 0.4}
_LESS_NEAR = 0.3


def by_identifier(text: str, field: Field) -> Resolution | None:
    """The answer when `text` is an identifier, or was meant as one; None when it is a label."""
    if len(text) > 300 or not _MAY_BE.search(text):
        return None
    given = text.strip()
    identifier = parse_identifier(given)
    if identifier is not None and ontology_of(identifier.id) in (*field.ontologies, *field.also_ids):
        return _of_the_field(text, field, identifier)
    bridges = [
        bridge
        for bridge in default_ontologies().bridges(given)
        if bridge.term.ontology in (*field.ontologies, *field.also_ids)
    ]
    if bridges:
        return _bridged(text, field, bridges)
    added = _of_an_added_ontology(text, field, identifier)
    if added is not None:
        return added
    foreign = foreign_form(given)
    if foreign is not None or identifier is not None:
        named = foreign or (identifier.id if identifier else given)
        wanted = " or ".join(field.ontologies)
        article = "an" if wanted[0] == "E" else "a"  # an ENSG; a UBERON
        reason = f"{named} is not {article} {wanted} identifier, which the {field.title.lower()} needs"
        return _unresolved(text, field, f"{reason}{_way_across(foreign, field)}.")
    problem = malformed(given)
    return _unresolved(text, field, problem) if problem else None


def _unresolved(text: str, field: Field, reason: str, candidates: tuple[Candidate, ...] = ()) -> Resolution:
    return Resolution(text, field.name, "unresolved", None, candidates, reason)


def _of_the_field(text: str, field: Field, identifier: Identifier) -> Resolution:
    """An identifier of an ontology that the field takes."""
    ontologies = default_ontologies()
    found = ontologies.get(identifier.id)
    if found is None:
        asked = ontologies.lookup(identifier.id).asked
        return _unresolved(text, field, f"{identifier.id} is not in {asked}.")
    if not found.obsolete:
        candidate = Candidate(found, 1.0, identifier.id, "id")
        reason = f"It is the identifier of {found}."
        return Resolution(text, field.name, "resolved", found, (candidate,), reason)
    live = ontologies.replacement(found)
    if live is not None:
        candidate = Candidate(live, 1.0, identifier.id, f"id (replaces {found.id})")
        reason = f"{found.id} is obsolete; {live} replaces it."
        return Resolution(text, field.name, "resolved", live, (candidate,), reason)
    near = [term for term in map(ontologies.get, found.consider) if term is not None and not term.obsolete]
    how = f"id (replaces {found.id})"
    candidates = tuple(Candidate(term, 0.5, found.id, how) for term in near[:_MOST_CANDIDATES])
    hint = f"; consider {', '.join(map(str, near))}" if near else ""
    reason = f"{found.id} is obsolete and nothing replaces it{hint}."
    return _unresolved(text, field, reason, candidates)


def _of_an_added_ontology(text: str, field: Field, identifier: Identifier | None) -> Resolution | None:
    """An identifier of an ontology that the user added for this field."""
    ontologies = default_ontologies()
    found = ontologies.get(identifier.id if identifier else ontologies.added_id(text) or "")
    if found is None or found.obsolete or field.name not in entries_in_use()[found.ontology].fields:
        return None
    candidate = Candidate(found, 1.0, found.id, "id")
    reason = f"It is the identifier of {found} in {found.ontology} {found.release}."
    return Resolution(text, field.name, "resolved", found, (candidate,), reason)


def _bridged(text: str, field: Field, bridges: list[Bridge]) -> Resolution:
    """An identifier of another ontology that mappings lead from: sure only where exactly one says the same."""
    foreign, best = bridges[0].foreign, the_same(bridges)
    scores = [1.0 if bridge is best else _NEAR.get(bridge.predicate, _LESS_NEAR) for bridge in bridges]
    candidates = tuple(
        Candidate(bridge.term, score, bridge.foreign, bridge.how)
        for bridge, score in zip(bridges[:_MOST_CANDIDATES], scores, strict=False)
    )
    if best is not None:
        reason = f"For {foreign}, {best}."
        return Resolution(text, field.name, "resolved", best.term, candidates, reason)
    several = f"Several terms are mapped to {foreign} as the same"
    why = several if bridges[0].exact else f"No term is the same as {foreign}"
    reason = f"{why}: {'; '.join(map(str, bridges[:3]))}."
    return Resolution(text, field.name, "ambiguous", None, candidates, reason)


def _way_across(foreign: str | None, field: Field) -> str:
    """How to have a bridge, where there is no word of one."""
    prefix = foreign.partition(":")[0] if foreign else ""
    homes = [name for name in (*field.ontologies, *field.also_ids) if name in _BRIDGED]
    if not prefix or not homes:
        return ""
    if default_ontologies().has_bridges:
        return f", and no mapping here leads from it to {' or '.join(homes)}"
    return (
        f"; a table of mappings from {prefix} to {' or '.join(homes)} (SSSOM), or a release of {homes[0]} "
        f"with its cross-references, leads across: `synthquery ontology add FILE`"
    )
