"""Counts: whatever a person has them in, as read-only int64 vectors.

Counts are whole, non-negative numbers of reads, one for each gene in the order of the model. 64 bits, because
a count can exceed 2**24 (where float32 stops being exact) and a sum of counts 2**31.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from synthquery.query.integer_lists import integers_of

IntVector = npt.NDArray[np.int64]
CountsProblem = Literal["shape", "type", "nan", "infinite", "negative", "not_integer", "too_large"]

LARGEST: Final = int(np.iinfo(np.int64).max)
INEXACT: Final = 2.0**53
"""From here on not every whole number is a float: which count was meant is not known any more."""


class CountsError(ValueError):
    """Numbers that are no counts.

    Attributes
    ----------
    problem
        What is wrong, as a word.
    position
        Index of the first value at fault: the gene, or (sample, gene) in a matrix; None where the whole is.
    number
        How many values are at fault.
    """

    def __init__(
        self, message: str, problem: CountsProblem, position: tuple[int, ...] | None = None, number: int = 0
    ) -> None:
        super().__init__(message)
        self.problem: CountsProblem = problem
        self.position = position
        self.number = number


def counts_vector(values: Any) -> IntVector:
    """The counts of one sample.

    Parameters
    ----------
    values
        A list or tuple of numbers, a 1-D numpy array, a pandas Series, or a single row or column of a
        DataFrame, 2-D array or scipy sparse matrix. Whole floats such as ``10.0`` are accepted.

    Returns
    -------
    numpy.ndarray
        int64, 1-D, read-only; a copy unless `values` is such an array already.

    Raises
    ------
    CountsError
        When a value is missing, negative, fractional, infinite or no number, or when there are several
        samples.
    """
    array = _whole_numbers(_as_array(values))
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim != 1:
        raise CountsError(
            f"one sample of counts is a list of numbers, not an array of shape {array.shape}", "shape"
        )
    return array


def counts_matrix(values: Any) -> tuple[IntVector, ...]:
    """The counts of several samples, one vector each.

    Parameters
    ----------
    values
        Samples x genes: a 2-D numpy array, a DataFrame, a scipy sparse matrix, or a list of samples. One
        sample (anything that `counts_vector` takes) is one row.

    Raises
    ------
    CountsError
        As `counts_vector`; in a list of samples that are not equally long too.
    """
    array = _whole_numbers(_as_array(values))
    if array.ndim == 1:
        return (array,)
    if array.ndim != 2:
        raise CountsError(f"counts are samples x genes, not an array of shape {array.shape}", "shape")
    return tuple(array)


def _as_array(values: Any, *, within: bool = False) -> npt.NDArray[Any]:
    """A dense array of numbers; no detour over Python integers when `values` holds machine ones."""
    if hasattr(values, "toarray"):  # scipy sparse matrices and arrays
        return _numbers_only(np.asarray(values.toarray()))
    if hasattr(values, "to_numpy"):  # pandas, polars
        return _numbers_only(np.asarray(values.to_numpy()))
    if isinstance(values, np.ndarray):
        return _numbers_only(values)
    if isinstance(values, Sequence) and not isinstance(values, str | bytes | bytearray):
        return _from_sequence(values, within=within)
    raise CountsError(f"counts are a list or an array of numbers, not {type(values).__name__}", "type")


def _from_sequence(values: Sequence[Any], *, within: bool) -> npt.NDArray[Any]:
    integers = integers_of(values) if isinstance(values, list | tuple) else None
    if integers is not None:
        return integers
    kinds = set(map(type, values))
    if kinds <= {int, float}:
        return _numbers_only(_packed(values))
    if not within and not any(
        issubclass(kind, int | float | np.number) or kind in _NO_NUMBER for kind in kinds
    ):
        return _stacked([_as_array(row, within=True) for row in values])
    for place, value in enumerate(values):
        if isinstance(value, bool | np.bool_) or not isinstance(
            value, int | float | np.integer | np.floating
        ):
            problem: CountsProblem = "nan" if value is None else "type"
            raise CountsError(f"count {place} is {_shown(value)}, not a number", problem, (place,), 1)
    return _numbers_only(_packed(values))


_NO_NUMBER: Final = frozenset({bool, np.bool_, type(None), str, bytes, dict})


def _stacked(rows: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    lengths = {row.shape for row in rows}
    if len(lengths) > 1:
        sizes = ", ".join(sorted("x".join(map(str, shape)) for shape in lengths))
        raise CountsError(f"the samples are not equally long: {sizes}", "shape")
    return np.stack(rows)


def _packed(values: Sequence[Any]) -> npt.NDArray[Any]:
    try:
        return np.asarray(values, dtype=None if values else np.int64)
    except (OverflowError, ValueError) as error:
        raise CountsError("a count is larger than 64 bits hold", "too_large") from error


def _numbers_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind in "iuf":
        return array
    if (
        array.dtype == object and array.ndim <= 2
    ):  # columns of mixed or nullable types, integers beyond 64 bits
        for place, value in np.ndenumerate(array):
            if value is None or value is _pandas_missing(value):
                raise CountsError(f"count {_at(place)} is missing", "nan", place, 1)
            if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
                raise CountsError(f"count {_at(place)} is {_shown(value)}, not a number", "type", place, 1)
            if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
                raise CountsError(f"count {_at(place)} is larger than 64 bits hold", "too_large", place, 1)
        return array.astype(np.float64 if any(isinstance(value, float) for value in array.flat) else np.int64)
    raise CountsError(f"counts are numbers, not values of type {array.dtype}", "type")


def _pandas_missing(value: object) -> object:
    return value if type(value).__name__ in {"NAType", "NaTType"} else None


def _whole_numbers(array: npt.NDArray[Any]) -> IntVector:
    """`array` as read-only int64, after looking at every value."""
    if array.dtype.kind == "f":
        _refuse(np.isnan(array), "nan", "is missing (NaN)")
        _refuse(np.isinf(array), "infinite", "is infinite")
    if array.size and array.min() < 0:  # the whole is looked at without a second array of its size
        _refuse(array < 0, "negative", "is negative", array)
    if array.dtype.kind == "f":
        _refuse(array != np.floor(array), "not_integer", "is not a whole number", array)
    if (
        array.dtype.kind == "f" and array.itemsize > 2
    ) or array.dtype == np.uint64:  # half floats end at 65,504
        wrong = array > LARGEST if array.dtype.kind == "u" else array >= INEXACT
        _refuse(wrong, "too_large", "is too large", array)
    if array.dtype == np.int64 and not array.flags.writeable:
        return array
    whole = array.astype(np.int64, copy=True)
    whole.setflags(write=False)
    return whole


def _refuse(
    wrong: npt.NDArray[np.bool_], problem: CountsProblem, saying: str, values: npt.NDArray[Any] | None = None
) -> None:
    if not wrong.any():
        return
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    number = int(wrong.sum())
    what = f"count {_at(place)}" + ("" if values is None else f" ({values[place]})")
    more = "" if number == 1 else f"; {number:,} such in all"
    raise CountsError(f"{what} {saying}{more}", problem, place, number)


def _at(place: tuple[int, ...]) -> str:
    return str(place[0]) if len(place) == 1 else f"{place[1]} of sample {place[0]}"


def _shown(value: object) -> str:
    if value is None:
        return "null"
    return reprlib.repr(value)


def _validate(values: Any) -> IntVector:
    try:
        return counts_vector(values)
    except CountsError as error:
        # Braces would be read as a template; the position travels beside the message.
        raise PydanticCustomError(
            f"counts_{error.problem}",
            "{reason}",
            {"reason": str(error), "position": error.position, "number": error.number},
        ) from error


Counts = Annotated[
    IntVector,
    PlainValidator(_validate),
    PlainSerializer(lambda counts: counts.tolist(), return_type=list[int], when_used="json"),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 0}}),
]
"""Pydantic field type of one sample's counts; its errors have the type ``counts_<problem>``."""
