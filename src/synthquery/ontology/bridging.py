"""From an identifier of another ontology to the terms of ours that are the same, or near it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from synthquery.ontology.beside import Beside
from synthquery.ontology.facts import Term
from synthquery.ontology.readers.bridges import CROSS_REFERENCE, EXACT, NEARNESS
from synthquery.ontology.readers.foreign import foreign_id

_SAYS: Final = {
    EXACT: "is an exact match",
    "skos:closeMatch": "is a close match",
    "skos:narrowMatch": "is narrower",
    "skos:broadMatch": "is broader",
    CROSS_REFERENCE: "has a cross-reference to it, which need not mean that they are the same",
}


class Bridge(NamedTuple):
    """A live term that a foreign identifier leads to.

    Attributes
    ----------
    foreign
        The identifier, as mapping files write it: ``DOID:684``.
    term
        The term; where the mapping names an obsolete one, its replacement.
    predicate
        ``skos:exactMatch``, ``skos:closeMatch``; ``skos:narrowMatch`` when the term is narrower than what the
        identifier stands for, ``skos:broadMatch`` when it is broader; ``oboInOwl:hasDbXref``.
    source
        The set of mappings that says so, with its release.
    replaces
        The obsolete identifier that the mapping names; empty when it names the term itself.
    held_by
        Name of the ontology, or of the set of mappings, that holds it.
    """

    foreign: str
    term: Term
    predicate: str
    source: str
    replaces: str = ""
    held_by: str = ""

    @property
    def exact(self) -> bool:
        """Whether the source says that the two are the same."""
        return self.predicate == EXACT

    @property
    def how(self) -> str:
        """The tier of the match, as candidates have it."""
        return f"bridge (replaces {self.replaces})" if self.replaces else "bridge"

    def __str__(self) -> str:
        said = f"{self.term} {_SAYS[self.predicate]} ({self.predicate} in {self.source})"
        return f"{said}; it replaces {self.replaces}" if self.replaces else said


def bridges_to(
    identifier: str,
    sources: Iterable[Beside],
    get: Callable[[str], Term | None],
    replacement: Callable[[Term], Term | None],
) -> tuple[Bridge, ...]:
    """The terms that an identifier leads to, each once by its nearest mapping; the nearest first.

    Parameters
    ----------
    identifier
        In any spelling.
    sources
        What holds mappings.
    get, replacement
        Give a term by its canonical identifier, and the live one in the place of an obsolete one.
    """
    foreign = foreign_id(identifier)
    found: dict[str, Bridge] = {}
    for source in sources:
        for target, predicate, *_ in source.values("mapping", foreign):
            named = get(target)
            term = replacement(named) if named is not None and named.obsolete else named
            if named is None or term is None or predicate not in NEARNESS:
                continue
            replaced = "" if term is named else named.id
            bridge = Bridge(foreign, term, predicate, _named(source), replaced, source.entry.name)
            known = found.get(term.id)
            if known is None or NEARNESS.index(predicate) < NEARNESS.index(known.predicate):
                found[term.id] = bridge
    return tuple(sorted(found.values(), key=lambda each: (NEARNESS.index(each.predicate), each.term.id)))


def the_same(bridges: Iterable[Bridge]) -> Bridge | None:
    """The one bridge that is exact; None when none is, or several are."""
    exact = [bridge for bridge in bridges if bridge.exact]
    return exact[0] if len(exact) == 1 else None


def _named(source: Beside) -> str:
    entry = source.entry
    return f"{entry.title} {entry.release}".strip()
