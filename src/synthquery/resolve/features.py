"""What is compared between a label and a name of the ontology, as numbers a linear model can weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from synthquery.resolve.index import LABEL, OBSOLETE

if TYPE_CHECKING:
    from synthquery.resolve.lexicon import Lexicon

FEATURES = (
    "label_covered",  # share of the label's weight that the name explains
    "name_covered",  # share of the name's weight that the label explains
    "both_covered",  # their product
    "same_words",  # share of the name's weight matched by the very word, not only its concept
    "ratio",  # similarity of the characters in order
    "sorted_ratio",  # the same with words sorted
    "first_word",  # the first content words agree
    "last_word",  # the last content words agree
    "in_order",  # matched words stand in the same order
    "number_missing",  # a number of the label that the name lacks
    "number_added",  # a number of the name that the label lacks
    "marker_clash",  # markers that contradict one another
    "words_missing",  # content words of the label that the name lacks
    "words_added",  # content words of the name that the label lacks
    "is_label",  # the preferred name
    "from_obsolete",  # the name belonged to an obsolete term
    "same_raw",  # identical, character by character
    "same_fold",  # identical but for case and punctuation
    "same_words_order",  # identical words in standard form
    "same_bag",  # the same words in any order
    "same_squeezed",  # the same letters and digits
    "abbreviation",  # through the table of abbreviations
    "aside",  # after leaving out what the label has in brackets
    "inside",  # what the label has in brackets
    "piece",  # one of several parts of the label
    "other_species",  # a term for another species, which the label does not ask for
    "descendants",  # how general the term is: log of the number of its descendants
    "synonyms",  # how much used the term is: log of the number of its synonyms
)


_KINDS = {
    "whole": (0.0, 0.0, 0.0, 0.0),
    "abbreviation": (1.0, 0.0, 0.0, 0.0),
    "aside": (0.0, 1.0, 0.0, 0.0),
    "inside": (0.0, 0.0, 1.0, 0.0),
    "piece": (0.0, 0.0, 0.0, 1.0),
}


@dataclass(slots=True)
class Word:
    """A content word of a label and what in the ontology it may stand for."""

    text: str
    weight: float
    concepts: dict[int, float] = field(default_factory=dict)
    word: int = -1
    code: bool = False


@dataclass(slots=True)
class Query:
    """A label, or one reading of it, ready for comparison."""

    text: str
    words: list[Word]
    weight: float
    sorted_text: str
    kind: str = "whole"
    other_species: bool = False


def features(
    query: Query, lexicon: Lexicon, name: int, same: int, prior: tuple[float, float]
) -> Sequence[float]:
    """The numbers of one name, in the order of `FEATURES`; `same` is a bit set of equal normal forms."""
    row = lexicon.row(name)
    word_concept, weights, stop, is_code = lexicon.word_concept, lexicon.weight, lexicon.stop, lexicon.is_code
    lookup: dict[int, tuple[int, float]] = {}
    for position, word in enumerate(query.words):
        for concept, likeness in word.concepts.items():
            known = lookup.get(concept)
            if known is None or known[1] < likeness:
                lookup[concept] = (position, likeness)
    matched = [0.0] * len(query.words)
    name_matched = name_total = same_words = 0.0
    order: list[int] = []
    added = number_added = marker_added = 0
    first = last = 0.0
    content = 0
    for index in row:
        if index in stop:
            continue
        concept = word_concept[index]
        weight = weights[concept]
        name_total += weight
        hit = lookup.get(concept)
        if hit is None:
            added += 1
            if is_code[index]:
                number_added += 1
            last = 0.0
        else:
            position, likeness = hit
            name_matched += weight * likeness
            if query.words[position].word == index:
                same_words += weight
            if likeness > matched[position]:
                matched[position] = likeness
            order.append(position)
            if content == 0 and position == 0:
                first = likeness
            last = likeness if position == len(query.words) - 1 else 0.0
        content += 1
    label_matched = missing = number_missing = 0.0
    for word, likeness in zip(query.words, matched, strict=True):
        label_matched += word.weight * likeness
        if likeness == 0.0:
            missing += min(1.0, word.weight / 4)
            if word.code:
                number_missing += 1
    marker_added = number_added if number_missing else 0
    label_covered = label_matched / query.weight if query.weight else 0.0
    name_covered = name_matched / name_total if name_total else 0.0
    text = lexicon.joined(row)
    kind = lexicon.index.name_kind[name]
    return (
        label_covered,
        name_covered,
        label_covered * name_covered,
        same_words / name_total if name_total else 0.0,
        fuzz.ratio(query.text, text) / 100,
        fuzz.ratio(query.sorted_text, " ".join(sorted(text.split()))) / 100,
        first,
        last,
        1.0 if order == sorted(order) else 0.0,
        min(number_missing, 3),
        min(number_added, 3),
        min(marker_added, 2),
        min(missing, 4),
        min(added, 6),
        1.0 if kind & 1 == LABEL else 0.0,
        1.0 if kind & OBSOLETE else 0.0,
        float(same & 1),
        float(same >> 1 & 1),
        float(same >> 2 & 1),
        float(same >> 3 & 1),
        float(same >> 4 & 1),
        *_KINDS[query.kind],
        1.0 if lexicon.other_species(row) and not query.other_species else 0.0,
        prior[0],
        prior[1],
    )
