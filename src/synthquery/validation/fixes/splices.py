"""Edits as changes of ranges of characters: everything else in the file stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from synthquery.validation.fixes.edits import Edit
from synthquery.validation.fixes.spelling import written, written_key
from synthquery.validation.remedy import Fix
from synthquery.wire import Document
from synthquery.wire.places import Place, Places, Span, find_places

_SPACE: Final = re.compile(r"\s*")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_BLOCK: Final = re.compile(r"[|>][+-]?[ \t]*\r?\n")  # without a comment, or the indentation in digits


class Splice(NamedTuple):
    """New text for the characters of a span."""

    span: Span
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices made; they do not overlap."""
    parts: list[str] = []
    at = 0
    for (start, end), new in sorted(splices):
        parts += (text[at:start], new)
        at = end
    return "".join((*parts, text[at:]))


def splices(document: Document, edits: Sequence[Edit]) -> list[tuple[Edit, Splice | None]]:
    """The edits that can be made in the text together, each with its splice.

    Left out is what the text cannot take without touching more than the edit: a value that is shared through
    a YAML alias, a key that stands twice, an edit that overlaps another (it waits for the next round). An
    edit of a shared value that is made where the value stands has no splice of its own.
    """
    wanted = [path for edit in edits for path in _paths(edit)]
    places = find_places(document, wanted)
    twice = {one.path for one in document.duplicates}
    own: list[tuple[Edit, Splice]] = []
    shared: list[tuple[Edit, Place]] = []
    for edit in edits:
        place = places.get(edit.path)
        if place is None or any(edit.path[:length] in twice for length in range(1, len(edit.path) + 1)):
            continue
        if place.shared:
            shared.append((edit, place))
            continue
        splice = _Writer(document, places).splice(edit, place)
        if splice is not None:
            own.append((edit, splice))
    made: list[tuple[Edit, Splice | None]] = []
    taken = 0
    for edit, splice in sorted(own, key=lambda one: one[1].span):
        if splice.span.start >= taken:
            made.append((edit, splice))
            taken = splice.span.end
    where = {(places[edit.path].value, edit.fix) for edit, _ in made}
    return [*made, *((edit, None) for edit, place in shared if (place.value, edit.fix) in where)]


def _paths(edit: Edit) -> Iterable[tuple[str | int, ...]]:
    yield edit.path
    if edit.fix.kind == "unwrap":
        yield (*edit.path, str(edit.fix.value))


class _Writer:
    """Turns one edit into a splice; None where it cannot be made safely."""

    def __init__(self, document: Document, places: Places) -> None:
        self._document = document
        self._text = document.text
        self._places = places

    def splice(self, edit: Edit, place: Place) -> Splice | None:
        if edit.fix.kind == "replace":
            return self._replaced(place, edit.fix)
        if edit.fix.kind == "unwrap":
            return self._unwrapped(place, self._places.get((*edit.path, str(edit.fix.value))))
        if place.key is None:
            return None
        if edit.fix.kind == "rename":
            new = written_key(str(edit.fix.value), self._shown(place.key), self._document.format)
            return None if new is None else Splice(place.key, new)
        around = self._places[edit.path[:-1]].value.start
        if self._text[around : around + 1] == "{":
            return self._without_member(Span(place.key.start, place.value.end))
        return self._without_line(Span(place.key.start, place.value.end), _holder(self._document, edit))

    def _shown(self, span: Span) -> str:
        return self._text[span.start : span.end]

    def _replaced(self, place: Place, fix: Fix) -> Splice | None:
        shown = self._shown(place.value)
        if self._document.format == "yaml" and shown[:1] in {"|", ">"}:
            return self._replaced_block(place.value.start, fix)
        if "\n" in shown and "#" in shown:
            return None  # a comment may be among the lines
        new = written(fix.value, shown, self._document.format)
        if new is None:
            return None
        between = self._text[place.key.end : place.value.start] if place.key else ""
        if "\n" in between and not between.replace(":", "", 1).strip():
            # What stood in lines of its own is one value now: it goes behind its key.
            return Splice(
                Span(place.value.start - len(between) + between.index(":") + 1, place.value.end), f" {new}"
            )
        return Splice(place.value, new)

    def _replaced_block(self, start: int, fix: Fix) -> Splice | None:
        """A block of YAML becomes a value on the line of its mark; what is less indented below it is not of it."""
        end = _block_end(self._text, start)
        new = written(fix.value, "", "yaml")
        return None if end is None or new is None else Splice(Span(start, end), new)

    def _unwrapped(self, outer: Place, inner: Place | None) -> Splice | None:
        if inner is None or inner.shared:
            return None
        in_braces = self._shown(outer.value)[:1] == "{"
        if in_braces or (self._document.format == "yaml" and self._shown(inner.value)[:1] == "["):
            return Splice(outer.value, self._shown(inner.value))
        start, inner_start = self._line_start(outer.value.start), self._line_start(inner.value.start)
        if self._text[start : outer.value.start].strip() or start == inner_start:
            return None  # a table of TOML, or more than one thing on a line
        return Splice(Span(start, outer.value.end), self._text[inner_start : inner.value.end])

    def _without_member(self, member: Span) -> Splice | None:
        """In braces: the member goes with the comma after it, the last one with the comma before it."""
        after = self._after_space(member.end)
        if self._text[after] == ",":
            end = self._after_space(after + 1)
            return None if "#" in self._text[member.end : end] else Splice(Span(member.start, end), "")
        before = member.start - 1
        while self._text[before].isspace():
            before -= 1
        start = before if self._text[before] == "," else member.start
        return Splice(Span(start, member.end), "")

    def _without_line(self, member: Span, holder: Mapping[Any, Any]) -> Splice | None:
        """On a line of its own: the line goes."""
        is_yaml = self._document.format == "yaml"
        if is_yaml and len(holder) == 1:
            return Splice(member, "{}")
        start = self._line_start(member.start)
        rest = _REST_OF_LINE.match(self._text, member.end)
        if rest is None:
            return None
        if is_yaml and self._text[start : member.start].strip():
            return None  # behind the dash of a list
        return Splice(Span(start, rest.end()), "")

    def _line_start(self, at: int) -> int:
        return self._text.rfind("\n", 0, at) + 1

    def _after_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at


def _block_end(text: str, start: int) -> int | None:
    """Where the last line of a block of YAML ends; None when that is not certain."""
    mark = _BLOCK.match(text, start)
    if mark is None:
        return None
    at, indent, end = mark.end(), 0, None
    while at < len(text):
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        line = text[at:line_end].rstrip()
        depth = len(line) - len(line.lstrip(" "))
        if line and (not depth or depth < indent):
            break
        if line:
            indent, end = indent or depth, at + len(line)
        at = line_end + 1
    return end


def _holder(document: Document, edit: Edit) -> Mapping[Any, Any]:
    node: Any = document.body
    for part in edit.path[:-1]:
        node = node[part]
    found: Mapping[Any, Any] = node
    return found
