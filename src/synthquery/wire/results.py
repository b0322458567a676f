"""Prediction <-> the result JSON of the service.

The shapes that occur: counts as a flat list, as ``{"counts": [...]}`` or as a sparse ``{gene: count}``; metadata
prediction with probabilities under either name of a field and counts, if any, in ``decoder_sample``; and GEM-2's,
whose metadata may be null, whose latents have names of their own and whose predictions are called
``predicted_metadata`` and ``classifier_probabilities``. Lists of numbers may be numpy arrays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from synthquery.errors import ResultError
from synthquery.prediction import SIMULATED_NOTE, Prediction, SparseCounts
from synthquery.query.models import CountsForm, Query
from synthquery.wire.answering import RESULT_KEYS, answering, is_gem_2
from synthquery.wire.asked import check_number, check_order
from synthquery.wire.raw_results import read_result
from synthquery.wire.result_counts import result_counts
from synthquery.wire.result_parts import gene_order, latent_arrays, metadata_rows, probabilities, said
from synthquery.wire.term_names import term_names
from synthquery.wire.tracebacks import without_traceback

__all__ = ["RESULT_KEYS", "parse_result", "result_to_payload"]


def parse_result(
    payload: Mapping[str, Any] | bytes | str | os.PathLike[str],
    model_id: str,
    query: Query | Mapping[str, Any] | None = None,
    *,
    provenance: Mapping[str, Any] | None = None,
) -> Prediction:
    """A prediction from a result.

    Parameters
    ----------
    payload
        The result: ``{"gene_order", "outputs", "model_version"}``; lists of numbers may be numpy arrays, which
        are not copied where the counts of all samples already lie one behind the other. Or its JSON as bytes, or
        the path of a file that has it: `read_result` reads them.
    model_id
        The model that answered.
    query
        What was asked, as a query or its body; number and order of the samples are then checked.
    provenance
        How the answer came about.

    Returns
    -------
    Prediction
        With counts as an array; sparse when they came as objects by gene.

    Raises
    ------
    ResultError
        When the result reports a failure, has another shape, or does not fit itself or the query: lengths,
        genes named twice, counts that are missing, negative or not whole, latents or probabilities that are no
        numbers, samples that are not where they were asked for.
    UnknownModelError
        When there is no such model.
    """
    answering(model_id)
    if isinstance(payload, bytes | str | os.PathLike):
        payload = read_result(payload)
    if not isinstance(payload, Mapping):
        raise ResultError(f"a result is an object, not {type(payload).__name__}")
    _refuse_failure(payload)
    outputs = payload.get("outputs")
    if not isinstance(outputs, list) or not all(isinstance(output, Mapping) for output in outputs):
        raise ResultError(f"the result of {model_id} has no list 'outputs'")
    check_number(len(outputs), query)
    if not outputs:
        raise ResultError(f"the result of {model_id} has no samples")
    known = answering(model_id, outputs)
    genes = gene_order(payload.get("gene_order"))
    counts = result_counts(outputs, genes, decoder=known.kind == "metadata")
    if counts is None and known.kind == "expression":
        old = (
            "; it has 'expression', the shape of the first service (2025)"
            if "expression" in outputs[0]
            else ""
        )
        raise ResultError(f"the result of {model_id} has no counts{old}")
    version = payload.get("model_version")
    prediction = Prediction(
        model_id=model_id,
        kind=known.kind,
        counts_array=counts,
        gene_order=genes,
        sample_metadata=metadata_rows([said(output, known) for output in outputs], known),
        latent_arrays=latent_arrays(outputs, known),
        probabilities=probabilities(outputs),
        model_version=None if version is None else str(version),
        simulated=payload.get("simulated") is True,
        provenance=dict(provenance or payload.get("provenance") or {}),
        names=term_names,
    )
    check_order(prediction, query)
    return prediction


def result_to_payload(
    prediction: Prediction, *, counts: CountsForm = "list", by_gene: bool = True
) -> dict[str, Any]:
    """The result JSON of a prediction; ``parse_result`` gives the prediction back.

    Bulk counts are lists, single-cell counts sparse objects, as the service sends them. A simulated
    prediction says so in the extra keys ``simulated`` and ``note``.

    Parameters
    ----------
    prediction
        What to write.
    counts
        ``"list"`` for plain JSON values; ``"array"`` leaves lists of counts as numpy arrays, for a writer that
        takes them.
    by_gene
        False for single-cell counts as lists too, for clients that read no others.
    """
    sparse = by_gene and prediction.gene_order and answering(prediction.model_id).modality == "single-cell"
    rows = (
        _named_rows(prediction) if sparse and prediction.kind == "expression" else _listed(prediction, counts)
    )
    payload: dict[str, Any] = {
        "gene_order": list(prediction.gene_order),
        "model_version": prediction.model_version,
        "outputs": [_output(prediction, place, row) for place, row in enumerate(rows)],
    }
    if prediction.simulated:
        payload |= {"simulated": True, "note": SIMULATED_NOTE}
    if prediction.provenance:
        payload["provenance"] = dict(prediction.provenance)
    return payload


def _listed(prediction: Prediction, form: CountsForm) -> Iterator[Any]:
    matrix = prediction.counts_array
    for place in range(prediction.n_samples):
        row = None if matrix is None else matrix[place]
        yield row.tolist() if row is not None and form == "list" else row


def _named_rows(prediction: Prediction) -> Iterator[dict[str, int]]:
    kept = prediction.stored_counts
    for place in range(prediction.n_samples):
        if isinstance(kept, SparseCounts):
            present, values = kept.row(place)
        else:
            assert kept is not None  # every prediction of expression has counts
            present = np.flatnonzero(kept[place])
            values = kept[place][present]
        names = (prediction.gene_order[gene] for gene in present.tolist())
        yield dict(zip(names, values.tolist(), strict=True))


def _output(prediction: Prediction, place: int, counts: Any) -> dict[str, Any]:
    predicted = prediction.kind == "metadata" and is_gem_2(prediction.model_id)
    output: dict[str, Any] = {
        "predicted_metadata" if predicted else "metadata": dict(prediction.sample_metadata[place])
    }
    if counts is not None:
        output |= (
            {"decoder_sample": {"counts": counts}} if prediction.kind == "metadata" else {"counts": counts}
        )
    if prediction.latent_arrays:
        output["latents"] = {
            name: array[place].tolist()
            for name, array in prediction.latent_arrays.items()
            if not (array.shape[1] and np.isnan(array[place]).all())  # a sample that has none
        }
    if prediction.probabilities:
        output["classifier_probabilities" if predicted else "classifier_probs"] = {
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
            where, what = (
                (item.get("path"), item.get("message", item)) if isinstance(item, Mapping) else ("", item)
            )
            told = without_traceback(str(what))
            lines.append(f"{where}: {told}" if where else told)
    raise ResultError("the model reports a failure: " + "; ".join(dict.fromkeys(lines)))
