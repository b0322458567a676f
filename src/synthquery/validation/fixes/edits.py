"""Which fixes of a report are carried out together, and what they make of the object in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from synthquery.validation.remedy import Fix
from synthquery.validation.report import Issue, Path
from synthquery.wire import infer_model


class Edit(NamedTuple):
    """A fix and the place it belongs to."""

    path: Path
    fix: Fix


def chosen(issues: Iterable[Issue], body: Mapping[Any, Any], *, model_known: bool) -> list[Edit]:
    """The fixes that can be carried out together, in the order of their issues.

    Of several at one place the last counts (the replacement of an obsolete term comes after its spelling);
    what lies inside a place that changes waits for the next round. Left alone are a key whose right name is
    taken, two keys that would get one name, and a ``modality`` that alone tells which model is meant.
    """
    fixes = {issue.path: issue.fix for issue in issues if issue.fix is not None and issue.path}
    names = Counter((path[:-1], fix.value) for path, fix in fixes.items() if fix.kind == "rename")
    found: list[Edit] = []
    for path, fix in fixes.items():
        if any(path[:length] in fixes for length in range(1, len(path))):
            continue
        holder = _at(body, path[:-1])
        if not _has(holder, path[-1]):
            continue
        if fix.kind == "rename" and (fix.value in holder or names[path[:-1], fix.value] > 1):
            continue
        if fix.kind == "unwrap":
            inner = holder[path[-1]]
            if not isinstance(inner, Mapping) or len(inner) != 1 or fix.value not in inner:
                continue
        if path == ("modality",) and fix.kind == "remove" and not model_known:
            rest = {key: value for key, value in body.items() if key != "modality"}
            if infer_model(rest) != infer_model(body):
                continue
        found.append(Edit(path, fix))
    return found


def applied(body: Mapping[Any, Any], edits: Iterable[Edit]) -> dict[Any, Any]:
    """The body with edits carried out; the one given stays as it is, and untouched parts are shared."""
    top = dict(body)
    copies: dict[Path, Any] = {(): top}
    for path, fix in edits:
        holder = _copy_at(copies, path[:-1])
        key: Any = path[-1]
        if fix.kind == "replace":
            holder[key] = fix.value
        elif fix.kind == "unwrap":
            holder[key] = holder[key][fix.value]
        elif fix.kind == "remove":
            del holder[key]
        else:
            items = list(holder.items())
            holder.clear()
            holder.update((fix.value if one == key else one, value) for one, value in items)
    return top


def _copy_at(copies: dict[Path, Any], path: Path) -> Any:
    """The copy of the object or list at a path; made, and put into the copy around it, when first needed."""
    if path not in copies:
        around = _copy_at(copies, path[:-1])
        key: Any = path[-1]
        inner = around[key]
        copies[path] = around[key] = dict(inner) if isinstance(inner, Mapping) else list(inner)
    return copies[path]


def _at(body: Any, path: Path) -> Any:
    node = body
    for part in path:
        if not _has(node, part):
            return None
        node = node[part]
    return node


def _has(holder: Any, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(holder, Sequence) and not isinstance(holder, str) and 0 <= part < len(holder)
    return isinstance(holder, Mapping) and part in holder
