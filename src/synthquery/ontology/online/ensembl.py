"""Human genes at Ensembl: current ones, and what became of retired ones.

Sources: the documentation and the controllers of ensembl-rest (Lookup, Archive, XRefs).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from synthquery.errors import SourceUnavailableError
from synthquery.ontology.facts import Term
from synthquery.ontology.online.ols_terms import text
from synthquery.ontology.online.service import Answer, Service
from synthquery.ontology.ontologies import Lookup

ONTOLOGY: Final = "ENSG"
_GENE: Final = re.compile(r"(ENSG[0-9]{11})(?:\.[0-9]+)?")
_BATCH: Final = 500  # identifiers a request; the service takes 1,000


class EnsemblGenes:
    """Human genes by their Ensembl identifier."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._release: str | None = None

    def lookup(self, identifier: str) -> Lookup:
        """Look a gene up, without ever raising. A retired gene is found, as an obsolete term."""
        if not _GENE.fullmatch(identifier):
            return Lookup(identifier, "no_source", reason=f"{identifier} is no human gene of Ensembl")
        try:
            return self._lookup(identifier)
        except SourceUnavailableError as error:
            return Lookup(identifier, "no_source", reason=str(error))

    def lookup_many(self, identifiers: Iterable[str]) -> dict[str, Lookup]:
        """Look many genes up, hundreds a request; in the order they were first given."""
        wanted = list(dict.fromkeys(identifiers))
        genes = [one for one in wanted if _GENE.fullmatch(one)]
        batches = [genes[start : start + _BATCH] for start in range(0, len(genes), _BATCH)]
        found = {one: answer for batch in batches for one, answer in self._batch(batch).items()}
        rest = [one for one in wanted if one not in found]
        found.update(zip(rest, self.service.each(self.lookup, rest), strict=True))
        return {one: found[one] for one in wanted}

    def _batch(self, genes: list[str]) -> dict[str, Lookup]:
        """The genes of a list that are current; the others are asked about one by one."""
        if len(genes) < 2:
            return {}
        try:
            answer = self.service.post("/lookup/id", {"ids": genes})
            known = answer.body if answer.found and isinstance(answer.body, Mapping) else {}
            return {
                one: Lookup(one, "found", self._gene(one, known[one]), self._asked())
                for one in genes
                if isinstance(known.get(one), Mapping)
            }
        except SourceUnavailableError:
            return {}

    def _lookup(self, identifier: str) -> Lookup:
        answer = self.service.get(f"/lookup/id/{identifier}")
        if answer.found:
            return Lookup(identifier, "found", self._gene(identifier, answer.body), self._asked())
        self._check_miss(answer)
        archived = self.service.get(f"/archive/id/{identifier}")
        if archived.found:
            return Lookup(identifier, "found", self._retired(identifier, archived.body), self._asked())
        self._check_miss(archived)
        return Lookup(identifier, "not_in_release", asked=self._asked())

    def _gene(self, identifier: str, document: Any) -> Term:
        if not isinstance(document, Mapping) or _stable_id(document.get("id")) != identifier:
            raise self.service.unavailable("it answered with another gene")
        return Term(
            id=identifier,
            label=text(document.get("display_name")),
            ontology=ONTOLOGY,
            release=self.release,
            biotype=text(document.get("biotype")) or None,
        )

    def _retired(self, identifier: str, document: Any) -> Term:
        """An identifier that Ensembl once had: current after all, or retired with or without successors."""
        if not isinstance(document, Mapping) or _stable_id(document.get("id")) != identifier:
            raise self.service.unavailable("it answered with another gene")
        if str(document.get("is_current")) in ("1", "True"):
            return Term(identifier, "", ONTOLOGY, self.release)
        rows = document.get("possible_replacement")
        scored = {
            name: _number(row.get("score"))
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, Mapping)
            and (name := _stable_id(row.get("stable_id"))) not in (None, identifier)
        }
        options = sorted(scored, key=lambda name: (-scored[name], name or ""))
        successors = tuple(name for name in options if name is not None)
        last = text(document.get("release"))
        return Term(
            id=identifier,
            label="",
            ontology=ONTOLOGY,
            release=f"{self.release}, last in {last}" if last.isdigit() else self.release,
            obsolete=True,
            replaced_by=successors[0] if len(successors) == 1 else None,
            consider=successors if len(successors) > 1 else (),
        )

    def _check_miss(self, answer: Answer) -> None:
        """Raise unless an error is about the identifier: Ensembl answers 400 to a wrong address as well."""
        message = text(answer.body.get("error")).casefold()
        if "not found" not in message or "page not found" in message:
            raise self.service.unavailable("it did not understand the question")

    def _asked(self) -> str:
        return f"{ONTOLOGY} {self.release} ({self.service.settings.title})"

    @property
    def release(self) -> str:
        """The release that answers, as ``114``."""
        if self._release is None:
            try:
                body = self.service.get("/info/data").body
            except SourceUnavailableError:
                body = {}
            numbers = body.get("releases") if isinstance(body, Mapping) else None
            self._release = str(numbers[0]) if isinstance(numbers, list) and numbers else "current"
        return self._release


def _stable_id(value: Any) -> str | None:
    """A gene identifier without its version."""
    match = _GENE.fullmatch(text(value))
    return match[1] if match else None


def _number(value: Any) -> float:
    """A number; they arrive as strings."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
