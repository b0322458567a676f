"""A prediction written as an Arrow IPC stream, in the layout of self-hosted containers (see `arrow_results`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.prediction import SIMULATED_NOTE, Prediction, SparseCounts
from synthquery.prediction.extras import import_extra
from synthquery.prediction.plain_metadata import as_text, metadata_keys

_BATCH_BYTES: Final = 8 << 20  # of counts in one record batch: it is sent while the next is made
_LATENT: Final = "_latent"


def write_arrow(prediction: Prediction, sink: IO[bytes]) -> None:
    """Write a prediction as an Arrow stream, as a self-hosted container sends it.

    Parameters
    ----------
    prediction
        What to write.
    sink
        A file object to write to; it stays open. Counts go out in batches of about 8 MB, sparse ones with their
        zeros.

    Raises
    ------
    MissingExtraError
        When pyarrow is not installed (``pip install "synthquery[arrow]"``).
    """
    pa = import_extra("pyarrow", "arrow", "an Arrow stream")
    ipc = import_extra("pyarrow.ipc", "arrow", "an Arrow stream")
    step = max(1, _BATCH_BYTES // max(1, 8 * prediction.n_genes))
    writer = None
    try:
        for start, metadata in _in_steps(_metadata(pa, prediction), step):
            rows = range(start, start + len(metadata))
            columns = dict(_columns(pa, prediction, rows, metadata))
            if writer is None:
                fields = [(name, column.type) for name, column in columns.items()]
                writer = ipc.new_stream(sink, pa.schema(fields, metadata=_described(prediction)))
            writer.write_batch(pa.record_batch(list(columns.values()), names=list(columns)))
    finally:
        if writer is not None:
            writer.close()


def _in_steps(metadata: Any, step: int) -> Iterator[tuple[int, Any]]:
    return ((start, metadata.slice(start, step)) for start in range(0, max(1, len(metadata)), step))


def _described(prediction: Prediction) -> dict[str, str]:
    reference = prediction.model_id.endswith("_reference-conditioning")
    expression = "reference_conditioned" if reference else "baseline"  # as rsynthbio reads it
    about = {"request_type": "predict_metadata" if prediction.kind == "metadata" else expression}
    if prediction.model_version is not None:
        about["model_version"] = prediction.model_version
    if prediction.gene_order:
        about["gene_order"] = json.dumps(prediction.gene_order)
    if prediction.simulated:
        about |= {"simulated": "true", "note": SIMULATED_NOTE}
    if prediction.provenance:
        about["provenance"] = json.dumps(dict(prediction.provenance), ensure_ascii=False)
    return about


def _columns(pa: Any, prediction: Prediction, rows: range, metadata: Any) -> Iterator[tuple[str, Any]]:
    """Columns of some samples by name."""
    some = slice(rows.start, rows.stop)
    latents = {name: _lists(pa, array[some], np.float64) for name, array in prediction.latent_arrays.items()}
    counts = {"counts": _lists(pa, _counts(prediction, rows), np.int64)} if prediction.n_genes else {}
    if prediction.kind != "metadata":
        yield from counts.items()
        yield "metadata", metadata
        for name, column in latents.items():
            yield name + _LATENT, column
        return
    yield "metadata", metadata
    yield "latents", _struct(pa, latents, len(rows))
    fields = {
        name: _struct(pa, _probabilities(pa, one.labels, one.values[some]), len(rows))
        for name, one in prediction.probabilities.items()
    }
    yield "classifier_probs", _struct(pa, fields, len(rows))
    if counts:
        yield "decoder_sample", _struct(pa, counts, len(rows))


def _probabilities(pa: Any, labels: tuple[str, ...], values: npt.NDArray[Any]) -> dict[str, Any]:
    columns = np.ascontiguousarray(values.T, dtype=np.float64)
    return dict(zip(labels, map(pa.array, columns), strict=True))


def _counts(prediction: Prediction, rows: range) -> npt.NDArray[Any]:
    kept = prediction.stored_counts
    if isinstance(kept, SparseCounts):
        return kept.take(rows).toarray()
    assert kept is not None  # there are genes
    return kept[rows.start : rows.stop]


def _lists(pa: Any, matrix: npt.NDArray[Any], dtype: type) -> Any:
    """The rows of a matrix as a column of lists; without a copy where the numbers are of the type already."""
    flat: npt.NDArray[Any] = np.ascontiguousarray(matrix, dtype=dtype).reshape(-1)
    offsets = np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets, type=pa.int32()), pa.array(flat))


def _struct(pa: Any, fields: Mapping[str, Any], n_rows: int) -> Any:
    if not fields:
        return pa.array([{}] * n_rows, type=pa.struct([]))
    return pa.StructArray.from_arrays(list(fields.values()), names=list(fields))


def _metadata(pa: Any, prediction: Prediction) -> Any:
    """The metadata of all samples as one column of structs, so that its types hold for every batch."""
    rows = prediction.sample_metadata
    return _struct(
        pa, {key: _plain(pa, [row.get(key) for row in rows]) for key in metadata_keys(rows)}, len(rows)
    )


def _plain(pa: Any, values: list[Any]) -> Any:
    kinds = {type(value) for value in values}
    if kinds and (kinds <= {int} or kinds <= {int, float}):
        return pa.array(values, type=pa.int64() if kinds == {int} else pa.float64())
    return pa.array(map(as_text, values), type=pa.string())
