"""Names of the ontology beside the readings of labels: the numbers of `FEATURES`, for many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rapidfuzz.fuzz import ratio

from synthquery.resolver.features import KINDS, N_FEATURES, PLACE, Query, Word
from synthquery.resolver.index import CODE, LABEL, OBSOLETE, OTHER_SPECIES, STOP, USUAL, Index
from synthquery.resolver.words import Vocabulary

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_SQUEEZED_BIT = 1 << 4
_MOST_TEXTS = 20_000
_FULL = 4.0
"""The weight from which one missing word counts fully; a lighter one counts for its share of it."""
_FORMS = np.arange(5)[:, None]


class Pairing(NamedTuple):
    """A reading and the names to compare it with.

    Attributes
    ----------
    query
        The reading.
    names, same
        The names, and for each the bits of the normal forms that are equal.
    """

    query: Query
    names: Sequence[int]
    same: Sequence[int]


def _numbers_of(word: Word) -> tuple[float, float, float, float, float]:
    """What a word of the label counts for when a name lacks it, if known, and as a code; its weight and number."""
    weight = min(word.weight, _FULL)
    return weight, weight if word.concepts else 0.0, float(word.code), word.weight, float(word.index)


class _Readings:
    """Readings as arrays: facts of each, and the words of all one after another."""

    def __init__(self, queries: Sequence[Query], n_concepts: int) -> None:
        self.numbers = np.array([_numbers_of(word) for query in queries for word in query.words])
        self.count = np.array([len(query.words) for query in queries])
        self.first = np.cumsum(self.count) - self.count
        details = [[_numbers_of(word)[:4] for word in query.details] for query in queries]
        self.details = np.array([np.sum(each, 0) if each else [0.0] * 4 for each in details])
        self.weight = np.array([query.weight for query in queries]) + self.details[:, 3]
        self.head = np.array([query.head for query in queries])
        self.kind = np.array([KINDS[query.kind] for query in queries]).T
        self.rest = np.array(
            [(query.left_out, query.known_left_out, not query.other_species) for query in queries],
            dtype=float,
        ).T
        keys, places, alike = [], [], []
        for number, query in enumerate(queries):
            for concept, (place, likeness) in query.concepts.items():
                keys.append(number * n_concepts + concept)
                places.append(place)
                alike.append(likeness)
        order = np.argsort(keys)
        self._keys = np.array([*keys, -1])[[*order, -1]]
        self._places = np.array([*places, -1])[[*order, -1]]
        self._alike = np.array([*alike, 0.0])[[*order, -1]]

    def find(self, keys: Ints) -> Ints:
        """Position in `places` and `alike` of (reading, concept) pairs; -1 for those that no reading has."""
        at = np.searchsorted(self._keys[:-1], keys)
        return np.where(self._keys[at] == keys, at, -1)

    def places(self, at: Ints) -> Ints:
        return self._places[at]

    def alike(self, at: Ints) -> Floats:
        return self._alike[at]


def _shares(parts: npt.NDArray[Any], totals: npt.NDArray[Any]) -> Floats:
    shares: Floats = np.divide(parts, totals, out=np.zeros(len(parts)), where=totals > 0)
    return shares


class _Pairs:
    """Names and the readings they are compared with, word by word.

    Attributes
    ----------
    owner, word, rank, place, likeness
        For each content word of each name: the pair it belongs to, the word, its number among the words of the
        name, its place in the reading (-1 for none), and how alike it is to the word there.
    hit, its, where
        Which of them the reading has; of those alone the pair and the place.
    slot_owner, slot, matched, found
        For each word of each pair's reading: the pair, the word's position in `readings.numbers`, how alike the
        name's word for it is, and whether there is one.
    base, count, first
        For each pair: where its slots begin, how many content words the name has and where they begin.
    """

    def __init__(self, comparison: Comparison, readings: _Readings, reading: Ints, name: Ints) -> None:
        self.readings, self.reading, self.n = readings, reading, len(name)
        self.owner, self.word = comparison.content_words(name)
        at = readings.find(comparison.keys(reading[self.owner], self.word))
        self.likeness, self.place = readings.alike(at), readings.places(at)
        self.hit = at >= 0
        self.its, self.where = self.owner[self.hit], self.place[self.hit]
        lengths = readings.count[reading]
        self.base = np.cumsum(lengths) - lengths
        self.slot_owner = np.repeat(np.arange(self.n), lengths)
        begin = readings.first[reading] - self.base
        self.slot = np.arange(len(self.slot_owner)) + begin[self.slot_owner]
        self.matched = np.zeros(len(self.slot_owner))
        np.maximum.at(self.matched, self.base[self.its] + self.where, self.likeness[self.hit])
        self.found = self.matched > 0
        self.count = np.bincount(self.owner, minlength=self.n)
        self.first = np.minimum(np.cumsum(self.count) - self.count, len(self.word) - 1)
        self.rank = np.arange(len(self.word)) - self.first[self.owner]

    def per_name(self, values: npt.NDArray[Any], owner: Ints) -> npt.NDArray[Any]:
        """Sums of `values` by pair."""
        return np.bincount(owner, values, self.n)


class Comparison:
    """Compares the names of one field with readings of labels."""

    def __init__(self, index: Index, vocabulary: Vocabulary, words: Sequence[str], weight: Floats) -> None:
        file = index.file

        def integers(name: str) -> Ints:
            return file.array(name).astype(np.int64)

        self._words = words
        self._row, self._at = integers("row"), integers("row_at")
        self._concept = integers("word_concept")
        self._n_concepts = int(self._concept.max(initial=0)) + 1
        flags = integers("word_flags")
        self._content, self._code = (flags & STOP) == 0, (flags & CODE) > 0
        self._weight = weight[self._concept]
        for position, word in enumerate(words):
            if word in vocabulary.optional:
                self._weight[position] *= vocabulary.optional[word]
        heads = integers("name_head")
        # a head beyond the words is none
        self._head = np.where(heads < len(words), self._concept[np.minimum(heads, len(words) - 1)], -1)
        self._front = integers("name_front")
        self._term = integers("name_term")
        kinds = integers("name_kind")
        self._is_label = (kinds == LABEL) | ((kinds & USUAL) > 0)
        self._obsolete = (kinds & OBSOLETE) > 0
        self._foreign = (integers("term_flags") & OTHER_SPECIES) > 0
        self._descendants = np.log1p(file.array("term_descendants").astype(np.float64))
        self._synonyms = np.log1p(file.array("term_synonyms").astype(np.float64))
        self._texts: dict[int, tuple[str, str]] = {}

    def text(self, name: int) -> tuple[str, str]:
        """The words of a name joined, as they stand and in alphabetical order; kept for the next label."""
        found = self._texts.get(name)
        if found is None:
            if len(self._texts) > _MOST_TEXTS:
                self._texts.clear()
            words = [self._words[word] for word in self._row[self._at[name] : self._at[name + 1]].tolist()]
            found = self._texts[name] = (" ".join(words), " ".join(sorted(words)))
        return found

    def table(self, pairings: Sequence[Pairing]) -> Floats:
        """Compare names with readings.

        Returns
        -------
        numpy.ndarray
            Shape (pairs, `N_FEATURES`): one row a name of a pairing, in their order; columns in the order of
            `FEATURES`.
        """
        readings = _Readings([pairing.query for pairing in pairings], self._n_concepts)
        name = np.array(list(chain.from_iterable(pairing.names for pairing in pairings)))
        same = np.array(list(chain.from_iterable(pairing.same for pairing in pairings)))
        reading = np.repeat(np.arange(len(pairings)), [len(pairing.names) for pairing in pairings])
        table = np.zeros((len(name), N_FEATURES))
        put = table.T
        put[PLACE["same_raw"] : PLACE["same_squeezed"] + 1] = same >> _FORMS & 1
        put[PLACE["abbreviation"] : PLACE["later_piece"] + 1] = readings.kind[:, reading]
        put[PLACE["left_out"]], put[PLACE["known_left_out"]], of_humans = readings.rest[:, reading]
        term = self._term[name]
        put[PLACE["is_label"]] = self._is_label[name]
        put[PLACE["from_obsolete"]] = self._obsolete[name]
        put[PLACE["other_species"]] = self._foreign[term] * of_humans
        put[PLACE["descendants"]] = self._descendants[term]
        put[PLACE["synonyms"]] = self._synonyms[term]
        self._compare_characters(put, pairings)
        self._compare_words(put, readings, reading, name, (same & _SQUEEZED_BIT) > 0)
        return table

    def _compare_characters(self, put: Floats, pairings: Sequence[Pairing]) -> None:
        straight: list[float] = []
        in_order: list[float] = []
        for query, names, _ in pairings:
            texts = [self.text(name) for name in names]
            straight += [ratio(query.text, text) for text, _ in texts]
            in_order += [ratio(query.sorted_text, text) for _, text in texts]
        put[PLACE["ratio"]] = np.array(straight) / 100
        put[PLACE["sorted_ratio"]] = np.array(in_order) / 100

    def _compare_words(
        self, put: Floats, readings: _Readings, reading: Ints, name: Ints, squeezed: npt.NDArray[np.bool_]
    ) -> None:
        pairs = _Pairs(self, readings, reading, name)
        self._count_missing(put, pairs)
        missing, added = put[PLACE["words_missing"]] > 0, put[PLACE["words_added"]] > 0
        put[PLACE["same_concepts"]] = squeezed | ~(added | missing)
        self._measure_shares(put, pairs, squeezed)
        put[PLACE["tail"]] = missing & ~added
        self._compare_order(put, pairs)
        front = self._front[name]
        in_front = pairs.per_name((pairs.rank < front[pairs.owner])[pairs.hit], pairs.its)
        put[PLACE["same_front"]] = added & ~missing & (front > 0) & (front == in_front)
        head = readings.places(
            np.where(self._head[name] < 0, -1, readings.find(reading * self._n_concepts + self._head[name]))
        )
        put[PLACE["same_head"]] = squeezed | (head == readings.head[reading])
        put[PLACE["name_head_found"]] = squeezed | (head >= 0)
        put[PLACE["label_head_found"]] = squeezed | pairs.found[pairs.base + readings.head[reading]]

    def _count_missing(self, put: Floats, pairs: _Pairs) -> None:
        """Words of the label that the name lacks, and words of the name that the label lacks."""
        readings = pairs.readings
        lacking = readings.details[:, :3][pairs.reading].T + [
            pairs.per_name(column, pairs.slot_owner)
            for column in (readings.numbers[:, :3][pairs.slot] * ~pairs.found[:, None]).T
        ]
        missing, known_missing, number_missing = lacking
        number_added = pairs.per_name(self._code[pairs.word] & ~pairs.hit, pairs.owner)
        put[PLACE["words_missing"]] = np.minimum(missing / _FULL, 4.0)
        put[PLACE["known_missing"]] = np.minimum(known_missing / _FULL, 4.0)
        put[PLACE["number_missing"]] = np.minimum(number_missing, 3.0)
        put[PLACE["number_added"]] = np.minimum(number_added, 3.0)
        put[PLACE["code_clash"]] = (number_missing > 0) & (number_added > 0)
        put[PLACE["words_added"]] = np.minimum(pairs.count - np.bincount(pairs.its, minlength=pairs.n), 6.0)

    def _measure_shares(self, put: Floats, pairs: _Pairs, squeezed: npt.NDArray[np.bool_]) -> None:
        """How much of the label the name explains, and the reverse."""
        readings, weights = pairs.readings, self._weight[pairs.word]
        total = pairs.per_name(weights, pairs.owner)
        of_label = pairs.per_name(pairs.matched * readings.numbers[:, 3][pairs.slot], pairs.slot_owner)
        of_name = pairs.per_name(weights * pairs.likeness, pairs.owner)
        label_covered = np.where(squeezed, 1.0, _shares(of_label, readings.weight[pairs.reading]))
        name_covered = np.where(squeezed, 1.0, _shares(of_name, total))
        put[PLACE["label_covered"]], put[PLACE["name_covered"]] = label_covered, name_covered
        put[PLACE["both_covered"]] = label_covered * name_covered
        own = readings.numbers[:, 4][readings.first[pairs.reading][pairs.its] + pairs.where]
        very = weights[pairs.hit] * (own == pairs.word[pairs.hit])
        put[PLACE["same_words"]] = _shares(pairs.per_name(very, pairs.its), total)

    def _compare_order(self, put: Floats, pairs: _Pairs) -> None:
        """Whether the first words agree, the words stand in one order, and nothing is left out among them."""
        first = pairs.first
        agree = (pairs.count > 0) & (pairs.place[first] == 0)
        put[PLACE["first_word"]] = np.where(agree, pairs.likeness[first], 0.0)
        its, where, owner = pairs.its, pairs.where, pairs.slot_owner
        back = its[1:][(its[1:] == its[:-1]) & (where[1:] < where[:-1])]
        put[PLACE["in_order"]] = 1.0
        put[PLACE["in_order"], back] = 0.0
        gap = owner[1:][pairs.found[:-1] & ~pairs.found[1:] & (owner[1:] == owner[:-1])]
        put[PLACE["tail"], gap] = 0.0

    def keys(self, reading: Ints, word: Ints) -> Ints:
        """Numbers of (reading, concept of a word)."""
        return reading * self._n_concepts + self._concept[word]

    def content_words(self, name: Ints) -> tuple[Ints, Ints]:
        """Content words of names in their order: the position of the name each belongs to, and the word."""
        start = self._at[name]
        length = self._at[name + 1] - start
        end = np.cumsum(length)
        flat = self._row[np.arange(end[-1]) + np.repeat(start - end + length, length)]
        content = self._content[flat]
        return np.repeat(np.arange(len(name)), length)[content], flat[content]
