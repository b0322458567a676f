"""Random numbers that are the same everywhere.

Two kinds. What belongs to a name (the vector of a term, the loadings of a gene) is a function of a digest
of the name: no state, no order of calls, no table to ship. What is drawn for a sample comes from a
generator of its own, so that a sample does not depend on how many others are made beside it, in which order
or in which thread.

Python's ``hash()`` is not used anywhere: it differs between processes.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint64]

# SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_GRID: Final = 2.0**20


def key_of(*parts: str) -> int:
    """64 bits that stand for some text."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "little")


def mixed(keys: Keys) -> Keys:
    """Keys scrambled, one to one: neighbours become strangers."""
    with np.errstate(over="ignore"):
        z = keys + _GAMMA
        z = (z ^ (z >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
    scrambled: Keys = z ^ (z >> np.uint64(31))
    return scrambled


def gaussians(keys: Keys, n: int) -> Floats:
    """Standard normal numbers, `n` for each key: shape ``(len(keys), n)``.

    Rounded to a grid, so that the last bits of a machine's logarithm do not show.
    """
    half = (n + 1) // 2
    with np.errstate(over="ignore"):
        steps = np.arange(1, 2 * half + 1, dtype=np.uint64) * _GAMMA
        bits = mixed(mixed(keys)[:, None] + steps[None, :])
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius = np.sqrt(-2.0 * np.log(uniform[:, :half]))  # Box-Muller
    angle = 2.0 * np.pi * uniform[:, half:]
    both = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return on_grid(both[:, :n])


def on_grid(values: Floats) -> Floats:
    """Values rounded to about six decimals: what differs between machines in the last bits becomes equal."""
    return np.round(values * _GRID) / _GRID


def generator(*entropy: int) -> np.random.Generator:
    """A generator of its own for one purpose; equal numbers give equal draws."""
    return np.random.Generator(np.random.PCG64(list(entropy)))
