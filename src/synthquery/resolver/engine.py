"""From a label of one field to ranked candidates: the tiers, best first."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING, Any

from synthquery.resolver.codes import CodeMatcher, probabilities
from synthquery.resolver.fields import FIELDS
from synthquery.resolver.index import (
    BAG,
    FOLD,
    LABEL,
    OBSOLETE,
    OTHER_SPECIES,
    RAW,
    SQUEEZED,
    USUAL,
    WORDS,
    Index,
    bag_of,
)
from synthquery.resolver.narrow import Narrowing
from synthquery.resolver.normalise import fold, squeeze, tokens
from synthquery.resolver.readings import Reading, readings, without_exceptions
from synthquery.resolver.store import index_for
from synthquery.resolver.types import Candidate
from synthquery.resolver.words import Vocabulary, vocabulary, words_and_head
from synthquery.resources import data_file

if TYPE_CHECKING:
    from synthquery.ontology.facts import Term
    from synthquery.resolver.comparing import Pairing
    from synthquery.resolver.features import Query
    from synthquery.resolver.lexicon import Lexicon

MOST_CANDIDATES = 10
_POOL = 16
_WIDE_POOL = 200
_PLACE_LEAD = 3.0
"""How far a term that fits the sample's tissue is put before one that fits the label alone."""


@dataclass(slots=True)
class Scored:
    """A term and the best of its names for a label."""

    term: int
    name: int
    score: float
    how: str
    probability: float = 0.0
    facts: Sequence[float] = ()

    @property
    def values(self) -> dict[str, float]:
        """The compared numbers by name; empty for codes."""
        from synthquery.resolver.features import FEATURES

        return dict(zip(FEATURES, self.facts, strict=True)) if self.facts else {}


