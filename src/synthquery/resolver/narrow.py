"""What is known besides the label: a broader term, the species, other labels of the same sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from synthquery.errors import IdentifierError
from synthquery.identifiers import normalise_id, ontology_of
from synthquery.ontology import default_ontologies
from synthquery.ontology.facts import Term
from synthquery.resolver.fields import FIELDS, Field, field_name
from synthquery.resources import load_toml

_HUMAN = {"human", "homo sapiens", "h. sapiens", "hsapiens", "9606"}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What an answer must fit.

    Attributes
    ----------
    allowed
        Identifiers that may be the answer; None for all.
    any_species
        True when the sample is not human, so that terms for other species are as good as any.
    place
        Identifiers of the sample's tissue, in whose light the label is read, and of the epithelia in it. Other parts
        are too narrow: what is in a brain need not be in its choroid plexus. Also the broader term that was asked for.
    """

    allowed: frozenset[str] | None = None
    any_species: bool = False
    place: frozenset[str] = frozenset()


def narrowing(
    field: str,
    within: str | None,
    species: str | None,
    context: Mapping[str, str] | None,
    tissue_of: Callable[[str], Term | None],
) -> Narrowing | None:
    """What the arguments of `synthquery.resolve` ask for; None when they ask for nothing.

    Raises
    ------
    IdentifierError, UnknownTermError
        When `within` is no identifier of the field's ontology.
    UnknownFieldError
        When a key of `context` is no field.
    """
    if within is None and species is None and not context:
        return None
    broader = None if within is None else _term_of(within, FIELDS[field])
    return Narrowing(
        allowed=None if broader is None else _below(broader),
        any_species=species is not None and not _is_human(species),
        place=_place(field, context or {}, tissue_of) | ({broader.id} if broader else set()),
    )


def _term_of(identifier: str, field: Field) -> Term:
    """The broader term, which has to be of the field's ontology."""
    wanted = normalise_id(identifier)
    ontology = ontology_of(wanted)
    if ontology is None or ontology not in field.ontologies:
        raise IdentifierError(
            f"{wanted} is no term of {' or '.join(field.ontologies)}, where {field.title} is looked for"
        )
    return default_ontologies()[wanted]


def _below(broader: Term) -> frozenset[str]:
    """A term and everything below it."""
    return frozenset((broader.id, *default_ontologies().store(broader.ontology).descendants(broader.id)))


def _is_human(species: str) -> bool:
    plain = species.strip().casefold()
    return plain in _HUMAN or plain.rpartition(":")[2] in _HUMAN or plain.rpartition("_")[2] in _HUMAN


def _place(field: str, context: Mapping[str, str], tissue_of: Callable[[str], Term | None]) -> frozenset[str]:
    """The tissue of a sample and its epithelia; none where no tissue is given or it is not clear which."""
    given = {field_name(key): value for key, value in context.items() if value}
    found = tissue_of(given["tissue"]) if "tissue" in given and field in ("cell_type", "disease") else None
    if found is None:
        return frozenset()
    store = default_ontologies().store(found.ontology)
    known = load_toml("resolving/anatomy.toml")
    layers = set[str]().union(*map(store.descendants, known["layers"]))
    layers.difference_update(*map(store.descendants, known["vessels"]))
    return frozenset((found.id, *layers.intersection(store.descendants(found.id))))
