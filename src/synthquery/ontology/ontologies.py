"""The ontologies synthquery asks, opened when they are first needed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from synthquery.errors import OntologyError, UnknownTermError
from synthquery.identifiers import ontology_of
from synthquery.ontology import cache
from synthquery.ontology.snapshot import Entry, manifest, read_terms
from synthquery.ontology.store import SCHEMA_VERSION, OntologyStore, compile_store
from synthquery.ontology.facts import Term

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
    """The ontologies of a snapshot.

    Identifiers are canonical here; the functions of `synthquery.ontology` take any spelling.

    Parameters
    ----------
    entries
        The snapshot's manifest; its ontologies are compiled and opened when they are first asked.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)
        self._stores: dict[str, OntologyStore] = {}
        self._locks = {name: threading.Lock() for name in self._entries}

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
        name = ontology_of(identifier)
        if name is None or name not in self._entries:
            return Lookup(identifier, "no_source")
        asked = f"{name} {self._entries[name].release}"
        found = self.store(name).get(identifier)
        return Lookup(identifier, "found" if found else "not_in_release", found, asked)

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
            name = ontology_of(identifier) or ""
            if name not in self._entries:
                answers[identifier] = Lookup(identifier, "no_source")
                continue
            asked = f"{name} {self._entries[name].release}"
            term = found.get(identifier)
            answers[identifier] = Lookup(identifier, "found" if term else "not_in_release", term, asked)
        return answers

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
    """The ontologies of the packaged snapshot; one object for the whole process."""
    return Ontologies(manifest())
