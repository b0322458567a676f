from __future__ import annotations

import numpy as np

from synthquery.simulator.randomness import gaussians, generator, key_of, mixed


def keys(*names: str):
    return np.array([key_of(name) for name in names], dtype=np.uint64)


def test_a_name_has_the_same_key_on_every_machine():
    assert key_of("UBERON:0002107") == 317516553824027785


def test_the_parts_of_a_name_are_kept_apart():
    assert key_of("ab", "c") != key_of("a", "bc")


def test_a_name_has_the_same_numbers_on_every_machine():
    np.testing.assert_allclose(
        gaussians(keys("liver"), 3)[0], [0.05945778, -1.51812363, 0.19902706], atol=2e-6
    )


def test_numbers_do_not_depend_on_the_names_beside():
    together = gaussians(keys("liver", "brain"), 8)
    np.testing.assert_array_equal(together[1], gaussians(keys("brain"), 8)[0])


def test_numbers_are_standard_normal_and_independent():
    from scipy.stats import kstest

    draws = gaussians(keys(*map(str, range(2000))), 50)
    assert draws.shape == (2000, 50)
    assert kstest(draws.ravel(), "norm").pvalue > 1e-3
    between = np.corrcoef(draws, rowvar=False) - np.eye(50)
    assert np.abs(between).max() < 0.12


def test_an_odd_number_of_draws_is_fine():
    assert gaussians(keys("liver"), 7).shape == (1, 7)


def test_mixing_is_one_to_one():
    assert len(np.unique(mixed(np.arange(100_000, dtype=np.uint64)))) == 100_000


def test_generators_of_equal_numbers_draw_alike_and_others_do_not():
    assert generator(1, 2).integers(2**60) == generator(1, 2).integers(2**60)
    assert generator(1, 2).integers(2**60) != generator(2, 1).integers(2**60)
