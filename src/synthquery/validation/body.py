"""A query as rules look at it: by column, so that a value that occurs in many inputs is one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from synthquery.validation.report import Path


@dataclass
class Body:
    """A query, as far as its structure could be read.

    Attributes
    ----------
    raw
        The body; its keys and inputs may be anything.
    parameters
        Top-level keys that the model takes and that are of the right type.
    n_inputs
        Number of inputs, usable or not.
    rows
        Positions of the inputs that are objects; all columns run along them.
    inputs, metadata
        These inputs and their metadata; an empty object where an input has none that is usable.
    columns
        The values of each metadata key the model takes: text, or a number for an age; None where the key is
        not set or its value is of the wrong type.
    """

    raw: Mapping[Any, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    n_inputs: int = 0
    rows: Sequence[int] = ()
    inputs: Sequence[Mapping[Any, Any]] = ()
    metadata: Sequence[Mapping[Any, Any]] = ()
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def metadata_path(self, row: int, key: str) -> Path:
        """Where the value of a metadata key of a row of the columns stands."""
        return ("inputs", self.rows[row], "metadata", key)

    def distinct(self, key: str) -> Iterator[Any]:
        """The values of a metadata key, each once, in the order they first occur."""
        return iter(dict.fromkeys(value for value in self.columns[key] if value is not None))


def document_order(raw: Mapping[Any, Any]) -> Callable[[Path], tuple[int, ...]]:
    """A sort key that puts paths in the order in which their places come in the query.

    What does not exist (a missing key) comes after what does.
    """
    orders: dict[int, dict[str, int]] = {}

    def rank(path: Path) -> tuple[int, ...]:
        node: Any = raw
        ranks: list[int] = []
        for part in path:
            if isinstance(part, int):
                ranks.append(part)
                node = node[part] if isinstance(node, Sequence) and -1 < part < len(node) else None
            elif isinstance(node, Mapping):
                order = orders.get(id(node))
                if order is None:
                    order = orders[id(node)] = {key_text(key): at for at, key in enumerate(node)}
                ranks.append(order.get(part, len(order)))
                node = node.get(part)
            else:
                ranks.append(0)
        return tuple(ranks)

    return rank


def key_text(key: object) -> str:
    """A key as a path holds it: itself, shortened when it is long; what is no text as Python prints it."""
    if type(key) is str and len(key) <= 100 and key.isascii():
        return key
    plain = key is None or isinstance(key, bool | float) or (isinstance(key, int) and abs(key) < 10**30)
    text = key if isinstance(key, str) else repr(key) if plain else f"a Python {type(key).__name__}"
    text = text if len(text) <= 100 else text[:97] + "..."
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def all_keys(objects: Iterable[Mapping[Any, Any]]) -> list[Any]:
    """The keys of many objects, each once, in the order they first occur."""
    return list(dict.fromkeys(chain.from_iterable(objects)))
