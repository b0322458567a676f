"""What a service says went wrong, without the traceback of its program."""

from __future__ import annotations

import re
from typing import Final

_BEGIN: Final = re.compile(r"^[ \t]*Traceback \(most recent call last\):|\nTraceback", re.MULTILINE)


def without_traceback(text: str) -> str:
    """The words before a Python traceback; where there are none, the line at its end, which names the error.

    >>> without_traceback("bad values\\nTraceback (most recent call last):\\n  File ...\\nValueError: x")
    'bad values'
    >>> without_traceback("Traceback (most recent call last):\\n  File ...\\nRuntimeError: out of memory")
    'RuntimeError: out of memory'
    """
    begin = _BEGIN.search(text)
    if begin is None:
        return text.strip()
    return text[: begin.start()].strip() or text.strip().splitlines()[-1].strip()
