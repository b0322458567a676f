"""Repetition in patterns that never goes back, in every Python that has it."""

from __future__ import annotations

import sys
from typing import Final

# Before 3.11.5 a possessive group stays where its last, failed try had got to (python/cpython#106052). An atomic group
# around a greedy one is right, but remembers each of its steps until it ends.
_RIGHT: Final = sys.version_info >= (3, 11, 5)


def repeated(body: str) -> str:
    """Any number of `body`, as many as there are, none given back; a pattern for `re`."""
    return f"(?:{body})*+" if _RIGHT else f"(?>(?:{body})*)"
