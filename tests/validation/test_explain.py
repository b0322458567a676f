"""What `synthquery explain` says of a code."""

from __future__ import annotations

import pytest

from synthquery.errors import UnknownCodeError
from synthquery.validation import codes
from synthquery.validation.explain import explain, explanation


@pytest.mark.parametrize("name", list(codes()))
def test_every_code_is_explained(name: str) -> None:
    assert explain(name)["why"]
    assert explanation(name).startswith(f"{name} (")


def test_an_explanation_shows_a_failing_and_a_fixed_query() -> None:
    about = explain("value.case")
    assert about["failing"] != about["fixed"]
    assert about["failing"].splitlines()[0] in explanation("value.case")


@pytest.mark.parametrize("given", ["TERM.OBSOLETE", " [term.obsolete] "])
def test_a_code_is_found_as_logs_show_it(given: str) -> None:
    assert explain(given)["code"] == "term.obsolete"


@pytest.mark.parametrize(
    ("given", "meant"),
    [("term.obsolet", "term.obsolete"), ("obsolete", "term.obsolete"), ("counts", "counts.length")],
)
def test_a_typo_names_near_codes(given: str, meant: str) -> None:
    with pytest.raises(UnknownCodeError, match=meant):
        explain(given)
