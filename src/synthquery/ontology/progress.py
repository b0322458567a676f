"""Word of long work, for whoever wants to show it.

The library is silent; the command line sets a callback.
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
_callback: Progress | None = None


def set_progress(callback: Progress | None) -> Progress | None:
    """Call `callback` with a short sentence before work that takes more than a moment; None for silence.

    Returns
    -------
    callable or None
        What was called until now, to be set again by whoever listens only for a while.
    """
    global _callback
    before, _callback = _callback, callback
    return before


def report_progress(message: str) -> None:
    """Pass a sentence to the callback, if there is one."""
    if _callback is not None:
        _callback(message)
