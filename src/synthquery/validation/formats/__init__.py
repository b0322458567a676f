"""Reports of many files in the formats that people, scripts and CI systems read.

print(render([("query.json", report)], "sarif"))
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from synthquery.validation.formats.checked import Results

FORMATS: Final = ("text", "json", "jsonl", "sarif", "junit", "github", "markdown", "html")


def render(results: Results, to: str, *, colour: bool = False) -> str:
    """Reports as one text, without a line end after the last line.

    Parameters
    ----------
    results
        Names of files, each with its report, in the order in which they are shown.
    to
        One of `FORMATS`.
    colour
        Colours for a terminal; only ``"text"`` has any.

    Raises
    ------
    ValueError
        When there is no such format.
    """
    if to not in FORMATS:
        raise ValueError(f"no format is called {to!r}; there are {', '.join(FORMATS)}")
    # Each format is a module of its own, so that a run loads the one it prints.
    module = import_module(f"synthquery.validation.formats.{'json_lines' if to == 'jsonl' else to}")
    text: str = module.render(results, colour=colour) if to == "text" else module.render(results)
    return text.rstrip("\n")


__all__ = ["FORMATS", "Results", "render"]
