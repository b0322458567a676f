"""Counts: what people have them in, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from synthquery.query.counts import CountsError, counts_matrix, counts_vector

READS = [0, 12, 5, 0, 33, 16_777_217]  # the last is beyond what float32 holds exactly


@pytest.mark.parametrize(
    "values",
    [
        READS,
        tuple(READS),
        [float(read) for read in READS],
        [np.int32(read) for read in READS],
        np.array(READS),
        np.array(READS, dtype=np.uint32),
        np.array(READS, dtype=np.float64),
        np.array([READS]),
        np.array([READS]).T,
        np.array(READS, dtype=object),
        pd.Series(READS),
        pd.Series(READS, dtype="Int64"),
        pd.DataFrame([READS]),
        pd.DataFrame([READS]).iloc[0],
        sparse.csr_matrix([READS]),
        sparse.coo_array([READS]),
        sparse.csc_matrix([READS]).T,
    ],
    ids=lambda values: (
        f"{type(values).__name__}-{getattr(values, 'dtype', '')}-{getattr(values, 'shape', '')}"
    ),
)
def test_one_sample_may_come_in_any_container(values: Any) -> None:
    vector = counts_vector(values)
    assert vector.dtype == np.int64
    assert vector.tolist() == READS


def test_half_floats_are_counts_as_far_as_they_reach() -> None:
    assert counts_vector(np.array([0, 12, 65_504], dtype=np.float16)).tolist() == [0, 12, 65_504]


def test_a_vector_cannot_be_changed_and_does_not_follow_its_source() -> None:
    source = np.array(READS)
    vector = counts_vector(source)
    source[0] = 99
    assert vector[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1


def test_a_read_only_vector_is_taken_without_a_copy() -> None:
    vector = counts_vector(READS)
    assert counts_vector(vector) is vector


@pytest.mark.parametrize(
    ("values", "problem", "position"),
    [
        ([1, -2, -3], "negative", (1,)),
        ([1, 2.5], "not_integer", (1,)),
        ([1, float("nan")], "nan", (1,)),
        ([1, None], "nan", (1,)),
        ([1, float("inf")], "infinite", (1,)),
        ([1, "2"], "type", (1,)),
        ([1, True], "type", (1,)),
        ([1, [2]], "type", (1,)),
        ([1, 10**30], "too_large", (1,)),
        ([2**63], "too_large", (0,)),
        ([1.0, 2.0**53], "too_large", (1,)),  # which whole number was meant, a float cannot tell
        ([1e19], "too_large", (0,)),
        (np.array([True, False]), "type", None),
        (np.array(["1"]), "type", None),
        (np.array([1, None], dtype=object), "nan", (1,)),
        (np.array([1, "x"], dtype=object), "type", (1,)),
        (np.array([1, 10**30], dtype=object), "too_large", (1,)),
        (pd.Series([1, pd.NA], dtype="Int64"), "nan", (1,)),
        (np.zeros((2, 3)), "shape", None),
        (np.array(5), "shape", None),
        ({"counts": [1]}, "type", None),
        ("12", "type", None),
        (b"12", "type", None),
        (12, "type", None),
        (None, "type", None),
    ],
)
def test_what_is_no_count_is_refused_with_its_place(values: Any, problem: str, position: Any) -> None:
    with pytest.raises(CountsError) as caught:
        counts_vector(values)
    assert caught.value.problem == problem
    assert caught.value.position == position


def test_a_message_says_how_many_values_are_wrong() -> None:
    with pytest.raises(CountsError, match=r"count 1 \(-2\) is negative; 3 such in all") as caught:
        counts_vector([1, -2, -2, -7])
    assert caught.value.number == 3


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2, 3], [4, 5, 6]],
        [np.array([1, 2, 3]), np.array([4, 5, 6])],
        np.array([[1, 2, 3], [4, 5, 6]]),
        pd.DataFrame([[1, 2, 3], [4, 5, 6]]),
        sparse.csr_matrix([[1, 2, 3], [4, 5, 6]]),
    ],
    ids=lambda values: type(values).__name__,
)
def test_rows_of_a_matrix_are_samples(values: Any) -> None:
    assert [row.tolist() for row in counts_matrix(values)] == [[1, 2, 3], [4, 5, 6]]


def test_one_sample_is_a_matrix_of_one_row() -> None:
    assert [row.tolist() for row in counts_matrix([1, 2])] == [[1, 2]]


def test_samples_of_different_lengths_are_refused() -> None:
    with pytest.raises(CountsError, match="not equally long"):
        counts_matrix([[1, 2], [3]])


def test_a_fault_in_a_matrix_names_sample_and_gene() -> None:
    with pytest.raises(CountsError, match="count 2 of sample 1") as caught:
        counts_matrix(np.array([[1, 2, 3], [4, 5, -6]]))
    assert caught.value.position == (1, 2)


def test_three_dimensions_are_refused() -> None:
    with pytest.raises(CountsError, match="samples x genes"):
        counts_matrix(np.zeros((2, 2, 2)))


def test_lists_nested_without_end_are_refused_at_once() -> None:
    bomb: Any = [1]
    for _ in range(60):
        bomb = [bomb] * 9  # written out it would have 9**60 numbers
    with pytest.raises(CountsError):
        counts_vector([1, bomb])
    with pytest.raises(CountsError):
        counts_matrix(bomb)
