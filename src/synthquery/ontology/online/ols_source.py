"""One ontology at OLS, as a source of terms."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from synthquery.errors import IdentifierError, SourceUnavailableError
from synthquery.identifiers import iri as known_iri
from synthquery.ontology.facts import Term
from synthquery.ontology.online.ols import OlsClient, OlsOntology, Relation
from synthquery.ontology.online.ols_terms import identifier_of, read_term, synonyms, text
from synthquery.ontology.ontologies import Lookup
from synthquery.ontology.source import Name, names_of
from synthquery.resources import load_toml

_MOST_MATCHES: Final = 10


class Match(NamedTuple):
    """A term with a name that equals a label."""

    term: Term
    matched: str
    how: str


class OlsSource:
    """The terms of one ontology, asked for one at a time at EBI's OLS4 or another host that speaks its API.

    Satisfies `OntologySource`. Where that answers None or nothing, the host was asked and has nothing; when
    it cannot be asked, everything here raises SourceUnavailableError, but for `lookup`, which says so.

    Parameters
    ----------
    name
        The prefix of its identifiers, for example ``UBERON`` or ``EFO``.
    client
        The host.
    ontology_id
        What the host calls the ontology; by default `name` in lower case.
    """

    def __init__(self, name: str, client: OlsClient, ontology_id: str | None = None) -> None:
        self.name = name
        self._client = client
        self._id = (ontology_id or load_toml("services.toml")["ols_ontologies"].get(name, name)).lower()
        self._about: OlsOntology | None = None
        self._size: int | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<OlsSource {self.name} at {self._client.service.settings.url}>"

    def __bool__(self) -> bool:
        return True  # Python would ask for the number of terms

    @property
    def release(self) -> str:
        """The release that the host has loaded."""
        return self._ontology().release

    @property
    def asked(self) -> str:
        """What is asked, for messages: ``UBERON v2026-06-01 (OLS)``."""
        return f"{self.name} {self.release} ({self._client.service.settings.title})"

    def __len__(self) -> int:
        """Number of terms; the first time this reads the list of all terms."""
        if self._size is None:
            self._size = len({identifier_of(document) for document in self._documents()})
        return self._size

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, str) and self._document(identifier) is not None

    def get(self, identifier: str) -> Term | None:
        """The term with this identifier; two requests, for OLS gives the parents apart."""
        document = self._document(identifier)
        return None if document is None else self._with_parents(document)

    def lookup(self, identifier: str) -> Lookup:
        """Look a canonical identifier up, in one request and without ever raising.

        The term that is found carries no parents; `get` asks for them as well.
        """
        try:
            document = self._document(identifier)
            asked = self.asked
        except SourceUnavailableError as error:
            return Lookup(identifier, "no_source", reason=str(error))
        if document is None:
            return Lookup(identifier, "not_in_release", asked=asked)
        return Lookup(identifier, "found", self._read(document), asked)

    def lookup_many(self, identifiers: Iterable[str]) -> dict[str, Lookup]:
        """Look many identifiers up, several at once; in the order they were first given."""
        wanted = list(dict.fromkeys(identifiers))
        first = [
            self.lookup(one) for one in wanted[:1]
        ]  # asks which release it is, once and not by all at once
        return dict(zip(wanted, [*first, *self._client.service.each(self.lookup, wanted[1:])], strict=True))

    def terms(self) -> Iterator[Term]:
        """All terms, sorted; a request a term, for the parents. `names` is much quicker."""
        documents = {identifier_of(document) or "": document for document in self._documents()}
        ordered = [documents[identifier] for identifier in sorted(documents)]
        yield from self._client.service.each(self._with_parents, ordered)

    def names(self) -> Iterator[Name]:
        """All strings that name a term; a request for every 500 terms."""
        documents = {identifier_of(document) or "": document for document in self._documents()}
        yield from names_of(self._read(documents[identifier]) for identifier in sorted(documents))

    def parents(self, identifier: str) -> tuple[str, ...]:
        """One step up."""
        return self._relatives(identifier, "hierarchicalParents")

    def children(self, identifier: str) -> tuple[str, ...]:
        """One step down."""
        return self._relatives(identifier, "hierarchicalChildren")

    def ancestors(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps up."""
        return self._relatives(identifier, "hierarchicalAncestors")

    def descendants(self, identifier: str) -> tuple[str, ...]:
        """Any number of steps down."""
        return self._relatives(identifier, "hierarchicalDescendants")

    def match(self, label: str) -> list[Match]:
        """Live terms with a name that equals a label, but for case and blanks; those by their label first."""
        wanted = _folded(label)
        if not wanted:
            return []
        self._ontology()
        found: dict[str, tuple[str, str]] = {}
        for exact in (
            True,
            False,
        ):  # for a time "exact" told cases apart (issue 1308): then the plain search helps
            for document in self._client.search(" ".join(label.split()), self._id, exact=exact):
                identifier = identifier_of(document)
                if identifier is None or not self._is_own(identifier):
                    continue
                name = text(document.get("label"))
                if _folded(name) == wanted:
                    found[identifier] = (name, "label")
                    continue
                same = next((one for one in synonyms(document) if _folded(one) == wanted), None)
                if same is not None:
                    found.setdefault(identifier, (same, "synonym"))
            if found:
                break
        ordered = sorted(found, key=lambda identifier: (found[identifier][1] != "label", identifier))
        terms = self._client.service.each(self.get, ordered[:_MOST_MATCHES])
        return [Match(term, *found[term.id]) for term in terms if term is not None and not term.obsolete]

    def _ontology(self) -> OlsOntology:
        with self._lock:
            if self._about is None:
                self._about = self._client.ontology(self._id)
            if self._about is None:
                raise self._client.service.unavailable(f"it has no ontology {self._id!r}")
            return self._about

    def _is_own(self, identifier: str) -> bool:
        return identifier.startswith(f"{self.name}:") or (
            # the African Population Ontology is part of HANCESTRO
            self.name == "HANCESTRO" and identifier.startswith("AfPO:")
        )

    def _iri(self, identifier: str) -> str:
        try:
            return known_iri(identifier)
        except IdentifierError:
            base = self._ontology().base or f"http://purl.obolibrary.org/obo/{self.name}_"
            return base + identifier.partition(":")[2]

    def _document(self, identifier: str) -> Mapping[str, Any] | None:
        """The document of a term; None when the ontology has no such term."""
        if not self._is_own(identifier):
            return None
        self._ontology()
        document = self._client.term(self._id, self._iri(identifier))
        if document is not None and identifier_of(document) != identifier:
            # OLS has answered with unrelated terms before (issue 435 of EBISPOT/ols4)
            raise self._client.service.unavailable("it answered with another term")
        return document

    def _read(self, document: Mapping[str, Any], parents: Iterable[str] = ()) -> Term:
        term = read_term(document, ontology=self.name, release=self.release, parents=parents)
        if term is None:
            raise self._client.service.unavailable("its answer names no term")
        return term

    def _with_parents(self, document: Mapping[str, Any]) -> Term:
        links = document.get("_links")
        if isinstance(links, Mapping) and "self" in links and "hierarchicalParents" not in links:
            return self._read(document)  # a root or an obsolete term: OLS leaves the link out
        identifier = identifier_of(document) or ""
        return self._read(document, self._relatives_of(identifier, "hierarchicalParents"))

    def _relatives(self, identifier: str, relation: Relation) -> tuple[str, ...]:
        return self._relatives_of(identifier, relation) if self._document(identifier) is not None else ()

    def _relatives_of(self, identifier: str, relation: Relation) -> tuple[str, ...]:
        documents = self._client.relatives(self._id, self._iri(identifier), relation)
        found = {identifier_of(document) for document in documents} - {None, identifier}
        return tuple(sorted(one for one in found if one is not None and self._is_own(one)))

    def _documents(self) -> Iterator[Mapping[str, Any]]:
        """The documents of this ontology's own terms."""
        self._ontology()
        for document in self._client.terms(self._id):
            identifier = identifier_of(document)
            if identifier is not None and self._is_own(identifier):
                yield document


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
