"""Counts by gene as single-cell models send them, ``{"ENSG00000141510": 3, ...}``, without a string for each gene.

Genes are kept as the number in their Ensembl ID. What is written otherwise (other names, spread over lines,
negative numbers, a gene twice) is for `json`.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from synthquery.wire.numbers import MOST_DIGITS, Bytes, Whole

_PREFIX: Final = "ENSG"
_PREFIX_LETTERS: Final = np.frombuffer(_PREFIX.encode(), dtype=np.uint8)
_DIGITS: Final = 11
_EXACT_DIGITS: Final = 15  # every number of so many is a float
_WIDTH: Final = len(_PREFIX) + _DIGITS
_ID: Final = re.compile(rf"{_PREFIX}([0-9]{{{_DIGITS}}})")
_HIGHEST: Final = 10_000_000  # of a table by number; the highest human gene of release 113 has number 310,576
_ZERO: Final = np.uint8(ord("0"))


class GeneCounts(Mapping[str, int]):
    """The object ``{gene: count}`` that was read, its numbers in two arrays.

    Attributes
    ----------
    numbers
        The number in the ID of each gene, in the order of the text; none occurs twice.
    counts
        The count of each.
    """

    def __init__(self, numbers: Whole, counts: Whole) -> None:
        self.numbers = numbers
        self.counts = counts

    @cached_property
    def _plain(self) -> dict[str, int]:
        return dict(zip(self, self.counts.tolist(), strict=True))

    def __getitem__(self, gene: str) -> int:
        match = _ID.fullmatch(gene) if isinstance(gene, str) else None
        here = self.numbers == (int(match[1]) if match else -1)
        if not here.any():
            raise KeyError(gene)
        return int(self.counts[int(here.argmax())])

    def __iter__(self) -> Iterator[str]:
        return (name_of(number) for number in self.numbers.tolist())

    def __len__(self) -> int:
        return len(self.numbers)

    def items(self) -> ItemsView[str, int]:
        return self._plain.items()

    def values(self) -> ValuesView[int]:
        return self._plain.values()

    def __repr__(self) -> str:
        return f"<counts of {len(self):,} genes>"


class GeneColumns:
    """Where genes stand in an order of genes.

    Parameters
    ----------
    genes
        The order; of its names only human Ensembl IDs are found.
    """

    def __init__(self, genes: Sequence[str]) -> None:
        numbers = _numbers_of(genes)
        places = np.flatnonzero((numbers >= 0) & (numbers < _HIGHEST))
        self._table = np.full(int(numbers[places].max(initial=-1)) + 2, -1, dtype=np.int64)
        self._table[numbers[places]] = places

    def of(self, numbers: Whole) -> Whole:
        """The column of each gene, -1 for one that is not found."""
        return self._table[np.minimum(numbers, len(self._table) - 1)]  # the last is -1


def _numbers_of(genes: Sequence[str]) -> Whole:
    """The number in each name, -1 for one that is no human Ensembl ID."""
    try:
        letters = np.frombuffer("".join(f"{name}\n" for name in genes).encode("ascii"), dtype=np.uint8)
    except UnicodeEncodeError:
        letters = np.empty(0, np.uint8)
    # As many lines as names, each an ID: so the lines are the names.
    if len(letters) == len(genes) * (_WIDTH + 1):
        lines = letters.reshape(len(genes), _WIDTH + 1)
        numbers = _number(lines[:, len(_PREFIX) : _WIDTH]) if _are_ids(lines) else None
        if numbers is not None:
            return numbers
    matches = map(_ID.fullmatch, genes)
    return np.array([int(match[1]) if match else -1 for match in matches], dtype=np.int64)


def _are_ids(lines: Bytes) -> bool:
    """Whether every line begins with the prefix of an ID and ends after its width; its digits are not looked at."""
    return bool((lines[:, : len(_PREFIX)] == _PREFIX_LETTERS).all() and (lines[:, _WIDTH] == ord("\n")).all())


def name_of(number: int) -> str:
    """The Ensembl ID with a number."""
    return f"{_PREFIX}{number:0{_DIGITS}d}"


def gene_counts(letters: Bytes) -> GeneCounts | None:
    """Counts by gene from the text of an object, with its braces; None for what is left to `json`."""
    quotes = np.flatnonzero(letters == ord('"'))
    if len(quotes) % 2 or not len(quotes) or int(letters.min()) < ord(" "):
        return None
    opening, closing = quotes[::2], quotes[1::2]
    if int(opening[0]) != 1 or bool((closing - opening != _WIDTH + 1).any()):
        return None
    names = _pieces(letters, opening + 1, _WIDTH)
    if bool((names[:, : len(_PREFIX)] != _PREFIX_LETTERS).any()):
        return None
    numbers = _number(names[:, len(_PREFIX) :])
    counts = _counts(letters, opening, closing)
    if numbers is None or counts is None or not _all_differ(numbers):
        return None
    return GeneCounts(numbers, counts)


def _pieces(letters: Bytes, starts: npt.NDArray[np.intp], width: int) -> Bytes:
    """As many letters from each place on, a row each."""
    windows: npt.NDArray[np.void] = np.ndarray(
        (len(letters) - width + 1,), dtype=np.dtype((np.void, width)), buffer=letters, strides=(1,)
    )
    return windows[starts].view(np.uint8).reshape(len(starts), width)


def _number(digits: Bytes) -> Whole | None:
    """The number in each row of digits."""
    values = digits - _ZERO
    return None if len(values) and int(values.max()) > 9 else _together(values)


def _together(values: Bytes) -> Whole:
    """The number that the values of digits in each row make."""
    width = values.shape[1]
    kind: type = np.float64 if width <= _EXACT_DIGITS else np.int64  # floats are multiplied much faster
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    numbers: Whole = (values.astype(kind) @ powers.astype(kind)).astype(np.int64)
    return numbers


def _counts(letters: Bytes, opening: npt.NDArray[np.intp], closing: npt.NDArray[np.intp]) -> Whole | None:
    """The numbers between the names: behind a colon, before a comma, each with the same spaces or none."""
    spaced = len(opening) > 1 and bool(letters[opening[1] - 1] == ord(" "))
    behind = _gap(letters, closing + 1, ":")
    before = _gap(letters, opening[1:] - 1 - spaced, ",")
    if behind is None or before is None:
        return None
    starts = closing + 1 + behind
    ends = np.append(opening[1:] - before, len(letters) - 1)
    lengths = ends - starts
    longest = int(lengths.max())
    if int(lengths.min()) < 1 or longest > MOST_DIGITS:
        return None
    values = _pieces(letters, ends - longest, longest) - _ZERO
    values *= np.arange(longest, 0, -1) <= lengths[:, None]  # 0 for what stands before a shorter number
    if int(values.max()) > 9:
        return None
    counts = _together(values)
    leading_zeros = (letters[starts] == _ZERO) & (lengths > 1)
    return None if bool(leading_zeros.any()) else counts


def _gap(letters: Bytes, marks: npt.NDArray[np.intp], mark: str) -> int | None:
    """How many bytes a mark and the space behind it have; None where they are not all alike."""
    if not len(marks):
        return 1
    spaced = bool(letters[marks[0] + 1] == ord(" "))
    alike = (letters[marks] == ord(mark)) & ((letters[marks + 1] == ord(" ")) | (not spaced))
    return 1 + spaced if bool(alike.all()) else None


def _all_differ(numbers: Whole) -> bool:
    if (numbers[1:] > numbers[:-1]).all():
        return True
    ordered = np.sort(numbers)
    return bool((ordered[1:] != ordered[:-1]).all())