class Engine:
    """Everything one field needs to rank candidates."""

    def __init__(self, field: str) -> None:
        self.field = FIELDS[field]
        self.index: Index = index_for(field)
        self.vocabulary: Vocabulary = vocabulary(field)
        self.pool = _POOL
        self.trace: list[Any] | None = None  # scripts/train_resolver.py reads what is compared
        self._terms: dict[int, Term] = {}

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words in memory; only labels that no exact form answers need them."""
        from synthquery.resolver.lexicon import Lexicon

        return Lexicon(self.index, self.vocabulary)

    @cached_property
    def weights(self) -> list[float]:
        """Weights of the features, as trained."""
        import json

        from synthquery.resolver.features import FEATURES

        tables = json.loads(data_file("resolving/weights.json").read_bytes())
        table = tables.get(self.field.name, tables["default"])
        return [table[name] for name in FEATURES]

    @cached_property
    def matcher(self) -> CodeMatcher:
        """Finds codes and symbols."""
        return CodeMatcher(self.index, self.vocabulary, symbols=self.field.style == "symbols")

    def term(self, index: int) -> Term:
        """A term by its position, kept for the next label."""
        found = self._terms.get(index)
        if found is None:
            if len(self._terms) > 20_000:
                self._terms.clear()
            found = self._terms[index] = self.index.term(index)
        return found

    def exact(self, label: str) -> dict[int, int]:
        """Names equal to `label` in some normal form: name -> set of forms, as bits."""
        index = self.index
        found: dict[int, int] = {}
        forms = [(RAW, " ".join(label.split())), (FOLD, fold(label)), (SQUEEZED, squeeze(label))]
        if self.field.style == "words":
            words, _ = words_and_head(label, self.field.name)
            forms += [(WORDS, " ".join(words)), (BAG, bag_of(self.vocabulary.content(words)))]
        for level, form in forms:
            if form:
                for name in index.find(level, form):
                    found[name] = found.get(name, 0) | 1 << _BIT[level]
        return found

    def meant(self, label: str) -> str:
        """A label without what it excepts, unless with it it is a name ("serous conjunctivitis, except viral")."""
        kept = without_exceptions(label)
        whole = kept != label and any(bits & _AS_WRITTEN for bits in self.exact(label).values())
        return label if whole else kept

    def rank(self, label: str, narrowing: Narrowing | None = None) -> list[Scored]:
        """Terms that `label` may mean, the likeliest first, one entry a term."""
        if narrowing is None:
            return self.rank_all([label])[0]
        ranked = (
            self._rank_narrowed(label, narrowing) if self.field.style == "words" else self._rank_code(label)
        )
        if narrowing.allowed is not None:
            ranked = [each for each in ranked if self.index.term_id(each.term) in narrowing.allowed]
        return self._with_probabilities(ranked)

    def rank_all(self, labels: Sequence[str]) -> list[list[Scored]]:
        """For each of several labels the terms that it may mean; their names are compared together."""
        if self.field.style != "words":
            return [self._with_probabilities(self._rank_code(label)) for label in labels]
        known: list[list[Scored]] = []
        pairings: list[list[Pairing]] = []
        for label in map(self.meant, labels):
            same = self.exact(label)
            known.append(self._preferred_name(same))
            pairings.append([] if known[-1] else self._pairings(label, same))
        compared = self._compared(pairings)
        return [
            self._with_probabilities(self._best([*preferred, *found]))
            for preferred, found in zip(known, compared, strict=True)
        ]

    def _rank_code(self, label: str) -> list[Scored]:
        found = self.matcher.find(label)
        term_of = self.index.name_term
        return self._best([Scored(term_of[each.name], each.name, each.score, each.how) for each in found])

    def _with_probabilities(self, ranked: list[Scored]) -> list[Scored]:
        if self.field.style == "words":
            _probabilities(ranked)
        else:
            for each, probability in zip(ranked, probabilities([each.score for each in ranked]), strict=True):
                each.probability = probability
        return ranked

    def _rank_narrowed(self, label: str, narrow: Narrowing) -> list[Scored]:
        label = self.meant(label)
        same = self.exact(label)
        here = self._at_place(label, same, narrow) if narrow.place else []
        preferred = self._preferred_name(same)
        if preferred and not here and narrow.allowed is None:
            return preferred
        pool = self.pool if narrow.allowed is None else _WIDE_POOL
        ranked = self._best(preferred + self._by_words(label, same, pool, any_species=narrow.any_species))
        if here:
            ahead = ranked[0].score + _PLACE_LEAD if ranked else 0.0
            best = max(each.score for each in here)
            for each in here:
                each.score += ahead - best
            ranked = self._best(here + ranked)
        return ranked

    def _at_place(self, label: str, same: dict[int, int], narrow: Narrowing) -> list[Scored]:
        from synthquery.resolver.places import at_place

        plain = {self.index.name_term[name] for name, bits in same.items() if bits & _SURE}
        own = words_and_head(label, self.field.name)[0]
        found = [each for each in self._by_words(label, same, _WIDE_POOL) if each.term not in plain]
        return at_place(self.index, self.lexicon, found, own, narrow)

    def _preferred_name(self, same: dict[int, int]) -> list[Scored]:
        """Terms that people mean by the label, or the one whose preferred name it is and no other term's at all."""
        kind_of, term_of = self.index.name_kind, self.index.name_term
        very = [name for name, bits in same.items() if bits & _VERY]
        usual = [name for name in very if kind_of[name] & USUAL]
        flags = self.index.term_flags
        preferred = usual or [
            name for name in very if kind_of[name] == LABEL and not flags[term_of[name]] & OTHER_SPECIES
        ]
        if not preferred:
            return []
        if not usual:
            term = term_of[preferred[0]]
            if any(term_of[name] != term for name, bits in same.items() if bits & _SURE):
                return []
        from synthquery.resolver.features import IDENTICAL

        # people who mean several things by one name tie, and so are asked
        score, how = sumprod(self.weights, IDENTICAL), "synonym" if usual else "label"
        return [
            Scored(term_of[name], name, score, how, facts=IDENTICAL)
            for name in preferred[: None if usual else 1]
        ]

    def _best(self, found: list[Scored]) -> list[Scored]:
        best: dict[int, Scored] = {}
        for each in found:
            known = best.get(each.term)
            if known is None or each.score > known.score:
                best[each.term] = each
        # terms are numbered in the order of their identifiers: ties have one order
        return sorted(best.values(), key=lambda each: (-each.score, each.term))

    def _by_words(
        self, label: str, same: dict[int, int], pool: int = 0, *, any_species: bool = False
    ) -> list[Scored]:
        return self._compared([self._pairings(label, same, pool, any_species=any_species)])[0]

    def _pairings(
        self, label: str, same: dict[int, int], pool: int = 0, *, any_species: bool = False
    ) -> list[Pairing]:
        """The readings of a label, each with the names it may mean."""
        from synthquery.resolver.comparing import Pairing

        lexicon = self.lexicon
        found: list[Pairing] = []
        read: list[Sequence[str]] = []
        whole: Query | None = None
        for reading in self._ways(label, same):
            words, head = words_and_head(reading.text, self.field.name)
            if not words or words in read:
                continue
            read.append(words)
            query = lexicon.query(words, head, reading.kind)
            query.other_species |= any_species
            # part of a label is short: what it may mean is among the first few
            most = pool or (self.pool if reading.kind in ("whole", "abbreviation") else self.pool // 2)
            bits_of = self._same_words(words) if whole else same
            whole = whole or query
            if reading.without:
                _weigh_left_out(query, whole, reading)
            names = list(dict.fromkeys([*bits_of, *lexicon.candidates(query, most)]))
            if names:
                found.append(Pairing(query, names, [bits_of.get(name, 0) for name in names]))
        return found

    def _compared(self, labels: Sequence[Sequence[Pairing]]) -> list[list[Scored]]:
        """The names paired with each of several labels, with their scores."""
        pairings = [pairing for each in labels for pairing in each]
        if not pairings:
            return [[] for _ in labels]
        name_term = self.index.name_term
        table = self.lexicon.names.table(pairings)
        rows = zip((table @ self.weights).tolist(), table.tolist(), strict=True)
        results: list[list[Scored]] = []
        for each in labels:
            found: list[Scored] = []
            for query, names, same in each:
                for name, bits, (score, row) in zip(names, same, rows, strict=False):
                    if self.trace is not None:
                        self.trace.append((name_term[name], name, query.kind, row))
                    how = self._how(query.kind, name, bits, row[1])
                    found.append(Scored(name_term[name], name, score, how, facts=row))
            results.append(found)
        return results

    def _ways(self, label: str, same: dict[int, int]) -> list[Reading]:
        """The label as it stands; where that is no name, or is too short to be sure of, other readings too."""
        if len(label) > _SHORT and any(bits & _SURE for bits in same.values()):
            return [Reading(label, "whole")]
        joined = self.lexicon.joined(label)
        return [
            Reading(label, "whole"),
            *([Reading(joined, "whole")] if joined != label else ()),
            *readings(joined, self.field.name),
        ]

    def _how(self, reading: str, name: int, bits: int, name_covered: float) -> str:
        if reading == "whole" and bits:
            level = _mildest(bits)
            kind = self.index.name_kind[name]
            return ("synonym" if kind & 1 else "label") if level <= 1 else "normalised"
        if reading == "abbreviation" and (bits or name_covered > 0.98):
            return "abbreviation"
        return "part" if name_covered > 0.98 else "fuzzy"

    def _same_words(self, words: Sequence[str]) -> dict[int, int]:
        found: dict[int, int] = {}
        for level, form in ((WORDS, " ".join(words)), (BAG, bag_of(self.vocabulary.content(words)))):
            for name in self.index.find(level, form):
                found[name] = found.get(name, 0) | 1 << _BIT[level]
        return found

    def candidate(self, each: Scored) -> Candidate:
        """What the user sees of a scored term."""
        via = self.index.via(each.name) if self.index.name_kind[each.name] & OBSOLETE else ""
        how = f"{each.how} (replaces {via})" if via else each.how
        return Candidate(self.term(each.term), round(each.probability, 4), self.index.name(each.name), how)


_BIT = {RAW: 0, FOLD: 1, WORDS: 2, BAG: 3, SQUEEZED: 4}
_VERY = 0b00011  # equal but for case and punctuation
_AS_WRITTEN = 0b00111  # and for endings and spelling
_SURE = 0b01111  # equal in more than letters and digits
_SHORT = 5  # an abbreviation of one thing may be the synonym of another

if sys.version_info >= (3, 12):
    from math import sumprod
else:

    def sumprod(p: Sequence[float], q: Sequence[float], /) -> float:
        """Sum of products, as `math.sumprod` of Python 3.12."""
        return float(sum(map(mul, p, q)))


def _weigh_left_out(query: Query, whole: Query, reading: Reading) -> None:
    """Note how much of the whole label a reading passes over."""
    passed = set(tokens(reading.without)).difference(word.text for word in query.words)
    left = [word for word in whole.words if word.text in passed]
    query.details = [word for word in left if word.concepts]
    if whole.weight and not reading.origin:
        query.left_out = sum(word.weight for word in left) / whole.weight
        query.known_left_out = sum(word.weight for word in query.details) / whole.weight


def _mildest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _probabilities(ranked: list[Scored]) -> None:
    if not ranked:
        return
    top = ranked[0].score
    weights = [math.exp(each.score - top) for each in ranked]
    total = sum(weights)
    for each, weight in zip(ranked, weights, strict=True):
        each.probability = weight / total
