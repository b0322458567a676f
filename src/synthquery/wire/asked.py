"""Whether an answer is one to a query: as many samples as were asked for, each where it was asked for."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from synthquery.errors import ResultError
from synthquery.identifiers import canonical_id
from synthquery.prediction import Prediction
from synthquery.query.models import Query
from synthquery.wire.answering import answering, is_gem_2


@dataclass(frozen=True, slots=True)
class Asked:
    """One input of a query.

    Attributes
    ----------
    metadata
        What it says of its samples: comparable value by key; what is unset is left out.
    number
        How many samples it asks for.
    """

    metadata: Mapping[str, Hashable]
    number: int


def asked_of(query: Query | Mapping[str, Any] | None) -> tuple[Asked, ...] | None:
    """The inputs of a query or of a body; None when a body sent in spite of its errors does not tell."""
    if query is None:
        return None
    if isinstance(query, Query):
        query = query.to_dict(counts="array")
    inputs = query.get("inputs")
    if isinstance(inputs, Mapping):  # GEM-2
        inputs = inputs.get("items")
    if not isinstance(inputs, list | tuple):
        return None
    asked = []
    for one in inputs:
        number = one.get("num_samples", 1) if isinstance(one, Mapping) else None
        metadata = one.get("metadata") if isinstance(one, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        asked.append(Asked(_comparable(metadata if isinstance(metadata, Mapping) else {}), number))
    return tuple(asked)


def check_number(number: int, query: Query | Mapping[str, Any] | None) -> None:
    """Raise `ResultError` when a query asks for another number of samples."""
    asked = asked_of(query)
    if asked is not None and number != (expected := sum(one.number for one in asked)):
        raise ResultError(f"{expected:,} samples were asked for, the result has {number:,}")


def check_answer(prediction: Prediction, model_id: str, query: Query | Mapping[str, Any] | None) -> None:
    """Hold an answer against what was asked.

    Parameters
    ----------
    prediction
        The answer.
    model_id
        The model that was asked.
    query
        The query or its body; None leaves out what needs it.

    Raises
    ------
    ResultError
        When another model answered; when the genes are not as many as the model has, or not in its order (bulk
        genes are sorted); when there are more or fewer samples than were asked for; when a sample echoes other
        metadata than was asked for at its place.
    """
    if prediction.model_id != model_id:
        raise ResultError(f"{model_id} was asked, {prediction.model_id} answered")
    check_number(prediction.n_samples, query)
    _check_genes(prediction)
    check_order(prediction, query)


def _check_genes(prediction: Prediction) -> None:
    known = answering(prediction.model_id)
    if known.n_genes is None:
        return
    if prediction.n_genes not in (0, known.n_genes):
        raise ResultError(
            f"{prediction.model_id} has {known.n_genes:,} genes, the answer has {prediction.n_genes:,}"
        )
    if known.modality == "bulk":
        # the order of the bulk models is that of their sorted gene IDs (data/models.toml)
        _check_sorted(prediction.gene_order, prediction.model_id)


_in_order: list[tuple[str, ...]] = [
    ()
]  # the order that was looked at last: answers of one model often share it


def _check_sorted(genes: tuple[str, ...], model_id: str) -> None:
    if genes is _in_order[0]:
        return
    if sorted(genes) != list(genes):  # seven times as fast as looking at every pair
        wrong = next(at for at, (one, following) in enumerate(pairwise(genes), start=1) if one > following)
        raise ResultError(
            f"the genes are not in the order of {model_id}, which is sorted: "
            f"gene_order[{wrong}] is {genes[wrong]}, after {genes[wrong - 1]}"
        )
    _in_order[0] = genes


def check_order(prediction: Prediction, query: Query | Mapping[str, Any] | None) -> None:
    """Raise `ResultError` when a sample echoes other metadata than was asked for at its place.

    Values are compared as the service may rewrite them: numbers by value, identifiers in any spelling, words in
    any case; what is not echoed is not compared. A model that predicts metadata echoes nothing.
    """
    asked = asked_of(query)
    if asked is None or prediction.kind != "expression":
        return
    wanted = sorted({key for one in asked for key in one.metadata})
    # Rows of one input are alike: each kind of row is compared once.
    kinds: dict[tuple[int, tuple[Any, ...]], int] = {}
    for place, (number, row) in enumerate(
        zip(_inputs_of_rows(asked), prediction.sample_metadata, strict=True)
    ):
        kinds.setdefault((number, tuple(str(row.get(key, "")) for key in wanted)), place)
    echoed = [
        (place, number, _comparable(dict(zip(wanted, texts, strict=True))))
        for (number, texts), place in kinds.items()
    ]
    if not any(row for _, _, row in echoed):
        return
    exact = not is_gem_2(prediction.model_id)  # how GEM-2 rewrites what it is told is not documented
    for place, number, row in echoed:
        _compare(place, number, row, asked, exact=exact)


def _inputs_of_rows(asked: Sequence[Asked]) -> Iterator[int]:
    return (number for number, one in enumerate(asked) for _ in range(one.number))


def _compare(
    place: int, number: int, echoed: Mapping[str, Hashable], asked: Sequence[Asked], *, exact: bool
) -> None:
    mine = asked[number].metadata
    if echoed == mine:
        return
    other = next((at for at, one in enumerate(asked) if one.metadata == echoed), None)
    if other is not None:
        raise ResultError(
            f"the samples are not in the order of the query: outputs[{place}] is what inputs[{other}] asked for, "
            f"where inputs[{number}] was to stand"
        )
    for key, value in echoed.items():
        if exact and key in mine and mine[key] != value:
            raise ResultError(
                f"outputs[{place}].metadata.{key} is {value!r}, but inputs[{number}] asked for {mine[key]!r}"
            )


def _comparable(metadata: Mapping[str, Any]) -> dict[str, Hashable]:
    return {
        key: _plain(key, value)
        for key, value in metadata.items()
        if isinstance(value, str | int | float) and value != ""
    }


def _plain(key: str, value: str | float) -> Hashable:
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return canonical_id(text) or text.casefold()
    if not math.isfinite(number):
        return text.casefold()
    # Models take whole years: GEM-1's encoder rounds them, and an echo may too.
    return round(number) if key == "age_years" else number
