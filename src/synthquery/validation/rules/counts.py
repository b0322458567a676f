"""Counts of reads: as many as the model has genes, whole, finite, not negative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.catalog import list_models
from synthquery.query.counts import CountsError, counts_vector
from synthquery.query.integer_lists import integers_of
from synthquery.validation.body import Body
from synthquery.validation.context import Context
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Path, shown_value
from synthquery.validation.rule import Finding, Located
from synthquery.validation.rules import expression

_SHOWN: Final = 5  # wrong values of one sample and kind that get a place of their own


def counts(body: Body, context: Context) -> Iterator[Located]:
    """Everything that is wrong with the counts of each input."""
    if not any(spec.has_counts for spec in context.specs):
        return
    for row, one in enumerate(body.inputs):
        if "counts" not in one:
            continue
        path: Path = ("inputs", body.rows[row], "counts")
        given = one["counts"]
        if isinstance(given, Mapping):
            if "counts" not in given:
                message = "counts is a list of numbers in the order of the model's genes, not an object"
                yield Located(path, given, Finding("structure.type", message))
                continue
            message = 'counts is nested ({"counts": [...]}) as older clients did; give the list itself'
            fix = Fix("unwrap", "counts") if len(given) == 1 else None
            yield Located(path, given, Finding("legacy.value", message, fix=fix))
            given, path = given["counts"], (*path, "counts")
        yield from _sample(given, path, context)


def _sample(given: Any, path: Path, context: Context) -> Iterator[Located]:
    strays: dict[int, Any] = {}
    values: npt.NDArray[Any] | None = integers_of(given) if isinstance(given, list | tuple) else None
    if values is None and isinstance(given, list | tuple):
        strays = _strays(given)
        if strays and len(strays) == len(given):
            yield Located(path, given, Finding("structure.type", _no_numbers(given)))
            return
        yield from _listed(strays, given, path)
        values = _packed(_without(strays, given) if strays else given)
    elif values is None:
        try:
            values = _array(given)
        except (CountsError, TypeError, ValueError) as error:
            yield Located(path, given, Finding("structure.type", str(error)))
            return
    if len(values) not in context.gene_numbers:
        yield Located(path, given, _length(len(values), context))
    yield from _numbers(values, given, path)
    if len(values) and not values.any() and not strays:
        yield Located(path, given, Finding("counts.all-zero", "the sample has no reads at all"))
    if not strays:
        yield from expression.looks_normalised(values, given, path)
        yield from expression.looks_sorted(values, given, path)
        yield from expression.named_order(given, path, context)


def _no_numbers(given: Sequence[Any]) -> str:
    """What to say of a list without a single number: a row of a table is sent as a table of one row."""
    kinds: tuple[tuple[Any, str], ...] = (
        (Mapping, "objects: give the numbers alone, without the names of genes or samples"),
        ((list, tuple), "lists: take the numbers out of them"),
        (str, "text"),
        (bool, "true and false"),
    )
    shown = next((text for kind, text in kinds if isinstance(given[0], kind)), type(given[0]).__name__)
    return f"counts is a list of numbers, not of {shown}"


def _strays(given: Sequence[Any]) -> dict[int, Any]:
    """The values of a list that are no numbers, by position."""
    strange = {kind for kind in set(map(type, given)) if not _is_number(kind)}
    if not strange:
        return {}
    places = compress(range(len(given)), map(strange.__contains__, map(type, given)))
    return {at: given[at] for at in places}


def _is_number(kind: type) -> bool:
    return issubclass(kind, int | float | np.integer | np.floating) and not issubclass(kind, bool)


def _without(strays: dict[int, Any], given: Sequence[Any]) -> list[Any]:
    """The values of a list with zeros where there is no number."""
    values = list(given)
    for at in strays:
        values[at] = 0
    return values


def _listed(strays: dict[int, Any], given: Sequence[Any], path: Path) -> Iterator[Located]:
    missing = [at for at, value in strays.items() if value is None]
    others = [at for at, value in strays.items() if value is not None]
    for positions, code, what in (
        (missing, "counts.not-finite", "is null: a gene that was not measured has no count"),
        (others, "structure.type", "is no number"),
    ):
        yield from _at_each(positions, given, path, code, what)


def _array(given: Any) -> npt.NDArray[Any]:
    """Numbers of an array, a column or a sparse row; what is wrong with them is looked at later."""
    if isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind in "iuf":
        return given
    return counts_vector(given)


def _packed(given: Sequence[Any]) -> npt.NDArray[Any]:
    kinds = set(map(type, given))
    try:
        if kinds <= {int}:
            return np.array(given, dtype=np.int64)
        if kinds <= {int, float}:
            return np.array(given, dtype=np.float64)
        array = np.asarray(given)
    except (OverflowError, ValueError):
        array = np.asarray(given, dtype=object)
    if array.dtype == object:  # integers beyond 64 bits; a float is near enough to call them too large
        array = np.array([_as_float(value) for value in given])
    return array


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return 1e300 if value > 0 else -1e300


def _length(found: int, context: Context) -> Finding:
    expected = [f"{number:,} ({modality})" for number, modality in context.gene_numbers.items()]
    message = f"counts has {found:,} values; {context.shown} has {' or '.join(expected)} genes"
    if len(context.gene_numbers) == 1:
        others = {spec.n_genes: spec.modality for spec in list_models()}
        if found in others:
            message += f". This is the number of the {others[found]} models"
    return Finding("counts.length", message)


def _numbers(values: npt.NDArray[Any], given: Any, path: Path) -> Iterator[Located]:
    if values.dtype.kind == "f":
        strange = ~np.isfinite(values)
        if strange.any():
            yield from _at_each(
                np.flatnonzero(strange).tolist(), given, path, "counts.not-finite", "is not finite"
            )
            values = np.where(strange, 0.0, values)
        broken = (values != np.floor(values)) & (values >= 0)
        if broken.any():
            yield from _at_each(
                np.flatnonzero(broken).tolist(), given, path, "counts.not-integer", "is not a whole number"
            )
    if values.dtype.kind in "if" and len(values) and values.min() < 0:
        yield from _at_each(
            np.flatnonzero(values < 0).tolist(), given, path, "counts.negative", "is negative"
        )
    if values.dtype.kind in "fu" and len(values) and float(values.max()) >= 2.0**63:
        large = np.flatnonzero(values.astype(np.float64) >= 2.0**63).tolist()
        yield from _at_each(large, given, path, "value.range", "is more than 64 bits hold")


def _at_each(positions: Sequence[int], given: Any, path: Path, code: str, what: str) -> Iterator[Located]:
    """A finding at each of the first positions; the last one says how many more there are."""
    for at in positions[:_SHOWN]:
        left = len(positions) - _SHOWN
        more = f", and {left:,} more of {len(given):,}" if left > 0 and at == positions[_SHOWN - 1] else ""
        value = given[at].item() if isinstance(given[at], np.generic) else given[at]
        yield Located((*path, at), value, Finding(code, f"count {at} ({shown_value(value)}) {what}{more}"))
