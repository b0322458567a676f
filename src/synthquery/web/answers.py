"""Writing an answer to a file, in the JSON of the hosted service or as an Arrow stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Literal

from synthquery.prediction import LabelProbabilities, Prediction
from synthquery.wire.arrow_results import write_arrow
from synthquery.wire.bodies import body_chunks
from synthquery.wire.results import result_to_payload

Wire = Literal["json", "lists", "arrow"]
"""JSON as the service sends it, JSON with all counts as lists, or an Arrow stream."""

CONTENT_TYPES: Final[dict[Wire, str]] = {
    "json": "application/json; charset=utf-8",
    "lists": "application/json; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
}
_ROWS: Final = 64  # single-cell counts by gene are Python objects while they are written


def write_answer(prediction: Prediction, path: Path, wire: Wire) -> None:
    """Write a whole answer; the file must not be read before this returns."""
    prediction = _named_as_documented(prediction)
    with path.open("wb") as file:
        if wire == "arrow":
            write_arrow(prediction, file)
        else:
            _write_json(prediction, file, by_gene=wire == "json")


def _named_as_documented(prediction: Prediction) -> Prediction:
    """The same with ``cell_type`` for ``cell_type_ontology_id`` among the probabilities, as the service documents."""
    names = {name: name.removesuffix("_ontology_id") for name in prediction.probabilities}
    return prediction.replace(
        probabilities={names[name]: one for name, one in prediction.probabilities.items()}
    )


def _write_json(prediction: Prediction, file: IO[bytes], *, by_gene: bool) -> None:
    payload: dict[str, Any] = {}
    for number, part in enumerate(_parts(prediction)):
        payload = result_to_payload(part, counts="array", by_gene=by_gene)
        for place, output in enumerate(payload.pop("outputs")):
            file.write(b'{"outputs":[' if number == place == 0 else b",")
            file.writelines(body_chunks(output, ensure_ascii=False))
    file.write(b"]," + json.dumps(payload, ensure_ascii=False).encode()[1:])


def _parts(prediction: Prediction) -> Iterator[Prediction]:
    counts = prediction.counts_array
    for start in range(0, prediction.n_samples, _ROWS):
        rows = slice(start, start + _ROWS)
        yield prediction.replace(
            sample_metadata=prediction.sample_metadata[rows],
            counts_array=None if counts is None else counts[rows],
            latent_arrays={name: array[rows] for name, array in prediction.latent_arrays.items()},
            probabilities={
                name: LabelProbabilities(one.labels, one.values[rows])
                for name, one in prediction.probabilities.items()
            },
        )
