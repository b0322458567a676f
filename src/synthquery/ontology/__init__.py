"""What terms mean: their names, parents and fate, from pinned releases.

The module functions take identifiers in any spelling and answer from the packaged snapshot. `Ontologies`
is the same for code that looks up many terms and needs to tell "not in this release" from "no release to
ask".
"""

from __future__ import annotations

from synthquery.identifiers import normalise_id, ontology_of
from synthquery.ontology.bridging import Bridge, the_same
from synthquery.ontology.facts import Term
from synthquery.ontology.installed import OntologyStatus, status, verify
from synthquery.ontology.ontologies import Lookup, Ontologies, default_ontologies
from synthquery.ontology.readers import Ontology, load_ontology
from synthquery.ontology.source import Name, OntologySource
from synthquery.ontology.store import OntologyStore

__all__ = [
    "Bridge",
    "Lookup",
    "Name",
    "Ontologies",
    "Ontology",
    "OntologySource",
    "OntologyStatus",
    "OntologyStore",
    "Term",
    "ancestors",
    "children",
    "default_ontologies",
    "descendants",
    "is_a",
    "load_ontology",
    "parents",
    "replacement",
    "status",
    "term",
    "the_same",
    "verify",
]


def term(identifier: str) -> Term:
    """Look one term up.

    Parameters
    ----------
    identifier
        In any spelling: ``UBERON:0002107``, ``UBERON_0002107``, a PURL, ``RRID:CVCL_0030`` ...

    Raises
    ------
    IdentifierError
        When the text is no identifier.
    UnknownTermError
        When no release has it; the message names the releases that were asked.
    """
    ontologies = default_ontologies()
    return ontologies[ontologies.added_id(identifier) or normalise_id(identifier)]


def parents(identifier: str) -> tuple[str, ...]:
    """Identifiers one step up (is-a and part-of, within the ontology), sorted. Raises as `term` does."""
    found = term(identifier)
    return default_ontologies().store(found.ontology).parents(found.id)


def children(identifier: str) -> tuple[str, ...]:
    """Identifiers one step down, sorted. Raises as `term` does."""
    found = term(identifier)
    return default_ontologies().store(found.ontology).children(found.id)


def ancestors(identifier: str) -> tuple[str, ...]:
    """Identifiers any number of steps up, sorted, without the term. Raises as `term` does."""
    found = term(identifier)
    return default_ontologies().store(found.ontology).ancestors(found.id)


def descendants(identifier: str) -> tuple[str, ...]:
    """Identifiers any number of steps down, sorted, without the term. Raises as `term` does."""
    found = term(identifier)
    return default_ontologies().store(found.ontology).descendants(found.id)


def is_a(child: str, ancestor: str) -> bool:
    """Whether a term is another one, a kind of it or a part of it.

    Both are identifiers in any spelling. True when they are the same term; terms of different ontologies
    are not related. ``is_a("UBERON:0002107", "UBERON:0000062")``: the liver is an organ.

    Raises
    ------
    IdentifierError, UnknownTermError
        As `term` does, for either.
    """
    below, above = term(child), term(ancestor)
    ontologies = default_ontologies()
    reached = {below.id, *ontologies.store(below.ontology).ancestors(below.id)}
    if above.id in reached or below.ontology == above.ontology:
        return above.id in reached
    # An ontology that was added may hang its terms below those of a packaged one.
    beyond = ontologies.store(above.ontology)
    return any(above.id in beyond.ancestors(one) for one in reached if ontology_of(one) == above.ontology)


def replacement(identifier: str) -> Term | None:
    """The live term in the place of an obsolete one; None when there is none. Raises as `term` does."""
    return default_ontologies().replacement(term(identifier))
