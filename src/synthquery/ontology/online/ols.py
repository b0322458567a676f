"""The REST API of OLS4, and of other hosts that speak it.

Its first version is used: the second knows more but is spoken by EBI only. Sources: the controllers of
OLS4's backend (V1OntologyTermController, V1SearchController, October 2024) and the issues named below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from synthquery.errors import SourceUnavailableError
from synthquery.ontology.online.ols_terms import text
from synthquery.ontology.online.service import Answer, Service

Relation = Literal[
    "hierarchicalParents", "hierarchicalChildren", "hierarchicalAncestors", "hierarchicalDescendants"
]
PAGE_SIZE: Final = 500
"""Terms a page; the documented maximum."""
_MOST_PAGES: Final = 10_000
_SEARCH_ROWS: Final = 100
_FIELDS: Final = "iri,label,short_form,obo_id,ontology_name,ontology_prefix,type,is_defining_ontology,synonym"


@dataclass(frozen=True, slots=True)
class OlsOntology:
    """An ontology as a host has it loaded.

    Attributes
    ----------
    id
        Its name in addresses, for example ``uberon``.
    release
        As its publisher names it; ``"of unknown release"`` where the host does not say.
    base
        What the addresses of its terms start with; empty where the host does not say.
    """

    id: str
    release: str
    base: str = ""


class OlsClient:
    """Endpoints of OLS as methods; answers are documents, checked for their shape only."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def ontology(self, ontology: str) -> OlsOntology | None:
        """An ontology; None when the host has none of this name."""
        answer = self._get(f"/ontologies/{ontology}")
        if answer is None:
            return None
        config = answer.get("config")
        facts: Mapping[str, Any] = config if isinstance(config, Mapping) else {}
        version_iri = re.search(r"/releases/([^/]+)/", text(facts.get("versionIri")))
        release = text(answer.get("version")) or text(facts.get("version"))
        release = release or (version_iri[1] if version_iri else "") or "of unknown release"
        return OlsOntology(ontology, release, text(facts.get("baseUris")))

    def term(self, ontology: str, iri: str) -> Mapping[str, Any] | None:
        """The document of a term; None when the ontology has none with this address."""
        answer = self._get(f"/ontologies/{ontology}/terms/{twice_encoded(iri)}")
        if answer is None or "iri" in answer or "obo_id" in answer or "short_form" in answer:
            return answer
        listed = _listed(answer, "terms")  # some hosts give a page with one term
        if listed or "page" in answer:
            return listed[0] if listed else None
        raise self._surprised()

    def terms(self, ontology: str) -> Iterator[Mapping[str, Any]]:
        """The documents of all terms, page by page; copies of other ontologies' terms are among them."""
        yield from self._pages(f"/ontologies/{ontology}/terms")

    def relatives(self, ontology: str, iri: str, relation: Relation) -> Iterator[Mapping[str, Any]]:
        """The documents of relatives by is-a, part-of and the like."""
        yield from self._pages(f"/ontologies/{ontology}/terms/{twice_encoded(iri)}/{relation}")

    def search(self, words: str, ontology: str, *, exact: bool) -> list[Mapping[str, Any]]:
        """What the host finds among labels and synonyms. Neither its order nor its ``exact`` can be relied on
        (issues 1308 and 1309 of EBISPOT/ols4): compare the names."""
        answer = self._get(
            "/search",
            {
                "q": words,
                "ontology": ontology,
                "type": "class",
                "queryFields": "label,synonym",
                "exact": "true" if exact else "false",
                "fieldList": _FIELDS,
                "rows": _SEARCH_ROWS,
            },
        )
        body = answer.get("response") if answer is not None else None
        if not isinstance(body, Mapping):
            raise self._surprised()
        documents = body.get("docs")
        return [one for one in documents if isinstance(one, Mapping)] if isinstance(documents, list) else []

    def _pages(self, path: str) -> Iterator[Mapping[str, Any]]:
        for number in range(_MOST_PAGES):
            answer = self._get(path, {"page": number, "size": PAGE_SIZE})
            if answer is None:
                if number:
                    raise self._surprised()
                return  # a term without relatives: an empty page in some versions, a 404 in others
            listed = _listed(answer, "terms")
            yield from listed
            page = answer.get("page")
            total = page.get("totalPages") if isinstance(page, Mapping) else None
            if isinstance(total, int):
                if number + 1 >= total:
                    return
            elif "next" not in (answer.get("_links") or ()):
                return

    def _get(self, path: str, params: Mapping[str, str | int] | None = None) -> Mapping[str, Any] | None:
        """The body of an answer; None when there is no such thing."""
        answer = self.service.get("/api" + path, params)
        if not answer.found:
            self._check_miss(answer)
            return None
        if not isinstance(answer.body, Mapping):
            raise self._surprised()
        return answer.body

    def _check_miss(self, answer: Answer) -> None:
        """Raise unless a 404 is about what was asked for: an address of no endpoint is a 404 too."""
        message = text(answer.body.get("message")).casefold()
        if "endpoint" in message or "no handler" in message or "no static resource" in message:
            raise self.service.unavailable("it has no OLS interface at this address")

    def _surprised(self) -> SourceUnavailableError:
        return self.service.unavailable("its answer has an unexpected form")


def twice_encoded(iri: str) -> str:
    """An address as a part of the path of another one. The servers in between decode it once."""
    return quote(quote(iri, safe=""), safe="")


def _listed(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    embedded = answer.get("_embedded")
    listed = embedded.get(name) if isinstance(embedded, Mapping) else None
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
