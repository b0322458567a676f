"""Prediction <-> the Arrow IPC stream of a self-hosted container.

The metadata of the schema say ``request_type`` (``"predict_metadata"`` lays the columns out differently),
``model_version`` and ``gene_order`` (JSON text; it may be absent). Columns of expression are ``counts``,
``metadata``, ``biological_latent``, ``technical_latent`` and ``perturbation_latent``; those of metadata prediction
``metadata``, ``latents``, ``classifier_probs`` and ``decoder_sample``. Source: pysynthbio 4.2.4, which reads it.

Counts and latents go from the stream into one matrix each, batch by batch, and are never Python numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from synthquery.errors import ResultError
from synthquery.prediction import LabelProbabilities, Prediction
from synthquery.prediction.extras import import_extra
from synthquery.query.models import Query
from synthquery.wire.answering import Answering, answering
from synthquery.wire.arrow_columns import Probabilities, Vectors, joined, rows_of
from synthquery.wire.arrow_stream import Source, open_batches
from synthquery.wire.arrow_writing import write_arrow
from synthquery.wire.asked import asked_of, check_number, check_order
from synthquery.wire.result_parts import (
    field_key,
    gene_order,
    label_probabilities,
    metadata_rows,
    refuse_missing,
)
from synthquery.wire.term_names import term_names

__all__ = ["read_arrow", "write_arrow"]

_LATENT: Final = "_latent"
_GENE_ORDER: Final = b"gene_order"
_HELD: Final = 1 << 23  # bytes of batches that are held while more is to come
_last_genes: Final[list[tuple[bytes, tuple[str, ...]]]] = [(b"", ())]


def read_arrow(
    stream: Source,
    model_id: str,
    query: Query | Mapping[str, Any] | None = None,
    *,
    provenance: Mapping[str, Any] | None = None,
) -> Prediction:
    """A prediction from an Arrow stream, read batch by batch as it comes.

    Parameters
    ----------
    stream
        The bytes, the path of a file that has them, or a file object to read them from (a response that is still
        arriving, for example).
    model_id
        The model that answered.
    query
        What was asked, as a query or its body; number and order of the samples are then checked.
    provenance
        How the answer came about.

    Raises
    ------
    ResultError
        When the stream is cut off, is no Arrow stream, or does not fit itself or the query.
    MissingExtraError
        When pyarrow is not installed (``pip install "synthquery[arrow]"``).
    UnknownModelError
        When there is no such model.
    """
    known = answering(model_id)
    asked = asked_of(query)
    expected = None if asked is None else sum(one.number for one in asked)
    with open_batches(stream) as batches:
        stated: dict[bytes, bytes] = batches.schema.metadata or {}  # a copy of a megabyte, each time
        order = stated.pop(_GENE_ORDER, b"")
        about = _about(stated)
        _check_request(about, known)
        genes = _genes(order)
        parts = _Parts(len(genes), None if batches.in_memory else expected, in_place=batches.fixed)
        for batch in batches:
            parts.add(batch)
        if not batches.ended and parts.n_samples != expected:
            raise ResultError(f"the Arrow stream is cut off after {parts.n_samples:,} samples")
    check_number(parts.n_samples, query)
    if not parts.n_samples:
        raise ResultError(f"the result of {model_id} has no samples")
    prediction = parts.prediction(known, genes, about, provenance)
    check_order(prediction, query)
    return prediction


class _Parts:
    """What the batches read so far hold."""

    def __init__(self, n_genes: int, n_samples: int | None, *, in_place: bool) -> None:
        self.n_samples = 0
        self._counts = Vectors("counts", np.dtype(np.int64), n_samples, n_genes or None, in_place=in_place)
        self._latents: dict[str, Vectors] = {}
        self._expected = n_samples
        self._in_place = in_place
        self._metadata: list[Any] = []
        self._probabilities = Probabilities()
        self._held: list[Any] = []
        self._size = 0

    def add(self, batch: Any) -> None:
        """Take a batch. What is small in it is read with that of others: each reading costs as much as a row."""
        for column in self._columns_of_counts(batch):
            self._counts.add(column)
        self.n_samples += batch.num_rows
        self._held.append(batch)
        if self._expected is not None:
            self._size += batch.nbytes
            if self._size >= _HELD:
                self._take()

    def _take(self) -> None:
        """Read metadata, latents and probabilities of the batches that are held, and let go of them."""
        batches, self._held, self._size = self._held, [], 0
        if not batches:
            return
        table = import_extra("pyarrow", "arrow", "an Arrow stream").Table.from_batches(batches)
        names = table.column_names
        for name in names:
            if name.endswith(_LATENT):
                self._latent(name.removesuffix(_LATENT), joined(table.column(name)))
        if "latents" in names:
            latents = joined(table.column("latents"))
            for field in latents[0].type:
                self._latent(field.name, [column.field(field.name) for column in latents])
        if "metadata" in names:
            for column in joined(table.column("metadata")):
                self._metadata += rows_of(column)
        else:
            self._metadata += [None] * table.num_rows
        if "classifier_probs" in names:
            for column in joined(table.column("classifier_probs")):
                self._probabilities.add(column)

    def _columns_of_counts(self, batch: Any) -> Iterator[Any]:
        names = batch.schema.names
        if "counts" in names:
            yield batch.column("counts")
        elif "decoder_sample" in names:
            sample = batch.column("decoder_sample")
            if hasattr(sample, "field") and any(field.name == "counts" for field in sample.type):
                yield sample.field("counts")

    def _latent(self, name: str, columns: list[Any]) -> None:
        if name not in self._latents:
            self._latents[name] = Vectors(
                f"latents {name}", np.dtype(np.float64), self._expected, None, in_place=self._in_place
            )
        for column in columns:
            self._latents[name].add(column)

    def prediction(
        self,
        known: Answering,
        genes: tuple[str, ...],
        about: Mapping[str, str],
        provenance: Mapping[str, Any] | None,
    ) -> Prediction:
        self._take()
        counts = self._counts.matrix()
        if counts is None and known.kind == "expression":
            raise ResultError(f"the result of {known.model_id} has no counts")
        latents = {name: array for name, one in self._latents.items() if (array := one.matrix()) is not None}
        for name, array in latents.items():
            refuse_missing(array, f"latents {name}")
        return Prediction(
            model_id=known.model_id,
            kind=known.kind,
            sample_metadata=metadata_rows(self._metadata, known),
            counts_array=counts,
            gene_order=genes,
            latent_arrays=latents,
            probabilities=self._labels(),
            model_version=about.get("model_version") or None,
            simulated=about.get("simulated") == "true",
            provenance=dict(provenance or _json(about, "provenance") or {}),
            names=term_names,
        )

    def _labels(self) -> dict[str, LabelProbabilities]:
        found: dict[str, LabelProbabilities] = {}
        for name, labels, values in self._probabilities.tables():
            key, one = field_key(name), label_probabilities(name, labels, values)
            before = found.get(key)
            if (
                before is None or not before.values.any()
            ):  # a column of a schema may be there and have nothing in it
                found[key] = one
            elif one.values.any() and not _equal(before, one):
                raise ResultError(
                    f"it has probabilities of {key} twice, and they differ: which are meant is not known"
                )
        return found


def _equal(one: LabelProbabilities, other: LabelProbabilities) -> bool:
    """Whether two tables have the same labels, in any order, and the same probabilities."""
    if sorted(one.labels) != sorted(other.labels):
        return False
    order = [other.labels.index(label) for label in one.labels]
    return np.array_equal(one.values, other.values[:, order])


def _about(stated: Mapping[bytes, bytes]) -> dict[str, str]:
    """The metadata of a schema, without the order of the genes."""
    try:
        return {key.decode(): value.decode() for key, value in stated.items()}
    except UnicodeDecodeError as error:
        raise ResultError("the metadata of the Arrow schema are not text") from error


def _genes(raw: bytes) -> tuple[str, ...]:
    """The order of the genes; answers of one model share it, and it is read once."""
    before, genes = _last_genes[0]
    if raw != before:
        try:
            genes = gene_order(_json({"gene_order": raw.decode()}, "gene_order"))
        except UnicodeDecodeError as error:
            raise ResultError("the metadata of the Arrow schema are not text") from error
        _last_genes[0] = raw, genes
    return genes


def _json(about: Mapping[str, str], key: str) -> Any:
    try:
        return json.loads(about[key]) if about.get(key) else None
    except ValueError as error:
        raise ResultError(f"'{key}' in the metadata of the Arrow schema is no JSON") from error


def _check_request(about: Mapping[str, str], known: Answering) -> None:
    """A stream that says it answers another kind of query is not read as if it did not."""
    request = about.get("request_type", "baseline")
    predicted = request == "predict_metadata"
    if predicted != (known.kind == "metadata"):
        raise ResultError(f"{known.model_id} was asked, the stream answers a {request!r} request")
