"""Times, doses and ages: the forms people write, the one form the models read.

A time or dose of any other form is not refused by the published reference encoder but silently dropped, so a
slip costs the whole field. The units are ``data/units.toml``.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from numbers import Real
from typing import Any, Final, Literal

from synthquery.resources import load_toml

QuantityKind = Literal["time", "dose", "age"]

_QUANTITY: Final = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)\s*(.*)", re.IGNORECASE | re.ASCII
)
_DECIMAL_COMMA: Final = re.compile(r"([+-]?\d+),(\d+)(?!\d*,)", re.ASCII)
_THOUSANDS: Final = 3  # digits after a comma that may part thousands
_RANGE: Final = re.compile(r"\d\s*(?:-|to|–|—|\.\.|\|)\s*\d|\|", re.ASCII)
_MICRO: Final = str.maketrans({"µ": "u", "μ": "u"})
_EXAMPLES: Final[dict[QuantityKind, str]] = {"time": "'24 hours'", "dose": "'10 um'", "age": "'61 years'"}
_NAMES: Final[dict[QuantityKind, str]] = {"time": "a time", "dose": "a dose", "age": "an age"}


class QuantityError(ValueError):
    """Text that is no time, dose or age.

    Attributes
    ----------
    suggestions
        What may have been meant.
    """

    def __init__(self, message: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount.

    Attributes
    ----------
    text
        As the models read it: ``"24 hours"``, ``"10 um"``; an age is a bare number of years, ``"61"``.
    value
        The number; years for an age.
    unit
        The unit of `text`; ``"years"`` for an age.
    given
        As it was written.
    """

    text: str
    value: Decimal
    unit: str
    given: str

    @property
    def changed(self) -> bool:
        """True when it was not written in this form."""
        return self.text != self.given


def parse_time(value: object) -> Quantity:
    """A duration, for example ``"24h"``.

    Raises
    ------
    QuantityError
        When it is none: no number, no unit, a negative number, a range, an unknown or ambiguous unit.
    """
    return _number_and_unit(value, "time")


def parse_dose(value: object) -> Quantity:
    """A dose or concentration, for example ``"10uM"``; raises as `parse_time` does."""
    return _number_and_unit(value, "dose")


def parse_age(value: object) -> Quantity:
    """An age in years, for example ``61``, ``"61 years"``, ``"18 months"`` or ``"30Y6M"``.

    Parts of a year are rounded to four digits; the models themselves round to whole years. Raises as
    `parse_time` does.
    """
    given = _text(value, "age")
    years, rest, parts = Decimal(0), re.sub(r"(?<=\d)-(?=[A-Za-z])", " ", given), 0
    while rest:
        number, rest = _number(rest, "age", given)
        spelling, rest = _unit_before_next_number(rest)
        unit = _unit(spelling, "age", given, number) if spelling or parts else "years"
        years += number / Decimal(str(load_toml("units.toml")["age"][unit]["per_year"]))
        parts += 1
    years = round(years, 4)
    return Quantity(_plain(years), years, "years", given)


def canonical_time(value: object) -> str:
    """A duration as the models read it.

    >>> canonical_time("24h")
    '24 hours'
    """
    return parse_time(value).text


def canonical_dose(value: object) -> str:
    """A dose as the models read it.

    >>> canonical_dose("10 µM")
    '10 um'
    """
    return parse_dose(value).text


def canonical_age(value: object) -> str:
    """An age as the models read it: years, as text.

    >>> canonical_age("18 months")
    '1.5'
    """
    return parse_age(value).text


def units(kind: QuantityKind) -> tuple[str, ...]:
    """The units of a kind of quantity."""
    return tuple(load_toml("units.toml")[kind])


def _number_and_unit(value: object, kind: QuantityKind) -> Quantity:
    given = _text(value, kind)
    number, rest = _number(given, kind, given)
    if not rest:
        raise QuantityError(f"the {kind} {given!r} has no unit; write it like {_EXAMPLES[kind]}")
    unit = _unit(rest, kind, given, number)
    return Quantity(f"{_plain(number)} {unit}", number, unit, given)


