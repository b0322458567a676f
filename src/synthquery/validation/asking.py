"""The ontologies, as one run asks them: each ID once, and without ever raising."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cached_property, lru_cache
from typing import Protocol

from synthquery.errors import OntologyError, SynthQueryError
from synthquery.identifiers import ontology_of
from synthquery.ontology import Bridge, Lookup, Ontologies, Term, default_ontologies
from synthquery.validation.cell_lines import Donor, donor_of

_LABELS_RESOLVED = 100


class OnlineLookup(Protocol):
    """Where an ID is asked that the offline data does not have; `OnlineSources` is one."""

    def lookup(self, identifier: str) -> Lookup:
        """Look a canonical ID up, without ever raising."""
        ...


@lru_cache(maxsize=512)
def _relatives(ontologies: Ontologies, way: str, roots: tuple[str, ...]) -> frozenset[str]:
    """`roots` and all below or above them. Kept from run to run: a folder of small queries asks the same again."""
    found = set(roots)
    for root in roots:
        name = ontology_of(root)
        if name is not None:
            store = ontologies.store(name)
            found.update(store.descendants(root) if way == "descendants" else store.ancestors(root))
    return frozenset(found)


class Terms:
    """The ontologies, as one run asks them: each ID once, and without ever raising.

    Parameters
    ----------
    ontologies
        The offline data; by default what is in use.
    online
        Services on the network; None asks none.

    Attributes
    ----------
    asked
        Names of the ontologies that answered.
    failure
        Why an ontology could not be asked; None while all could.
    """

    def __init__(self, ontologies: Ontologies | None = None, online: OnlineLookup | None = None) -> None:
        self._given = ontologies
        self._online = online
        self._online_lookups: dict[str, Lookup] = {}
        self._lookups: dict[str, Lookup] = {}
        self._resolved: dict[tuple[str, str], tuple[Term, ...]] = {}
        self._kept: dict[tuple[str, tuple[str, ...]], Set[str]] = {}
        self._agreements: dict[tuple[str, str, str], str | None] = {}
        self.asked: set[str] = set()
        self.failure: str | None = None

    @cached_property
    def _ontologies(self) -> Ontologies | None:
        try:
            return self._given or default_ontologies()
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return None

    def live(self, ontology: str, identifiers: Iterable[str]) -> set[str]:
        """Those of many strings that are canonical IDs of live terms of one ontology."""
        wanted = [identifier for identifier in identifiers if identifier.isascii()]
        if not wanted or self._ontologies is None:
            return set()
        try:
            found = self._ontologies.store(ontology).live(wanted)
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return set()
        self.asked.add(ontology)
        return found

    def lookup(self, identifier: str) -> Lookup:
        """What the ontologies say about a canonical ID; ``no_source`` too when one cannot be opened."""
        known = self._lookups.get(identifier)
        if known is None:
            known = self._lookups[identifier] = self._look_up(identifier)
        return known

    def _look_up(self, identifier: str) -> Lookup:
        if self._ontologies is None:
            return Lookup(identifier, "no_source")
        try:
            answer = self._ontologies.lookup(identifier)
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return Lookup(identifier, "no_source")
        if answer.outcome != "no_source":
            self.asked.add(ontology_of(identifier) or "")
        return answer

    def lookup_online(self, identifier: str) -> Lookup | None:
        """What the services on the network say about a canonical ID; None when none are to be asked."""
        if self._online is None:
            return None
        if identifier not in self._online_lookups:
            self._online_lookups[identifier] = self._online.lookup(identifier)
        return self._online_lookups[identifier]

    def bridges(self, identifier: str) -> tuple[Bridge, ...]:
        """The live terms that an ID of another ontology leads to; empty when nothing here maps it."""
        try:
            found = self._ontologies.bridges(identifier) if self._ontologies else ()
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return ()
        self.asked.update(name for bridge in found for name in (bridge.held_by, bridge.term.ontology))
        return found

    def replacement(self, term: Term) -> Term | None:
        """The live term that takes the place of an obsolete one."""
        try:
            return self._ontologies.replacement(term) if self._ontologies else None
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return None

    def named(self, identifier: str) -> str:
        """``UBERON:0002107 (liver)``; the bare ID when it cannot be looked up."""
        term = self.lookup(identifier).term
        return str(term) if term else identifier

    def below(self, roots: Iterable[str]) -> Set[str]:
        """The terms that are, or lie under, `roots`; meant for the roots of tables, whose answers are kept."""
        return self._around("descendants", tuple(roots))

    def above(self, roots: Iterable[str]) -> Set[str]:
        """The terms that are, or lie over, `roots`; kept as those of `below` are."""
        return self._around("ancestors", tuple(roots))

    def _around(self, way: str, roots: tuple[str, ...]) -> Set[str]:
        if self._ontologies is None:
            return frozenset()
        known = self._kept.get((way, roots))
        if known is None:
            try:
                known = _relatives(self._ontologies, way, roots)
            except (OntologyError, OSError) as error:
                self.failure = str(error)
                known = frozenset(roots)
            self._kept[way, roots] = known
        return known

    def donor(self, accession: str) -> Donor | None:
        """What is known of the donor of a cell line."""
        try:
            return donor_of(accession, self._ontologies)
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return donor_of(accession)

    def meant_by(self, label: str, field: str) -> tuple[Term, ...]:
        """The terms that a label may mean, the likeliest first; one when the resolver is sure.

        Only so many labels of a run are resolved: a file of ten thousand different names needs a builder, not
        a list of suggestions.
        """
        key = (field, label)
        if key not in self._resolved:
            if len(self._resolved) >= _LABELS_RESOLVED:
                return ()
            self._resolved[key] = self._resolve(label, field)
        return self._resolved[key]

    def _resolve(self, label: str, field: str) -> tuple[Term, ...]:
        from synthquery.resolver import resolve  # loads the index of names: only for queries that hold names

        try:
            answer = resolve(label, field)
        except (SynthQueryError, OSError) as error:
            self.failure = str(error)
            return ()
        terms = (answer.term,) if answer.term else tuple(each.term for each in answer.candidates[:3])
        self.asked.update(term.ontology for term in terms)
        return terms

    def steps(self, identifier: str, way: str) -> tuple[str, ...]:
        """The ``"parents"`` or the ``"children"`` of a canonical ID; empty when they cannot be asked for."""
        term = self.lookup(identifier).term
        if term is None or self._ontologies is None:
            return ()
        try:
            store = self._ontologies.store(term.ontology)
            return store.parents(term.id) if way == "parents" else store.children(term.id)
        except (OntologyError, OSError) as error:
            self.failure = str(error)
            return ()

    def disagreement(self, identifier: str, label: str, field: str) -> str | None:
        """What is wrong with an ID and a name that stand together; None when they agree or nothing is known.

        Names cost a resolution each, so a run asks for a bounded number, as `meant_by` does.
        """
        from synthquery.resolver.agreement import disagreement  # loads the index of names

        term = self.lookup(identifier).term
        key = (identifier, label, field)
        if term is None or (key not in self._agreements and len(self._agreements) >= 10 * _LABELS_RESOLVED):
            return None
        if key not in self._agreements:
            try:
                self._agreements[key] = disagreement(term, label, field)
            except (SynthQueryError, OSError) as error:
                self.failure = str(error)
                return None
        return self._agreements[key]

    def releases(self) -> dict[str, str]:
        """Releases of the ontologies that were asked, in the order of their names."""
        known = self._ontologies.releases() if self._ontologies else {}
        offline = {name: known[name] for name in sorted(self.asked) if name in known}
        answers = sorted({answer.asked.partition(" ")[::2] for answer in self._online_lookups.values()})
        return {**offline, **{f"{name} online": release for name, release in answers if name}}
