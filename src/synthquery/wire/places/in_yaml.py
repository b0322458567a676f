"""Places in YAML text, from the nodes of the parser; the text is known to be valid and not deep."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from synthquery.wire.document import Path
from synthquery.wire.places.location import Span
from synthquery.wire.places.wanted import Place, Places, Wanted
from synthquery.wire.possessive import repeated
from synthquery.wire.yaml_reader import LOADER

_PROPERTIES: Final = re.compile(repeated(r"[&!][^\s,\[\]{}]*+\s++"))  # anchors and tags before a value


def find(text: str, wanted: Wanted, nodes: Any = None) -> Places:
    """The places of a tree of paths, and of what they lie in; what is not there is left out.

    `nodes` is what the parser made of the text, where that is at hand.
    """
    found: Places = {}
    node = yaml.compose(text, Loader=LOADER) if nodes is None else nodes
    if node is not None:
        _look(text, node, wanted, (), None, False, found)
    return found


def _look(
    text: str, node: Any, wanted: Wanted, path: Path, key: Span | None, shared: bool, found: Places
) -> None:
    found[path] = Place(_span(text, node), key, shared)
    if isinstance(node, yaml.MappingNode):
        members = _members(node)
        for name, child in wanted.inside.items():
            member = members.get(name) if isinstance(name, str) else None
            if member is not None:
                name_node, value, merged = member
                alias = merged or value.start_mark.index < name_node.end_mark.index
                _look(text, value, child, (*path, name), _span(text, name_node), shared or alias, found)
    elif isinstance(node, yaml.SequenceNode):
        for position, child in wanted.inside.items():
            if isinstance(position, int) and 0 <= position < len(node.value):
                value = node.value[position]
                before = node.value[position - 1].end_mark if position else node.start_mark
                alias = value.start_mark.index < before.index
                _look(text, value, child, (*path, position), None, shared or alias, found)


_MERGE: Final = "tag:yaml.org,2002:merge"


def _members(node: Any) -> dict[str, tuple[Any, Any, bool]]:
    """Key and value of each name, the last one as readers take it; True for what comes in by a merge."""
    found: dict[str, tuple[Any, Any, bool]] = {}
    merges = [value for key, value in node.value if isinstance(key, yaml.ScalarNode) and key.tag == _MERGE]
    # Of several merges the first has the say, and what stands here itself has it before all of them.
    for value in reversed(merges):
        for one in reversed(value.value if isinstance(value, yaml.SequenceNode) else [value]):
            if isinstance(one, yaml.MappingNode) and one is not node:
                found.update({name: (key, inner, True) for name, (key, inner, _) in _members(one).items()})
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
            found[key.value] = (key, value, False)
    return found


def _span(text: str, node: Any) -> Span:
    start, end = node.start_mark.index, node.end_mark.index
    properties = _PROPERTIES.match(text, start, max(start, end))
    start = properties.end() if properties else start
    last = node
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        inner = last.value[-1]
        inner = inner[1] if isinstance(inner, tuple) else inner
        if not last.start_mark.index < inner.start_mark.index <= inner.end_mark.index <= end:  # an alias
            break
        last = inner
        end = last.end_mark.index
    return Span(start, max(start, start + len(text[start:end].rstrip())))
