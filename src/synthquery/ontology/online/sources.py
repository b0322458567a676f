"""All services together: an identifier goes to the one that can know it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Literal, Self

from synthquery.errors import OntologyError, SourceUnavailableError, UnknownTermError
from synthquery.identifiers import kind_of, normalise_id
from synthquery.ontology.facts import Term
from synthquery.ontology.online.cellosaurus import Cellosaurus
from synthquery.ontology.online.ensembl import EnsemblGenes
from synthquery.ontology.online.gene_symbols import GeneSymbols
from synthquery.ontology.online.ols import OlsClient
from synthquery.ontology.online.ols_source import Match, OlsSource
from synthquery.ontology.online.service import Service, Traffic
from synthquery.ontology.online.settings import service_settings
from synthquery.ontology.ontologies import Lookup

Relation = Literal["parents", "children", "ancestors", "descendants"]
_ELSEWHERE: Final = frozenset({"chembl", "bioproject", "sra_study", "geo_series", "biosample"})
_SERVICES: Final = ("ols", "ensembl", "cellosaurus", "hgnc", "mygene")


class OnlineSources:
    """EBI OLS4, Ensembl, HGNC, MyGene.info and Cellosaurus, asked where the offline data cannot answer.

    Nothing is connected until something is asked. Safe to use from several threads. Close it, or use it as a
    context manager.

    Parameters
    ----------
    urls
        Other hosts, by the names of ``data/services.toml``: ``{"ols": "https://service.tib.eu/ts4tib"}``. The
        environment variables named there do the same.
    cache_folder
        Where answers are kept; by default in the user's cache directory.
    **changes
        Settings for all services (see `Settings`): ``per_second=0`` switches the limit off.

    Attributes
    ----------
    failures
        Ontologies whose service could not be asked, with the reason.

    Raises
    ------
    OntologyError
        When an address is none, or belongs to no service.
    """

    def __init__(
        self, urls: dict[str, str] | None = None, *, cache_folder: Path | None = None, **changes: Any
    ) -> None:
        given = urls or {}
        if unknown := sorted(given.keys() - set(_SERVICES)):
            raise OntologyError(f"there is no service {unknown[0]!r}; there are {', '.join(_SERVICES)}")
        self._settings = {name: service_settings(name, given.get(name), **changes) for name in _SERVICES}
        self._folder = cache_folder
        self._services: dict[str, Service] = {}
        self._sources: dict[str, OlsSource] = {}
        self._closing = ExitStack()
        self._lock = threading.RLock()
        self.failures: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and caches."""
        with self._lock:
            self._services.clear()
            self._sources.clear()
            self._closing.close()

    def ontology(self, name: str) -> OlsSource:
        """An ontology at OLS, by the prefix of its identifiers: ``UBERON``, ``EFO`` ..."""
        with self._lock:
            if name not in self._sources:
                self._sources[name] = OlsSource(name, OlsClient(self._service("ols")))
            return self._sources[name]

    def lookup(self, identifier: str) -> Lookup:
        """Look a canonical identifier up, without ever raising.

        ``no_source`` means that nothing is known: no service has such identifiers, or the one that has could
        not be asked; ``reason`` says which.
        """
        return self.lookup_many([identifier])[identifier]

    def lookup_many(self, identifiers: Iterable[str]) -> dict[str, Lookup]:
        """Look many canonical identifiers up; in the order they were first given."""
        wanted = dict.fromkeys(identifiers)
        grouped: dict[str, list[str]] = {}
        for identifier in wanted:
            grouped.setdefault(_home(identifier), []).append(identifier)
        answers: dict[str, Lookup] = {}
        for home, group in grouped.items():
            if not home:
                answers.update((one, Lookup(one, "no_source", reason=_nobody(one))) for one in group)
                continue
            found = self._asker(home)(group)
            answers.update(found)
            for answer in found.values():
                if answer.outcome == "no_source":
                    self.failures[home] = answer.reason
        return {identifier: answers[identifier] for identifier in wanted}

    def term(self, identifier: str) -> Term:
        """Look one term up, with its parents where the service gives them.

        Parameters
        ----------
        identifier
            In any spelling.

        Raises
        ------
        IdentifierError
            When the text is no identifier.
        UnknownTermError
            When the service that was asked does not have it.
        SourceUnavailableError
            When none could be asked.
        """
        canonical = normalise_id(identifier)
        answer = self.lookup(canonical)
        if answer.outcome == "no_source":
            raise SourceUnavailableError(answer.reason)
        if answer.term is None:
            raise UnknownTermError(f"{canonical} is not in {answer.asked}")
        if answer.term.ontology in ("ENSG", "CVCL"):
            return answer.term
        return self.ontology(_home(canonical)).get(canonical) or answer.term

    def relatives(self, identifier: str, relation: Relation) -> tuple[str, ...]:
        """Relatives of a canonical identifier: its ``parents``, ``children``, ``ancestors`` or ``descendants``.

        Empty for genes, which have none, and but for its parents for a cell line. Raises
        SourceUnavailableError when the service could not be asked.
        """
        home = _home(identifier)
        if home in ("ENSG", "CVCL"):
            term = self.lookup(identifier).term if relation == "parents" else None
            return term.parents if term else ()
        if not home:
            raise SourceUnavailableError(_nobody(identifier))
        found: tuple[str, ...] = getattr(self.ontology(home), relation)(identifier)
        return found

    def match(self, label: str, ontology: str) -> list[Match]:
        """Live terms of an ontology with a name that equals a label, but for case and blanks.

        Parameters
        ----------
        label
            A label, or for ``ENSG`` a gene symbol, which may be a previous one or an alias.
        ontology
            ``UBERON``, ``CVCL``, ``ENSG`` ...

        Raises
        ------
        SourceUnavailableError
            When the service could not be asked.
        """
        try:
            if ontology == "ENSG":
                return self._match_gene(label)
            if ontology == "CVCL":
                return self._cellosaurus().match(label)
            return self.ontology(ontology).match(label)
        except SourceUnavailableError as error:
            self.failures[ontology] = str(error)
            raise

    @property
    def traffic(self) -> Traffic:
        """What asking has cost, all services together."""
        parts = [service.traffic for service in self._services.values()]
        return Traffic(sum(p.sent for p in parts), sum(p.hits for p in parts), sum(p.stale for p in parts))

    def _match_gene(self, symbol: str) -> list[Match]:
        named = GeneSymbols(self._service("hgnc"), self._service("mygene")).genes(symbol)
        answers = self._ensembl().lookup_many([gene.id for gene in named])
        found = []
        for gene in named:
            answer = answers[gene.id]
            if answer.outcome == "no_source":
                raise SourceUnavailableError(answer.reason)
            if answer.term is not None and not answer.term.obsolete:
                found.append(Match(answer.term, symbol.strip(), gene.how))
        return found

    def _asker(self, home: str) -> Callable[[Iterable[str]], dict[str, Lookup]]:
        if home == "ENSG":
            return self._ensembl().lookup_many
        if home == "CVCL":
            return self._cellosaurus().lookup_many
        return self.ontology(home).lookup_many

    def _ensembl(self) -> EnsemblGenes:
        return EnsemblGenes(self._service("ensembl"))

    def _cellosaurus(self) -> Cellosaurus:
        return Cellosaurus(self._service("cellosaurus"))

    def _service(self, name: str) -> Service:
        with self._lock:
            if name not in self._services:
                self._services[name] = self._closing.enter_context(
                    Service(self._settings[name], self._folder)
                )
            return self._services[name]


def _home(identifier: str) -> str:
    """Name of the ontology to ask; empty when no service has such identifiers."""
    kind = kind_of(identifier)
    if kind == "cellosaurus":
        return "CVCL"
    if kind == "ensembl_gene":
        return "ENSG"
    if kind is None or kind in _ELSEWHERE:
        return ""
    return "HANCESTRO" if kind == "hancestro" else identifier.partition(":")[0]


def _nobody(identifier: str) -> str:
    return f"no service that synthquery asks has identifiers like {identifier}"
