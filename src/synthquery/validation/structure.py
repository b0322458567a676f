"""Structure and types: turns a body into columns and says what does not fit.

Every later rule relies on what passes here: parameters and metadata values that are wrong are reported once
and left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import chain
from types import UnionType
from typing import Any, Final

from synthquery.catalog import Parameter, parameter
from synthquery.validation.body import Body, all_keys, key_text
from synthquery.validation.context import Context, id_keys
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Path, Severity
from synthquery.validation.rule import MOST_OF_A_CODE, Finding, Located, at_rows
from synthquery.validation.stray_keys import INPUT_KEYS, judge_of, stray_keys

_ABSENT: Final = object()
_NUMBERS: Final = frozenset({"age_years"})  # metadata keys that take a number as well as text
_EMPTY: Final[Mapping[str, Any]] = {}
_SINGLE: Final = frozenset({"text", "text or a number", "a whole number", "true or false"})
_NO_VALUE: Final = "null is no value: leave the key out"


def read_structure(raw: Mapping[Any, Any], context: Context) -> tuple[Body, Iterator[Located]]:
    """The columns of a body, and all that is wrong with its structure.

    The body is complete once everything that is wrong has been taken: there may be too much of it for a list.
    """
    body = Body(raw)
    return body, chain(_top_level(body, context), _inputs(body, context))


def _top_level(body: Body, context: Context) -> Iterator[Located]:
    accepted = tuple({name: None for spec in context.specs for name in spec.query_keys})
    judge = judge_of("body", (*accepted, "model_id"), context)
    for key, value in body.raw.items():
        if key in ("inputs", "model_id"):
            continue
        if key in accepted:
            finding = _parameter_type(parameter(key), value)
            if finding is None:
                body.parameters[key] = value
            elif not (key == "sampling_strategy" and value is None):  # reported as strategy.missing
                yield Located((key,), value, finding)
        else:
            yield Located((key_text(key),), value, judge(key, value))


def _parameter_type(about: Parameter, value: Any) -> Finding | None:
    expected = {"text": "text", "integer": "a whole number", "boolean": "true or false", "list": "a list"}
    if _fits(value, expected[about.type]):
        return None
    return wrong_type(about.name, value, expected[about.type], required=about.name == "sampling_strategy")


def _fits(value: Any, expected: str) -> bool:
    kinds: type | UnionType = {
        "text": str,
        "text or a number": str | int | float,
        "a whole number": int,
        "true or false": bool,
        "a list": list | tuple,
    }[expected]
    return isinstance(value, kinds) and isinstance(value, bool) == (kinds is bool)


def _inputs(body: Body, context: Context) -> Iterator[Located]:
    given = body.raw.get("inputs", _ABSENT)
    if given is _ABSENT:
        yield Located(
            ("inputs",), None, Finding("structure.missing", "a query needs inputs: a list of samples")
        )
        return
    if not isinstance(given, list | tuple):
        yield Located(("inputs",), given, wrong_type("inputs", given, "a list of samples", required=True))
        return
    body.n_inputs = len(given)
    if not given:
        yield Located(("inputs",), given, Finding("structure.empty", "inputs is empty: nothing is asked for"))
        return
    body.rows, body.inputs = range(len(given)), given
    if set(map(type, given)) != {dict}:
        body.rows = [at for at, one in enumerate(given) if isinstance(one, Mapping)]
        body.inputs = [given[at] for at in body.rows]
        judged: dict[type, Finding] = {}
        strays = [at for at, one in enumerate(given) if not isinstance(one, Mapping)]
        for at in strays[:MOST_OF_A_CODE]:
            one = given[at]
            if type(one) not in judged:
                judged[type(one)] = wrong_type("an input", one, "an object", required=True)
            more = len(strays) - MOST_OF_A_CODE if at == strays[:MOST_OF_A_CODE][-1] else 0
            yield Located(("inputs", at), one, judged[type(one)], max(more, 0))
    yield from _input_keys(body, context)
    yield from _metadata(body, context)


def _input_keys(body: Body, context: Context) -> Iterator[Located]:
    accepted = {name for spec in context.specs for name in spec.input_keys}
    if any(key not in accepted for key in all_keys(body.inputs)):
        judge = judge_of("input", sorted(accepted), context)
        for row, key, value in stray_keys(body.inputs, accepted):
            yield Located(("inputs", body.rows[row], key_text(key)), value, judge(key, value))
    for name in sorted(accepted):
        if all(name in one for one in body.inputs):
            continue
        finding = Finding("structure.missing", f"an input for {context.shown} needs {name}")
        lacking = [at for at, one in zip(body.rows, body.inputs, strict=True) if name not in one]
        yield from at_rows(lacking, lambda at, name=name: ("inputs", at, name), finding)  # type: ignore[misc]


def _metadata(body: Body, context: Context) -> Iterator[Located]:
    accepted = {name for spec in context.specs for name in spec.metadata_keys}
    if not accepted:
        return
    given = [one.get("metadata", _EMPTY) for one in body.inputs]
    body.metadata = given
    if set(map(type, given)) != {dict}:
        body.metadata = [one if isinstance(one, Mapping) else _EMPTY for one in given]
        for row, one in enumerate(given):
            if not isinstance(one, Mapping):
                path: Path = ("inputs", body.rows[row], "metadata")
                yield Located(path, one, wrong_type("metadata", one, "an object", required=True))
    keys = all_keys(body.metadata)
    for key in keys:
        if key in accepted:
            yield from _column(body, key)
    if any(key not in accepted for key in keys):
        judge = judge_of("metadata", sorted(accepted), context)
        for row, key, value in stray_keys(body.metadata, accepted):
            yield Located(("inputs", body.rows[row], "metadata", key_text(key)), value, judge(key, value))


def is_pair(value: object) -> bool:
    """True for an ID with its name, ``{id: ..., label: ...}``; what is to be said of it is for `rules.terms`."""
    return (
        isinstance(value, Mapping)
        and {"id"} <= value.keys() <= {"id", "label"}
        and all(_is_plain(part) for part in value.values())
    )


def _is_plain(value: object) -> bool:
    """True for text that can be shown and written: no control characters, no half characters."""
    return isinstance(value, str) and value.isprintable()


def _column(body: Body, key: str) -> Iterator[Located]:
    column = [one.get(key, _ABSENT) for one in body.metadata]
    kinds = set(map(type, column))
    if kinds != {str}:
        takes_number = key in _NUMBERS
        for row, value in enumerate(column):
            if type(value) is str:
                continue
            if isinstance(value, str):  # text of a subclass: numpy's, an enumeration's
                column[row] = str.__str__(value)
            elif takes_number and isinstance(value, int | float) and not isinstance(value, bool):
                continue
            else:
                column[row] = None
                if value is not _ABSENT and not (key in id_keys() and is_pair(value)):
                    expected = "text or a number" if takes_number else "text"
                    yield Located(body.metadata_path(row, key), value, wrong_type(key, value, expected))
    body.columns[key] = column


def wrong_type(name: str, value: Any, expected: str, *, required: bool = False) -> Finding:
    """The finding for a value of the wrong type; a null under an optional key is only a warning."""
    if value is None and not required:
        return Finding("structure.type", _NO_VALUE, (), Severity.WARNING, Fix("remove"))
    message = f"{name} is {expected}, not {_kind(value, expected)}"
    if not required and _is_missing(value, expected):
        # A word for "no value" is left to people, as it is in metadata.
        fix = None if isinstance(value, str) else Fix("remove")
        return Finding("structure.type", f"{message}: leave the key out", fix=fix)
    alone = _unboxed(value, expected)
    if alone is not None:
        message = f"{message} of one: take it out of the list"
        shown = alone if isinstance(alone, str) else json.dumps(alone)
        return Finding("structure.type", message, (shown,), fix=Fix("replace", alone))
    message += _advice(value, expected)
    meant = _as_expected(value, expected)
    # A number where text belongs is more often the wrong value than only the wrong type.
    fix = Fix("replace", json.loads(meant[0])) if meant and expected != "text" else None
    return Finding("structure.type", message, meant, fix=fix)


def _is_missing(value: Any, expected: str) -> bool:
    """True for what statistics packages write for no value: R's NULL is ``{}``, its NA in numbers ``"NA"``."""
    if isinstance(value, Mapping):
        return not value and expected != "a list"
    return expected in ("a whole number", "true or false") and value in ("NA", "NaN")


