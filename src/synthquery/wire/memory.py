"""Memory for work on arrays that are made and dropped thousands of times."""

from __future__ import annotations

from typing import Final

import numpy as np

_BLOCK: Final = 4 << 20  # bytes; more than all arrays of one step together


def keep_freed_memory() -> None:
    """Let the C library keep what is freed, so that the next array need not get cleared memory from the system.

    glibc takes blocks larger than the largest one freed so far from the system and gives them back at once
    (``M_MMAP_THRESHOLD`` in mallopt(3)); fetching and clearing them took longer than reading the numbers. So
    one block is freed here that was never written to, and costs nothing. Elsewhere this does nothing.
    """
    np.empty(_BLOCK, dtype=np.uint8)
