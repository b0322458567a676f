"""An ID and its label together, as recipes may give them: ``{id: UBERON:0002107, label: liver}``.

The ID is what counts; the label is the second witness, which shows an ID that was mistyped or made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_KEYS: Final = ("id", "label")


@dataclass(frozen=True, slots=True)
class Pair:
    """What a pair holds.

    Attributes
    ----------
    value
        What to resolve: the ID, or the label where there is no ID.
    label
        The label the ID has to agree with; None where there is nothing to compare.
    """

    value: str
    label: str | None


def read_pair(given: Mapping[Any, Any]) -> Pair | str:
    """The pair in an object, or what is wrong with the object."""
    strange = [
        str(key)[:40] if isinstance(key, str) else type(key).__name__ for key in given if key not in _KEYS
    ]
    if strange:
        return f"expected a name, an ID, or an object of id and label; it has {', '.join(map(repr, strange[:5]))}"
    parts = {key: given[key] for key in _KEYS if given.get(key) is not None}
    wrong = [key for key, value in parts.items() if not isinstance(value, str) or not value.strip()]
    if wrong or not parts:
        return (
            f"expected text under {' and '.join(wrong or _KEYS)}, like {{id: UBERON:0002107, label: liver}}"
        )
    identifier, label = parts.get("id"), parts.get("label")
    return Pair(identifier, label) if identifier is not None else Pair(parts["label"], None)


def shown_pair(given: Mapping[Any, Any]) -> str:
    """A pair as messages show it, shortened; what is no text is named by its type."""

    def shown(part: Any) -> str:
        return part[:60] if isinstance(part, str) else type(part).__name__

    return ", ".join(f"{shown(key)}: {shown(value)}" for key, value in list(given.items())[:3])
