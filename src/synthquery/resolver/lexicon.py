"""The words of an index in memory: from a label's words to the names that may be meant."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from synthquery.resolver.comparing import Comparison
from synthquery.resolver.features import Query, Word
from synthquery.resolver.index import LABEL, Index
from synthquery.resolver.normalise import fold, token
from synthquery.resolver.words import Vocabulary, is_code

if TYPE_CHECKING:
    import numpy.typing as npt

_UNKNOWN = 6.0
"""Weight of a word that no name has: that of a fairly rare word."""
_WORTHWHILE = 0.4
"""Names that share less than this part of what the best one shares with a label are not looked at."""


class Lexicon:
    """Words and postings of one field, for scoring."""

    def __init__(self, index: Index, vocabulary: Vocabulary) -> None:
        self.index = index
        self.vocabulary = vocabulary
        file = index.file
        self.words: list[str] = file.text("words").split("\n")
        self.word_index = {word: position for position, word in enumerate(self.words)}
        self.concept_index = {
            concept: position for position, concept in enumerate(file.text("concepts").split("\n"))
        }
        self.word_concept: list[int] = file.array("word_concept").tolist()
        self.weight: list[float] = file.array("weight").tolist()
        self._species = {self.word_index[word] for word in vocabulary.species if word in self.word_index}
        self.names = Comparison(index, vocabulary, self.words, file.array("weight").astype(np.float64))
        self._posts = cast("npt.NDArray[np.uint32]", file.array("post"))
        self._posts_at: list[int] = file.array("post_at").tolist()
        self._name_weight = cast("npt.NDArray[np.float32]", file.array("name_weight"))
        self._found = np.zeros(index.n_names, dtype=np.float32)
        self._busy = threading.Lock()  # the sums above are one scratch array
        terms, kinds = file.array("name_term"), file.array("name_kind")
        # a hundredth or so: enough to put preferred names and much-used terms first among equals
        self._likely = (
            0.02 * (kinds == LABEL) + 0.008 * np.log1p(file.array("term_synonyms"))[terms]
        ).astype(np.float32)
        self._foreign_codes = (
            index.file.meta["field"] != "cell_type"
        )  # whose markers are such codes themselves
        self._relatives_of: dict[str, dict[int, float]] = {}

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
        code = is_code(text)
        index = self.word_index.get(text, -1)
        if index >= 0:
            concept = self.word_concept[index]
            found = Word(text, self.weight[concept], {concept: 1.0}, index, code)
        else:
            relatives = self._relatives_of.get(text)
            if relatives is None:
                relatives = self._relatives_of[text] = self._relatives(text, code)
            weight = max((self.weight[concept] for concept in relatives), default=_UNKNOWN)
            if self._foreign_codes and len(text) >= 4 and not text.isdigit():
                code = False  # MCF7, GSE12345: the code of a sample, not the number of a term
            found = Word(text, weight, dict(relatives), -1, code)
        if code:
            for form, likeness in _marker_forms(text):
                marker = self.word_index.get(form)
                if marker is not None:
                    found.concepts.setdefault(self.word_concept[marker], likeness)
        for other, likeness in self.vocabulary.related.get(text, {}).items():
            concept = self.concept_index.get(self.vocabulary.concept(other), -1)
            if concept >= 0:
                found.concepts.setdefault(concept, likeness)
        found.weight *= self.vocabulary.noise.get(text, 1.0)
        return found

    def _relatives(self, text: str, code: bool) -> dict[int, float]:
        concept = self.concept_index.get(self.vocabulary.concept(text))
        if concept is not None:
            return {concept: 0.95}
        if code or len(text) < 5 or len(text) > 40 or not text.isalpha() or text in self.vocabulary.noise:
            return {}
        return self._misspelt(text)

    def _misspelt(self, text: str) -> dict[int, float]:
        """Words a slip of the keyboard away: one slip in words of five to nine letters, two in longer ones."""
        slips = 1 if len(text) < 10 else 2
        near = process.extract(
            text, self._buckets.get(text[0], ()), scorer=OSA.distance, score_cutoff=slips, limit=4
        )
        if not near:
            return {}
        best = near[0][1]
        return {
            self.word_concept[self.word_index[word]]: 1.0 - (0.12 if _slipped(text, word) else 0.3) * distance
            for word, distance, _ in reversed(near)
            if distance == best
        }

    def query(self, words: Sequence[str], head: int, kind: str = "whole") -> Query:
        """The content of a label, ready for comparison.

        Parameters
        ----------
        words
            The words of the reading, in standard form.
        head
            Position among them of the noun that the others describe.
        kind
            How the label was read.
        """
        stop = self.vocabulary.stop
        content: list[str] = []
        place = 0
        for position, word in enumerate(words):
            if word not in stop:
                if position <= head:
                    place = len(content)
                content += self._parts(word)
        if not content:
            content, place = list(words), head
        found = [self.word(word) for word in content]
        for position, share in self.vocabulary.noise_phrases(content):
            found[position].weight = min(found[position].weight, share * _UNKNOWN)
        concepts: dict[int, tuple[int, float]] = {}
        for position, each in enumerate(found):
            for concept, likeness in each.concepts.items():
                known = concepts.get(concept)
                if known is None or known[1] < likeness:
                    concepts[concept] = (position, likeness)
        return Query(
            text=" ".join(words),
            sorted_text=" ".join(sorted(words)),
            words=found,
            weight=sum(word.weight for word in found),
            concepts=concepts,
            head=min(place, len(found) - 1),
            kind=kind,
            other_species=any(word.index in self._species for word in found),
        )

    def _parts(self, word: str) -> list[str]:
        """The two known words that an unknown one is made of (``germcell``); else the word itself."""
        known = self.word_index
        if len(word) < 7 or word in known or not word.isalpha() or self._relatives_of.get(word):
            return [word]
        if self.vocabulary.concept(word) in self.concept_index or self._misspelt(word):
            return [word]
        for cut in range(3, len(word) - 2):
            if word[:cut] in known and token(word[cut:]) in known and min(cut, len(word) - cut) >= 4:
                return [word[:cut], token(word[cut:])]
        return [word]

    def joined(self, text: str) -> str:
        """`text` with the parts of words that the ontology writes as one word: ``gastro-oesophageal``."""
        return _PARTED.sub(self._join, text)

    def _join(self, parted: re.Match[str]) -> str:
        word = parted[1] + parted[2]
        return word if token(fold(word)) in self.word_index else parted[0]

    def candidates(self, query: Query, limit: int) -> list[int]:
        """Names that share the most weight with `query`, the best `limit` of them."""
        if not query.concepts:
            return []
        with self._busy:
            found = self._found
            found.fill(0)
            for concept, (_, likeness) in query.concepts.items():
                posts = self._posts[self._posts_at[concept] : self._posts_at[concept + 1]]
                found[posts] += self.weight[concept] * likeness
            pool = np.flatnonzero(found > _WORTHWHILE * found.max())
            shared = found[pool]
        weights = self._name_weight[pool]
        score = (
            shared / (query.weight + weights + 0.01) + 0.15 * shared / (weights + 2.0) + self._likely[pool]
        )
        if len(pool) > limit:
            pool = pool[np.argpartition(-score, limit)[:limit]]
        return pool.tolist()


def _slipped(text: str, word: str) -> bool:
    """Whether letters are missing, doubled or in another order; another letter may make another word (telocyte)."""
    return len(text) != len(word) or sorted(text) == sorted(word)


_PARTED = re.compile(r"\b([^\W\d_]{2,})-([^\W\d_]{3,})\b")
_FORMS = {
    "": (("+", 0.95), ("hi", 0.8), ("lo", 0.5)),
    "+": (("", 0.95), ("hi", 0.85), ("lo", 0.5)),
    "hi": (("+", 0.85), ("", 0.7)),
    "lo": (("+", 0.7), ("", 0.7)),
}
"""Signs a marker may stand for, by the sign it has: a little of a marker is not much of it, and none is never some."""


def _marker_forms(text: str) -> Iterator[tuple[str, float]]:
    """Other ways to write a marker: ``cd8`` for ``cd8+``, ``cd56+`` for ``cd56hi``."""
    sign = text[-1] if text[-1] in "+-" else text[-2:] if text[-2:] in ("hi", "lo") else ""
    bare = text.removesuffix(sign)
    for other, likeness in _FORMS.get(sign, ()):
        yield bare + other, likeness
