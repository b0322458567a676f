"""An ontology held in memory: what readers of local files give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from synthquery.errors import UnknownTermError
from synthquery.ontology.facts import Term
from synthquery.ontology.readers.bridges import Bridges
from synthquery.ontology.readers.repairs import Repair
from synthquery.ontology.source import Name, names_of


class Synonym(NamedTuple):
    """Another name of a term, and how near it is: ``EXACT``, ``NARROW``, ``BROAD`` or ``RELATED``."""

    text: str
    scope: str


class Ontology:
    """The terms of one ontology file; satisfies `OntologySource`.

    Parameters
    ----------
    terms
        All terms.
    name, release
        Which ontology it is; empty where the file does not say.
    repairs
        What had to be mended or left out for the rest of the file to be read.
    synonyms
        The synonyms of the terms with their scopes, where the file has them.
    bridges
        What the file says of terms of other ontologies.

    Attributes
    ----------
    repairs
        Each with its line, the clause and what was done; empty when the file is well formed.
    bridges
        From identifiers of other ontologies to terms of MONDO, UBERON and CL in this file: its exact matches and
        cross-references.
    """

    def __init__(
        self,
        terms: Iterable[Term],
        *,
        name: str,
        release: str,
        repairs: Sequence[Repair] = (),
        synonyms: Mapping[str, tuple[Synonym, ...]] | None = None,
        bridges: Bridges | None = None,
    ) -> None:
        self.name = name
        self.release = release
        self.repairs = tuple(repairs)
        self.bridges = bridges or Bridges()
        self._synonyms = synonyms or {}
        self._terms = {term.id: term for term in sorted(terms, key=lambda term: term.id)}
        self._parents: dict[str, tuple[str, ...]] = {}
        below: dict[str, set[str]] = {}
        for term in self._terms.values():
            known = {parent for parent in term.parents if parent in self._terms and parent != term.id}
            self._parents[term.id] = tuple(sorted(known))
            for parent in known:
                below.setdefault(parent, set()).add(term.id)
        self._children = {identifier: tuple(sorted(found)) for identifier, found in below.items()}
        self._merged: dict[str, list[str]] = {}
        for term in self._terms.values():
            if term.replaced_by is not None:
                self._merged.setdefault(term.replaced_by, []).append(term.id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} {self.release}: {len(self):,} terms>"

    def __len__(self) -> int:
        return len(self._terms)

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._terms

    def __getitem__(self, identifier: str) -> Term:
        """The term with this identifier; UnknownTermError when the file has none."""
        term = self.get(identifier)
        if term is None:
            raise UnknownTermError(f"{identifier} is not in {self.name} {self.release}")
        return term

    def get(self, identifier: str) -> Term | None:
        """The term with this identifier; None when the file has none."""
        return self._terms.get(identifier)

    def synonyms(self, identifier: str) -> tuple[Synonym, ...]:
        """The synonyms of a term with their scopes, exact ones first; empty where the file has no scopes."""
        return self._synonyms.get(identifier, ())

    def merged_into(self, identifier: str) -> tuple[str, ...]:
        """Identifiers that the term took the place of (``alt_id``, ``replaced_by``), sorted."""
        return tuple(self._merged.get(identifier, ()))

    def terms(self) -> Iterator[Term]:
        """All terms, sorted by identifier, obsolete ones among them."""
        return iter(self._terms.values())

    def names(self) -> Iterator[Name]:
        """All strings that name a term, term by term: the label first, then the synonyms."""
        return names_of(self.terms())

    def parents(self, identifier: str) -> tuple[str, ...]:
        """One step up, sorted."""
        return self._parents.get(identifier, ())

    def children(self, identifier: str) -> tuple[str, ...]:
        """One step down, sorted."""
        return self._children.get(identifier, ())

    def ancestors(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps up, sorted; never the term itself, even in a cycle."""
        return _reach(identifier, self._parents)

    def descendants(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps down, sorted; never the term itself, even in a cycle."""
        return _reach(identifier, self._children)


def _reach(start: str, steps: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    seen = {start}
    waiting = [start]
    while waiting:
        for reached in steps.get(waiting.pop(), ()):
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return tuple(sorted(seen - {start}))
