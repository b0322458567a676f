"""The rules that ship with synthquery, by how much of a query each looks at."""

from __future__ import annotations

from functools import cache

from synthquery.query.metadata import METADATA_KEYS
from synthquery.validation.context import id_keys
from synthquery.validation.rule import RuleSet, ValueRule
from synthquery.validation.rules import coherence, counts, identifiers, query, values
from synthquery.validation.rules.model_vocabulary import and_accepted

_OF_KEY: dict[str, ValueRule] = {
    "age_years": values.age,
    "perturbation_dose": values.dose,
    "perturbation_time": values.time,
    "study": values.study,
    "developmental_stage": values.developmental_stage,
}


@cache
def standard_rules() -> RuleSet:
    """All of them. Of the value rules of a key the first that finds something has the say."""
    return RuleSet(
        values={
            key: (
                values.not_text,
                values.null_word,
                and_accepted(identifiers.identifier if key in id_keys() else _OF_KEY.get(key, values.word)),
            )
            for key in METADATA_KEYS
        },
        combinations=coherence.RULES,
        bodies=(query.strategy, query.numbers, query.lists, query.num_samples, counts.counts),
    )
