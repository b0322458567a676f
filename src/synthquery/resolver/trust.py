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

from synthquery.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthquery.resolver.engine import Scored

FACTS = (
    "constant",
    "lead",  # how far the best term is ahead of the next
    "clear_lead",  # whether it is far ahead
    "score",  # how good the best match is
    "exact",  # equal but for case and punctuation
    "same_words",  # equal but for endings, spelling and order
    "is_label",  # by its preferred name
    "abbreviation",  # through the table of abbreviations
    "partial_reading",  # only part of the label was read
    "left_out",  # how much of the label was not read
    "label_uncovered",  # share of the label that the name does not explain
    "name_uncovered",  # share of the name that the label does not explain
    "words_missing",  # words of the label that the name lacks
    "words_added",  # words of the name that the label lacks
    "numbers_missing",  # a number or code of the label that the name lacks
    "numbers_added",  # a number or code of the name that the label lacks
    "unlike",  # how unlike the characters are
    "short",  # a label of up to four letters
    "one_word",  # a label of one word
    "other_species",  # a term for another species than human
    "general",  # log of the number of descendants of the term
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Weights of `FACTS` and the probability from which an answer is given."""

    weights: tuple[float, ...]
    threshold: float

    def probability(self, facts: Sequence[float]) -> float:
        """Probability that the best candidate is right."""
        score = sum(weight * fact for weight, fact in zip(self.weights, facts, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@cache
def trust_of(field: str) -> Trust:
    """What was learned for a field; fields that nothing was learned for take what holds for all."""
    tables = json.loads(data_file("resolving/trust.json").read_bytes())
    table = tables.get(field, tables["default"])
    return Trust(tuple(table["weights"][name] for name in FACTS), table["threshold"])


SMALLEST_LEAD = 0.4
"""Nearer rivals make a label ambiguous, whatever the model says."""
_LEAD = FACTS.index("lead")
_EXACT, _WORDS = FACTS.index("exact"), FACTS.index("same_words")
_ABBREVIATION, _SHORT = FACTS.index("abbreviation"), FACTS.index("short")
_MISSING, _SPECIES = FACTS.index("numbers_missing"), FACTS.index("other_species")


def forbidden(row: Sequence[float]) -> bool:
    """Whether a ranking may not be an answer, however probable.

    A near tie; a term for another species, of which the label says nothing; a number or code of the label that the
    term lacks ("dendritic cell 2" is not any dendritic cell); a label of up to four letters that is only like a
    name ("ER", "Beta").
    """
    if row[_LEAD] < SMALLEST_LEAD or row[_SPECIES]:
        return True
    if row[_EXACT] or row[_WORDS]:
        return False
    return bool(row[_MISSING]) or bool(row[_SHORT] and not row[_ABBREVIATION])


def facts(label: str, ranked: Sequence[Scored]) -> tuple[float, ...]:
    """The facts about a ranking, in the order of `FACTS`."""
    best = ranked[0]
    lead = min(best.score - ranked[1].score, 6.0) if len(ranked) > 1 else 6.0
    value = best.values
    exact = max(value["same_raw"], value["same_fold"])
    words = max(value["same_words_order"], value["same_bag"], value["same_squeezed"])
    partial = value["aside"] + value["inside"] + value["piece"]
    return (
        1.0,
        lead,
        1.0 if lead > 1.5 else 0.0,
        min(best.score, 22.0) / 10,
        exact,
        words if not exact else 0.0,
        value["is_label"],
        value["abbreviation"],
        partial,
        value["left_out"],
        1.0 - value["label_covered"],
        1.0 - value["name_covered"],
        value["words_missing"],
        value["words_added"],
        1.0 if value["number_missing"] else 0.0,
        1.0 if value["number_added"] else 0.0,
        1.0 - value["sorted_ratio"],
        1.0 if sum(c.isalnum() for c in label) <= 4 else 0.0,
        1.0 if len(label.split()) == 1 else 0.0,
        value["other_species"],
        value["descendants"],
    )
