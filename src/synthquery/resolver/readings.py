"""The ways a label can be read: as it stands, with abbreviations written out, without its brackets, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
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
_ROUND = re.compile(r"\(([^()]*)\)")
"""Brackets that may hold a detail; square ones hold another wording (ICD-10, volume 2, section 3.1.4)."""
_OTHER_WORD = re.compile(r"([A-Za-z]{4,}) \(([A-Za-z]{4,})\)(?= \w)")
"""A word and in brackets another for it: ``caudal (posterior) part``."""
_CODED = re.compile(
    r"^(?:[A-Z]\d{2}(?:\.\d{1,2})?|\d{3}\.\d{1,2}):?\s+(?=[^\W\d_]{3})|[\s,;(#]+(?:O?MIM)?[\s:#]*\d{6}\)?$"
)
"""A classification's code before the title that it stands for (``250.2 Type 2 diabetes``), or OMIM's after it."""
_CLUSTER = re.compile(r"(?<=[A-Za-z])_\d{1,2}$")
_ALTERNATIVES = re.compile(r"\s*[;|]\s*|\s+/\s*|\s*/\s+|(?<=\w{3})/(?=\w{3})|\s+or\s+|(?<=\w{3})_(?=\w{3})")
"""What stands between things of which a label names several."""
_SEVERAL = re.compile(r"[;|]|[A-Za-z]\s*/\s*[A-Za-z]|\s(?:or|and/or)\s", re.IGNORECASE)
_EXCEPTED = re.compile(
    r"[,(]\s*not\b|(?<=[\s,(])(?:not (?:otherwise|elsewhere|further)|except|excluding|other than|without mention of)\b",
    re.IGNORECASE,
)
"""Before what is not meant: ``kidney, except renal pelvis``; ``Skin - Not Sun Exposed`` excepts nothing."""
_NAME_ALONE = re.compile(r"^[^\W\d_]{3,}(?:'s|(?<=s)')$")
_DETAILS = re.compile(r"\s*,\s+|\s+-\s+")
"""What stands between a thing and what is said of it."""


class Reading(NamedTuple):
    """One way to read a label, and what of the label it passes over.

    `origin` says that this is what a cell was made from: less of a detail than anything else that is passed over.
    """

    text: str
    kind: Kind
    without: str = ""
    origin: bool = False


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


@lru_cache(maxsize=20_000)
def _standard(part: str) -> tuple[str, ...]:
    return tuple(tokens(part))


def _core(text: str, field: str) -> str:
    """`text` without the words that describe the sample: ``human primary``, ``cell line``, ``epithelial cells``."""
    words = vocabulary(field)
    parts = text.split()
    standard = [_standard(part) for part in parts]
    keep = [not each or any(words.noise.get(word, 1.0) > _QUIET for word in each) for each in standard]
    for phrase in words.phrases:
        for start in range(len(parts) - len(phrase) + 1):
            if [word for each in standard[start : start + len(phrase)] for word in each] == list(phrase):
                keep[start : start + len(phrase)] = [False] * len(phrase)
    return " ".join(part for part, kept in zip(parts, keep, strict=True) if kept)


def readings(label: str, field: str) -> list[Reading]:
    """Ways to read `label` beyond the label as it stands, likeliest first."""
    coded = clean(label)
    text = _CODED.sub("", coded) if field == "disease" else coded
    short = abbreviations(field)
    bare = " ".join(_BRACKETS.sub(" ", text).split())
    inside = [each for each in _BRACKETS.findall(text) if not _restates(each, bare)]
    aside = " ".join(each for each in inside if f"({each})" in text)
    ways = [Reading(text, "aside")] if text != coded else []
    ways += _without_cluster(text, short) if field == "cell_type" else ()
    ways += [Reading(expanded, "abbreviation") for expanded in short.written_out(text if inside else bare)]
    if bare and bare != text:
        ways += _around_brackets(text, bare, inside, aside, short)
    core = _core(bare, field)
    if core and core != bare:
        ways.append(Reading(core, "aside", aside))
        ways += [Reading(expanded, "abbreviation", aside) for expanded in short.written_out(core)[:1]]
    for number, piece in enumerate(_pieces(_ALTERNATIVES, bare)):
        ways.append(Reading(piece, "later piece" if number else "piece", aside))
    made, source = _made_from(bare, field)
    if made:
        passed = source if made_from_tissue(label, field) else ""
        ways += [Reading(each, "aside", passed, origin=True) for each in [made, *short.written_out(made)[:1]]]
    if _NAME_ALONE.search(bare):
        ways += [Reading(f"{bare} {noun}", "abbreviation") for noun in vocabulary(field).implied]
    pieces = _pieces(_DETAILS, bare)
    for number, piece in enumerate(pieces):
        ways.append(Reading(piece, "aside", " ".join([*pieces[:number], *pieces[number + 1 :], aside])))
    found: dict[str, Reading] = {}
    for way in ways:
        if way.text != coded and not says_nothing(way.text, field):
            found.setdefault(way.text, way)
    return list(islice(found.values(), MOST))


def _without_cluster(text: str, short: Abbreviations) -> Iterator[Reading]:
    """The label without the number of a cluster: ``CD8 TEM_2``."""
    found = _CLUSTER.search(text)
    if found:
        bare = text[: found.start()]
        yield from (Reading(each, "aside", found[0][1:]) for each in [bare, *short.written_out(bare)[:1]])


def _made_from(text: str, field: str) -> tuple[str, str]:
    """What a cell is and what it was made from; nothing where the label does not say."""
    for word in vocabulary(field).origin:
        place = text.casefold().find(f"{word} ")
        before, after = text[: max(place, 0)].strip(" -"), text[place + len(word) + 1 :]
        if before and after:
            source = re.sub("^from ", "", after, flags=re.IGNORECASE)
            return (after, before) if source == after else (before, source)
    return "", ""


_CELL = re.compile(r"(?:cell|cyte|blast)s?$", re.IGNORECASE)


def made_from_tissue(label: str, field: str) -> bool:
    """Whether a label says from which tissue a cell was made, which may be a detail of its type.

    "Adipose-derived stem cells" have a term of their own; "iPSC-derived neurons" are neurons.
    """
    source = _made_from(clean(label), field)[1]
    return bool(source) and not _CELL.search(source) and not abbreviations(field).written_out(source)


def without_exceptions(label: str) -> str:
    """`label` up to what is not meant."""
    excepted = _EXCEPTED.search(label)
    return label[: excepted.start()].rstrip(" ,;(") or label if excepted else label


def _pieces(separator: re.Pattern[str], text: str) -> list[str]:
    pieces = [piece for piece in separator.split(text) if len(piece) > 3]
    return pieces if 1 < len(pieces) <= 4 else []


def _around_brackets(
    text: str, bare: str, inside: list[str], aside: str, short: Abbreviations
) -> Iterator[Reading]:
    """The label without its brackets, with them in place of the word before, and what they hold."""
    yield Reading(bare, "aside", aside)
    for expanded in short.written_out(bare)[:1]:
        yield Reading(expanded, "abbreviation", aside)
    other = _OTHER_WORD.sub(r"\2", text)
    if other != text:
        yield Reading(other, "aside")
    for each in inside:
        rest = bare if f"({each})" in text else ""
        for expanded in short.written_out(each)[:1]:
            yield Reading(expanded, "inside", rest)
        if len(each) > 3:
            yield Reading(each, "inside", rest)


def says_nothing(label: str, field: str) -> bool:
    """Whether all words of a label are too general to mean a term by themselves: ``tissue``, ``left side``."""
    words = vocabulary(field)
    general = words.headless | words.stop
    return all(word in general for word in tokens(label))


def names_several(label: str) -> bool:
    """Whether a label names several things, one of which it may mean or all: ``megakaryocytes/platelets``."""
    return bool(_SEVERAL.search(label))


def alternatives(label: str) -> list[str]:
    """The things that a label names: ``heart attack``, ``myocardial infarction``."""
    return _pieces(_ALTERNATIVES, " ".join(_BRACKETS.sub(" ", clean(label)).split()))


_DENIED = re.compile(
    r"(?i:\b(?:not?|without|negative|neg|absence of|lack of)\b|\bnon)|(?<=[A-Z0-9])-(?=$|[\s,/)])"
)
"""Words and signs that deny; a hyphen denies behind a marker (``CD4-``), not in ``pre- and postcentral``."""
_NON = re.compile(r"\bnon", re.IGNORECASE)


def is_opposite(label: str, name: str, *, short: bool) -> bool:
    """Whether a label denies what a name says, or says what the name denies: ``CD4- T cell``, ``non-atopic asthma``.

    A `short` form may stand for a name that denies something: ``NSCLC``.
    """
    said = without_exceptions(clean(label))
    if _DENIED.search(said):
        return not _DENIED.search(clean(name))
    return not short and bool(_NON.search(clean(name)))


def has_detail(label: str) -> bool:
    """Whether a label has something in brackets that is more than its own abbreviation."""
    if "(" not in label:
        return False
    text = clean(label)
    bare = _BRACKETS.sub(" ", text)
    return any(not _restates(inside, bare) for inside in _ROUND.findall(text))


def _restates(short: str, text: str) -> bool:
    """Whether `short` is an abbreviation of `text` itself, and so no further detail: "(FRC)", "(HIECs)"."""
    letters = short.strip()
    if not 1 < len(letters) < 8 or not letters.isalpha():
        return False
    letters = letters.removesuffix("s").casefold()
    words = text.casefold().split()
    return any(
        _in_order(form, " ".join(words[start:]))
        for form in {letters, letters.removeprefix("h")}
        for start, word in enumerate(words)
        if form and word[0] == form[0]
    )


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)
