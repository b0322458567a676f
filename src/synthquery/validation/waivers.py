"""Comments in YAML and TOML that waive an issue at its place.

    tissue_ontology_id: UBERON:0000062  # synthquery: ignore[term.too-general] organ pools, see methods
    # synthquery: ignore[id.unknown]           alone on a line: for the line below it
    # synthquery: ignore-file[legacy]          anywhere: for the whole file

Without brackets every code is waived. A comment holds for the key on its line and all below that key; on the
first line of a list item it also holds for what the item lacks. A comment that waives nothing is told: it is left
over, or in the wrong place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

import yaml

from synthquery.resources import load_toml
from synthquery.validation.report import Issue, Path, Report, Severity
from synthquery.validation.selection import matches
from synthquery.wire.places import Span, locations
from synthquery.wire.places.in_toml import comments as toml_comments
from synthquery.wire.places.in_toml import find as find_in_toml
from synthquery.wire.places.wanted import tree_of
from synthquery.wire.yaml_reader import LOADER

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#\s*synthquery:\s*ignore(-file)?(?:\[([^\]\n]*)\])?")
_ALL: Final = ("*",)
_UNUSED: Final = "waiver.unused"


def without_waived(report: Report, text: str, kind: str) -> Report:
    """`report` of a file without the issues that the file waives, and with the comments that waive none.

    Parameters
    ----------
    report
        Of the file.
    text
        What is in the file.
    kind
        ``"yaml"`` or ``"toml"``; other formats have no comments.
    """
    if "synthquery:" not in text or kind not in ("yaml", "toml"):
        return report
    found = read_waivers(text, kind, report.issues)
    if not found.comments:
        return report
    used: set[tuple[Comment, str]] = set()
    kept: list[Issue] = []
    for issue in report.issues:
        waiving = found.waiving(issue)
        used.update(waiving)
        if not waiving:
            kept.append(issue)
    for one in found.comments:
        left = [pattern for pattern in one.patterns if (one, pattern) not in used]
        if left:
            kept.append(_unused(one, left, text))
    return replace(report, issues=tuple(kept))


@dataclass(frozen=True, slots=True)
class Comment:
    """One waiver.

    Attributes
    ----------
    span
        Its characters.
    patterns
        Of the codes it waives.
    line
        The line it holds for, from 0; None for the whole file.
    """

    span: Span
    patterns: tuple[str, ...]
    line: int | None


@dataclass(frozen=True)
class Waivers:
    """The waivers of a file.

    Attributes
    ----------
    comments
        All of them, in their order.
    keys, items
        The line of each key and of each list item of the file.
    """

    comments: tuple[Comment, ...]
    keys: dict[Path, int]
    items: dict[Path, int]

    @cached_property
    def _by_line(self) -> dict[int | None, list[Comment]]:
        found: dict[int | None, list[Comment]] = {}
        for one in self.comments:
            found.setdefault(one.line, []).append(one)
        return found

    def waiving(self, issue: Issue) -> list[tuple[Comment, str]]:
        """The comments that waive an issue, each with the pattern that does; none for one that stays."""
        return [
            (one, pattern)
            for line in (None, *dict.fromkeys(self._lines(issue.path)))
            for one in self._by_line.get(line, ())
            for pattern in one.patterns
            if matches(issue.code, (pattern,))
        ]

    def _lines(self, path: Path) -> Iterator[int]:
        for length in range(len(path), 0, -1):
            start = path[:length]
            if start in self.keys:
                yield self.keys[start]
            # An item begins on the line of its first key: it is not that key's comment that waives the rest.
            about_item = length == len(path) or (length == len(path) - 1 and path not in self.keys)
            if about_item and start in self.items:
                yield self.items[start]


def read_waivers(text: str, kind: str, issues: tuple[Issue, ...] = ()) -> Waivers:
    """The waivers of a text; of TOML only the places of `issues` are known."""
    keys: dict[Path, int] = {}
    items: dict[Path, int] = {}
    lines = _Lines(text)
    if kind == "toml":
        comments = tuple(_read(text, [Span(*one) for one in toml_comments(text)], lines))
        if comments:
            _locate_in_toml(text, issues, lines, keys, items)
        return Waivers(comments, keys, items)
    try:
        events = list(yaml.parse(text, Loader=LOADER))
    except (yaml.YAMLError, RecursionError, ValueError):
        events = []  # validation says what is wrong with the file; only whole-file comments can hold
    comments = tuple(_read(text, _outside_text(text, events, lines), lines))
    if comments:
        _locate(events, keys, items)
    return Waivers(comments, keys, items)


def _unused(comment: Comment, left: list[str], text: str) -> Issue:
    codes = ", ".join(left)
    waived = (
        "this comment waives nothing" if comment.patterns == _ALL else f"there is no {codes} here to waive"
    )
    message = f"{waived}: take the comment out, or put it where the problem is"
    location = locations(text, [comment.span])[comment.span]
    severity = Severity(load_toml("rules_of_others.toml")["waiver"]["unused"]["severity"])
    return Issue(_UNUSED, severity, (), codes, message, location=location)


# --- comments ---------------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a text, and which one a character is in."""

    def __init__(self, text: str) -> None:
        self.texts = text.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in self.texts)]

    def of(self, at: int) -> int:
        """The line of a character, from 0."""
        return bisect_right(self.starts, at) - 1

    def next_content(self, number: int) -> int:
        """The next line that holds more than a comment; `number` itself where there is none."""
        following = self._following[number]
        return number if following is None else following

    @cached_property
    def _following(self) -> list[int | None]:
        """For each line the next one that holds more than a comment."""
        found: list[int | None] = [None] * len(self.texts)
        for at in range(len(self.texts) - 1, 0, -1):
            line = self.texts[at].strip()
            found[at - 1] = at if line and not line.startswith("#") else found[at]
        return found


