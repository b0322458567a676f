"""Bridges: which foreign identifiers lead to which terms of MONDO, UBERON and CL, and how near they bring one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from synthquery.ontology.readers.foreign import foreign_id
from synthquery.ontology.readers.repairs import Repair

TARGETS: Final = ("MONDO", "UBERON", "CL")
EXACT: Final = "skos:exactMatch"
CROSS_REFERENCE: Final = "oboInOwl:hasDbXref"
# What a mapping says when it is read from its object to its subject; the nearest first.
INVERSE: Final = {
    EXACT: EXACT,
    "skos:closeMatch": "skos:closeMatch",
    "skos:narrowMatch": "skos:broadMatch",
    "skos:broadMatch": "skos:narrowMatch",
    CROSS_REFERENCE: CROSS_REFERENCE,
}
NEARNESS: Final = tuple(INVERSE)


class Mapping(NamedTuple):
    """A term of ours that a foreign one maps to.

    Attributes
    ----------
    id
        Canonical identifier of the term.
    predicate
        How it relates to the foreign term: ``skos:exactMatch``; ``skos:broadMatch`` when it is broader than
        that, ``skos:narrowMatch`` when it is narrower; ``skos:closeMatch``; ``oboInOwl:hasDbXref`` when the
        source says no more than that the two have to do with each other.
    label
        Its name in the mapping file; empty where there is none.
    confidence
        Between 0 and 1, where the file says so.
    """

    id: str
    predicate: str
    label: str = ""
    confidence: float | None = None


class Bridges:
    """Mappings of foreign identifiers to MONDO, UBERON and CL.

    Parameters
    ----------
    mappings
        Foreign identifier and mapping, in any order.
    title, release
        What the set of mappings calls itself, and its version; empty where it does not say.
    repairs
        Rows that could not be used.
    """

    def __init__(
        self,
        mappings: Iterable[tuple[str, Mapping]] = (),
        *,
        title: str = "",
        release: str = "",
        repairs: Iterable[Repair] = (),
    ) -> None:
        self.title = title
        self.release = release
        self.repairs = tuple(repairs)
        found: dict[str, dict[tuple[str, str], Mapping]] = {}
        for foreign, mapping in mappings:
            kept = found.setdefault(foreign, {})
            before = kept.get((mapping.id, mapping.predicate))
            if before is None or (mapping.confidence or 0) > (before.confidence or 0):
                kept[mapping.id, mapping.predicate] = mapping
        self._mappings = {
            foreign: tuple(sorted(kept.values(), key=_order) if len(kept) > 1 else kept.values())
            for foreign, kept in found.items()
        }

    def __len__(self) -> int:
        return len(self._mappings)

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, str) and foreign_id(identifier) in self._mappings

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._mappings))

    def items(self) -> Iterator[tuple[str, tuple[Mapping, ...]]]:
        """Every foreign identifier and what it maps to, sorted by identifier."""
        return iter(sorted(self._mappings.items()))

    def map(self, identifier: str) -> tuple[Mapping, ...]:
        """The terms that a foreign identifier, in any spelling, maps to: exact ones first, the surest first."""
        return self._mappings.get(foreign_id(identifier), ())

    def exact(self, identifier: str) -> Mapping | None:
        """The one exact mapping of an identifier; None when it has none or several."""
        found = [mapping for mapping in self.map(identifier) if mapping.predicate == EXACT]
        return found[0] if len(found) == 1 else None

    def __or__(self, other: Bridges) -> Bridges:
        """The mappings of both."""
        both = (
            (foreign, each)
            for bridges in (self, other)
            for foreign, mappings in bridges.items()
            for each in mappings
        )
        title = " | ".join(dict.fromkeys(each for each in (self.title, other.title) if each))
        return Bridges(both, title=title, repairs=(*self.repairs, *other.repairs))


def _order(mapping: Mapping) -> tuple[int, float, str]:
    return NEARNESS.index(mapping.predicate), -(mapping.confidence or 0), mapping.id
