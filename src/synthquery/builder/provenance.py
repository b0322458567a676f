"""Where every ID and every canonical value of a built query came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Match:
    """One value of a query and what it was made of.

    Attributes
    ----------
    sample
        Index of the input it belongs to.
    field
        The word it was given for: ``"tissue"``, ``"gene"``, ``"sex"`` ...
    label
        What was given.
    id
        What stands in the query: an identifier, or a canonical value.
    term_label
        Name of the term; empty for values that are no terms.
    matched
        The string of the term (or vocabulary) that matched.
    how
        The tier of the resolver (``"label"``, ``"synonym"`` ...; ``"id"`` for an identifier),
        ``"vocabulary"`` for a value in another spelling, ``"quantity"`` for a time, dose or age,
        ``"unchecked id"`` for an identifier that no ontology here can confirm.
    score
        How sure the match is, 0 to 1.
    ontology, release
        The release that says so; empty for values that are no terms.
    """

    sample: int
    field: str
    label: str
    id: str
    term_label: str
    matched: str
    how: str
    score: float = 1.0
    ontology: str = ""
    version: str = ""

    @property
    def release(self) -> str:
        """Ontology and release, as ``"UBERON v2026-04-01"``."""
        return f"{self.ontology} {self.version}".strip()

    @property
    def place(self) -> str:
        """Where, as ``"samples[0].tissue"``."""
        return f"samples[{self.sample}].{self.field}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "sample": self.sample,
            "field": self.field,
            "label": self.label,
            "id": self.id,
            "term_label": self.term_label,
            "matched": self.matched,
            "how": self.how,
            "score": round(self.score, 4),
            "release": self.release,
        }


def releases(matches: Iterable[Match]) -> dict[str, str]:
    """The ontology releases that matches rest on, by ontology, sorted."""
    return dict(sorted({(match.ontology, match.version) for match in matches if match.ontology}))
