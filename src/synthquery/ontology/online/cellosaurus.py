"""Cell lines at the Cellosaurus API, by primary and by merged accession.

Source: the API's help (https://api.cellosaurus.org) and its code. The accession endpoint knows primary
accessions only; one that was merged into another cell line is found by a search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from synthquery.errors import SourceUnavailableError
from synthquery.ontology.facts import Term
from synthquery.ontology.online.ols_source import Match
from synthquery.ontology.online.ols_terms import text
from synthquery.ontology.online.service import Answer, Service
from synthquery.ontology.ontologies import Lookup

ONTOLOGY: Final = "CVCL"
_ACCESSION: Final = re.compile(r"CVCL_[A-Z0-9]{4}")
_FIELDS: Final = "id,sy,ac,acas,hi"
_ROWS: Final = 50


class Cellosaurus:
    """Cell lines by accession and by name."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._release: str | None = None

    def lookup(self, accession: str) -> Lookup:
        """Look an accession up, without ever raising.

        One that was merged is found as an obsolete term, replaced by the cell line it was merged into.
        """
        if not _ACCESSION.fullmatch(accession):
            return Lookup(accession, "no_source", reason=f"{accession} is no accession of Cellosaurus")
        try:
            return self._lookup(accession)
        except SourceUnavailableError as error:
            return Lookup(accession, "no_source", reason=str(error))

    def lookup_many(self, accessions: Iterable[str]) -> dict[str, Lookup]:
        """Look many accessions up, several at once; in the order they were first given."""
        wanted = list(dict.fromkeys(accessions))
        return dict(zip(wanted, self.service.each(self.lookup, wanted), strict=True))

    def match(self, name: str) -> list[Match]:
        """Cell lines with a name that equals `name`, but for case; raises SourceUnavailableError."""
        wanted = " ".join(name.split())
        if not wanted:
            return []
        quoted = wanted.replace("\\", " ").replace('"', " ")  # unquoted, a hyphen would part the name
        found = []
        for record in self._search(f'idsy:"{quoted}"'):
            term = self._read(record)
            for known, how in ((term.label, "label"), *((one, "synonym") for one in term.synonyms)):
                if known.casefold() == wanted.casefold():
                    found.append(Match(term, known, how))
                    break
        return sorted(found, key=lambda match: (match.how != "label", match.term.id))

    def _lookup(self, accession: str) -> Lookup:
        answer = self.service.get(f"/cell-line/{accession}", {"format": "json", "fields": _FIELDS})
        asked = f"{ONTOLOGY} {self.release} ({self.service.settings.title})"
        if answer.found:
            records = self._records(answer)
            if not records:
                raise self._surprised()
            primary, merged = _accessions(records[0])
            if primary == accession:
                return Lookup(accession, "found", self._read(records[0]), asked)
            if accession in merged:
                return Lookup(accession, "found", self._merged(accession, records[0]), asked)
            raise self.service.unavailable("it answered with another cell line")
        if "not found" not in text(answer.body.get("message")).casefold():
            raise self.service.unavailable("it did not understand the question")
        for record in self._search(f"acas:{accession}"):
            if accession in _accessions(record)[1]:
                return Lookup(accession, "found", self._merged(accession, record), asked)
        return Lookup(accession, "not_in_release", asked=asked)

    def _search(self, query: str) -> list[Mapping[str, Any]]:
        params: dict[str, str | int] = {
            "q": query,
            "format": "json",
            "fields": _FIELDS,
            "start": 0,
            "rows": _ROWS,
        }
        answer = self.service.get("/search/cell-line", params)
        if not answer.found:
            raise self.service.unavailable("it did not understand the question")
        return self._records(answer)

    def _records(self, answer: Answer) -> list[Mapping[str, Any]]:
        top = answer.body.get("Cellosaurus") if isinstance(answer.body, Mapping) else None
        listed = top.get("cell-line-list") if isinstance(top, Mapping) else None
        if listed is None and isinstance(top, Mapping):
            return []
        if not isinstance(listed, list):
            raise self._surprised()
        return [one for one in listed if isinstance(one, Mapping)]

    def _read(self, record: Mapping[str, Any]) -> Term:
        primary, _ = _accessions(record)
        if primary is None:
            raise self._surprised()
        names = list(_rows(record, "name-list"))
        label = next((text(one.get("value")) for one in names if one.get("type") == "identifier"), "")
        others = (text(one.get("value")) for one in names if one.get("type") != "identifier")
        parents = {text(one.get("accession")) for one in _rows(record, "derived-from")}
        return Term(
            id=primary,
            label=label,
            ontology=ONTOLOGY,
            release=self.release,
            synonyms=tuple(dict.fromkeys(name for name in others if name and name != label)),
            parents=tuple(sorted(one for one in parents if _ACCESSION.fullmatch(one))),
        )

    def _merged(self, accession: str, record: Mapping[str, Any]) -> Term:
        into = self._read(record)
        return Term(accession, "", ONTOLOGY, self.release, obsolete=True, replaced_by=into.id)

    def _surprised(self) -> SourceUnavailableError:
        return self.service.unavailable("its answer has an unexpected form")

    @property
    def release(self) -> str:
        """The release that answers, as ``56.0``."""
        if self._release is None:
            try:
                body = self.service.get("/release-info", {"format": "json"}).body
            except SourceUnavailableError:
                body = {}
            self._release = _version(body) or "current"
        return self._release


def _accessions(record: Mapping[str, Any]) -> tuple[str | None, frozenset[str]]:
    """The primary accession of a record, and those of cell lines that were merged into it."""
    primary, merged = None, set()
    for one in _rows(record, "accession-list"):
        value = text(one.get("value"))
        if one.get("type") == "primary":
            primary = value
        else:
            merged.add(value)
    return primary, frozenset(merged)


def _rows(record: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    rows = record.get(key)
    for one in rows if isinstance(rows, list) else [rows]:
        if isinstance(one, Mapping):
            yield one


def _version(body: Any) -> str:
    """The version in the header of ``release-info``, however deep it lies."""
    if not isinstance(body, Mapping):
        return ""
    own = text(body.get("version"))
    return own or next(filter(None, map(_version, body.values())), "")
