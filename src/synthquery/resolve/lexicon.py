"""The words of an index in memory: from a label's words to the names that may be meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from synthquery.resolve.features import Query, Word
from synthquery.resolve.index import Index
from synthquery.resolve.words import Vocabulary

if TYPE_CHECKING:
    import numpy.typing as npt

_UNKNOWN = 6.0
"""Weight of a word that no name has: that of a fairly rare word."""
_COMMON = 6000
"""A word held by more names than this only adds to candidates that other words found."""


class Lexicon:
    """Words and postings of one field, for scoring."""

    def __init__(self, index: Index, vocabulary: Vocabulary) -> None:
        self.index = index
        self.vocabulary = vocabulary
        self.words: list[str] = index.file.text("words").split("\n")
        self.word_index: dict[str, int] = {word: position for position, word in enumerate(self.words)}
        self.concept_index: dict[str, int] = {
            concept: position for position, concept in enumerate(index.file.text("concepts").split("\n"))
        }
        self.word_concept: list[int] = index.file.array("word_concept").tolist()
        self.weight: list[float] = index.file.array("weight").tolist()
        self.stop = {self.word_index[word] for word in vocabulary.stop if word in self.word_index}
        self._species = {self.word_index[word] for word in vocabulary.species if word in self.word_index}
        self.is_code = [any(c.isdigit() for c in word) or len(word) == 1 for word in self.words]
        self._rows, self._rows_at = index.file.view("row"), index.file.view("row_at")
        self._posts = cast("npt.NDArray[np.uint32]", index.file.array("post"))
        self._posts_at: list[int] = index.file.array("post_at").tolist()
        self._name_weight = cast("npt.NDArray[np.float32]", index.file.array("name_weight"))
        self._found = np.zeros(index.n_names, dtype=np.float32)
        self._alike: dict[str, dict[int, float]] = {}

    def row(self, name: int) -> list[int]:
        """Word indices of a name, in order."""
        return self._rows[self._rows_at[name] : self._rows_at[name + 1]].tolist()

    def joined(self, row: Iterable[int]) -> str:
        """The words of a row as one string."""
        words = self.words
        return " ".join([words[index] for index in row])

    @cached_property
    def _buckets(self) -> dict[str, list[str]]:
        """Words by first letter, for misspellings."""
        buckets: dict[str, list[str]] = {}
        for word in self.words:
            if len(word) >= 4 and word.isalpha():
                buckets.setdefault(word[0], []).append(word)
        return buckets

    def word(self, text: str) -> Word:
        """A word of a label with the concepts it may stand for, the surest first."""
        code = any(c.isdigit() for c in text) or len(text) == 1
        index = self.word_index.get(text, -1)
        if index >= 0:
            concept = self.word_concept[index]
            weight = self.weight[concept]
            found = Word(text, weight, {concept: 1.0}, index, code)
        else:
            found = Word(text, _UNKNOWN, self._relatives(text, code), -1, code)
            if found.concepts:
                found.weight = max(self.weight[concept] for concept in found.concepts)
        if text[-1] in "+-" or text.endswith(("hi", "lo")):
            bare = text.rstrip("+-").removesuffix("hi").removesuffix("lo")
            if bare != text and text[-1] != "-":
                for form in (bare, bare + "+"):
                    if form in self.word_index:
                        found.concepts.setdefault(self.word_concept[self.word_index[form]], 0.85)
        elif code and f"{text}+" in self.word_index:
            found.concepts.setdefault(self.word_concept[self.word_index[f"{text}+"]], 0.9)
        found.weight *= self.vocabulary.noise.get(text, 1.0)
        return found

    def _relatives(self, text: str, code: bool) -> dict[int, float]:
        concept = self.concept_index.get(self.vocabulary.concept(text))
        if concept is not None:
            return {concept: 0.95}
        if code or len(text) < 5 or len(text) > 40:
            return {}
        known = self._alike.get(text)
        if known is None:
            known = self._alike[text] = self._misspelt(text)
        return known

    def _misspelt(self, text: str) -> dict[int, float]:
        """Words a slip of the keyboard away; a letter in five to seven, two in longer words."""
        slips = 1 if len(text) < 8 else 2
        near = process.extract(
            text, self._buckets.get(text[0], ()), scorer=OSA.distance, score_cutoff=slips, limit=4
        )
        if not near:
            return {}
        best = near[0][1]
        return {
            self.word_concept[self.word_index[word]]: 1.0 - 0.12 * distance
            for word, distance, _ in reversed(near)
            if distance == best
        }

    def other_species(self, row: Iterable[int]) -> bool:
        """Whether the words of a row name a species other than human."""
        return not self._species.isdisjoint(row)

    def query(self, words: Sequence[str], kind: str = "whole") -> Query:
        """The content of a label, ready for comparison."""
        content = self.vocabulary.content(words)
        found = [self.word(word) for word in content]
        text = " ".join(words)
        weight = sum(word.weight for word in found)
        species = any(word.word in self._species for word in found)
        return Query(text, found, weight, " ".join(sorted(words)), kind, species)

    def candidates(self, query: Query, limit: int) -> list[int]:
        """Names that share the most weight with `query`, the best `limit` of them."""
        lists: list[tuple[npt.NDArray[np.uint32], float]] = []
        for word in query.words:
            for concept, likeness in word.concepts.items():
                posts = self._posts[self._posts_at[concept] : self._posts_at[concept + 1]]
                lists.append((posts, self.weight[concept] * likeness))
        if not lists:
            return []
        lists.sort(key=lambda each: len(each[0]))
        found = self._found
        for posts, weight in lists:
            found[posts] += weight
        rare = [posts for posts, _ in lists if len(posts) <= _COMMON] or [lists[0][0]]
        pool = np.unique(np.concatenate(rare)) if len(rare) > 1 else rare[0]
        shared = found[pool]
        for posts, _ in lists:
            found[posts] = 0
        weights = self._name_weight[pool]
        score = shared / (query.weight + weights + 0.01) + 0.15 * shared / (weights + 2.0)
        if len(pool) > limit:
            pool = pool[np.argpartition(-score, limit)[:limit]]
        return [int(name) for name in pool]
