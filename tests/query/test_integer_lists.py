"""Lists of integers that are read in one pass: exactly those, and with exactly what they hold."""

from __future__ import annotations

import enum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import synthquery as sq
from synthquery.query import counts as query_counts
from synthquery.query.counts import CountsError, counts_vector
from synthquery.query.integer_lists import integers_of
from synthquery.validation.rules import counts as rule


class Reads(int):
    """An integer of a class of its own."""


class Depth(enum.IntEnum):
    """Named integers."""

    LOW = 3


class Index:
    """Something that can stand for an integer, and is none."""

    def __index__(self) -> int:
        return 3


PLAIN = st.integers(-(2**31), 2**31 - 1)
ODD = st.one_of(
    st.sampled_from(
        [
            True,
            False,
            None,
            ...,
            -0.0,
            10.0,
            float("nan"),
            float("inf"),
            "i",
            "3",
            b"i\x03\0\0\0",
            bytearray(b"iiiii"),
            2**31,
            -(2**31) - 1,
            2**63,
            10**30,
            Reads(3),
            Depth.LOW,
            np.int64(3),
            np.int32(-1),
            np.float64(3),
            np.bool_(True),
            np.array(3),
            np.array([105, 105, 105, 105, 105], dtype=np.uint8),
            3 + 0j,
            Fraction(3),
            Index(),
            (),
            (3,),
            [3, 4],
            {3: 4},
            frozenset({3}),
        ]
    ),
    st.floats(),
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=5),
)
LISTS = st.one_of(
    st.lists(PLAIN),
    st.lists(st.one_of(PLAIN, ODD)),
    st.builds(lambda start, odd, end: [*start, *odd, *end], st.lists(PLAIN), st.lists(ODD), st.lists(PLAIN)),
)


@given(LISTS)
@example([3, True, 3])
@example([3, *[True] * 5, 3])
@example([3, *[None] * 5, 3])
@example([3, b"", 3])
def test_an_array_comes_of_lists_of_plain_integers_and_of_no_others(values: list[Any]) -> None:
    plain = bool(values) and all(type(one) is int and -(2**31) <= one < 2**31 for one in values)
    for form in (values, tuple(values)):
        found = integers_of(form)
        assert (found is not None) == plain
        if found is not None:
            assert found.dtype == np.int64
            assert found.tolist() == values


def outcome(values: Any) -> object:
    try:
        return counts_vector(values).tolist()
    except CountsError as error:
        return str(error), error.problem, error.position, error.number


@given(LISTS)
def test_counts_are_the_same_with_and_without_the_short_way(values: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        short = outcome(values)
        patch.setattr(query_counts, "integers_of", lambda _: None)
        assert repr(short) == repr(outcome(values))


@given(LISTS)
def test_a_report_is_the_same_with_and_without_the_short_way(values: list[Any]) -> None:
    body = {"inputs": [{"counts": values}]}
    with pytest.MonkeyPatch.context() as patch:
        short = sq.validate(body, "gem-1-bulk_predict-metadata")
        patch.setattr(rule, "integers_of", lambda _: None)
        assert repr(short.issues) == repr(sq.validate(body, "gem-1-bulk_predict-metadata").issues)


@pytest.mark.parametrize("version", [[0, 1], [1, 2], (7, 0, 70_000)])
def test_a_list_is_not_changed_and_the_array_is_its_own(version: Any) -> None:
    kept = list(version)
    found = integers_of(version)
    assert found is not None
    found[0] = 99
    assert list(version) == kept


def test_where_the_format_is_another_one_nothing_is_read_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthquery.query.integer_lists._KNOWN", False)
    assert integers_of([1, 2, 3]) is None
    assert counts_vector([1, 2, 3]).tolist() == [1, 2, 3]


def test_ten_samples_of_counts_in_lists_are_found_right_and_a_wrong_value_at_its_place() -> None:
    rows = [np.random.default_rng(at).negative_binomial(0.3, 0.001, 44_592).tolist() for at in range(10)]
    body: dict[str, Any] = {"inputs": [{"counts": row} for row in rows]}
    assert sq.validate(body, "gem-1-bulk_predict-metadata").ok
    for value, code in ((True, "structure.type"), (-1, "counts.negative"), (None, "counts.not-finite")):
        rows[7][40_000] = value
        (issue,) = sq.validate(body, "gem-1-bulk_predict-metadata").errors
        assert (issue.code, issue.path) == (code, ("inputs", 7, "counts", 40_000))
