"""The vector of a metadata value: related terms point in related directions.

A term's vector is a weighted sum of independent random directions, one for itself and one for each of its
ancestors. What two terms share is the directions of their common ancestors, and specific ancestors weigh
more: the left lung is near the lung, the hepatocyte nearer to other epithelial cells than to neurons.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id
from synthquery.ontology import Term, default_ontologies
from synthquery.ontology.in_use import on_change
from synthquery.simulator.dials import DIALS
from synthquery.simulator.randomness import Floats, gaussians, key_of, on_grid


@lru_cache(maxsize=4096)
def value_vector(field: str, value: str, size: int) -> Floats:
    """Direction of a metadata value in a latent space, each coordinate of standard deviation 1.

    Parameters
    ----------
    field
        The metadata key; the same term points in unrelated directions in different fields.
    value
        An identifier in any spelling, or text.
    size
        Number of latents of the space.
    """
    shares = lineage(value)
    keys = np.array([key_of(field, name) for name in shares], dtype=np.uint64)
    weights = np.sqrt(np.array(list(shares.values())))
    vector: Floats = (weights[:, None] * gaussians(keys, size)).sum(axis=0)
    vector = on_grid(vector * np.sqrt(size / (vector * vector).sum()))
    vector.setflags(write=False)
    return vector


on_change(value_vector.cache_clear)


def lineage(value: str) -> dict[str, float]:
    """What a value is made of: itself and its ancestors, with shares that sum to 1.

    An obsolete term counts as its replacement. What no ontology knows stands for itself alone.
    """
    identifier = canonical_id(value)
    term = _live_term(identifier) if identifier else None
    if term is None:
        return {identifier or value.strip().casefold(): 1.0}
    parents = _parents_above(term)
    if not parents:
        return {term.id: 1.0}
    above = _closure({**parents, term.id: term.parents})
    n_above = len(above[term.id])
    power = DIALS["terms"]["specificity"]
    weights = {name: ((1 + len(above[name])) / (1 + n_above)) ** power for name in sorted(parents)}
    total = sum(weights.values())
    own = DIALS["terms"]["own_share"]
    return {term.id: own, **{name: (1 - own) * weight / total for name, weight in weights.items()}}


def _live_term(identifier: str) -> Term | None:
    ontologies = default_ontologies()
    try:
        term = ontologies.get(identifier)
        if term is not None and term.obsolete:
            return ontologies.replacement(term) or term
    except OntologyError:  # no data to ask: the value stands for itself
        return None
    return term


def _parents_above(term: Term) -> dict[str, tuple[str, ...]]:
    """Every ancestor of a term with its parents."""
    store = default_ontologies().store(term.ontology)
    known = store.get_many(store.ancestors(term.id))
    return {name: tuple(parent for parent in known[name].parents if parent in known) for name in known}


def _closure(parents: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """All ancestors of each name; finite where the ontology has a cycle."""
    above: dict[str, set[str]] = {}
    for name, direct in parents.items():
        seen: set[str] = set()
        todo = list(direct)
        while todo:
            parent = todo.pop()
            if parent not in seen:
                seen.add(parent)
                todo.extend(above.get(parent) or parents.get(parent, ()))
        above[name] = seen - {name}
    return above
