"""Long lists of texts in JSON: the names of genes, which stand in every answer of a model and are always the same."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np

from synthquery.wire.numbers import Bytes

_QUOTE: Final = np.uint8(ord('"'))

_last: Final[list[tuple[bytes, list[Any]]]] = [(b"", [])]  # text and content of the list that was read last


def text_list(letters: Bytes) -> list[Any] | None:
    """A list of texts, and of numbers and the like, from its JSON.

    Parameters
    ----------
    letters
        The text from its opening bracket to the first closing one, with no bracket or brace between.

    Returns
    -------
    list or None
        What `json` reads, a list of one's own; the one that was read last is not read again. None when the text is no
        list: the bracket at its end stands in quotes, perhaps, or something is wrong.
    """
    text = letters.tobytes()
    before, content = _last[0]
    if text != before:
        if b"\\" in text or int(np.count_nonzero(letters == _QUOTE)) % 2:
            return None
        try:
            content = json.loads(text.decode("utf-8"))
        except ValueError:
            return None
        _last[0] = text, content
    return content.copy()
