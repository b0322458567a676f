"""What is compared between a label and a name of the ontology, as numbers a linear model can weigh."""

from __future__ import annotations

from dataclasses import dataclass, field

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
PLACE = {name: position for position, name in enumerate(FEATURES)}

KINDS = {
    "whole": (0.0, 0.0, 0.0, 0.0, 0.0),
    "abbreviation": (1.0, 0.0, 0.0, 0.0, 0.0),
    "aside": (0.0, 1.0, 0.0, 0.0, 0.0),
    "inside": (0.0, 0.0, 1.0, 0.0, 0.0),
    "piece": (0.0, 0.0, 0.0, 1.0, 0.0),
    "later piece": (0.0, 0.0, 0.0, 1.0, 1.0),
}


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


IDENTICAL = tuple(
    1.0
    if name in ("label_covered", "name_covered", "both_covered", "same_concepts", "same_words", "ratio", "sorted_ratio",
                "first_word", "same_head", "name_head_found", "label_head_found", "in_order", "is_label", "same_raw",
                "same_fold", "same_words_order", "same_bag", "same_squeezed")
    else 0.0
    for name in FEATURES
)  # fmt: skip
"""The numbers of a label that is the preferred name of a term."""
