"""How far the best candidate can be trusted: the probability that it is what the label means.

A logistic model over a few plain facts about the ranking (`FACTS`); its weights and the threshold of each field are in
``data/resolving/trust.json``, learned by ``scripts/train_resolver.py`` so that of the labels it accepts at least 96 in
100 are right.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from synthquery.resolver.features import FEATURES
from synthquery.resolver.readings import has_detail, made_from_tissue, names_several
from synthquery.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthquery.resolver.engine import Scored

FACTS = (
    "constant",
    "lead",  # how far the best term is ahead of the next
    "near",  # whether the next is near
    "exact_label",  # equal to its preferred name but for case and punctuation
    "exact_synonym",  # likewise to another of its names
    "same_label",  # equal to its preferred name but for endings, spelling and order
    "same_synonym",  # likewise to another of its names
    "abbreviation",  # through the table of abbreviations
    "shared_short_form",  # so, and other terms have a name that says all of it, and more
    "partial_reading",  # only part of the label was read
    "left_out",  # how much of the label was not read
    "known_left_out",  # how much of that is words of the ontology
    "in_brackets",  # the label has a detail in brackets, or says from which tissue a cell was made
    "label_uncovered",  # share of the label that the name does not explain
    "name_uncovered",  # share of the name that the label does not explain
    "words_missing",  # words of the label that the name lacks
    "known_missing",  # of these, words that the ontology knows
    "detail_missing",  # a word that the ontology knows is missing, and is not what stands in brackets
    "unknown_missing",  # a word that neither the ontology nor the tables know is missing: "GZMB CD8 T cell"
    "alternatives",  # the label names several things
    "words_added",  # words of the name that the label lacks
    "numbers_missing",  # a number or code of the label that the name lacks
    "numbers_added",  # a number or code of the name that the label lacks
    "unlike",  # how unlike the characters are
    "other_words",  # share of the name matched by words of the same root or meaning, not the very words
    "short",  # up to four letters and digits, or six capitals
    "one_word",
    "other_species",
    "general",  # how general the term is
    "namesakes",  # how many other terms have a name that says all of the label, and more
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Weights of `FACTS`, the probability from which an answer is given, and facts with which none is.

    `never` holds positions of facts: "keratinocyte (basal)" is a detail short of one cell type, while in other fields
    what stands in brackets is mostly another name.
    """

    weights: tuple[float, ...]
    threshold: float
    never: tuple[int, ...]

    def probability(self, facts: Sequence[float]) -> float:
        """Probability that the best candidate is right."""
        score = sum(weight * fact for weight, fact in zip(self.weights, facts, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def trust_of(field: str) -> Trust:
    """What was learned for a field; fields that nothing was learned for take what holds for all."""
    tables = json.loads(data_file("resolving/trust.json").read_bytes())
    table = tables.get(field, tables["default"])
    never = tuple(FACTS.index(name) for name in table["never"])
    return Trust(tuple(table["weights"][name] for name in FACTS), table["threshold"], never)


SMALLEST_LEAD = 0.4
"""Nearer rivals make a label ambiguous, whatever the model says."""
_LEAD = FACTS.index("lead")
_SAME = [FACTS.index(name) for name in ("exact_label", "exact_synonym", "same_label", "same_synonym")]
_ABBREVIATION, _SHORT = FACTS.index("abbreviation"), FACTS.index("short")
_ONE_WORD, _UNCOVERED = FACTS.index("one_word"), FACTS.index("label_uncovered")
_ANOTHER_LETTER = 0.25
_MISSING, _SPECIES = FACTS.index("numbers_missing"), FACTS.index("other_species")


def forbidden(row: Sequence[float], field: str) -> bool:
    """Whether a ranking may not be an answer, however probable.

    A near tie; a term for another species, of which the label says nothing; a number or code of the label that the
    term lacks ("dendritic cell 2" is not any dendritic cell); a label of up to four letters that is only like a
    name ("ER", "Beta"); a single word with another letter ("tenocyte" is no telocyte); and what the field's table says.
    """
    if row[_LEAD] < SMALLEST_LEAD or row[_SPECIES] or any(row[fact] for fact in trust_of(field).never):
        return True
    if any(row[fact] for fact in _SAME):
        return False
    if row[_ONE_WORD] and row[_UNCOVERED] > _ANOTHER_LETTER and not row[_ABBREVIATION]:
        return True
    return bool(row[_MISSING]) or bool(row[_SHORT] and not row[_ABBREVIATION])


def facts(label: str, field: str, ranked: Sequence[Scored]) -> tuple[float, ...]:
    """The facts about a ranking, in the order of `FACTS`."""
    best = ranked[0]
    lead = min(best.score - ranked[1].score, 6.0) if len(ranked) > 1 else 6.0
    value = best.values
    exact = max(value["same_raw"], value["same_fold"])
    same = 0.0 if exact else max(value["same_words_order"], value["same_bag"], value["same_squeezed"])
    is_label = value["is_label"]
    made = not value["abbreviation"] and made_from_tissue(label, field)
    detail = not exact and (made or has_detail(label))
    namesakes = sum(_says_more(each) for each in ranked[1:_MOST_NAMESAKES])
    return (
        1.0,
        lead,
        1.0 if lead < _CLEAR else 0.0,
        exact * is_label,
        exact * (1.0 - is_label),
        same * is_label,
        same * (1.0 - is_label),
        value["abbreviation"],
        value["abbreviation"] if namesakes else 0.0,
        value["aside"] + value["inside"] + value["piece"],
        value["left_out"],
        value["known_left_out"],
        1.0 if detail else 0.0,
        1.0 - value["label_covered"],
        1.0 - value["name_covered"],
        value["words_missing"],
        value["known_missing"],
        1.0 if value["known_missing"] > _DETAIL and not (detail and not value["inside"]) else 0.0,
        1.0 if value["words_missing"] - value["known_missing"] > _DETAIL else 0.0,
        1.0 if not exact and names_several(label) else 0.0,
        value["words_added"],
        1.0 if value["number_missing"] else 0.0,
        1.0 if value["number_added"] else 0.0,
        1.0 - value["sorted_ratio"],
        max(0.0, value["name_covered"] - value["same_words"]),
        1.0 if sum(c.isalnum() for c in label) <= (6 if label.isupper() else 4) else 0.0,
        1.0 if len(label.split()) == 1 else 0.0,
        value["other_species"],
        value["descendants"],
        math.log1p(namesakes),
    )


def _says_more(other: Scored) -> bool:
    return bool(other.facts) and other.facts[_COVERED] > 0.97 and other.facts[_ADDED] > 0


_CLEAR = 1.5
_DETAIL = 0.6  # words of little weight are no detail
_MOST_NAMESAKES = 10
_COVERED, _ADDED = FEATURES.index("label_covered"), FEATURES.index("words_added")
