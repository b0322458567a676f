"""From expected expression to counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthquery.simulator.randomness import Floats

Counts = npt.NDArray[np.int64]


def mean_counts(proportions: Floats, total: int) -> Counts:
    """Expected counts of one sample as whole numbers that sum to exactly `total`.

    Each gene gets the whole part of its expectation; the reads left over go one each to the genes with the
    largest fractions (the largest remainder method), so nothing is random.
    """
    expected = proportions * float(total)
    counts = np.floor(expected).astype(np.int64)
    left = total - int(counts.sum())
    if 0 < left < len(counts):
        counts[np.argpartition(counts - expected, left - 1)[:left]] += 1
    else:  # totals beyond 2**53, where a float no longer holds every whole number
        counts[np.argmax(counts)] += left
    return counts


def sampled_counts(
    proportions: Floats, dispersion: Floats, total: int, generator: np.random.Generator
) -> Counts:
    """Negative binomial counts of one sample: a measurement of about `total` reads.

    Gamma noise moves the proportions, which are then brought back to the library size, and reads are drawn
    from them (Poisson); the sum differs from `total` by chance only.
    """
    shape = 1.0 / dispersion
    moved = proportions * generator.standard_gamma(shape)
    moved *= dispersion
    weight = float(moved.sum())
    if weight > 0.0:
        moved *= total / weight
    return generator.poisson(moved).astype(np.int64, copy=False)
