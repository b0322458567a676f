"""Structure and types: turns a body into columns and says what does not fit.

Every later rule relies on what passes here: parameters and metadata values that are wrong are reported once
and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from rapidfuzz import fuzz, process

from synthquery.catalog import Parameter, list_models, parameter
from synthquery.query.metadata import METADATA_KEYS
from synthquery.resources import load_toml
from synthquery.validation.body import EMPTY, Body, all_keys, key_text
from synthquery.validation.context import Context
from synthquery.validation.report import Path, Severity
from synthquery.validation.rule import Finding, Located

_ABSENT: Final = object()
_NUMBERS: Final = frozenset({"age_years"})  # metadata keys that take a number as well as text
_INPUT_KEYS: Final = ("metadata", "num_samples", "counts")
_NEAR: Final = 78  # similarity, of 100, from which a misspelt key is recognised
_NO_VALUE: Final = "null is no value: leave the key out"


def read_structure(raw: Mapping[Any, Any], context: Context) -> tuple[Body, list[Located]]:
    """The columns of a body, and all that is wrong with its structure."""
    body = Body(raw)
    found = [*_top_level(body, context), *_inputs(body, context)]
    return body, found


def _top_level(body: Body, context: Context) -> Iterator[Located]:
    accepted = {name for spec in context.specs for name in spec.query_keys}
    known = [*{name: None for spec in list_models() for name in spec.query_keys}, "model_id"]
    for key, value in body.raw.items():
        if key in ("inputs", "model_id"):
            continue
        path: Path = (key_text(key),)
        if key in accepted:
            finding = _parameter_type(parameter(key), value)
            if finding is None:
                body.parameters[key] = value
            elif not (key == "sampling_strategy" and value is None):  # reported as strategy.missing
                yield Located(path, value, finding)
        elif key in known:
            yield Located(path, value, _not_accepted(key, context))
        else:
            yield Located(path, value, _stray_key(key, "body", value, known, context))


def _parameter_type(about: Parameter, value: Any) -> Finding | None:
    expected = {"text": "text", "integer": "a whole number", "boolean": "true or false", "list": "a list"}
    fits: dict[str, Callable[[Any], bool]] = {
        "text": lambda value: isinstance(value, str),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "boolean": lambda value: isinstance(value, bool),
        "list": lambda value: isinstance(value, list | tuple),
    }
    if fits[about.type](value):
        return None
    return wrong_type(about.name, value, expected[about.type], required=about.name == "sampling_strategy")


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
        for at, one in enumerate(given):
            if not isinstance(one, Mapping):
                yield Located(("inputs", at), one, wrong_type("an input", one, "an object", required=True))
    yield from _input_keys(body, context)
    yield from _metadata(body, context)


def _input_keys(body: Body, context: Context) -> Iterator[Located]:
    accepted = {name for spec in context.specs for name in spec.input_keys}
    for key in all_keys(body.inputs):
        if key in accepted:
            continue
        if key in _INPUT_KEYS:
            finding = _not_accepted(key, context)
            yield from (Located(path, value, finding) for path, value in _holders(body, body.inputs, (), key))
        elif key in METADATA_KEYS:
            message = f"{key} describes the sample: move it into metadata"
            finding = Finding("structure.unknown-key", message, (f"metadata.{key}",))
            yield from (Located(path, value, finding) for path, value in _holders(body, body.inputs, (), key))
        else:
            judged = _stray_keys(key, "input", sorted(accepted), context)
            for path, value in _holders(body, body.inputs, (), key):
                yield Located(path, value, judged(value))
    for key in sorted(accepted):
        if all(key in one for one in body.inputs):
            continue
        finding = Finding("structure.missing", f"an input for {context.shown} needs {key}")
        for row, one in enumerate(body.inputs):
            if key not in one:
                yield Located(("inputs", body.rows[row], key), None, finding)


def _metadata(body: Body, context: Context) -> Iterator[Located]:
    accepted = {name for spec in context.specs for name in spec.metadata_keys}
    if not accepted:
        body.metadata = [EMPTY] * len(body.rows)
        return
    given = [one.get("metadata", EMPTY) for one in body.inputs]
    body.metadata = given
    if set(map(type, given)) != {dict}:
        body.metadata = [one if isinstance(one, Mapping) else EMPTY for one in given]
        for row, one in enumerate(given):
            if not isinstance(one, Mapping):
                path: Path = ("inputs", body.rows[row], "metadata")
                yield Located(path, one, wrong_type("metadata", one, "an object", required=True))
    for key in all_keys(body.metadata):
        if key in accepted:
            yield from _column(body, key)
        elif key in METADATA_KEYS:
            finding = _not_accepted(key, context)
            for path, value in _holders(body, body.metadata, ("metadata",), key):
                yield Located(path, value, finding)
        else:
            judged = _stray_keys(key, "metadata", METADATA_KEYS, context)
            for path, value in _holders(body, body.metadata, ("metadata",), key):
                yield Located(path, value, judged(value))


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
                if value is not _ABSENT:
                    expected = "text or a number" if takes_number else "text"
                    yield Located(body.metadata_path(row, key), value, wrong_type(key, value, expected))
    body.columns[key] = column


def _holders(
    body: Body, objects: Sequence[Mapping[Any, Any]], inside: Path, key: Any
) -> Iterator[tuple[Path, Any]]:
    """Where a key stands, and its value."""
    last = key_text(key)
    for row, one in enumerate(objects):
        value = one.get(key, _ABSENT)
        if value is not _ABSENT:
            yield ("inputs", body.rows[row], *inside, last), value


def _stray_keys(key: Any, place: str, known: Sequence[str], context: Context) -> Callable[[Any], Finding]:
    """The finding for a key that no model takes, by its value; near names are looked for once."""
    judged: dict[Any, Finding] = {}

    def judge(value: Any) -> Finding:
        by = value if isinstance(value, str) else None
        if by not in judged:
            judged[by] = _stray_key(key, place, value, known, context)
        return judged[by]

    return judge


def _stray_key(key: Any, place: str, value: Any, known: Sequence[str], context: Context) -> Finding:
    if not isinstance(key, str):
        return Finding("structure.unknown-key", f"keys are text, not {type(key).__name__}")
    rows: dict[str, Any] = load_toml("legacy_keys.toml").get(place, {})
    if key in rows:
        return _legacy_key(key, rows[key], value, context)
    near = _near(key, tuple(known))
    if near:
        return Finding(
            "structure.unknown-key", f"there is no key {key_text(key)!r}; did you mean {near}?", (near,)
        )
    if place == "body" and key in (*METADATA_KEYS, *_INPUT_KEYS):
        return Finding("structure.unknown-key", f"{key} belongs to an input, not to the top of the query")
    return Finding("structure.unknown-key", f"there is no key {key_text(key)!r} here")


def _legacy_key(key: str, row: dict[str, Any], value: Any, context: Context) -> Finding:
    instead = row.get("instead")
    named = f": it is called {instead} now" if instead else ""
    message = f"{key} is a key of an older client{named}; {row['advice']}"
    field = row.get("field")
    if field and isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable():
        terms = context.terms.meant_by(value, field)
        message += f" ({value!r} may be {' or '.join(map(str, terms))})" if terms else ""
    return Finding("legacy.key", message, (instead,) if instead else (), Severity(row["severity"]))


@lru_cache(maxsize=4096)
def _near(key: str, known: tuple[str, ...]) -> str | None:
    """The known key that a misspelt one most resembles."""
    plain = key.strip().casefold().replace("-", "_").replace(" ", "_")[:100]
    if plain in known:
        return plain
    for name in known:  # "tissue_id", "tissue ontology id" and "numSamples" are short or camel forms
        if plain.replace("_", "") == name.replace("_", "") or f"{plain}s" == name or plain == f"{name}s":
            return name
    near = process.extractOne(plain, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return near[0] if near else None


def _not_accepted(key: str, context: Context) -> Finding:
    takers = [
        spec.model_id
        for spec in list_models()
        if key in (*spec.query_keys, *spec.input_keys, *spec.metadata_keys)
    ]
    message = f"{context.shown} does not take {key}; it is for {', '.join(takers)}"
    if context.family == "reference-conditioning" and key in METADATA_KEYS:
        message += ". What the sample is comes from its counts: leave the key out"
    return Finding("model.field-not-accepted", message)


def wrong_type(name: str, value: Any, expected: str, *, required: bool = False) -> Finding:
    """The finding for a value of the wrong type; a null under an optional key is only a warning."""
    if value is None and not required:
        return Finding("structure.type", _NO_VALUE, (), Severity.WARNING)
    return Finding(
        "structure.type", f"{name} is {expected}, not {_kind(value)}", _as_expected(value, expected)
    )


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


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return f"the number {value}"
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (int, "a number"),
        (str, "text"),
        (Mapping, "an object"),
        ((list, tuple), "a list"),
    )
    if value is None:
        return "null"
    return next((text for kind, text in kinds if isinstance(value, kind)), f"a Python {type(value).__name__}")
