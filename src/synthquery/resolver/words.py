"""What the words of a field mean: stop words, noise, words that stand for the same thing, abbreviations.

All of it is data (``data/resolving/*.tsv``), each row open to correction by a biologist.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from synthquery.resolver.normalise import root, tokens
from synthquery.resources import data_file

TABLES = ("concepts.tsv", "noise.tsv", "abbreviations.tsv", "names.tsv")


def read_table(name: str, field: str | None = None) -> Iterator[dict[str, str]]:
    """Rows of a table of ``data/resolving`` that apply to `field`; lines starting with ``#`` are comments."""
    with data_file(f"resolving/{name}").open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if field is None or row["field"] in (field, "*") or field in row["field"].split(","):
                yield {key: (value or "").strip() for key, value in row.items()}


def is_code(word: str) -> bool:
    """Whether a word is a number, a single letter or a code: ``2``, ``b``, ``cd8+``."""
    return len(word) == 1 or not word.isalpha()


_DESCRIBES = re.compile(
    r"\s(?:of|in|with|due|from|without|on|at|for|to|involving|associated\s+with|caused|by)\s|\s[(\[]"
)
_INVERTED = re.compile(r",\s")


@lru_cache(maxsize=4096)
def words_and_head(text: str, field: str) -> tuple[tuple[str, ...], int]:
    """The words of a label in their standard form, and the place of the noun that the others describe.

    ``cortex of kidney``: cortex; ``renal cortex``: cortex; ``anemia, sideroblastic``: anemia (diseases only, where
    names are often inverted so); ``CD4-positive, alpha-beta T cell``: T, for "cell" says too little.
    """
    words = tuple(tokens(text))
    if not words:
        return (), 0
    described = _DESCRIBES.search(text)
    end = described.start() if described else len(text)
    if field == "disease":
        inverted = _INVERTED.search(text[:end])
        end = inverted.start() if inverted else end
    last = len(words) - 1 if end == len(text) else min(max(len(tokens(text[:end])) - 1, 0), len(words) - 1)
    headless = vocabulary(field).headless
    head = last
    while head > 0 and words[head] in headless:
        head -= 1
    return words, last if words[head] in headless else head


class Vocabulary:
    """Meaning of words in one field.

    Attributes
    ----------
    stop
        Words that carry no meaning in a name (``of``, ``the``).
    noise
        Words that describe the sample rather than the term (``human``, ``primary``); value: the share of their
        weight that counts.
    optional
        Words of names that labels often leave out; value: the share of their weight that counts.
    phrases
        Noise of several words, in standard form; value: the share of a rare word's weight that each counts.
    headless
        Nouns too general to be the head of a name (``cell``, ``disease``): the word before is.
    related
        Word -> words of near but not equal meaning, with their likeness.
    species
        Words that name a species other than human.
    origin
        Words between what a cell was made from and what it is: ``iPSC-derived neurons``.
    subline
        Words before what is derived from a cell line: ``clone 3``.
    implied
        Nouns that people leave out after a name: ``Crohn's`` (disease), ``Sjögren's`` (syndrome).
    """

    def __init__(self, field: str) -> None:
        self.field = field
        self.stop: set[str] = set()
        self.noise: dict[str, float] = {}
        self.phrases: dict[tuple[str, ...], float] = {}
        self.optional: dict[str, float] = {}
        self.headless: set[str] = set()
        self.species: set[str] = set()
        self.origin: set[str] = set()
        self.subline: set[str] = set()
        self.implied: dict[str, None] = {}  # a set that keeps its order
        for row in read_table("noise.tsv", field):
            self._add_noise(tokens(row["word"]), row["weight"])
        self.related: dict[str, dict[str, float]] = {}
        for row in read_table("related.tsv", field):
            others = self.related.setdefault(tokens(row["word"])[0], {})
            others.update(
                (word, float(row["likeness"])) for form in row["like"].split() for word in tokens(form)
            )
        self._concepts: dict[str, str] = {}
        for row in read_table("concepts.tsv", field):
            concept = root(tokens(row["concept"])[0])
            for form in row["words"].split():
                self._concepts[tokens(form)[0]] = concept
        self._cache: dict[str, str] = {}

    def _add_noise(self, words: list[str], weight: str) -> None:
        kind, _, share = weight.partition(" ")
        if len(words) > 1:
            self.phrases[tuple(words)] = float(weight)
        elif kind == "implied":
            self.implied.update(dict.fromkeys(words))
        elif kind in ("stop", "headless", "species", "origin", "subline"):
            group: set[str] = getattr(self, kind)
            group.update(words)
        elif kind == "optional":
            self.optional.update(dict.fromkeys(words, float(share)))
        else:
            self.noise.update(dict.fromkeys(words, float(weight)))

    def concept(self, word: str) -> str:
        """What a word stands for: ``hepatic`` and ``liver`` are one concept."""
        known = self._cache.get(word)
        if known is None:
            known = self._cache[word] = self._find(word)
        return known

    def _find(self, word: str) -> str:
        if word in self._concepts:
            return self._concepts[word]
        cut = root(word)
        return self._concepts.get(cut, cut)

    def noise_phrases(self, words: Sequence[str]) -> Iterator[tuple[int, float]]:
        """Positions of words that belong to a phrase of noise (``epithelial cell`` in a tissue), with its weight."""
        for phrase, share in self.phrases.items():
            for start in range(len(words) - len(phrase) + 1):
                if tuple(words[start : start + len(phrase)]) == phrase:
                    yield from ((position, share) for position in range(start, start + len(phrase)))

    def content(self, words: Iterable[str]) -> list[str]:
        """`words` without stop words; all of them where nothing else is left."""
        words = list(words)
        return [word for word in words if word not in self.stop] or words


@cache
def vocabulary(field: str) -> Vocabulary:
    """The vocabulary of a field, read once."""
    return Vocabulary(field)
