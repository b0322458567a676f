"""Lines of repairs in formats whose parsers do not tell: where the term stands that a clause is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from synthquery.identifiers import canonical_id
from synthquery.ontology.readers.foreign import shortened_address
from synthquery.ontology.readers.repairs import Repair

# What a clause starts with, and where OWL and OBO graphs say which term follows.
_SUBJECT: Final = re.compile(r"https?://[^\s\"]+|[A-Za-z][\w.]*:[\w.-]*\w")
_DEFINED: Final = re.compile(rb'(?:rdf:about\s*=\s*|"id"\s*:\s*)"([^"]+)"')


def located(repairs: Sequence[Repair], lines: Iterable[bytes]) -> list[Repair]:
    """The repairs, those without a line with the one on which their term is defined.

    Parameters
    ----------
    repairs
        In any order.
    lines
        The lines of the file.
    """
    subjects = [_subject(repair) for repair in repairs]
    missing = {subject for subject in subjects if subject}
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        for match in _DEFINED.finditer(line):
            identifier = _spelled(match[1].decode(errors="replace"))
            if identifier in missing:
                missing.discard(identifier)
                found[identifier] = number
        if not missing:
            break
    return [
        repair._replace(line=found.get(subject)) if subject else repair
        for repair, subject in zip(repairs, subjects, strict=True)
    ]


def _subject(repair: Repair) -> str:
    match = _SUBJECT.search(repair.clause) if repair.line is None else None
    return _spelled(match[0]) if match else ""


def _spelled(identifier: str) -> str:
    return canonical_id(identifier) or shortened_address(identifier) or identifier
