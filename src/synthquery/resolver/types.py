"""What resolving a label gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from synthquery.ontology.facts import Term

Status = Literal["resolved", "ambiguous", "unresolved"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that a label may mean.

    Attributes
    ----------
    term
        The term; never an obsolete one.
    score
        How sure the match is, 0 to 1.
    matched
        The string of the term that matched: its label or one of its synonyms.
    how
        The tier that found it: ``"id"``, ``"label"``, ``"synonym"``, ``"normalised"``, ``"abbreviation"``,
        ``"part"`` (found inside a longer label), ``"context"`` (read in the light of the sample's tissue),
        ``"bridge"`` (an identifier of another ontology that is mapped to the term), ``"decision"`` or
        ``"fuzzy"``; with ``" (replaces ID)"`` after it where the string belongs to an
        obsolete term that this one replaces.
    """

    term: Term
    score: float
    matched: str
    how: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.term.id,
            "label": self.term.label,
            "score": round(self.score, 4),
            "matched": self.matched,
            "how": self.how,
            "release": f"{self.term.ontology} {self.term.release}",
        }


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to one label.

    Attributes
    ----------
    label, field
        What was asked.
    status
        ``"resolved"``: one term clearly wins. ``"ambiguous"``: several may be meant. ``"unresolved"``: nothing
        is near enough; candidates, if any, are suggestions only.
    term
        The winner; None unless resolved.
    candidates
        Best first. A resolved answer has its winner first.
    reason
        One sentence for a biologist: what matched and how, or why nothing won.
    """

    label: str
    field: str
    status: Status
    term: Term | None
    candidates: tuple[Candidate, ...]
    reason: str

    @property
    def best(self) -> Candidate | None:
        """The first candidate, whatever the status."""
        return self.candidates[0] if self.candidates else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "label": self.label,
            "field": self.field,
            "status": self.status,
            "id": self.term.id if self.term else None,
            "term_label": self.term.label if self.term else None,
            "reason": self.reason,
            "candidates": [candidate.to_dict() for candidate in self.candidates],
        }
