"""The query as a whole: sampling strategy, numbers and lists at its top, numbers of samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from synthquery.catalog import parameter
from synthquery.validation.body import Body
from synthquery.validation.context import Context
from synthquery.validation.remedy import Fix
from synthquery.validation.rule import Finding, Located
from synthquery.validation.rules.values import word
from synthquery.validation.structure import wrong_type

_STRATEGY: Final = "sampling_strategy"
_MOST_SAMPLES: Final = 2**31 - 1
_MOST_WORDS: Final = 1_000  # of a list at the top that has two in all
_LARGEST: Final = 2**63 - 1  # an integer beyond 64 bits reaches no service whole


def strategy(body: Body, context: Context) -> Iterator[Located]:
    """A sampling strategy that is missing, unknown, or not one of the model's."""
    if not context.strategies:
        return
    given = body.parameters.get(_STRATEGY)
    if given is None or given == "":
        replaced = (
            isinstance(body.raw.get("mode"), str) and _STRATEGY not in body.raw
        )  # the key's name in older clients
        wrong_type = body.raw.get(_STRATEGY) not in (None, "") and given is None
        if not replaced and not wrong_type:
            options = tuple(sorted(context.strategies))
            message = f"sampling_strategy is missing; {context.shown} takes {' or '.join(map(repr, options))}"
            yield Located((_STRATEGY,), given, Finding("strategy.missing", message, options))
    elif given in context.vocabularies[_STRATEGY].values:
        if given not in context.strategies:
            (only,) = context.strategies
            message = f"single-cell models do not take {given!r}, only {only!r}"
            finding = Finding("strategy.single-cell-mean-only", message, (only,), fix=Fix("replace", only))
            yield Located((_STRATEGY,), given, finding)
    else:
        for finding in word(_STRATEGY, given, context):
            yield Located((_STRATEGY,), given, finding)


def numbers(body: Body, _context: Context) -> Iterator[Located]:
    """Integers at the top of the query that are outside their range."""
    for name, value in body.parameters.items():
        about = parameter(name)
        if about.type != "integer":
            continue
        least = about.minimum if about.minimum is not None else -_LARGEST
        most = about.maximum if about.maximum is not None else _LARGEST
        if not least <= value <= most:
            yield Located(
                (name,),
                value,
                Finding("value.range", f"{name} must be {_range(about.minimum, about.maximum)}"),
            )


def lists(body: Body, context: Context) -> Iterator[Located]:
    """Lists of words at the top of the query (``conditioning``)."""
    for name, values in body.parameters.items():
        if parameter(name).type != "list" or name not in context.vocabularies:
            continue
        seen: set[str] = set()
        for at, value in enumerate(values[:_MOST_WORDS]):
            if not isinstance(value, str):
                finding = Finding("structure.type", f"{name} is a list of words")
                yield Located((name, at), value, finding)
                continue
            findings = [*word(name, value, context)]
            if not findings and value in seen:
                findings = [Finding("value.enum", f"{value!r} is in the list already")]
            yield from (Located((name, at), value, finding) for finding in findings)
            seen.add(value)


def num_samples(body: Body, context: Context) -> Iterator[Located]:
    """Numbers of samples that are no positive whole numbers."""
    if not any("num_samples" in spec.input_keys for spec in context.specs):
        return
    column: list[Any] = [one.get("num_samples", 1) for one in body.inputs]
    if set(map(type, column)) <= {int} and (not column or (min(column) > 0 and max(column) <= _MOST_SAMPLES)):
        return
    for row, value in enumerate(column):
        finding = _samples(value)
        if finding is not None:
            yield Located(("inputs", body.rows[row], "num_samples"), value, finding)


def _samples(value: Any) -> Finding | None:
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 < value <= _MOST_SAMPLES:
            return None
        return Finding("value.range", f"num_samples must be {_range(1, _MOST_SAMPLES)}")
    return wrong_type("num_samples", value, "a whole number", required=True)


def _range(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f"{least:,} to {most:,}"
    return f"at least {least:,}" if least is not None else "a number of 64 bits"