def _read(text: str, spans: list[Span], lines: _Lines) -> Iterator[Comment]:
    for span in spans:
        match = _COMMENT.match(text, span.start, span.end)
        if match is None:
            continue
        given = None if match[2] is None else tuple(one.strip() for one in match[2].split(",") if one.strip())
        number = lines.of(span.start)
        alone = not text[lines.starts[number] : span.start].strip()
        line = None if match[1] else lines.next_content(number) if alone else number
        yield Comment(Span(span.start, match.end()), _ALL if given is None else given, line)


def _outside_text(text: str, events: list[Any], lines: _Lines) -> list[Span]:
    """Comments of YAML: what begins with a number sign and is not inside a text."""
    inside = _inside_text(events)
    found = []
    for match in _COMMENT.finditer(text):
        line = lines.of(match.start())
        place = (line, match.start() - lines.starts[line])
        if not any(start <= place < end for start, end in inside.get(line, ())):
            end = text.find("\n", match.start())
            found.append(Span(match.start(), len(text) if end < 0 else end))
    return found


_Range = tuple[tuple[int, int], tuple[int, int]]


def _inside_text(events: list[Any]) -> dict[int, list[_Range]]:
    """Where texts stand that could hold a number sign: no comment begins inside one."""
    found: dict[int, list[_Range]] = {}
    for event in events:
        if isinstance(event, yaml.ScalarEvent) and "#" in event.value:
            first, last = _mark(event.start_mark), _mark(event.end_mark)
            for line in range(first[0], last[0] + 1):
                found.setdefault(line, []).append((first, last))
    return found


def _mark(mark: Any) -> tuple[int, int]:
    return int(mark.line), int(mark.column)


# --- lines of keys and items ------------------------------------------------------------------------------------


def _locate_in_toml(
    text: str, issues: tuple[Issue, ...], lines: _Lines, keys: dict[Path, int], items: dict[Path, int]
) -> None:
    paths = {issue.path[:length] for issue in issues for length in range(1, len(issue.path) + 1)}
    for path, place in find_in_toml(text, tree_of(paths)).items():
        if place.key is not None:
            keys[path] = lines.of(place.key.start)
        if path and isinstance(path[-1], int):
            items[path] = lines.of(place.value.start)


def _locate(events: list[Any], keys: dict[Path, int], items: dict[Path, int]) -> None:
    path: list[str | int] = []  # the way to the node that comes next, its own step last
    kinds: list[str] = []  # for each open collection: "list", "key" (a key comes next) or "value"
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            kinds.pop()
            path.pop()
            _done(path, kinds)
        elif isinstance(event, yaml.NodeEvent):
            line = _mark(event.start_mark)[0]
            if kinds and kinds[-1] == "key":
                path[-1] = event.value if isinstance(event, yaml.ScalarEvent) else ""
                keys.setdefault(tuple(path), line)
            elif kinds and kinds[-1] == "list":
                items[tuple(path)] = line
            if isinstance(event, yaml.CollectionStartEvent):
                is_list = isinstance(event, yaml.SequenceStartEvent)
                kinds.append("list" if is_list else "key")
                path.append(0 if is_list else "")
            else:
                _done(path, kinds)


def _done(path: list[str | int], kinds: list[str]) -> None:
    """Step past a node that has been read whole."""
    if not kinds:
        return
    if kinds[-1] == "list":
        last = path[-1]
        path[-1] = last + 1 if isinstance(last, int) else 0
    else:
        kinds[-1] = "value" if kinds[-1] == "key" else "key"
