"""The ontologies synthquery asks, opened when they are first needed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from synthquery.errors import OntologyError, UnknownTermError
from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology import cache
from synthquery.ontology.beside import Beside
from synthquery.ontology.bridging import Bridge, bridges_to
from synthquery.ontology.facts import Term
from synthquery.ontology.in_use import entries_in_use, on_change
from synthquery.ontology.snapshot import Entry, read_terms
from synthquery.ontology.store import SCHEMA_VERSION, OntologyStore, compile_store

if TYPE_CHECKING:
    from synthquery.ontology.readers.cellosaurus import CellLine

Outcome = Literal["found", "not_in_release", "no_source"]
_LONGEST_CHAIN = 20  # replacements of replacements; the longest chain of the pinned releases has three


@dataclass(frozen=True, slots=True)
class Lookup:
    """What came of looking an identifier up.

    Attributes
    ----------
    id
        The identifier that was asked for.
    outcome
        ``"found"``; ``"not_in_release"``: its ontology was asked and does not have it; ``"no_source"``: no
        ontology here could be asked, so nothing is known.
    term
        The term, when it was found.
    asked
        The release that was asked, as ``UBERON v2026-04-01``; empty when none could be.
    reason
        Why none could be asked, where that is known: a service that does not answer, for example.
    """

    id: str
    outcome: Outcome
    term: Term | None = None
    asked: str = ""
    reason: str = ""


class Ontologies:
    """Some ontologies, one release of each.

    Identifiers are canonical here; the functions of `synthquery.ontology` take any spelling.

    Parameters
    ----------
    entries
        What there is, by name; it is compiled and opened when it is first asked. An entry with prefixes was
        added by the user: it is asked for what the ontology that an identifier belongs to does not have.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)
        self._added = tuple(entry for entry in self._entries.values() if entry.prefixes)
        self._stores: dict[str, OntologyStore] = {}
        self._locks = {name: threading.Lock() for name in self._entries}
        self._beside: dict[str, Beside] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the ontologies, in the order of the manifest."""
        return tuple(self._entries)

    def releases(self) -> dict[str, str]:
        """Release of each ontology; opens nothing."""
        return {name: entry.release for name, entry in self._entries.items()}

    def store(self, name: str) -> OntologyStore:
        """One ontology, compiled on its first use on this machine.

        Raises
        ------
        OntologyError
            When there is no such ontology, or its data cannot be used.
        """
        store = self._stores.get(name)
        if store is not None:
            return store
        entry = self._entries.get(name)
        if entry is None:
            raise OntologyError(f"there is no ontology {name!r}; there are {', '.join(self._entries)}")
        with self._locks[name]:
            if name not in self._stores:
                self._stores[name] = open_store(entry)
            return self._stores[name]

    def lookup(self, identifier: str) -> Lookup:
        """Look a canonical identifier up; tells "unknown" from "could not be asked"."""
        asked = []
        for name in self._homes(identifier):
            asked.append(f"{name} {self._entries[name].release}")
            found = self.store(name).get(identifier)
            if found is not None:
                return Lookup(identifier, "found", found, asked[-1])
        return Lookup(identifier, "not_in_release" if asked else "no_source", None, ", ".join(asked))

    def lookup_many(self, identifiers: Iterable[str]) -> dict[str, Lookup]:
        """Look many canonical identifiers up, each once; in the order they were first given."""
        wanted = dict.fromkeys(identifiers)
        grouped: dict[str, list[str]] = {}
        for identifier in wanted:
            grouped.setdefault(ontology_of(identifier) or "", []).append(identifier)
        found: dict[str, Term] = {}
        for name, group in grouped.items():
            if name in self._entries:
                found.update(self.store(name).get_many(group))
        answers = {}
        for identifier in wanted:
            term = found.get(identifier)
            asked = f"{term.ontology} {term.release}" if term else ""
            answers[identifier] = (
                Lookup(identifier, "found", term, asked) if term else self.lookup(identifier)
            )
        return answers

    def _homes(self, identifier: str) -> Iterator[str]:
        """Names of the ontologies that may have an identifier, in the order they are asked."""
        owner = ontology_of(identifier)
        if owner in self._entries:
            yield owner
        for entry in self._added:
            if identifier.startswith(entry.prefixes):
                yield entry.name

    def added_id(self, text: str) -> str | None:
        """The canonical form of an identifier with a prefix that only an added ontology has; None for others."""
        prefix, _, local = text.strip().replace("_", ":", 1).partition(":")
        if not self._added or not local or canonical_id(text) is not None:
            return None
        known = {known.casefold(): known for entry in self._added for known in entry.prefixes}
        found = known.get(f"{prefix}:".casefold())
        return f"{found}{local}" if found else None

    def bridges(self, identifier: str) -> tuple[Bridge, ...]:
        """The live terms that an identifier of another ontology, in any spelling, leads to: the nearest first.

        They come from the mapping files that were added, and from what added and updated releases say of terms of
        other ontologies. Empty when none of them knows the identifier.
        """
        sources = [self._facts(name) for name, entry in self._entries.items() if entry.n_mappings]
        return bridges_to(identifier, sources, self.get, self.replacement) if sources else ()

    @property
    def has_bridges(self) -> bool:
        """Whether anything here leads from foreign identifiers to terms."""
        return any(entry.n_mappings for entry in self._entries.values())

    def cell_line(self, accession: str) -> CellLine | None:
        """The full record of a cell line; None where no Cellosaurus file was added or downloaded that has it."""
        for name, entry in self._entries.items():
            if entry.n_records:
                found = self._facts(name).values("cell line", accession)
                term = self.get(accession) if found else None
                if term is not None:
                    from synthquery.ontology.readers.cellosaurus import CellLine

                    return CellLine.from_facts(term, found[0])
        return None

    def _facts(self, name: str) -> Beside:
        if name not in self._beside:
            with self._locks[name]:
                if name not in self._beside:
                    self._beside[name] = Beside(self._entries[name])
        return self._beside[name]

    def get(self, identifier: str) -> Term | None:
        """The term with this canonical identifier; None when no ontology here has it."""
        return self.lookup(identifier).term

    def __getitem__(self, identifier: str) -> Term:
        """The term with this canonical identifier; UnknownTermError names the release that was asked."""
        answer = self.lookup(identifier)
        if answer.term is not None:
            return answer.term
        if answer.outcome == "not_in_release":
            raise UnknownTermError(f"{identifier} is not in {answer.asked}")
        raise UnknownTermError(
            f"{identifier} cannot be looked up: none of {', '.join(self.names)} has such terms"
        )

    def __contains__(self, identifier: str) -> bool:
        return self.get(identifier) is not None

    def replacement(self, term: Term) -> Term | None:
        """The live term at the end of the replacements of an obsolete one.

        Returns
        -------
        Term | None
            None when the term is live, is replaced by nothing, or by something no ontology here has.
        """
        if not term.obsolete:
            return None
        seen = {term.id}
        current: Term | None = term
        while current is not None and current.obsolete:
            following = current.replaced_by
            if following is None or following in seen or len(seen) > _LONGEST_CHAIN:
                return None
            seen.add(following)
            current = self.get(following)
        return current


def open_store(entry: Entry) -> OntologyStore:
    """Open one ontology of a snapshot, compiling it into the cache if it is not there yet."""
    return OntologyStore(partial(_compiled, entry), cache.discard_artifact)


def fingerprint(entry: Entry) -> str:
    """Digest of all that a compiled ontology depends on."""
    return hashlib.sha256(f"{entry.sha256} {entry.release} schema {SCHEMA_VERSION}".encode()).hexdigest()


def compiled_folder(entry: Entry) -> Path | None:
    """Where an ontology is compiled; None when it is not yet."""
    return cache.find_artifact(entry.name, fingerprint(entry))


def _compiled(entry: Entry) -> Path:
    def build(folder: Path) -> None:
        compile_store(read_terms(entry), folder, name=entry.name, release=entry.release)

    describe = f"{entry.title} {entry.release}, {entry.n_terms:,} terms"
    return cache.cached_artifact(entry.name, fingerprint(entry), build, describe=describe)


@lru_cache(maxsize=1)
def default_ontologies() -> Ontologies:
    """The ontologies in use: the packaged ones, other releases that were chosen, and those that were added.

    One object for the whole process, until it chooses other releases.
    """
    return Ontologies(entries_in_use())


on_change(default_ontologies.cache_clear)
