"""What is looked for in a file, and what is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from synthquery.wire.document import Path
from synthquery.wire.places.location import Span


@dataclass(slots=True)
class Wanted:
    """Paths as a tree, so that a file is gone through once for all of them.

    Attributes
    ----------
    inside
        What is looked for below this place, by key or index.
    whole
        True for a path that was asked for, False for one on the way to another.
    """

    inside: dict[str | int, Wanted] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    Attributes
    ----------
    value
        The value; of a list or an object on the way to what was asked for only its beginning.
    key
        Its key with the quotes, where it has one of its own.
    shared
        True for a value that other places show too (a YAML alias or merge): changing it changes them.
    """

    value: Span
    key: Span | None = None
    shared: bool = False


Places = dict[Path, Place]


def tree_of(paths: Iterable[Path]) -> Wanted:
    """The tree of many paths."""
    top = Wanted()
    for path in paths:
        node = top
        for part in path:
            child = node.inside.get(part)
            if child is None:
                child = node.inside[part] = Wanted()
            node = child
        node.whole = True
    return top
