"""Comments in YAML that waive an issue at its place.

    tissue_ontology_id: UBERON:0000062  # synthquery: ignore[term.too-general] organ pools, see methods
    # synthquery: ignore[id.unknown]           alone on a line: for the line below it
    # synthquery: ignore-file[legacy]          anywhere: for the whole file

Without brackets every code is waived. A comment holds for the key on its line and all below that key; on the
first line of a list item it also holds for what the item lacks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from synthquery.validation.report import Issue, Path, Report
from synthquery.validation.selection import matches

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#\s*synthquery:\s*ignore(-file)?(?:\[([^\]\n]*)\])?")
_ALL: Final = ("*",)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def without_waived(report: Report, text: str) -> Report:
    """`report` of a YAML file without the issues that the file waives."""
    found = read_waivers(text)
    if found is None:
        return report
    kept = tuple(issue for issue in report.issues if not found.waives(issue))
    return report if len(kept) == len(report.issues) else replace(report, issues=kept)


@dataclass(frozen=True)
class Waivers:
    """The waivers of a file.

    Attributes
    ----------
    of_file
        Patterns of codes that are waived everywhere.
    of_line
        Patterns of codes by line, from 0.
    keys, items
        The line of each key and of each list item of the file.
    """

    of_file: tuple[str, ...]
    of_line: dict[int, tuple[str, ...]]
    keys: dict[Path, int]
    items: dict[Path, int]

    def waives(self, issue: Issue) -> bool:
        """True when the file waives this issue."""
        if matches(issue.code, self.of_file):
            return True
        path = issue.path
        for length in range(len(path), 0, -1):
            start = path[:length]
            line = self.keys.get(start)
            if line is not None and matches(issue.code, self.of_line.get(line, ())):
                return True
            item = self.items.get(start)
            if item is not None:
                # An item begins on the line of its first key: it is not that key's comment that waives the rest.
                about_item = length == len(path) or (length == len(path) - 1 and path not in self.keys)
                if about_item and matches(issue.code, self.of_line.get(item, ())):
                    return True
        return False


def read_waivers(text: str) -> Waivers | None:
    """The waivers of YAML text; None when it has none."""
    if "synthquery:" not in text:
        return None
    try:
        events = list(yaml.parse(text, Loader=_Loader))
    except (yaml.YAMLError, RecursionError, ValueError):
        events = []  # validation says what is wrong with the file; only whole-file comments can hold
    inside = _lines_inside_text(events)
    of_file: tuple[str, ...] = ()
    of_line: dict[int, tuple[str, ...]] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        match = _COMMENT.search(line)
        if match is None or any(
            start <= (number, match.start()) < end for start, end in inside.get(number, ())
        ):
            continue
        patterns = (
            _ALL if match[2] is None else tuple(one.strip() for one in match[2].split(",") if one.strip())
        )
        if match[1]:
            of_file += patterns
        else:
            at = number if line[: match.start()].strip() else _next_content(lines, number)
            of_line[at] = (*of_line.get(at, ()), *patterns)
    if not of_file and not of_line:
        return None
    keys: dict[Path, int] = {}
    items: dict[Path, int] = {}
    _locate(events, keys, items)
    return Waivers(of_file, of_line, keys, items)


def _next_content(lines: list[str], number: int) -> int:
    for at in range(number + 1, len(lines)):
        if lines[at].strip() and not lines[at].lstrip().startswith("#"):
            return at
    return number


_Span = tuple[tuple[int, int], tuple[int, int]]


def _lines_inside_text(events: list[Any]) -> dict[int, list[_Span]]:
    """Where texts stand that could hold a number sign: no comment begins inside one."""
    found: dict[int, list[_Span]] = {}
    for event in events:
        if isinstance(event, yaml.ScalarEvent) and "#" in event.value:
            first, last = _mark(event.start_mark), _mark(event.end_mark)
            for line in range(first[0], last[0] + 1):
                found.setdefault(line, []).append((first, last))
    return found


def _mark(mark: Any) -> tuple[int, int]:
    return int(mark.line), int(mark.column)


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
