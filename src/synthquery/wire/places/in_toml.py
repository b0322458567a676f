"""Places in TOML text: a scanner for text that is known to be valid (TOML 1.0.0, toml.io)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Final

from synthquery.wire.document import Path
from synthquery.wire.places.location import Span
from synthquery.wire.places.wanted import Place, Places, Wanted
from synthquery.wire.possessive import repeated

_BLANK: Final = re.compile(repeated(r"[ \t\r\n]++|#[^\n]*+"))
_STRING: Final = re.compile(
    '"""' + repeated(r'[^"\\]++|\\.|"(?!"")') + '"{3,5}'
    "|'''" + repeated("[^']++|'(?!'')") + "'{3,5}"
    '|"' + repeated(r'[^"\\\n]++|\\.') + '"'
    "|'[^'\n]*+'",
    re.DOTALL,
)
_PLAIN: Final = re.compile(r"\d{4}-\d\d-\d\d[ ]\d\d:[^\s,\]}#]*+|[^\s,\]}#]++")
_NEITHER: Final = re.compile(r"[^#\"']*+")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]++")


def find(text: str, wanted: Wanted) -> Places:
    """The places of a tree of paths, and of what they lie in; what is not there is left out."""
    return _Scanner(text, wanted).places()


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Where comments begin and end: number signs outside of texts, up to the ends of their lines."""
    at = 0
    while at < len(text):
        match = _STRING.match(text, at)
        if match:
            at = match.end()
        elif text[at] == "#":
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            yield at, end
            at = end
        else:
            at = _NEITHER.match(text, at + 1).end()  # type: ignore[union-attr]


class _Scanner:
    """Goes through the statements of a text."""

    def __init__(self, text: str, wanted: Wanted) -> None:
        self._text = text
        self._wanted = wanted
        self._at = 0
        self._tables: dict[Path, int] = {}  # of lists of tables: how many there are so far
        self._found: Places = {(): Place(Span(0, min(1, len(text))))}

    def places(self) -> Places:
        table: Path = ()
        self._blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._member(table)
            self._blank()
        return self._found

    def _header(self) -> Path:
        start = self._at
        several = self._text.startswith("[[", start)
        self._at += 2 if several else 1
        names, key = self._keys()
        self._at += 2 if several else 1
        path: Path = ()
        for name in names[:-1]:
            path = self._within((*path, name))
        path = (*path, names[-1])
        span = Span(start, self._at)
        if several:
            self._note(path, Place(span, key))
            number = self._tables.get(path, 0)
            self._tables[path] = number + 1
            path = (*path, number)
            key_of_table = None
        else:
            path = self._within(path)
            key_of_table = key
        self._note(path, Place(span, key_of_table))
        return path

    def _within(self, path: Path) -> Path:
        """A path of a header, with the position of the last table where it is a list of tables."""
        number = self._tables.get(path)
        return path if number is None else (*path, number - 1)

    def _member(self, table: Path) -> None:
        start = self._at
        names, key = self._keys()
        self._at = self._text.index("=", self._at) + 1
        self._blank()
        path = table
        for name in names[:-1]:
            path = (*path, name)
            self._note(path, Place(Span(start, key.end)))
        self._value((*path, names[-1]), key)

    def _keys(self) -> tuple[list[str], Span]:
        """The parts of a dotted key, and the span of the last one."""
        names: list[str] = []
        while True:
            self._blank()
            start = self._at
            match = _BARE_KEY.match(self._text, start) or _STRING.match(self._text, start)
            if match is None:
                raise ValueError(f"no key at {start}")  # the text was read as TOML before: cannot be
            self._at = match.end()
            bare = match[0][:1] not in {'"', "'"}
            names.append(match[0] if bare else next(iter(tomllib.loads(f"{match[0]}=0"))))
            end = self._at
            self._blank()
            if self._text[self._at : self._at + 1] != ".":
                return names, Span(start, end)
            self._at += 1

    def _value(self, path: Path, key: Span | None) -> None:
        start = self._at
        first = self._text[start]
        if first == "[":
            self._at += 1
            position = 0
            while not self._closed("]"):
                self._value((*path, position), None)
                position += 1
        elif first == "{":
            self._at += 1
            while not self._closed("}"):
                self._member(path)
        else:
            match = _STRING.match(self._text, start) or _PLAIN.match(self._text, start)
            self._at = match.end() if match else len(self._text)
        self._note(path, Place(Span(start, self._at), key))

    def _closed(self, bracket: str) -> bool:
        """Go to the next element; True, behind the bracket, when there is none."""
        self._blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._blank()
        if self._text[self._at] != bracket:
            return False
        self._at += 1
        return True

    def _blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _note(self, path: Path, place: Place) -> None:
        node: Wanted | None = self._wanted
        for part in path:
            node = node.inside.get(part) if node else None
        if node is not None and path not in self._found:
            self._found[path] = place
