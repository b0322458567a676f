"""Prediction <-> the result JSON of the service.

The shapes that occur are those of the service's GEM-1 models: counts as a flat list, as ``{"counts": [...]}``
or as a sparse ``{gene: count}``; metadata prediction with ``classifier_probs`` under either name of a field
and counts, if any, in ``decoder_sample``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.catalog import ModelSpec, get_model
from synthquery.errors import ResultError
from synthquery.prediction import SIMULATED_NOTE, LabelProbabilities, Prediction, other_spelling
from synthquery.query.counts import CountsError, counts_vector
from synthquery.query.metadata import METADATA_KEYS
from synthquery.query.models import Query

RESULT_KEYS: Final = (*sorted(METADATA_KEYS), "modality")


def parse_result(
    payload: Mapping[str, Any],
    model_id: str,
    query: Query | None = None,
    *,
    provenance: Mapping[str, Any] | None = None,
) -> Prediction:
    """A prediction from a result.

    Parameters
    ----------
    payload
        The result: ``{"gene_order", "outputs", "model_version"}``.
    model_id
        The model that answered.
    query
        What was asked; the number of samples is then checked.
    provenance
        How the answer came about.

    Raises
    ------
    ResultError
        When the result reports a failure, has another shape, or does not fit itself or the query.
    UnknownModelError
        When there is no such model.
    """
    spec = get_model(model_id)
    if not isinstance(payload, Mapping):
        raise ResultError(f"a result is an object, not {type(payload).__name__}")
    _refuse_failure(payload)
    outputs = payload.get("outputs")
    if not isinstance(outputs, list) or not all(isinstance(output, Mapping) for output in outputs):
        raise ResultError(f"the result of {model_id} has no list 'outputs'")
    if query is not None and len(outputs) != query.n_samples:
        raise ResultError(f"{query.n_samples:,} samples were asked for, the result has {len(outputs):,}")
    if not outputs:
        raise ResultError(f"the result of {model_id} has no samples")
    genes = _gene_order(payload.get("gene_order"))
    version = payload.get("model_version")
    return Prediction(
        model_id=model_id,
        kind="metadata" if spec.family == "metadata-prediction" else "expression",
        counts_array=_counts(outputs, genes, spec),
        gene_order=genes,
        sample_metadata=tuple(_metadata(output, place, spec) for place, output in enumerate(outputs)),
        latent_arrays=_latents(outputs),
        probabilities=_probabilities(outputs),
        model_version=None if version is None else str(version),
        simulated=payload.get("simulated") is True,
        provenance=dict(provenance or payload.get("provenance") or {}),
    )


def result_to_payload(prediction: Prediction) -> dict[str, Any]:
    """The result JSON of a prediction; ``parse_result`` gives the prediction back.

    Bulk counts are lists, single-cell counts sparse objects, as the service sends them. A simulated
    prediction says so in the extra keys ``simulated`` and ``note``.
    """
    spec = get_model(prediction.model_id)
    payload: dict[str, Any] = {
        "gene_order": list(prediction.gene_order),
        "model_version": prediction.model_version,
        "outputs": [_output(prediction, place, spec) for place in range(prediction.n_samples)],
    }
    if prediction.simulated:
        payload |= {"simulated": True, "note": SIMULATED_NOTE}
    if prediction.provenance:
        payload["provenance"] = dict(prediction.provenance)
    return payload


def _output(prediction: Prediction, place: int, spec: ModelSpec) -> dict[str, Any]:
    output: dict[str, Any] = {"metadata": dict(prediction.sample_metadata[place])}
    if prediction.counts_array is not None:
        row = prediction.counts_array[place]
        if prediction.kind == "metadata":
            output["decoder_sample"] = {"counts": row.tolist()}
        elif spec.modality == "single-cell" and prediction.gene_order:
            present = np.flatnonzero(row)
            names = (prediction.gene_order[gene] for gene in present.tolist())
            output["counts"] = dict(zip(names, row[present].tolist(), strict=True))
        else:
            output["counts"] = row.tolist()
    if prediction.latent_arrays:
        output["latents"] = {name: array[place].tolist() for name, array in prediction.latent_arrays.items()}
    if prediction.probabilities:
        output["classifier_probs"] = {
            name: dict(zip(one.labels, one.values[place].tolist(), strict=True))
            for name, one in prediction.probabilities.items()
        }
    return output


def _refuse_failure(payload: Mapping[str, Any]) -> None:
    """Raise when the result reports a failure, with all the service says about it."""
    said = [payload[key] for key in ("error", "errors") if payload.get(key)]
    if not said:
        return
    lines: list[str] = []
    for one in said:
        for item in one if isinstance(one, list) else [one]:
            if isinstance(item, Mapping):
                where, what = item.get("path"), item.get("message", item)
                lines.append(f"{where}: {what}" if where else str(what))
            else:
                lines.append(str(item).partition("\nTraceback")[0])
    raise ResultError("the model reports a failure: " + "; ".join(dict.fromkeys(lines)))


def _gene_order(genes: Any) -> tuple[str, ...]:
    if genes is None:
        return ()
    if not isinstance(genes, list | tuple) or not all(isinstance(gene, str) for gene in genes):
        raise ResultError("'gene_order' is not a list of gene IDs")
    if len(set(genes)) != len(genes):
        raise ResultError("'gene_order' names a gene twice")
    return tuple(genes)


def _counts(
    outputs: Sequence[Mapping[str, Any]], genes: tuple[str, ...], spec: ModelSpec
) -> npt.NDArray[np.int64] | None:
    predicted = spec.family == "metadata-prediction"
    raw = [_raw_counts(output, decoder=predicted) for output in outputs]
    if all(counts is None for counts in raw):
        if predicted:
            return None
        raise ResultError(f"the result of {spec.model_id} has no counts")
    columns = {gene: column for column, gene in enumerate(genes)}
    matrix: npt.NDArray[np.int64] | None = None
    for place, counts in enumerate(raw):
        row = _row(counts, columns, place)
        if matrix is None:
            matrix = np.zeros((len(raw), len(row)), dtype=np.int64)
        if len(row) != matrix.shape[1] or (genes and len(row) != len(genes)):
            expected = len(genes) or matrix.shape[1]
            raise ResultError(f"outputs[{place}] has {len(row):,} counts for {expected:,} genes")
        matrix[place] = row
    return matrix


def _raw_counts(output: Mapping[str, Any], *, decoder: bool) -> Any:
    counts = output.get("counts")
    if counts is None and decoder:
        counts = output.get("decoder_sample")
    if isinstance(counts, Mapping) and isinstance(counts.get("counts"), list):
        return counts["counts"]
    return counts


def _row(counts: Any, columns: Mapping[str, int], place: int) -> npt.NDArray[np.int64]:
    if counts is None:
        raise ResultError(f"outputs[{place}] has no counts")
    try:
        if not isinstance(counts, Mapping):
            return counts_vector(counts)
        if not columns:
            raise ResultError(f"outputs[{place}] has counts by gene, but the result has no 'gene_order'")
        unknown = next((gene for gene in counts if gene not in columns), None)
        if unknown is not None:
            raise ResultError(f"outputs[{place}] counts {str(unknown)[:40]!r}, which is not in 'gene_order'")
        row = np.zeros(len(columns), dtype=np.int64)
        row[[columns[gene] for gene in counts]] = counts_vector(list(counts.values()))
        return row
    except CountsError as error:
        raise ResultError(f"outputs[{place}]: {error}") from error


def _metadata(output: Mapping[str, Any], place: int, spec: ModelSpec) -> dict[str, Any]:
    """One row with every key in a fixed order; what is not set is empty text, as the service echoes it."""
    given = output.get("metadata")
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise ResultError(f"outputs[{place}].metadata is not an object")
    row: dict[str, Any] = dict.fromkeys(RESULT_KEYS, "")
    row["modality"] = spec.modality
    for key, value in given.items():
        long = other_spelling(key)
        row[long if key not in row and long in row else key] = "" if value is None else value
    return row


def _objects(outputs: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """The objects under a key of all outputs, empty ones where there is none."""
    found = [output.get(key) or {} for output in outputs]
    for place, one in enumerate(found):
        if not isinstance(one, Mapping):
            raise ResultError(f"outputs[{place}].{key} is not an object")
    return found


def _latents(outputs: Sequence[Mapping[str, Any]]) -> dict[str, npt.NDArray[np.float64]]:
    given = _objects(outputs, "latents")
    try:
        found = {
            name: np.array([one[name] for one in given], dtype=np.float64)
            for name in dict.fromkeys(name for one in given for name in one)
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ResultError("the latents are not equally long lists of numbers, one for each sample") from error
    if any(array.ndim != 2 for array in found.values()):
        raise ResultError("the latents are not equally long lists of numbers, one for each sample")
    return found


def _probabilities(outputs: Sequence[Mapping[str, Any]]) -> dict[str, LabelProbabilities]:
    """Tables from one object of labels for each sample; labels a sample lacks have probability 0."""
    given = _objects(outputs, "classifier_probs")
    names = dict.fromkeys(name for one in given for name in one)
    found: dict[str, LabelProbabilities] = {}
    for name in names:
        rows = [one.get(name) or {} for one in given]
        labels = tuple(dict.fromkeys(label for row in rows for label in row))
        try:
            values = np.array([[row.get(label, 0.0) for label in labels] for row in rows], dtype=np.float64)
        except (AttributeError, TypeError, ValueError) as error:
            raise ResultError(f"classifier_probs of {name} are not numbers by label") from error
        long = other_spelling(name)
        key = long if name not in METADATA_KEYS and long in METADATA_KEYS else name
        found[key] = LabelProbabilities(labels, values)
    return found
