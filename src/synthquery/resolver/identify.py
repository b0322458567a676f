"""Identifiers where a label was expected."""

from __future__ import annotations

import re

from synthquery.identifiers import malformed, ontology_of, parse_identifier
from synthquery.ontology import default_ontologies
from synthquery.resolver.fields import Field
from synthquery.resolver.types import Candidate, Resolution

_MAY_BE = re.compile(r"[:_/]|ENS|^\d+$", re.IGNORECASE)
"""What every spelling of an identifier has; most labels have none of it."""


def by_identifier(text: str, field: Field) -> Resolution | None:
    """The answer when `text` is an identifier, or was meant as one; None when it is a label."""
    if len(text) > 300 or not _MAY_BE.search(text):
        return None
    identifier = parse_identifier(text.strip())
    if identifier is None:
        problem = malformed(text.strip())
        return Resolution(text, field.name, "unresolved", None, (), problem) if problem else None

    def unresolved(reason: str) -> Resolution:
        return Resolution(text, field.name, "unresolved", None, (), reason)

    ontology = ontology_of(identifier.id)
    wanted = " or ".join(field.ontologies)
    if ontology not in (*field.ontologies, *field.also_ids):
        return unresolved(
            f"{identifier.id} is not a {wanted} identifier, which the {field.title.lower()} needs."
        )
    ontologies = default_ontologies()
    found = ontologies.get(identifier.id)
    if found is None:
        return unresolved(f"{identifier.id} is not in {ontology} {ontologies.store(ontology).release}.")
    if not found.obsolete:
        candidate = Candidate(found, 1.0, identifier.id, "id")
        return Resolution(
            text, field.name, "resolved", found, (candidate,), f"It is the identifier of {found}."
        )
    live = ontologies.replacement(found)
    if live is not None:
        candidate = Candidate(live, 1.0, identifier.id, f"id (replaces {found.id})")
        reason = f"{found.id} is obsolete; {live} replaces it."
        return Resolution(text, field.name, "resolved", live, (candidate,), reason)
    near = [term for term in map(ontologies.get, found.consider) if term is not None and not term.obsolete]
    candidates = tuple(Candidate(term, 0.5, found.id, f"id (replaces {found.id})") for term in near[:10])
    hint = f"; consider {', '.join(map(str, near))}" if near else ""
    return Resolution(
        text,
        field.name,
        "unresolved",
        None,
        candidates,
        f"{found.id} is obsolete and nothing replaces it{hint}.",
    )
