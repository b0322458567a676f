"""The settings of a query beside its inputs: checked when they are given, not when the query is built."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any, Final

from synthquery.catalog import ModelSpec, parameter
from synthquery.errors import Problem

_TYPE: Final = "structure.type"
_RANGE: Final = "value.range"


def checked_settings(spec: ModelSpec, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Settings as the query takes them, and what is wrong with the others.

    Parameters
    ----------
    spec
        The model; it must have every parameter in `given`.
    given
        Values by parameter; None is left out.
    """
    settings: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        if value is None:
            continue
        checked = _checked(spec, name, value)
        if isinstance(checked, Problem):
            problems.append(checked)
        else:
            settings[name] = checked
    return settings, problems


def _checked(spec: ModelSpec, name: str, value: Any) -> Any:
    kind = parameter(name).type
    if name == "sampling_strategy":
        return _one_of(spec.strategies, name, value, f"{spec.model_id} takes")
    if kind == "boolean":
        return (
            value
            if isinstance(value, bool)
            else Problem(name, value, f"expected true or false, not {value!r:.40}", code=_TYPE)
        )
    if kind == "integer":
        return _integer(name, value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        return Problem(name, value, f"expected a list, not {value!r:.40}", code=_TYPE)
    known = spec.vocabulary(name)
    options = known.values if known else ()
    items = [_one_of(options, name, item, "expected") for item in value]
    return next((item for item in items if isinstance(item, Problem)), tuple(items))


def _one_of(options: tuple[str, ...], name: str, value: Any, saying: str) -> Any:
    folded = {option.casefold(): option for option in options}
    found = folded.get(" ".join(value.split()).casefold()) if isinstance(value, str) else None
    if found is None:
        code = "value.enum" if isinstance(value, str) else _TYPE
        message = f"{saying} {' or '.join(map(repr, options))}, not {value!r:.40}"
        return Problem(name, value, message, options, code=code)
    return found


def _integer(name: str, value: Any) -> Any:
    bounds = parameter(name)
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        return Problem(name, value, f"expected a whole number, not {value!r:.40}", code=_TYPE)
    if bounds.minimum is not None and number < bounds.minimum:
        return Problem(name, value, f"expected at least {bounds.minimum:,}, not {number:,}", code=_RANGE)
    if bounds.maximum is not None and number > bounds.maximum:
        return Problem(name, value, f"expected at most {bounds.maximum:,}, not {number:,}", code=_RANGE)
    return number
