"""For people at a terminal: the faulty files in full, then one line about all."""

from __future__ import annotations

import re
from typing import Final

from synthquery.validation.formats.checked import Results, summary
from synthquery.validation.text import one_line

_CLEAN_SHOWN: Final = 10
_COLOURS: Final = {"error": "31", "warning": "33", "info": "36"}
_HEAD: Final = re.compile(r"^(error|warning|info) (\S+)")


def render(results: Results, *, colour: bool = False) -> str:
    """The reports as text; a file without a problem is named only when there are few files."""
    parts = []
    for name, report in results:
        if report.issues or report.unreadable or len(results) <= _CLEAN_SHOWN:
            # The lines below the first come from files and were made printable by the report.
            text = f"{one_line(name)}: {report}"
            parts.append(_coloured(text) if colour else text)
    if len(results) != 1:
        parts.append(summary(results))
    return "\n".join(parts)


def _coloured(text: str) -> str:
    first, *rest = text.split("\n")
    lines = [f"\x1b[1m{first}\x1b[0m"]
    lines += (
        _HEAD.sub(lambda m: f"\x1b[{_COLOURS[m[1]]}m{m[1]}\x1b[0m \x1b[1m{m[2]}\x1b[0m", line)
        for line in rest
    )
    return "\n".join(lines)
