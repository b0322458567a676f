"""The rules that ship with synthquery, by how much of a query each looks at."""

from __future__ import annotations

from functools import cache

from synthquery.query.metadata import METADATA_KEYS
from synthquery.validation.context import id_keys
from synthquery.validation.rule import RuleSet, ValueRule
from synthquery.validation.rules import (
    cell_lines,
    coherence,
    counts,
    donors,
    expression,
    identifiers,
    perturbations,
    query,
    requests,
    terms,
    values,
)
from synthquery.validation.rules.model_vocabulary import and_accepted, unreadable_list

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
                *((terms.id_with_name,) if key in id_keys() else ()),
                and_accepted(identifiers.identifier if key in id_keys() else _OF_KEY.get(key, values.word)),
                *((terms.too_general,) if key in id_keys() else ()),
            )
            for key in METADATA_KEYS
        },
        combinations=(*coherence.RULES, *cell_lines.RULES, *donors.RULES, *perturbations.RULES),
        bodies=(
            query.strategy,
            query.numbers,
            query.lists,
            query.num_samples,
            counts.counts,
            unreadable_list,
            expression.listed_order,
            terms.names_beside_ids,
            terms.pairs,
            requests.large_request,
            requests.bulk_only_fields,
            requests.duplicate_inputs,
        ),
    )
