"""The errors of pydantic in our own words: a place, a kind, a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

_UNION_TAGS: Final = frozenset({"str", "int", "float"})


@dataclass(frozen=True, slots=True)
class StructureProblem:
    """One thing that keeps a body from being a query.

    Attributes
    ----------
    path
        Where: ``("inputs", 0, "num_samples")``.
    type
        Pydantic's name for it: ``"missing"``, ``"extra_forbidden"``, ``"literal_error"``, ``"int_type"``,
        ``"greater_than"``, ``"counts_negative"`` ...; ``"age_type"`` for an age that is neither text nor
        number.
    message
        One sentence.
    value
        What stands there; None where nothing does.
    context
        What pydantic adds: ``expected`` of a ``literal_error``, ``position`` of a count.
    """

    path: tuple[str | int, ...]
    type: str
    message: str
    value: Any
    context: dict[str, Any]

    def __str__(self) -> str:
        return f"{place(self.path)}: {self.message}" if self.path else self.message


def structure_problems(error: ValidationError) -> tuple[StructureProblem, ...]:
    """Every problem of a body, each place once."""
    found: dict[tuple[Any, ...], StructureProblem] = {}
    for one in error.errors(include_url=False):
        path, kind, message = tuple(one["loc"]), one["type"], one["msg"]
        if len(path) > 1 and path[-1] in _UNION_TAGS and path[-2] == "age_years":
            # A union reports each of its members; for a person it is one value, neither text nor number.
            path = path[:-1]
            if kind != "finite_number":
                kind, message = "age_type", "Input should be text or a number"
        found.setdefault(
            (path, kind), StructureProblem(path, kind, message, one.get("input"), one.get("ctx", {}))
        )
    return tuple(found.values())


def place(path: Sequence[str | int]) -> str:
    """A path as people write it.

    >>> place(("inputs", 0, "metadata", "sex"))
    'inputs[0].metadata.sex'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
