"""What a suggestion says, done, takes the problem away."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthquery.query.vocabularies import vocabularies
from synthquery.validation import Issue, validate

from .cases import Case, cases

WORDS_OF = {
    name: vocabulary.values
    for name, vocabulary in vocabularies().items()
    if name in ("sample_type", "sex", "perturbation_type", "library_selection", "library_layout", "race")
}


def with_value(query: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(query)
    place: Any = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    "case", [case for case in cases("broken.yaml") if "counts" not in str(case.query)], ids=str
)
def test_a_suggested_value_takes_the_problem_away(case: Case) -> None:
    of_values = ("value.", "id.", "term.", "legacy.value", "strategy.", "coherence.")
    for issue in validate(case.query, case.model).issues:
        if issue.code.startswith(of_values) and issue.suggestions:
            better = with_value(case.query, issue.path, issue.suggestions[0])
            left = {(other.code, other.path) for other in validate(better, case.model).issues}
            assert (issue.code, issue.path) not in left


def of_values(query: dict[str, Any]) -> list[Issue]:
    """What is wrong with single values: a perturbation type alone is incomplete, however it is spelt."""
    return [
        issue for issue in validate(query, "gem-1-bulk").issues if not issue.code.startswith("coherence.")
    ]


@settings(deadline=None)
@given(data=st.data())
def test_a_word_in_any_case_and_spacing_finds_its_vocabulary_word(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(WORDS_OF)))
    word = data.draw(st.sampled_from(WORDS_OF[key]))
    change = data.draw(st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
    spelt = change(word).replace(" ", data.draw(st.sampled_from([" ", "_", "-", "  ", ""])))
    query = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": {key: spelt}, "num_samples": 1}]}
    issues = of_values(query)
    if spelt == word:
        assert not issues
    else:
        assert [(issue.code, issue.suggestions) for issue in issues] == [("value.case", (word,))]
        better = with_value(query, issues[0].path, word)
        assert not of_values(better)