def _text(value: object, kind: QuantityKind) -> str:
    if isinstance(value, bool) or not isinstance(value, str | Decimal | Real):
        raise QuantityError(f"{reprlib.repr(value)} is no {kind}; write it like {_EXAMPLES[kind]}")
    text = str(value).strip()
    if not text:
        raise QuantityError(f"the {kind} is empty; write it like {_EXAMPLES[kind]}")
    if len(text) > 60:
        raise QuantityError(f"{text[:40]!r}... is no {kind}; write it like {_EXAMPLES[kind]}")
    return text


def _number(text: str, kind: QuantityKind, given: str) -> tuple[Decimal, str]:
    """The number that text starts with, and what follows it."""
    if _RANGE.search(given):
        raise QuantityError(f"{given!r} is several values; the models take one {kind}")
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise QuantityError(f"{given!r} is no {kind}; write it like {_EXAMPLES[kind]}")
    try:
        number = Decimal(match[1])
    except InvalidOperation as error:
        raise QuantityError(f"{given!r} is no {kind}; write it like {_EXAMPLES[kind]}") from error
    if match[1].startswith("-"):
        raise QuantityError(f"the {kind} {given!r} is negative")
    if number and not Decimal("1e-12") <= number <= Decimal("1e12"):
        raise QuantityError(f"the {kind} {given!r} is beyond all measure")
    rest = match[2].strip()
    if rest[:1] == "," and rest[1:2].isdigit():
        raise _comma(text, kind, given)
    return number, rest


def _comma(text: str, kind: QuantityKind, given: str) -> QuantityError:
    """What to say of a number with a comma: a decimal point to some, to others a mark between thousands."""
    match = _DECIMAL_COMMA.match(text)
    if match is None:
        return QuantityError(f"{given!r} has commas in its number; write it like {_EXAMPLES[kind]}")
    whole, digits = match.groups()
    numbers = [f"{whole}.{digits}", *([whole + digits] if len(digits) == _THOUSANDS else [])]
    parse = {"time": parse_time, "dose": parse_dose, "age": parse_age}[kind]
    try:
        meant = [parse(given.replace(match[0], number, 1)).text for number in numbers]
    except QuantityError as other:  # what is wrong beside the comma is told too
        return QuantityError(f"{given!r} has a comma in its number, where a point belongs; and {other}")
    return QuantityError(
        f"{given!r} has a comma in its number, where a point belongs; write {' or '.join(map(repr, meant))}",
        meant,
    )


def _unit_before_next_number(text: str) -> tuple[str, str]:
    match = re.match(r"([^\d]*)(.*)", text)
    spelling, rest = (match[1], match[2]) if match else (text, "")
    return re.sub(r"(?:,|and)\s*$", "", spelling.strip()).strip(), rest


def _unit(spelling: str, kind: QuantityKind, given: str, number: Decimal) -> str:
    tidy = re.sub(r"\s*/\s*", "/", spelling.translate(_MICRO))
    exact, folded, ambiguous = _units(kind)
    found = exact.get(tidy) or folded.get(tidy.casefold())
    if found:
        return found
    may_be = ambiguous.get(tidy.casefold(), ())
    if may_be:
        options = [f"{_plain(number)} {unit}" for unit in may_be]
        raise QuantityError(
            f"the unit of {given!r} may be {' or '.join(may_be)}; write {' or '.join(map(repr, options))}",
            options,
        )
    raise QuantityError(
        f"{given!r} has the unknown unit {spelling[:20]!r}; "
        f"the units of {_NAMES[kind]} are {', '.join(units(kind))}"
    )


@cache
def _units(kind: QuantityKind) -> tuple[dict[str, str], dict[str, str | None], dict[str, list[str]]]:
    """Spelling -> unit, as it stands and without regard to case (None where two units share one)."""
    table: dict[str, Any] = load_toml("units.toml")
    exact = {spelling: unit for unit, row in table[kind].items() for spelling in (unit, *row["spellings"])}
    folded: dict[str, str | None] = {}
    for spelling, unit in exact.items():
        folded[spelling.casefold()] = unit if folded.get(spelling.casefold(), unit) == unit else None
    return exact, folded, table["ambiguous"].get(kind, {})


def _plain(number: Decimal) -> str:
    """Digits without an exponent or needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
