"""Metadata as text, which is what most files hold, and what must be kept beside it to have the same values again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def metadata_keys(rows: Rows) -> list[str]:
    """Every key of any row, in the order they first occur."""
    return list(dict.fromkeys(key for row in rows for key in row))


def set_or_empty(value: Any) -> Any:
    """A value, or empty text where nothing is set."""
    return "" if value is None else value


def as_text(value: Any) -> str:
    """A value as a cell of text; empty where nothing is set."""
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def values_beside_text(rows: Rows) -> dict[str, dict[str, Any]]:
    """What text alone does not say: by key, the values that are no text by the number of their row.

    A key that a row does not have is told by ``{"absent": true}``.
    """
    keys = metadata_keys(rows)
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows):
        for key in keys:
            if key not in row:
                found.setdefault(key, {})[str(number)] = {"absent": True}
            elif not isinstance(row[key], str):
                found.setdefault(key, {})[str(number)] = {"value": row[key]}
    return found


def rows_of_text(
    columns: Mapping[str, Sequence[str]], keys: Sequence[str], n_samples: int, beside: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    """The rows whose text is in `columns` and whose other values are in `beside`."""
    rows: list[dict[str, Any]] = [{} for _ in range(n_samples)]
    for key in keys:
        other = beside.get(key, {})
        for number, row in enumerate(rows):
            told = other.get(str(number))
            if told is None:
                row[key] = columns[key][number]
            elif "value" in told:
                row[key] = told["value"]
    return tuple(rows)
