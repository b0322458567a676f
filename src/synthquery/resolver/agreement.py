"""Whether an identifier and a label that stand together mean the same thing.

Identifiers that were typed from memory, or written by a language model, are mostly well formed and mostly of
another thing. A label beside them is the second witness.
"""

from __future__ import annotations

from synthquery.ontology import default_ontologies
from synthquery.ontology.facts import Term
from synthquery.resolver import resolve
from synthquery.resolver.decisions import Decisions
from synthquery.resolver.fields import FIELDS
from synthquery.resolver.normalise import fold, squeeze


def disagreement(term: Term, label: str, field: str, *, decisions: Decisions | None = None) -> str | None:
    """What is wrong with the pair of a term and a label; None when they agree.

    Parameters
    ----------
    term
        What the identifier is.
    label
        What stands beside it; any name that the resolver takes for the term agrees with it, and so does one
        that it finds ambiguous when the term is among the candidates.
    field
        Where the pair stands.

    Examples
    --------
    >>> from synthquery.ontology import term
    >>> disagreement(term("UBERON:0000948"), "liver", "tissue")
    "UBERON:0000948 is heart, not 'liver', which is UBERON:0002107"
    """
    if _is_name_of(term, label):
        return None
    fields = [name for name, one in FIELDS.items() if term.ontology in one.ontologies] or [field]
    asked = dict.fromkeys([field, *fields] if field in FIELDS else fields)
    answers = [resolve(label, name, decisions=decisions) for name in asked]
    heir = default_ontologies().replacement(term) if term.obsolete else None
    same = {term.id, heir.id if heir else term.id}
    for answer in answers:
        if answer.term is not None and answer.term.id in same:
            return None
        if answer.status == "ambiguous" and same & {candidate.term.id for candidate in answer.candidates}:
            return None
    meant = next((answer.term for answer in answers if answer.term is not None), None)
    shown = label if len(label) <= 80 else label[:77] + "..."
    instead = f", which is {meant.id}" if meant and squeeze(meant.label) == squeeze(label) else ""
    if meant and not instead:
        instead = f", which is {meant}"
    return f"{term.id} is {term.label or 'a term without a name'}, not {shown!r}{instead}"


def _is_name_of(term: Term, label: str) -> bool:
    wanted = fold(label)
    names = (term.label, term.label.removeprefix("obsolete "), *term.synonyms)
    return bool(wanted) and any(fold(name) == wanted for name in names)
