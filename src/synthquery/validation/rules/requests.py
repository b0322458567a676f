"""A query as a request: inputs that are asked twice, keys that have no effect, answers too large to hold."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from synthquery.resources import load_toml
from synthquery.validation.body import Body
from synthquery.validation.context import Context
from synthquery.validation.report import Severity
from synthquery.validation.rule import MOST_OF_A_CODE, Finding, Located

_LARGE: Final = (
    4 * 10**9
)  # bytes of counts: with the text of the answer, about what a machine of 16 GB can hold
_BYTES_A_COUNT: Final = 8  # a 64-bit integer
_TEXT_A_COUNT: Final = 3  # JSON: most genes have 0 or few reads, and each needs a comma
_MOST_SAMPLES: Final = 2**31
_STEP: Final = 997  # counts that are compared first: every so many


def large_request(body: Body, context: Context) -> Iterator[Located]:
    """A query whose answer is too large to receive at once."""
    n_samples = body.n_inputs
    if any("num_samples" in spec.input_keys for spec in context.specs):
        given = [one.get("num_samples", 1) for one in body.inputs]
        n_samples = sum(n for n in given if type(n) is int and 0 < n < _MOST_SAMPLES)
    n_genes = min(context.gene_numbers, default=0)
    size = n_samples * n_genes * _BYTES_A_COUNT
    if size <= _LARGE:
        return
    each = max(_LARGE // (n_genes * _BYTES_A_COUNT) // 1000 * 1000, 1)
    message = (
        f"the answer has {n_samples:,} samples x {n_genes:,} genes: about {_gigabytes(size)} in memory and "
        f"{_gigabytes(n_samples * n_genes * _TEXT_A_COUNT)} of JSON; split it into {math.ceil(n_samples / each):,} "
        f"queries of at most {each:,} samples"
    )
    yield Located(("inputs",), body.raw.get("inputs"), Finding("size.large-request", message))


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.0f} GB" if size < 10**15 else "more than a million GB"


def bulk_only_fields(body: Body, context: Context) -> Iterator[Located]:
    """Metadata that single-cell models have never seen."""
    if any(spec.modality != "single-cell" for spec in context.specs):
        return
    for key, row in load_toml("bulk_only_keys.toml").items():
        words = row.get("words")
        for at, value in enumerate(body.columns.get(key, ())):
            if value and (words is None or value in words):
                what = f"{key} {value!r}" if words else key
                message = (
                    f"{what} is for bulk samples; single-cell models were not trained with it: leave it out"
                )
                yield Located(
                    body.metadata_path(at, key), value, Finding("coherence.bulk-only-field", message)
                )


def duplicate_inputs(body: Body, context: Context) -> Iterator[Located]:
    """An input that says what an earlier one says."""
    if len(body.inputs) < 2:
        return
    severity = Severity.INFO if body.parameters.get("sampling_strategy") == "sample generation" else None
    columns = list(body.columns.values())
    marks: list[Any] = list(zip(*columns, strict=True)) if columns else [()] * len(body.inputs)
    if any(spec.has_counts for spec in context.specs) and any("counts" in one for one in body.inputs):
        marks = [
            (mark, _fingerprint(one.get("counts"))) for mark, one in zip(marks, body.inputs, strict=True)
        ]
    elif len(set(marks)) == len(marks):
        return
    groups: dict[Any, list[int]] = defaultdict(list)
    for row, mark in enumerate(marks):
        groups[mark].append(row)
    told = 0
    for rows in groups.values():
        if told > MOST_OF_A_CODE:
            return  # a report lists no more, and each costs a comparison
        seen: list[int] = []
        for at, row in enumerate(rows):
            first = next((other for other in seen[:3] if _same(body, other, row)), None)
            if first is None:
                seen.append(row)
                continue
            message = (
                f"says the same as input {body.rows[first]}; ask once, with num_samples for more samples"
            )
            told += 1
            more = len(rows) - at - 1 if told > MOST_OF_A_CODE else 0
            finding = Finding(_DUPLICATE, message, (), severity)
            yield Located(("inputs", body.rows[row]), body.inputs[row], finding, more)
            if more:
                break


_DUPLICATE: Final = "coherence.duplicate-input"


def _same(body: Body, one: int, other: int) -> bool:
    first, second = body.inputs[one], body.inputs[other]
    if not _plain_equal(body.metadata[one], body.metadata[other]) if body.metadata else False:
        return False
    if set(first) != set(second) or not set(first) <= {"metadata", "num_samples", "counts"}:
        return False
    if "counts" not in first:
        return True
    return _equal_counts(first["counts"], second["counts"])


def _plain_equal(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """Whether two objects of scalars are equal, in the types of their values too."""
    if len(one) != len(other):
        return False
    for key, value in one.items():
        if not isinstance(value, str | int | float | None) or key not in other:
            return False
        if type(value) is not type(other[key]) or value != other[key]:
            return False
    return True


def _fingerprint(counts: Any) -> Any:
    """Something small that is equal for equal counts."""
    if isinstance(counts, np.ndarray) and counts.ndim == 1 and counts.dtype.kind in "iuf":
        return (len(counts), tuple(counts[::_STEP].tolist()))
    if isinstance(counts, list | tuple):
        some = counts[::_STEP]
        if all(isinstance(value, int | float) for value in some):
            return (len(counts), tuple(some))
    return id(counts)


def _equal_counts(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype == other.dtype:
        return one.shape == other.shape and bool(np.array_equal(one, other))
    one, other = (counts.tolist() if isinstance(counts, np.ndarray) else counts for counts in (one, other))
    if isinstance(one, Sequence) and isinstance(other, Sequence) and len(one) == len(other) > 0:
        kinds = {*map(type, one), *map(type, other)}
        return kinds <= {int, float} and list(one) == list(other)
    return False
