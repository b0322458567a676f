"""The corpus: queries in YAML, what is wrong with each, and nothing else."""

from __future__ import annotations

import json
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


def written_with_lines(body: dict[str, Any]) -> tuple[str, dict[str, int]]:
    """A body as JSON text, each key and each object of a list in a line of its own, and the line of every pointer.

    The writer notes where it puts things; no parser has a part in it. Lists of numbers stand in one line.
    """
    lines: list[str] = [""]
    found: dict[str, int] = {}

    def put(value: Any, pointer: str) -> None:
        found[pointer] = len(lines)
        plain = isinstance(value, list) and not any(isinstance(one, dict | list) for one in value)
        if plain or not isinstance(value, dict | list):
            lines[-1] += json.dumps(value)
            found.update({f"{pointer}/{at}": len(lines) for at in range(len(value) if plain else 0)})
            return
        is_list = isinstance(value, list)
        lines[-1] += "[" if is_list else "{"
        for number, (key, inner) in enumerate(enumerate(value) if is_list else value.items()):
            lines[-1] += "," if number else ""
            lines.append("" if is_list else f"{json.dumps(key)}: ")
            put(inner, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
        lines[-1] += "]" if is_list else "}"

    put(body, "")
    return "\n".join(lines) + "\n", found


def line_of(pointer: str, lines: dict[str, int]) -> int:
    """The line of a pointer; of what is missing the line of what it is missing from."""
    while pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines[pointer]


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
