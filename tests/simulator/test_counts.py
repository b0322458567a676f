from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthquery.simulator.counts import mean_counts, sampled_counts
from synthquery.simulator.randomness import generator


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(0, 10**12))
def test_mean_counts_sum_to_the_library_size_and_are_within_one_read_of_the_expectation(weights, total):
    shares = np.array(weights) + 1e-9
    shares /= shares.sum()
    counts = mean_counts(shares, total)
    assert counts.sum() == total
    assert np.abs(counts - shares * total).max() <= 1 + total * 1e-12


def test_reads_left_over_go_to_the_largest_fractions():
    assert mean_counts(np.array([0.26, 0.25, 0.49]), 10).tolist() == [3, 2, 5]


def test_sampled_counts_have_the_negative_binomial_mean_and_variance():
    shares, dispersion = np.full(2000, 1 / 2000), np.full(2000, 0.2)
    draws = np.array([sampled_counts(shares, dispersion, 200_000, generator(i)) for i in range(50)])
    assert draws.mean() == pytest.approx(100, rel=0.01)
    assert draws.var(axis=0).mean() == pytest.approx(100 + 0.2 * 100**2, rel=0.05)


def test_sampled_counts_sum_to_about_the_library_size():
    shares = np.full(1000, 1 / 1000)
    assert sampled_counts(shares, np.full(1000, 0.5), 10**6, generator(1)).sum() == pytest.approx(
        10**6, rel=0.01
    )


def test_an_empty_library_has_no_reads():
    shares, dispersion = np.full(10, 0.1), np.full(10, 0.1)
    assert mean_counts(shares, 0).sum() == 0
    assert sampled_counts(shares, dispersion, 0, generator(1)).sum() == 0
