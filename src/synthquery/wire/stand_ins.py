"""`json` on a text from which parts are taken out that were read otherwise.

Each part is replaced by one short word that `json` hands to a function of ours, which gives the value of the
part. All the rest, rules and errors included, is `json`'s.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

Pairs = Callable[[list[tuple[str, Any]]], Any]

_CONSTANTS: Final = (
    "NaN",
    "Infinity",
    "-Infinity",
)  # what `json` reads and hands on, and hardly any text has


class Part(NamedTuple):
    """Bytes `start` up to, not including, `end` of a text, and the value that they mean."""

    start: int
    end: int
    value: Any


class TextFault(ValueError):  # noqa: N818
    """Text that is no JSON. Never leaves this package.

    Attributes
    ----------
    reason
        What is wrong.
    at, byte
        The place of the fault, in characters and in bytes; None where it is not known.
    """

    def __init__(self, reason: str, at: int | None = None, byte: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.byte = byte


def loads_around(source: Any, parts: Sequence[Part], object_pairs_hook: Pairs | None = None) -> Any:
    """As `json.loads`, with the values of some parts given.

    Parameters
    ----------
    source
        The text in UTF-8, as anything whose slices are bytes.
    parts
        What is known already, in order and apart: whole values outside of quotes, in ASCII.
    object_pairs_hook
        As in `json.loads`.

    Raises
    ------
    TextFault
        When the text is no JSON, no UTF-8, or nested too deeply.
    """
    pieces: list[bytes] = []
    at = 0
    for part in parts:
        pieces.append(bytes(source[at : part.start]))
        at = part.end
    pieces.append(bytes(source[at:]))
    # A constant or a number that the rest does not have.
    words = (one for words in (_CONSTANTS, (f"0e{number}" for number in count())) for one in words)
    word = next(one for one in words if not any(one.encode() in piece for piece in pieces))
    values = iter([part.value for part in parts])

    def handed(text: str) -> Any:
        return next(values) if text == word else float(text)

    stand_in = f" {word} ".encode()  # the spaces: nothing may grow together with what stands before or behind
    rest = _Rest(pieces, parts, len(stand_in))
    try:
        text = stand_in.join(pieces).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        reason = f"no text in UTF-8 ({error.object[error.start]:#04x})"
        raise TextFault(reason, None, rest.byte(error.start)) from error
    try:
        return json.loads(
            text,
            parse_constant=handed if word in _CONSTANTS else None,
            parse_float=None if word in _CONSTANTS else handed,
            object_pairs_hook=object_pairs_hook,
        )
    except json.JSONDecodeError as error:
        byte = rest.byte(len(text[: error.pos].encode("utf-8", "surrogatepass")))
        raise TextFault(error.msg, rest.character(error.pos), byte) from error
    except RecursionError as error:
        raise TextFault("brackets are nested too deeply") from error
    except ValueError as error:  # an integer of more digits than Python reads (sys.get_int_max_str_digits)
        raise TextFault("a number has more digits than can be read") from error


class _Rest:
    """Places in what is left of a text as places in the whole."""

    def __init__(self, pieces: list[bytes], parts: Sequence[Part], width: int) -> None:
        self._pieces = pieces
        self._parts = parts
        self._width = width

    def byte(self, at: int) -> int:
        return self._place(at, [len(piece) for piece in self._pieces])

    def character(self, at: int) -> int:
        return self._place(at, [len(piece.decode("utf-8", "surrogatepass")) for piece in self._pieces])

    def _place(self, at: int, sizes: list[int]) -> int:
        before = 0
        for size, part in zip(sizes, self._parts, strict=False):
            if at <= size:
                break
            if at < size + self._width:  # in the word itself: the part is what stands in the wrong place
                return before + size
            at -= size + self._width
            before += size + part.end - part.start
        return before + at
