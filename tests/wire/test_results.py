"""Results: the shapes the service sends become predictions, and what does not fit is refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from synthquery.errors import ResultError, UnknownModelError
from synthquery.prediction import Prediction
from synthquery.query import BulkQuery
from synthquery.wire import RESULT_KEYS, parse_result, result_to_payload

GENES = ["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"]


def bulk(*outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"gene_order": GENES, "model_version": 2, "outputs": list(outputs), **more}


FLAT = {
    "counts": [904, 0, 16_777_217],
    "metadata": {"cell_line_ontology_id": "CVCL_0023", "sex": "", "modality": "bulk"},
    "latents": {"biological": [0.1, 0.2], "technical": [0.3], "perturbation": [0.4]},
    "classifier_probs": {"sex": {"female": 0.07, "male": 0.93}},
}
PREDICTED = {
    "classifier_probs": {"tissue": {"UBERON:0000955": 0.9, "UBERON:0002107": 0.1}},
    "latents": {"biological": [0.1], "technical": [0.2], "perturbation": [0.3]},
    "metadata": {"tissue": "UBERON:0000955", "age_years": None},
    "decoder_sample": {"counts": [10, 20, 30]},
}


@pytest.mark.parametrize(
    "counts", [[3, 0, 5], [3.0, 0.0, 5.0], {"counts": [3, 0, 5]}, {GENES[0]: 3, GENES[2]: 5}], ids=repr
)
@pytest.mark.parametrize("model_id", ["gem-1-bulk", "gem-1-sc", "gem-1-sc_reference-conditioning"])
def test_counts_come_in_several_forms(model_id: str, counts: Any) -> None:
    prediction = parse_result(bulk({"counts": counts, "metadata": {}}), model_id)
    assert prediction.counts.to_numpy().tolist() == [[3, 0, 5]]
    assert list(prediction.counts.columns) == GENES
    assert prediction.kind == "expression"


def test_metadata_has_all_keys_in_one_order() -> None:
    prediction = parse_result(bulk(FLAT, {**FLAT, "metadata": None}), "gem-1-bulk")
    assert tuple(prediction.sample_metadata[0]) == RESULT_KEYS
    labels = ("cell_line_label", "cell_type_label", "disease_label", "perturbation_label", "tissue_label")
    assert sorted(prediction.metadata.columns) == sorted((*RESULT_KEYS, *labels))
    assert prediction.metadata["cell_line_label"].tolist() == ["A-549", ""]
    assert prediction.metadata["cell_line_ontology_id"].tolist() == ["CVCL_0023", ""]
    assert prediction.metadata["modality"].tolist() == ["bulk", "bulk"]


def test_latents_probabilities_and_version_are_kept() -> None:
    prediction = parse_result(bulk(FLAT, FLAT), "gem-1-bulk", provenance={"transport": "test"})
    assert prediction.latents["biological"].to_numpy().tolist() == [[0.1, 0.2]] * 2
    assert prediction.classifier_probs["sex"]["male"].tolist() == [0.93, 0.93]
    assert prediction.model_version == "2"
    assert prediction.provenance == {"transport": "test"}
    assert not prediction.simulated


@pytest.mark.parametrize("key", ["tissue", "tissue_ontology_id"])
def test_either_name_of_a_field_is_understood(key: str) -> None:
    output = {
        **PREDICTED,
        "classifier_probs": {key: {"UBERON:0002107": 1.0}},
        "metadata": {key: "UBERON:0002107"},
    }
    prediction = parse_result(bulk(output), "gem-1-bulk_predict-metadata")
    assert prediction.kind == "metadata"
    assert prediction.metadata["tissue_ontology_id"].tolist() == ["UBERON:0002107"]
    for name in ("tissue", "tissue_ontology_id"):
        assert prediction.classifier_probs[name].to_numpy().tolist() == [[1.0]]


def test_a_metadata_prediction_may_have_counts_and_genes_or_neither() -> None:
    assert parse_result(bulk(PREDICTED), "gem-1-bulk_predict-metadata").counts.to_numpy().tolist() == [
        [10, 20, 30]
    ]
    bare = {"outputs": [{"metadata": {}, "classifier_probs": {}}]}
    prediction = parse_result(bare, "gem-1-bulk_predict-metadata")
    assert prediction.shape == (1, 0)
    with pytest.raises(ResultError, match="has no counts"):
        _ = prediction.counts


def test_labels_that_a_sample_lacks_have_probability_zero() -> None:
    other = {**PREDICTED, "classifier_probs": {"tissue": {"UBERON:0002107": 0.6, "UBERON:0002048": 0.4}}}
    table = parse_result(bulk(PREDICTED, other), "gem-1-bulk_predict-metadata").classifier_probs["tissue"]
    assert table["UBERON:0000955"].tolist() == [0.9, 0.0]
    assert table["UBERON:0002048"].tolist() == [0.0, 0.4]


@pytest.mark.parametrize(
    ("model_id", "payload"),
    [
        ("gem-1-bulk", bulk(FLAT, FLAT)),
        ("gem-1-sc", bulk({"counts": {GENES[1]: 3}, "metadata": {}})),
        ("gem-1-bulk_predict-metadata", bulk(PREDICTED)),
        ("gem-1-sc_predict-metadata", bulk(PREDICTED)),
    ],
)
def test_a_prediction_is_its_result(model_id: str, payload: dict[str, Any]) -> None:
    first = parse_result(payload, model_id)
    written = json.loads(json.dumps(result_to_payload(first)))
    second = parse_result(written, model_id)
    assert second.summary() == first.summary()
    assert np.array_equal(second.counts_array, first.counts_array)
    assert second.metadata.equals(first.metadata)
    assert (
        second.latents["biological"].equals(first.latents["biological"])
        if first.latents
        else not second.latents
    )
    assert result_to_payload(second) == result_to_payload(first)


def test_single_cell_counts_are_written_sparse() -> None:
    prediction = parse_result(bulk({"counts": [0, 3, 0], "metadata": {}}), "gem-1-sc")
    assert result_to_payload(prediction)["outputs"][0]["counts"] == {GENES[1]: 3}


def test_a_simulated_answer_stays_marked() -> None:
    simulated = Prediction(
        "gem-1-bulk", "expression", ({},), np.array([[1, 2, 3]]), tuple(GENES), simulated=True
    )
    payload = result_to_payload(simulated)
    assert payload["simulated"] is True
    assert "not biology" in payload["note"]
    assert parse_result(payload, "gem-1-bulk").simulated


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (
            {"error": "Model failed\nTraceback (most recent call last):\n  x"},
            "reports a failure: Model failed$",
        ),
        (
            {"errors": [{"path": "inputs[0].seed", "message": "Too large."}, "also"]},
            r"inputs\[0\].seed: Too large.; also",
        ),
        ({"error": {"message": "no"}, "outputs": []}, "failure: no"),
        ([], "a result is an object"),
        ({}, "no list 'outputs'"),
        ({"outputs": {}}, "no list 'outputs'"),
        ({"outputs": [5]}, "no list 'outputs'"),
        ({"outputs": []}, "no samples"),
        (bulk({"metadata": {}}), "has no counts"),
        (bulk({"counts": [1, 2]}), "2 counts for 3 genes"),
        (bulk({"counts": [1, 2, 3]}, {"counts": [1, 2]}), r"outputs\[1\] has 2 counts"),
        (bulk({"counts": [1, 2, 3]}, {}), r"outputs\[1\] has no counts"),
        (bulk({"counts": [1, 2, -3]}), "is negative"),
        (bulk({"counts": "many"}), r"outputs\[0\]: counts are a list"),
        (bulk({"counts": {"ENSG00000141510": 3}}), "not in 'gene_order'"),
        ({"outputs": [{"counts": {GENES[0]: 3}}]}, "no 'gene_order'"),
        (bulk(FLAT, gene_order="ENSG"), "not a list of gene IDs"),
        (bulk(FLAT, gene_order=[GENES[0]] * 3), "names a gene twice"),
        (bulk({**FLAT, "metadata": 5}), "metadata is not an object"),
        (bulk(FLAT, {**FLAT, "latents": {"biological": [1.0]}}), "latents"),
        (bulk({**FLAT, "latents": {"biological": 5}}), "latents"),
        (bulk({**FLAT, "latents": 5}), "latents"),
        (bulk({**FLAT, "classifier_probs": {"sex": "male"}}), "classifier_probs of sex"),
        (bulk({**FLAT, "classifier_probs": ["sex"]}), "classifier_probs"),
    ],
)
def test_what_is_no_result_is_refused(payload: Any, said: str) -> None:
    with pytest.raises(ResultError, match=said):
        parse_result(payload, "gem-1-bulk")


def test_a_result_has_as_many_samples_as_were_asked_for() -> None:
    inputs = [{"metadata": {}, "num_samples": 2}]
    query = BulkQuery.model_validate({"sampling_strategy": "mean estimation", "inputs": inputs})
    assert parse_result(bulk(FLAT, FLAT), "gem-1-bulk", query).n_samples == 2
    with pytest.raises(ResultError, match="2 samples were asked for, the result has 1"):
        parse_result(bulk(FLAT), "gem-1-bulk", query)


def test_a_result_of_an_unknown_model_is_not_guessed() -> None:
    with pytest.raises(UnknownModelError):
        parse_result(bulk(FLAT), "gem-9")
