"""A word of caution about cell lines that are not what they were taken for."""

from __future__ import annotations

from dataclasses import replace

from synthquery.ontology import default_ontologies
from synthquery.resolver.types import Resolution

_LONGEST = 200


def with_caution(answer: Resolution) -> Resolution:
    """The answer, its reason saying so where Cellosaurus calls the line problematic.

    The label still means the line: whether its data can be used is for the reader to decide. Only an added or
    downloaded Cellosaurus file knows; the packaged names do not.
    """
    if answer.term is None or answer.field != "cell_line":
        return answer
    record = default_ontologies().cell_line(answer.term.id)
    if record is None or not record.problem:
        return answer
    problem = record.problem if len(record.problem) <= _LONGEST else f"{record.problem[: _LONGEST - 3]}..."
    return replace(answer, reason=f"{answer.reason} Cellosaurus calls it a problematic line: {problem}")
