"""How two terms stand to each other in the hierarchy of their ontology."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from synthquery.ontology import OntologyStore, Term, default_ontologies
from synthquery.ontology.in_use import on_change
from synthquery.resources import load_toml

Verdict = Literal["exact", "more specific", "more general", "sibling", "unrelated", "not checked"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "exact",
    "more specific",
    "more general",
    "sibling",
    "unrelated",
    "not checked",
)


@dataclass(frozen=True, slots=True)
class Relation:
    """How a term that was found stands to one that was expected.

    Attributes
    ----------
    verdict
        ``"exact"``: the same term. ``"more specific"``: what was found is a kind or a part of what was expected;
        ``"more general"``: the other way round. ``"sibling"``: neither, but near each other. ``"unrelated"``.
    common_ancestor
        The narrowest term that has both below it, or is one of them; None where there is none.
    """

    verdict: Verdict
    common_ancestor: Term | None = None


def relation(expected: Term, found: Term) -> Relation:
    """How `found` stands to `expected`, through is-a and part-of.

    Examples
    --------
    >>> import synthquery as sq
    >>> answer = relation(sq.term("UBERON:0000955"), sq.term("UBERON:0002037"))
    >>> answer.verdict, answer.common_ancestor.label
    ('more specific', 'brain')
    """
    if expected.id == found.id:
        return Relation("exact", expected)
    if expected.ontology != found.ontology:
        return Relation("unrelated")
    store = default_ontologies().store(expected.ontology)
    above_expected, above_found = (
        _steps_up(expected.ontology, expected.id),
        _steps_up(found.ontology, found.id),
    )
    if expected.id in above_found:
        return Relation("more specific", expected)
    if found.id in above_expected:
        return Relation("more general", found)
    shared = {
        ancestor: (steps, above_found[ancestor])
        for ancestor, steps in above_expected.items()
        if ancestor in above_found
    }
    nearest = _narrowest(expected.ontology, shared)
    near = any(
        _is_near(store, ancestor, steps) for ancestor, steps in shared.items() if max(steps) <= _rules()[0]
    )
    return Relation("sibling" if near else "unrelated", store.get(nearest) if nearest else None)


def _narrowest(ontology: str, shared: Mapping[str, Any]) -> str | None:
    """The ancestor with the fewest terms below it, of those that have no other shared one below them."""
    wider = {above for one in shared for above in _steps_up(ontology, one) if above != one}
    lowest = [one for one in shared if one not in wider]
    return min(lowest, key=lambda one: (_n_below(ontology, one), one), default=None)


def _is_near(store: OntologyStore, ancestor: str, steps: tuple[int, int]) -> bool:
    _, parent_share, shares, too_general = _rules()
    if ancestor in too_general:
        return False
    limit = parent_share if steps == (1, 1) else shares.get(store.name, shares["other"])
    return _n_below(store.name, ancestor) <= limit * len(store)


@cache
def _rules() -> tuple[int, float, dict[str, float], frozenset[str]]:
    table = load_toml("relations.toml")
    return (
        table["steps"],
        table["parent_share"],
        table["share"],
        frozenset(load_toml("too_general.toml")["ids"]),
    )


@cache
def _n_below(ontology: str, identifier: str) -> int:
    return len(default_ontologies().store(ontology).descendants(identifier))


@cache
def _steps_up(ontology: str, identifier: str) -> dict[str, int]:
    """The term and all above it, each with the fewest steps that lead there."""
    store = default_ontologies().store(ontology)
    steps = {identifier: 0}
    reached = [identifier]
    while reached:
        following = []
        for term in store.get_many(reached).values():
            for parent in term.parents:
                if parent not in steps:
                    steps[parent] = steps[term.id] + 1
                    following.append(parent)
        reached = following
    return steps


on_change(_n_below.cache_clear)
on_change(_steps_up.cache_clear)
