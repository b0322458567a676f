"""Using the cores of the machine without fighting over them.

Work is spread over threads by samples, and each thread multiplies matrices in pieces so small that the
linear algebra library behind numpy does not start threads of its own. Those wait for each other by
spinning: on a machine that is busy with something else (a test run on every core, a server) many small
products then take a hundred times longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import numpy as np

from synthquery.simulator.randomness import Floats

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
# OpenBLAS multiplies in one thread up to SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD = 65,536 * 4
# multiplications (interface/gemm.c, 0.3).
_SINGLE_THREADED: Final = 2**18


def in_threads(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """The function of each item, in order; numpy works without holding the interpreter lock."""
    todo = list(items)
    if len(todo) < 2:
        return [function(item) for item in todo]
    with ThreadPoolExecutor(max_workers=min(4, len(todo), os.cpu_count() or 1)) as pool:
        return list(pool.map(function, todo))


def product(left: Floats, right: Floats) -> Floats:
    """The matrix product ``left @ right``, in this thread only."""
    result = np.empty((len(left), right.shape[1]))
    width = max(1, _SINGLE_THREADED // max(1, left.size))
    for start in range(0, right.shape[1], width):
        np.matmul(left, right[:, start : start + width], out=result[:, start : start + width])
    return result
