"""YAML read safely and without recursion.

libyaml's parser is safe at any depth, but the composer above it calls itself once for each level and ends the
whole process on a file of brackets. So the events are looked at first: too deep a file is refused there, and
repeated keys are noticed (YAML forbids them, PyYAML takes the last).
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from synthquery.wire.document import Duplicate, ParseError, Path

LOADER: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml where PyYAML was built with it: ten times faster
MAX_DEPTH: Final = 64  # a query is six levels deep
MOST_REPEATED: Final = 20_000  # keys, after which a file is broken and no query with slips


def parse(text: str, duplicates: list[Duplicate]) -> tuple[Any, Any]:
    """The content of YAML text; repeated keys are added to `duplicates`.

    Returns
    -------
    content
        Objects, lists and values.
    nodes
        The tree of the parser they were made of; None where making them has changed it (merge keys).

    Raises
    ------
    ParseError
        Naming line and column where they are known.
    """
    try:
        duplicates += _repeated_keys(text)
        return _content(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        message = f"{error.problem or error.context or 'not understood'}{where}"
        raise ParseError(message, mark.index if mark else None) from error
    except yaml.YAMLError as error:  # a character YAML forbids, several documents
        raise ParseError(" ".join(str(error).split())[:200]) from error
    except RecursionError as error:
        raise ParseError("brackets are nested too deeply") from error
    except (ValueError, OverflowError) as error:  # a date that is none, an integer of too many digits
        raise ParseError(f"a value cannot be read ({error})") from error


def _content(text: str) -> tuple[Any, Any]:
    """As ``yaml.load``, keeping the nodes."""
    loader = LOADER(text)
    try:
        nodes = loader.get_single_node()
        content = loader.construct_document(nodes) if nodes is not None else None
    finally:
        loader.dispose()
    return content, None if "<<" in text else nodes


class _Level:
    """A list or an object that the events are inside of."""

    __slots__ = ("count", "expects_key", "key", "keys")

    def __init__(self, *, is_object: bool) -> None:
        self.keys: set[str] | None = set() if is_object else None
        self.expects_key = is_object
        self.key: str | int = 0
        self.count = 0


def _repeated_keys(text: str) -> list[Duplicate]:
    found: list[Duplicate] = []
    levels: list[_Level] = []
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            levels.pop()
        elif isinstance(event, yaml.NodeEvent):
            opens = isinstance(event, yaml.CollectionStartEvent)
            level = levels[-1] if levels else None
            if level is not None and _steps(level, event):
                path: Path = tuple(one.key for one in levels)
                found.append(Duplicate(path, _line(event)))
                if len(found) > MOST_REPEATED:
                    message = f"more than {MOST_REPEATED:,} keys stand twice, the last at line {_line(event)}"
                    raise ParseError(message, _at(event))
            if opens:
                if len(levels) >= MAX_DEPTH:
                    raise ParseError(f"brackets are nested too deeply at line {_line(event)}")
                levels.append(_Level(is_object=isinstance(event, yaml.MappingStartEvent)))
    return found


def _at(event: Any) -> int:
    return int(event.start_mark.index)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _steps(level: _Level, event: Any) -> bool:
    """Take note of a value or key of `level`; True for a key that it has already."""
    if level.keys is None:
        level.key = level.count
        level.count += 1
        return False
    if not level.expects_key:
        level.expects_key = True
        return False
    level.expects_key = False
    key = event.value if isinstance(event, yaml.ScalarEvent) else ""
    level.key = key
    if not isinstance(event, yaml.ScalarEvent) or key == "<<":
        return False
    repeated = key in level.keys
    level.keys.add(key)
    return repeated
