"""The corpus: queries in YAML, what is wrong with each, and nothing else."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Case:
    """One query of the corpus.

    Attributes
    ----------
    expected
        Code, pointer and first suggestion (None where the case does not state one).
    """

    name: str
    query: dict[str, Any]
    model: str | None
    expected: tuple[tuple[str, str, str | None], ...]

    def __str__(self) -> str:
        return self.name.replace(" ", "-").replace(",", "")


def cases(file: str) -> list[Case]:
    """The cases of one file."""
    rows = yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
    return [
        Case(
            name=row["name"],
            query=_expanded(row["query"]),
            model=row.get("model"),
            expected=tuple(_expectation(line) for line in row.get("expect", ())),
        )
        for row in rows
    ]


def _expectation(line: str) -> tuple[str, str, str | None]:
    what, _, suggestion = line.partition(" -> ")
    code, pointer = shlex.split(what)
    return code, pointer, _unquoted(suggestion) if suggestion else None


def _unquoted(text: str) -> str:
    return text[1:-1] if text[:1] == text[-1:] == "'" else text.strip('"')


def _expanded(value: Any) -> Any:
    """`value` with its ``$counts`` written out."""
    if isinstance(value, dict) and "$counts" in value:
        number, each = value["$counts"]
        counts = [each] * number
        for at, other in value.get("at", {}).items():
            counts[at] = other
        return counts
    if isinstance(value, dict):
        return {key: _expanded(inner) for key, inner in value.items()}
    return [_expanded(inner) for inner in value] if isinstance(value, list) else value
