"""What people decided about labels: a small table that later runs and colleagues reuse.

A file of decisions is tab-separated text with a header, sorted, so that it reads well in a diff::

    field       label          id              term          decided_by     release
    cell_type   basal cell     CL:0000646      basal cell    person: ada    CL v2026-03-26
    tissue      muscle thing                                 person: ada    UBERON v2026-04-01

An empty ID says that no term is meant.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from synthquery.errors import DecisionsError
from synthquery.identifiers import canonical_id
from synthquery.ontology import default_ontologies
from synthquery.ontology.facts import Term
from synthquery.resolver.fields import field_name
from synthquery.resolver.types import Candidate, Resolution
from synthquery.resources import write_atomically


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """What one label means in one field.

    Attributes
    ----------
    field, label
        What was asked; the label as it was written.
    id
        The identifier that was chosen; empty when no term is meant.
    term
        Label of the term when it was chosen, for people who read the file.
    decided_by
        ``"person"``, ``"person: NAME"`` or ``"rule"`` (the resolver's own answer, kept on purpose).
    release
        Ontology and release the choice was made from.
    """

    field: str
    label: str
    id: str = ""
    term: str = ""
    decided_by: str = "person"
    release: str = ""


_COLUMNS = [column.name for column in fields(Decision)]


class Decisions:
    """Decisions by field and label; white space at the ends and between words does not matter.

    Parameters
    ----------
    decisions
        The first ones; a later one about the same label replaces an earlier one.
    """

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._known: dict[tuple[str, str], Decision] = {}
        for decision in decisions:
            self.add(decision)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Decision]:
        return iter(sorted(self._known.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decisions) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it can be added to

    def __repr__(self) -> str:
        return f"<Decisions: {len(self)}>"

    def get(self, label: str, field: str) -> Decision | None:
        """The decision about a label; None when nobody decided."""
        return self._known.get((field_name(field), _plain(label)))

    def add(self, decision: Decision) -> None:
        """Keep a decision, in place of an earlier one about the same label.

        Raises
        ------
        UnknownFieldError
            When its field does not exist.
        """
        self._known[field_name(decision.field), _plain(decision.label)] = decision

    def choose(self, label: str, field: str, term: Term | None, by: str = "person") -> Decision:
        """Keep that `label` means `term`, or, with None, that it means no term; gives back the decision."""
        if term is None:
            decision = Decision(field_name(field), label, decided_by=by)
        else:
            release = f"{term.ontology} {term.release}"
            decision = Decision(field_name(field), label, term.id, term.label, by, release)
        self.add(decision)
        return decision

    def resolution(self, label: str, field: str) -> Resolution | None:
        """The answer that was decided, checked against the releases in use; None when nobody decided.

        An obsolete term gives way to its replacement. A term the release does not have leaves the label
        unresolved and says so: what was decided is neither followed blindly nor dropped in silence.
        """
        decision = self.get(label, field)
        if decision is None:
            return None
        name, by = field_name(field), decision.decided_by
        if not decision.id:
            return Resolution(label, name, "unresolved", None, (), f"Decided by {by}: no term is meant.")
        ontologies = default_ontologies()
        found = ontologies.get(decision.id)
        term = ontologies.replacement(found) if found is not None and found.obsolete else found
        if term is None:
            reason = f"{by} decided on {decision.id}, which is not a live term of the release in use."
            return Resolution(label, name, "unresolved", None, (), reason)
        how = "decision" if term is found else f"decision (replaces {decision.id})"
        candidate = Candidate(term, 1.0, label, how)
        return Resolution(label, name, "resolved", term, (candidate,), f"Decided by {by}: {term}.")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all; the same decisions give the same bytes."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter="\t", lineterminator="\n")
        writer.writerow(_COLUMNS)
        for decision in self:
            writer.writerow([getattr(decision, column) for column in _COLUMNS])
        write_atomically(path, text.getvalue())


def load_decisions(path: str | os.PathLike[str]) -> Decisions:
    """Read a file of decisions.

    Raises
    ------
    DecisionsError
        When a line is not a decision; the message names the line, the value and what was expected.
    OSError
        When the file cannot be read.
    """
    decisions = Decisions()
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecisionsError(f"{path}: is no text in UTF-8; a table of decisions was expected") from error
    reader = csv.DictReader(text.splitlines(), delimiter="\t")
    lacking = [column for column in ("field", "label", "id") if column not in (reader.fieldnames or ())]
    if lacking:
        raise DecisionsError(f"{path}: the header lacks {', '.join(lacking)}; expected {' '.join(_COLUMNS)}")
    for row in reader:
        place = f"{path}, line {reader.line_num}"
        given = {column: (row.get(column) or "").strip() for column in _COLUMNS}
        if not given["label"]:
            raise DecisionsError(f"{place}: there is no label")
        if given["id"]:
            identifier = canonical_id(given["id"])
            if identifier is None:
                raise DecisionsError(
                    f"{place}: {given['id']!r} is no identifier; expected one like UBERON:0002107"
                )
            given["id"] = identifier
        try:
            given["field"] = field_name(given["field"])
        except ValueError as error:
            raise DecisionsError(f"{place}: {error}") from error
        decisions.add(Decision(**{**given, "decided_by": given["decided_by"] or "person"}))
    return decisions


def _plain(label: str) -> str:
    return " ".join(label.split())
