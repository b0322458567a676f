"""What is compared between a label and a name of the ontology, as numbers a linear model can weigh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

FEATURES = (
    "label_covered",  # share of the label's weight that the name explains
    "name_covered",  # share of the name's weight that the label explains
    "both_covered",  # their product
    "same_concepts",  # every content word of either has its like in the other
    "same_words",  # share of the name's weight matched by the very word, not only its concept
    "ratio",  # similarity of the characters in order
    "sorted_ratio",  # the same with words sorted
    "first_word",  # the first content words agree
    "same_head",  # the nouns that the rest describes agree ("cortex" in "cortex of kidney")
    "name_head_found",  # the head of the name is somewhere in the label
    "label_head_found",  # the head of the label is somewhere in the name
    "in_order",  # matched words stand in the same order
    "number_missing",  # a number or code of the label that the name lacks
    "number_added",  # a number or code of the name that the label lacks
    "code_clash",  # both of these
    "words_missing",  # content words of the label that the name lacks
    "words_added",  # content words of the name that the label lacks
    "known_missing",  # of the words missing, those that the ontology knows: a detail rather than a sample's name
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
    "later_piece",  # such a part, but not the first
    "left_out",  # share of the label's weight that this way of reading leaves out
    "known_left_out",  # the part of it that is words of the ontology: a detail rather than a sample's name
    "tail",  # the name is the end of the label: "orbital gyrus" of "posterior orbital gyrus"
    "same_front",  # the name is the label and then says where: "sinus" and "sinus of kidney"
    "other_species",  # a term for another species, which the label does not ask for
    "descendants",  # how general the term is: log of the number of its descendants
    "synonyms",  # how much used the term is: log of the number of its synonyms
)
N_FEATURES = len(FEATURES)

_KINDS = {
    "whole": (0.0, 0.0, 0.0, 0.0, 0.0),
    "abbreviation": (1.0, 0.0, 0.0, 0.0, 0.0),
    "aside": (0.0, 1.0, 0.0, 0.0, 0.0),
    "inside": (0.0, 0.0, 1.0, 0.0, 0.0),
    "piece": (0.0, 0.0, 0.0, 1.0, 0.0),
    "later piece": (0.0, 0.0, 0.0, 1.0, 1.0),
}
SQUEEZED_BIT = 1 << 4


@dataclass(slots=True)
class Word:
    """A content word of a label and what in the ontology it may stand for."""

    text: str
    weight: float
    concepts: dict[int, float] = field(default_factory=dict)
    index: int = -1
    code: bool = False


@dataclass(slots=True)
class Query:
    """One reading of a label, ready for comparison.

    Attributes
    ----------
    text, sorted_text
        The words joined, as they stand and in alphabetical order.
    words
        Content words.
    weight
        Sum of their weights.
    concepts
        Concept -> (position of the word, likeness).
    head
        Position of the noun that the others describe.
    kind, left_out, known_left_out
        How the label was read, the share of its weight that was left out, and of it what is words of the ontology.
    details
        These words: the name lacks them as it lacks any other word of the label.
    other_species
        The label itself speaks of another species.
    """

    text: str
    sorted_text: str
    words: list[Word]
    weight: float
    concepts: dict[int, tuple[int, float]]
    head: int
    kind: str = "whole"
    left_out: float = 0.0
    known_left_out: float = 0.0
    details: list[Word] = field(default_factory=list)
    other_species: bool = False


class Entry(NamedTuple):
    """A name of the ontology, ready for comparison.

    Attributes
    ----------
    text, sorted_text
        The words joined, as they stand and in alphabetical order.
    words
        Content words: (word, concept, weight, is it a code).
    weight
        Sum of the weights.
    head
        Concept of the noun that the others describe.
    front
        How many of the words stand before the first ``of`` or ``in``; 0 when there is none.
    static
        The features that do not depend on the label: is_label, from_obsolete, descendants, synonyms.
    other_species
        The term is one of another species.
    """

    text: str
    sorted_text: str
    words: tuple[tuple[int, int, float, bool], ...]
    weight: float
    head: int
    front: int
    static: tuple[float, float, float, float]
    other_species: bool


IDENTICAL = tuple(
    1.0
    if name in ("label_covered", "name_covered", "both_covered", "same_concepts", "same_words", "ratio", "sorted_ratio",
                "first_word", "same_head", "name_head_found", "label_head_found", "in_order", "is_label", "same_raw",
                "same_fold", "same_words_order", "same_bag", "same_squeezed")
    else 0.0
    for name in FEATURES
)  # fmt: skip
"""The numbers of a label that is the preferred name of a term."""


def features(query: Query, entry: Entry, same: int) -> tuple[float, ...]:
    """The numbers of one name, in the order of `FEATURES`; `same` is a bit set of equal normal forms."""
    words = query.words
    position_of = query.concepts.get
    matched = [0.0] * len(words)
    name_matched = very_word = first = in_order_after = 0.0
    added = number_added = found_in_front = 0
    earliest = len(words)
    in_order = 1.0
    for place, (index, concept, weight, code) in enumerate(entry.words):
        hit = position_of(concept)
        if hit is None:
            added += 1
            number_added += code
        else:
            position, likeness = hit
            name_matched += weight * likeness
            if words[position].index == index:
                very_word += weight
            if place < entry.front:
                found_in_front += 1
            if position < earliest:
                earliest = position
            if position < in_order_after:
                in_order = 0.0
            in_order_after = position
            if place == position == 0:
                first = likeness
            if matched[position] < likeness:  # noqa: PLR1730 (in the innermost loop)
                matched[position] = likeness
    label_matched = missing = known_missing = number_missing = 0.0
    for word, likeness in zip(words, matched, strict=True):
        if likeness:
            label_matched += word.weight * likeness
        else:
            missing += min(4.0, word.weight)
            known_missing += min(4.0, word.weight) if word.concepts else 0.0
            number_missing += word.code
    whole_weight = query.weight
    for word in query.details:
        whole_weight += word.weight
        missing += min(4.0, word.weight)
        known_missing += min(4.0, word.weight)
        number_missing += word.code
    tail = 1.0 if missing and not added and all(matched[earliest:]) else 0.0
    same_front = 1.0 if added and not missing and 0 < entry.front == found_in_front else 0.0
    missing /= 4.0
    squeezed = same & SQUEEZED_BIT
    complete = 1.0 if squeezed or not (added or missing) else 0.0
    label_covered = 1.0 if squeezed else label_matched / whole_weight if whole_weight else 0.0
    name_covered = 1.0 if squeezed else name_matched / entry.weight if entry.weight else 0.0
    head = position_of(entry.head)
    is_label, from_obsolete, descendants, synonyms = entry.static
    return (
        label_covered,
        name_covered,
        label_covered * name_covered,
        complete,
        very_word / entry.weight if entry.weight else 0.0,
        ratio(query.text, entry.text) / 100,
        ratio(query.sorted_text, entry.sorted_text) / 100,
        first,
        1.0 if squeezed or (head is not None and head[0] == query.head) else 0.0,
        1.0 if squeezed or head is not None else 0.0,
        1.0 if squeezed or matched[query.head] else 0.0,
        in_order,
        number_missing if number_missing < 3 else 3.0,
        number_added if number_added < 3 else 3.0,
        1.0 if number_missing and number_added else 0.0,
        missing if missing < 4 else 4.0,
        added if added < 6 else 6.0,
        known_missing / 4.0 if known_missing < 16 else 4.0,
        is_label,
        from_obsolete,
        float(same & 1),
        float(same >> 1 & 1),
        float(same >> 2 & 1),
        float(same >> 3 & 1),
        float(same >> 4 & 1),
        *_KINDS[query.kind],
        query.left_out,
        query.known_left_out,
        tail,
        same_front,
        1.0 if entry.other_species and not query.other_species else 0.0,
        descendants,
        synonyms,
    )
