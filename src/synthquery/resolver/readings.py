"""The ways a label can be read: as it stands, with abbreviations written out, without its brackets, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, product
from typing import Literal, NamedTuple

from synthquery.resolver.normalise import clean, tokens
from synthquery.resolver.words import read_table, vocabulary

Kind = Literal["whole", "abbreviation", "aside", "inside", "piece", "later piece"]
_QUIET = 0.1
"""Words of at most this weight are left out of a label's core."""
MOST = 7
"""Readings of one label; more would only repeat one another."""

_WORD = re.compile(r"[A-Za-z0-9]+\+?")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_SEPARATOR = re.compile(
    r"\s*[;|]\s*|\s+/\s+|\s*,\s+|\s+-\s+|(?<=\w{3})/(?=\w{3})|\s+or\s+|(?<=\w{3})_(?=\w{3})"
)


class Reading(NamedTuple):
    """One way to read a label."""

    text: str
    kind: Kind


class Abbreviations:
    """The short forms of a field, found wherever they stand in a label."""

    def __init__(self, field: str) -> None:
        self._exact: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._folded: dict[tuple[str, ...], tuple[str, ...]] = {}
        for row in read_table("abbreviations.tsv", field):
            meanings = tuple(row["full"].split("|"))
            for short in row["short"].split("|"):
                key = tuple(_WORD.findall(clean(short)))
                self._exact.setdefault(key, meanings)
                if len("".join(key)) > 3:
                    self._folded.setdefault(tuple(word.casefold() for word in key), meanings)
        self._longest = max((len(key) for key in self._exact), default=0)

    def meanings(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """What the words stand for; nothing when they are no short form."""
        found = self._exact.get(words) or self._folded.get(tuple(word.casefold() for word in words))
        if found:
            return found
        last = words[-1]
        if len(last) > 2 and last[-1] == "s":
            return self._exact.get((*words[:-1], last[:-1]), ())
        if len(words) == 1 and len(last) > 2 and last[0] == "h" and last[1:] != last[1:].lower():
            return self._exact.get((last[1:],)) or self._exact.get((last[1:].removesuffix("s"),), ())
        return ()

    def written_out(self, text: str) -> list[str]:
        """`text` with its short forms written out; one text for each combination of meanings, commonest first."""
        spans = [match.span() for match in _WORD.finditer(text)]
        words = [text[start:end] for start, end in spans]
        pieces: list[tuple[str, ...]] = []
        position, done = 0, 0
        while position < len(words):
            for length in range(min(self._longest, len(words) - position), 0, -1):
                meanings = self.meanings(tuple(words[position : position + length]))
                if meanings:
                    pieces.append((text[done : spans[position][0]],))
                    pieces.append(meanings)
                    position += length
                    done = spans[position - 1][1]
                    break
            else:
                position += 1
        if not pieces:
            return []
        pieces.append((text[done:],))
        return [" ".join(choice) for choice in islice(product(*pieces), 3)]


@cache
def abbreviations(field: str) -> Abbreviations:
    """The abbreviations of a field, read once."""
    return Abbreviations(field)


def _core(text: str, field: str) -> str:
    """`text` without the words that describe the sample: ``human primary``, ``cell line``, ``epithelial cells``."""
    words = vocabulary(field)
    parts = text.split()
    standard = [tokens(part) for part in parts]
    keep = [not each or any(words.noise.get(word, 1.0) > _QUIET for word in each) for each in standard]
    for phrase in words.phrases:
        for start in range(len(parts) - len(phrase) + 1):
            if [word for each in standard[start : start + len(phrase)] for word in each] == list(phrase):
                keep[start : start + len(phrase)] = [False] * len(phrase)
    return " ".join(part for part, kept in zip(parts, keep, strict=True) if kept)


def readings(label: str, field: str) -> list[Reading]:
    """Ways to read `label` beyond the label as it stands, likeliest first."""
    text = clean(label)
    found: dict[str, Kind] = {}
    short = abbreviations(field)
    for expanded in short.written_out(text):
        found.setdefault(expanded, "abbreviation")
    bare = _BRACKETS.sub(" ", text)
    if bare != text and bare.strip():
        for reading in _around_brackets(text, bare, short):
            found.setdefault(*reading)
    core = _core(bare, field)
    if core and core != bare:
        found.setdefault(core, "aside")
        for expanded in short.written_out(core)[:1]:
            found.setdefault(expanded, "abbreviation")
    pieces = [piece for piece in _SEPARATOR.split(bare) if len(piece) > 3]
    if 1 < len(pieces) <= 4:
        for number, piece in enumerate(pieces):
            found.setdefault(piece, "later piece" if number else "piece")
    found.pop(text, None)
    return [Reading(reading, kind) for reading, kind in islice(found.items(), MOST)]


def _around_brackets(text: str, bare: str, short: Abbreviations) -> Iterator[Reading]:
    """The label without its brackets, and what the brackets hold."""
    yield Reading(bare, "aside")
    for expanded in short.written_out(bare)[:1]:
        yield Reading(expanded, "abbreviation")
    for inside in _BRACKETS.findall(text):
        for expanded in short.written_out(inside)[:1]:
            yield Reading(expanded, "inside")
        if len(inside) > 3:
            yield Reading(inside, "inside")
