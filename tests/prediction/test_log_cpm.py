"""Log expression: of arrays, tables and sparse matrices alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import synthquery as sq

COUNTS = np.array([[900_000, 100_000, 0], [0, 0, 0], [1, 0, 3]])
EXPECTED = np.log1p([[900_000, 100_000, 0], [0, 0, 0], [250_000, 0, 750_000]])


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, np.float32, np.float64])
def test_arrays_of_any_type_become_float32(kind: Any) -> None:
    counts = np.minimum(COUNTS, 200) if kind is np.uint8 else COUNTS
    found = sq.log_cpm(counts.astype(kind))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, sq.log_cpm(counts), rtol=1e-6)


def test_the_values_are_natural_logarithms_of_one_and_counts_per_million() -> None:
    np.testing.assert_allclose(sq.log_cpm(COUNTS), EXPECTED, rtol=1e-6)
    np.testing.assert_allclose(sq.log_cpm(COUNTS.tolist()), EXPECTED, rtol=1e-6)


def test_one_sample_stays_one_sample() -> None:
    np.testing.assert_allclose(sq.log_cpm(COUNTS[2]), EXPECTED[2], rtol=1e-6)
    series = sq.log_cpm(pd.Series(COUNTS[2], index=list("abc"), name="s1"))
    assert (list(series.index), series.name) == (["a", "b", "c"], "s1")


def test_tables_keep_their_names() -> None:
    table = sq.log_cpm(pd.DataFrame(COUNTS, index=["s1", "s2", "s3"], columns=list("abc")))
    assert (list(table.index), list(table.columns)) == (["s1", "s2", "s3"], ["a", "b", "c"])
    np.testing.assert_allclose(table, EXPECTED, rtol=1e-6)


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.coo_array])
def test_sparse_stays_sparse(make: Any) -> None:
    given = make(COUNTS)
    found = sq.log_cpm(given)
    assert sparse.issparse(found)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.toarray(), EXPECTED, rtol=1e-6)
    assert np.array_equal(given.toarray(), COUNTS)


def test_values_that_stand_twice_in_a_sparse_matrix_are_one_count() -> None:
    twice = sparse.csr_matrix((np.array([1, 2, 1]), np.array([0, 0, 1]), np.array([0, 3])), shape=(1, 2))
    expected = np.log1p([[750_000, 250_000]])
    np.testing.assert_allclose(sq.log_cpm(twice).toarray(), expected, rtol=1e-6)
    assert twice.nnz == 3, "what was given is left as it was"


@pytest.mark.parametrize("kind", ["Int64", "Float64", "int64[pyarrow]"])
def test_nullable_columns_are_numbers(kind: str) -> None:
    table = pd.DataFrame(COUNTS).astype(kind)
    np.testing.assert_allclose(sq.log_cpm(table), EXPECTED, rtol=1e-6)
    with pytest.raises(ValueError, match="missing"):
        sq.log_cpm(table.mask(table == 0))


def test_a_library_beyond_what_its_own_type_holds_is_added_up() -> None:
    small = sq.log_cpm(np.array([[40_000, 40_000]], dtype=np.float16))
    np.testing.assert_allclose(small, np.log1p([[500_000, 500_000]]), rtol=1e-3)
    np.testing.assert_allclose(sq.log_cpm(np.full((1, 4), 2**62)), np.log1p(250_000), rtol=1e-6)


def test_a_library_beyond_32_bits_does_not_wrap() -> None:
    counts = np.full((1, 4), 2**30, dtype=np.int32)
    np.testing.assert_allclose(sq.log_cpm(counts), np.log1p(250_000), rtol=1e-6)


@pytest.mark.parametrize(
    "counts",
    [
        [[1, -1]],
        [[1.0, float("nan")]],
        sparse.csr_matrix([[1, -1]]),
        np.zeros((1, 1, 1)),
        [[1.0, float("inf")]],
        [["1", "2"]],
    ],
)
def test_what_is_no_counts_is_refused(counts: Any) -> None:
    with pytest.raises(ValueError, match="counts"):
        sq.log_cpm(counts)
