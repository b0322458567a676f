"""Values of metadata keys that are no IDs: words of a vocabulary, amounts, accessions, free text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from synthquery.identifiers import parse_identifier
from synthquery.query.quantities import Quantity, QuantityError, parse_age, parse_dose, parse_time
from synthquery.query.vocabularies import Vocabulary, vocabularies
from synthquery.resources import load_toml
from synthquery.validation.context import Context
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Severity
from synthquery.validation.rule import Finding

OLDEST: Final = (
    120  # years; the oldest person on record reached 122, the oldest donors of public data about 109
)
_PLAIN_AGE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]+)?")
_PLAIN_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?", re.ASCII)
_GLUED: Final = re.compile(r"[0-9.]+[^\s0-9.]\S*")
# BioProjects, and studies without one in the models' vocabulary.
STUDIES: Final = r"PRJ[EDN][A-Z][0-9]+|GTEx|TCGA-[A-Z]{2,4}"
_STUDY: Final = re.compile(STUDIES)
_LISTED: Final = 8


def not_text(_key: str, value: Any, _context: Context) -> Iterator[Finding]:
    """Text that no file or request can carry."""
    if isinstance(value, str) and not value.isascii() and not _encodable(value):
        yield Finding(
            "value.format", "the text holds half a character (a lone surrogate), which nothing can send"
        )


def null_word(key: str, value: Any, _context: Context) -> Iterator[Finding]:
    """A word for "no value" where a value belongs."""
    words, starts = _null_words()
    plain = value.strip().casefold() if isinstance(value, str) and len(value) <= 100 else " "
    if plain in words or not plain or plain.startswith(starts):
        yield Finding("value.format", f"{value.strip()!r} is a value to the model: leave {key} out instead")


def word(key: str, value: Any, context: Context) -> Iterator[Finding]:
    """A word that is not in the vocabulary of its key, or not in its spelling."""
    vocabulary = context.vocabularies.get(key)
    if vocabulary is None or value in vocabulary.values:
        return
    severity = None if vocabulary.closed else Severity.WARNING
    meant = vocabulary.canonical(value)
    if meant is not None:
        if _same_word(value, meant):
            message = f"{_short(value)} is written {meant!r}"
            if (
                value in vocabulary.documented
            ):  # existing scripts have it from there: not wrong enough to stop them
                message += " in the vocabulary of the models, though not in their documentation"
                severity = Severity.WARNING
            yield Finding("value.case", message, (meant,), severity, Fix("replace", meant))
        elif (key, value.casefold()) in _RENAMED:
            message = f"{_short(value)} is called {meant!r} now"
            yield Finding("legacy.value", message, (meant,), fix=Fix("replace", meant))
        else:
            message = f"{key} has no {_short(value)}; its word for this is {meant!r}"
            fix = Fix("replace", meant) if vocabulary.closed else None
            yield Finding("value.enum", message, (meant,), severity, fix)
        return
    if vocabulary.closed or key in _WELL_KNOWN:
        elsewhere = _other_key(key, value)
        hint = f"; {elsewhere}" if elsewhere else ""
        yield Finding(
            "value.enum",
            f"{key} has no {_short(value)}: {_listed(vocabulary)}{hint}",
            _near(key, value, vocabulary),
            severity,
        )


_RENAMED: Final = frozenset({("perturbation_type", "chemical")})
_WELL_KNOWN: Final = frozenset({"race", "ethnicity"})


def amount(parse: Callable[[object], Quantity], what: str, example: str) -> Callable[..., Iterator[Finding]]:
    """The rule for amounts of one kind: a number, one space, a unit."""

    def rule(_key: str, value: Any, _context: Context) -> Iterator[Finding]:
        expected = f"write a number, one space and a unit, like {example!r}"
        try:
            found = parse(value)
        except QuantityError as error:
            number, _, unit = value.partition(" ")
            formed = (
                _PLAIN_NUMBER.fullmatch(number) and unit and unit == unit.strip().lower() and " " not in unit
            )
            doubtful = formed and not error.suggestions
            message = f"{error}" if doubtful else f"{error}; {expected}"
            yield Finding("value.format", message, error.suggestions, Severity.WARNING if doubtful else None)
            return
        if value != f"{value.partition(' ')[0]} {found.unit}" or not _PLAIN_NUMBER.fullmatch(
            value.partition(" ")[0]
        ):
            code = "legacy.value" if _GLUED.fullmatch(value) else "value.format"
            message = f"{_short(value)} would be dropped as a {what}; {expected}"
            yield Finding(code, message, (found.text,), fix=Fix("replace", found.text))

    return rule


dose = amount(parse_dose, "dose", "10 um")
time = amount(parse_time, "time", "24 hours")


def age(_key: str, value: Any, _context: Context) -> Iterator[Finding]:
    """An age that is no number of years, or not one of a person."""
    if isinstance(value, str):
        try:
            found = parse_age(value)
        except QuantityError as error:
            code = "value.range" if "negative" in str(error) else "value.format"
            yield Finding(
                code, f"{error}; age_years takes years without a unit, like '61'", error.suggestions
            )
            return
        years = float(found.value)
        if years <= OLDEST and not _PLAIN_AGE.fullmatch(value):
            message = f"{_short(value)} is not a bare number of years"
            yield Finding("value.format", message, (found.text,), fix=Fix("replace", found.text))
            return
    else:
        try:
            years = float(value)
        except OverflowError:
            years = math.inf
    if not 0 <= years <= OLDEST:
        yield Finding("value.range", f"an age of {years:g} years is outside 0 to {OLDEST}")


def study(_key: str, value: Any, _context: Context) -> Iterator[Finding]:
    """A study that is no BioProject."""
    if _STUDY.fullmatch(value):
        return
    found = parse_identifier(value)
    if found is not None and found.kind in ("sra_study", "geo_series"):
        archive = "SRA" if found.kind == "sra_study" else "GEO"
        message = f"{_short(value)} is a study of {archive}; the models know BioProjects (PRJNA...)"
        yield Finding("value.format", message, (), Severity.WARNING)
    elif found is not None and found.kind == "bioproject":
        message = f"{_short(value)} is written {found.id}"
        yield Finding("value.format", message, (found.id,), fix=Fix("replace", found.id))
    else:
        yield Finding("value.format", f"{_short(value)} is no BioProject accession, like 'PRJNA248332'")


def developmental_stage(_key: str, value: Any, context: Context) -> Iterator[Finding]:
    """An ontology ID where the service takes words, or capitals where it takes none."""
    found = parse_identifier(value)
    if found is not None:
        term = context.terms.lookup(found.id).term
        label = (term.label.removeprefix("obsolete ").removesuffix(" stage"),) if term and term.label else ()
        yield Finding(
            "value.format", f"{_short(value)} is an ID; developmental_stage takes words, like 'adult'", label
        )
    elif value != value.lower():
        lower = value.lower()
        message = f"stages are in lower case: {lower!r}"
        yield Finding("value.case", message, (lower,), Severity.WARNING, Fix("replace", lower))


def _same_word(given: str, meant: str) -> bool:
    return _letters(given) == _letters(meant)


def _letters(text: str) -> str:
    """What of a word counts when words are compared."""
    return re.sub(r"[\s_-]+", "", text).casefold()


def _other_key(key: str, value: str) -> str | None:
    """Where a word belongs that stands under another key of the donor or the sample."""
    for name in ("race", "ethnicity", "sample_type", "sex"):
        meant = vocabularies()[name].canonical(value) if name != key else None
        if meant is not None:
            return f"it belongs under {name}, as {meant!r}"
    return None


def _near(key: str, value: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Words of the vocabulary that may be meant: for a person to choose from."""
    from rapidfuzz import fuzz, process

    known = _hints(key).get(_letters(value[:100]))
    if known is not None:
        return known
    parts = set(re.findall(r"[a-z0-9]+", value[:100].casefold()))
    words = {word: set(word.casefold().split()) for word in vocabulary.values}
    inside = tuple(word for word, its in words.items() if parts and (its <= parts or parts <= its))
    found = process.extract(
        value[:100].casefold(),
        vocabulary.values,
        scorer=fuzz.ratio,
        processor=str.casefold,
        limit=2,
        score_cutoff=75,
    )
    return tuple(dict.fromkeys((*inside, *(match[0] for match in found))))[:3]


@cache
def _hints(key: str) -> dict[str, tuple[str, ...]]:
    """``data/word_hints.toml`` of one key, by the letters of its words."""
    return {_letters(word): tuple(meant) for word, meant in load_toml("word_hints.toml").get(key, {}).items()}


def _listed(vocabulary: Vocabulary) -> str:
    shown = ", ".join(vocabulary.values[:_LISTED])
    more = f" and {len(vocabulary.values) - _LISTED} more" if len(vocabulary.values) > _LISTED else ""
    return f"{'it takes' if vocabulary.closed else 'known values are'} {shown}{more}"


def _short(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:77] + "...")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _null_words() -> tuple[frozenset[str], tuple[str, ...]]:
    table = load_toml("null_words.toml")
    return frozenset(table["words"]), tuple(table["starts"])