def _unboxed(value: Any, expected: str) -> str | float | bool | None:
    """The only value of a list, where it is what belongs in its place: R writes so what is not unboxed."""
    if not isinstance(value, list) or len(value) != 1 or expected not in _SINGLE:
        return None
    one: Any = value[0]
    if isinstance(one, str) and "text" in expected:
        return one if _is_plain(one) else None
    if _fits(one, expected):
        return None if isinstance(one, float) and not math.isfinite(one) else one
    meant = () if expected == "text" else _as_expected(one, expected)
    return json.loads(meant[0]) if meant else None


def _advice(value: Any, expected: str) -> str:
    """What to do about a value that others only wrapped, or did not wrap, in a list."""
    if expected == "a list of samples" and isinstance(value, Mapping) and value:
        if any(key in value for key in INPUT_KEYS):
            return ": put the sample into a list"
        if all(isinstance(one, Mapping) for one in value.values()):
            return ": leave out the names of the samples"
    if expected == "an object" and isinstance(value, list):
        if not value:
            return ": write {} where there is nothing to say"
        if len(value) == 1 and isinstance(value[0], Mapping):
            return " of one: take the object out of the list"
    if expected == "a list" and isinstance(value, str) and _is_plain(value):
        return f": write [{json.dumps(value[:100], ensure_ascii=False)}]"
    return ""


def _as_expected(value: Any, expected: str) -> tuple[str, ...]:
    """The same value in the right type, where that is plain."""
    if expected == "a whole number":
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return (str(int(value)),)
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 20:
            return (str(int(value)),)
    if expected == "text" and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return (f'"{value}"',)
    if expected == "true or false" and isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return (value.strip().lower(),)
    return ()


def _kind(value: Any, expected: str) -> str:
    if isinstance(value, float) and expected == "a whole number":
        return f"the number {value}"
    kinds: tuple[tuple[Any, str], ...] = (
        (bool, "true or false"),
        (int | float, "a number"),
        (str, "text"),
        (Mapping, "an object"),
        ((list, tuple), "a list"),
    )
    if value is None:
        return "null"
    return next((text for kind, text in kinds if isinstance(value, kind)), f"a Python {type(value).__name__}")
