"""OLS4 as its source code and the recorded bodies show it, over any source of terms.

The hierarchy, the names and the terms come from an `OntologySource`; here they get the shapes, the two kinds of
404 and the irregularities (strings for lists, missing keys) of the service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from synthquery.identifiers import canonical_id, iri
from synthquery.ontology import OntologySource, Term

Reply = tuple[int, Any]
_RELATIONS = {
    "hierarchicalParents": "parents",
    "hierarchicalChildren": "children",
    "hierarchicalAncestors": "ancestors",
    "hierarchicalDescendants": "descendants",
}


@dataclass
class Ols:
    """An OLS host.

    Attributes
    ----------
    sources
        The ontologies it has loaded, by their name in addresses.
    old_errors
        404s look like those of OLS3.
    bare
        Single values come as strings, and keys without a value are missing, as from some hosts and versions.
    relatives_404
        A term without relatives is a 404 and not an empty page.
    exact_is_case_sensitive
        As for some weeks in 2026 (issue 1308).
    replacement
        How a replacement is written: ``curie``, ``iri`` or ``short``.
    """

    sources: dict[str, OntologySource] = field(default_factory=dict)
    old_errors: bool = False
    bare: bool = False
    relatives_404: bool = False
    exact_is_case_sensitive: bool = False
    replacement: str = "curie"

    def reply(self, path: str, query: Mapping[str, str]) -> Reply:
        """The answer to a GET of a path below ``/api``."""
        if path == "/search":
            return self._search(query)
        match = re.fullmatch(r"/ontologies/([^/]+)(?:/terms(?:/([^/]+)(?:/(\w+))?)?)?", path)
        if match is None:
            return 404, {"status": 404, "message": f"Endpoint not found: /api{path}"}
        source = self.sources.get(match[1].lower())
        if source is None:
            return self._missing(path, f"No resource with {match[1]}")
        if not path.partition("/terms")[1]:
            return 200, _ontology(match[1], source)
        if match[2] is None:
            return self._listing(path, source, query)
        return self._term(path, source, unquote(match[2]), match[3], query)

    def _term(
        self, path: str, source: OntologySource, once: str, relation: str | None, query: Mapping[str, str]
    ) -> Reply:
        address = unquote(once)
        if address == once:  # a single encoding does not get through
            return 400, {"status": 400, "message": "The IRI must be encoded twice"}
        identifier = canonical_id(address)
        term = source.get(identifier) if identifier else None
        if term is None:
            return self._missing(path, f"No resource with {address} in {source.name.lower()}")
        if relation is None:
            return 200, self._document(source, term)
        if relation not in _RELATIONS:
            return 404, {"status": 404, "message": f"Endpoint not found: /api{path}"}
        related = getattr(source, _RELATIONS[relation])(term.id)
        if not related and self.relatives_404:
            return self._missing(path, "No resource")
        return 200, self._page(path, related, source, query)

    def _listing(self, path: str, source: OntologySource, query: Mapping[str, str]) -> Reply:
        asked = next((query[key] for key in ("iri", "short_form", "obo_id", "id") if key in query), None)
        if asked is None:
            return 200, self._page(path, [term.id for term in source.terms()], source, query)
        term = source.get(canonical_id(asked) or "")
        if term is None:
            return self._missing(path, f"No resource with {asked} in {source.name.lower()}")
        return 200, self._page(path, [term.id], source, query)

    def _page(
        self, path: str, identifiers: Sequence[str], source: OntologySource, query: Mapping[str, str]
    ) -> dict[str, Any]:
        number, size = int(query.get("page", "0")), min(int(query.get("size", "20")), 500)
        total = -(-len(identifiers) // size)
        terms = map(source.get, identifiers[number * size : (number + 1) * size])
        shown = [self._document(source, term) for term in terms if term]
        body: dict[str, Any] = {
            "_links": {"self": {"href": f"http://ols/api{path}?page={number}&size={size}"}},
            "page": {"size": size, "totalElements": len(identifiers), "totalPages": total, "number": number},
        }
        if number + 1 < total:
            body["_links"]["next"] = {"href": f"http://ols/api{path}?page={number + 1}&size={size}"}
        if shown:  # Spring leaves the key out of an empty page
            body["_embedded"] = {"terms": shown}
        return body

    def _document(self, source: OntologySource, term: Term) -> dict[str, Any]:
        address = iri(term.id)
        base = (
            f"http://ols/api/ontologies/{source.name.lower()}/terms/{quote(quote(address, safe=''), safe='')}"
        )
        links = ["self", "graph", *(["parents", "hierarchicalParents"] if term.parents else [])]
        document: dict[str, Any] = {
            "iri": address,
            "lang": "en",
            "description": None,
            "synonyms": list(term.synonyms),
            "annotation": {"consider": list(term.consider)} if term.consider else {},
            "label": term.label or None,
            "ontology_name": source.name.lower(),
            "ontology_prefix": source.name,
            "is_obsolete": term.obsolete,
            "term_replaced_by": self._spelt(term.replaced_by),
            "is_defining_ontology": True,
            "has_children": bool(source.children(term.id)),
            "short_form": address.rpartition("/")[2],
            "obo_id": term.id,
            "in_subset": None,
            "obo_xref": None,
            "_links": {name: {"href": base if name == "self" else f"{base}/{name}"} for name in links},
        }
        return _bare(document) if self.bare else document

    def _spelt(self, identifier: str | None) -> str | None:
        if identifier is None or self.replacement == "curie":
            return identifier
        return iri(identifier) if self.replacement == "iri" else identifier.replace(":", "_")

    def _search(self, query: Mapping[str, str]) -> Reply:
        words, exact = query["q"], query.get("exact") == "true"
        source = self.sources.get(query.get("ontology", ""))
        hits: dict[str, None] = {}
        for name in source.names() if source else ():
            if exact:
                same = name.text == words or (
                    not self.exact_is_case_sensitive and name.text.casefold() == words.casefold()
                )
            else:
                same = words.casefold() in name.text.casefold()
            if same and not name.obsolete:
                hits[name.term_id] = None
        found = [source.get(one) for one in hits] if source else []
        documents = [
            self._hit(source, term) for term in found[: int(query.get("rows", "10"))] if source and term
        ]
        return 200, {
            "responseHeader": {"status": 0, "QTime": 1},
            "response": {"numFound": len(found), "start": 0, "docs": documents},
            "facet_counts": {"facet_fields": {}},
        }

    def _hit(self, source: OntologySource, term: Term) -> dict[str, Any]:
        document = {
            "iri": iri(term.id),
            "ontology_name": source.name.lower(),
            "short_form": iri(term.id).rpartition("/")[2],
            "obo_id": term.id,
            "label": [term.label] if self.bare else term.label,  # lists for a time (issue 407)
            "type": "class",
            "id": f"{source.name.lower()}:class:{iri(term.id)}",
        }
        if term.synonyms:
            document["synonym"] = list(term.synonyms)
        return document

    def _missing(self, path: str, message: str) -> Reply:
        if self.old_errors:
            return 404, {
                "timestamp": 1554117059039,
                "status": 404,
                "error": "Not Found",
                "message": "Resource not found",
                "path": f"/ols4/api{path}",
            }
        return 404, {"status": 404, "message": message}


def _ontology(name: str, source: OntologySource) -> dict[str, Any]:
    return {
        "languages": ["en"],
        "ontologyId": name,
        "status": "LOADED",
        "version": source.release,
        "config": {
            "id": name,
            "preferredPrefix": source.name,
            "version": source.release,
            "baseUris": [f"http://purl.obolibrary.org/obo/{source.name}_"],
        },
        "_links": {"self": {"href": f"http://ols/api/ontologies/{name}?lang=en"}},
    }


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    """The document with strings for lists of one, and without the keys that have no value."""
    shown = {}
    for key, value in document.items():
        if value in (None, [], {}):
            continue
        shown[key] = value[0] if isinstance(value, list) and len(value) == 1 else value
    return shown
