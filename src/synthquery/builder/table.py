"""Rows of a table as words: one row, one condition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthquery.builder.words import WORDS, did_you_mean, word_for
from synthquery.errors import InvalidValueError


def rows_of(table: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """The words and the number of samples of each row.

    Parameters
    ----------
    table
        A DataFrame, or an iterable of mappings.

    Raises
    ------
    InvalidValueError
        When it is neither, or has a column that is no word, or two for the same.
    """
    records: Any = (
        table.to_dict("records") if hasattr(table, "to_dict") and hasattr(table, "columns") else table
    )
    if isinstance(records, Mapping | str) or not isinstance(records, Iterable):
        raise InvalidValueError("expected a DataFrame or a list of objects, one a row")
    names: dict[str, str] = {}
    for record in records:
        if not isinstance(record, Mapping):
            raise InvalidValueError("expected a DataFrame or a list of objects, one a row")
        words: dict[str, Any] = {}
        for column, value in record.items():
            word = names.get(column) or names.setdefault(column, _word(str(column)))
            if _is_empty(value):
                continue
            if word in words:
                raise InvalidValueError(f"two columns are for {word}; one of them is {str(column)!r}")
            words[word] = _plain(value)
        yield words, words.pop("num_samples", 1)


def _word(column: str) -> str:
    if column.strip().casefold().replace(" ", "_") == "num_samples":
        return "num_samples"
    word = word_for(column)
    if word is None:
        hint = did_you_mean(column, [*WORDS, "num_samples"])
        raise InvalidValueError(f"there is no field for the column {column!r}{hint}")
    return word


def _is_empty(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in {"NAType", "NaTType"}
    )


def _plain(value: Any) -> Any:
    """A cell as Python has it; tables make ``5.0`` of a 5 beside an empty cell."""
    plain = value.item() if hasattr(value, "item") and not isinstance(value, str) else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() else plain
