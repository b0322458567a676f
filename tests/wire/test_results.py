"""Results: the shapes the service sends become predictions, and what does not fit is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

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
        (bulk({"counts": {GENES[0]: 3, GENES[1]: -3}}), rf"\(-3\) is negative \(of {GENES[1]}\)"),
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


def test_bytes_and_files_are_read_as_well(tmp_path: Path) -> None:
    raw = json.dumps(bulk(FLAT)).encode()
    (tmp_path / "result.json").write_bytes(raw)
    for source in (raw, tmp_path / "result.json", str(tmp_path / "result.json")):
        assert parse_result(source, "gem-1-bulk").counts_array.tolist() == [[904, 0, 16_777_217]]
    with pytest.raises(ResultError, match="cut off"):
        parse_result(raw[:-20], "gem-1-bulk")


class TestArrays:
    """Lists of numbers may be arrays, as a fast reader leaves them."""

    def rows(self, matrix: Any) -> list[dict[str, Any]]:
        return [{"counts": row, "metadata": {}} for row in matrix]

    def test_rows_of_one_matrix_are_that_matrix(self) -> None:
        matrix = np.array([[0, 1, 2], [3, 4, 5]])
        found = parse_result(bulk(*self.rows(matrix)), "gem-1-bulk").counts_array
        assert np.shares_memory(found, matrix)
        assert np.array_equal(found, matrix)

    @pytest.mark.parametrize("order", [[1, 0], [0, 0], [0, 2]])
    def test_other_rows_of_it_keep_their_places(self, order: list[int]) -> None:
        matrix = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]])
        found = parse_result(bulk(*self.rows([matrix[at] for at in order])), "gem-1-bulk").counts_array
        assert np.array_equal(found, matrix[order])

    def test_arrays_and_lists_may_stand_side_by_side(self) -> None:
        rows = [
            np.array([1, 2, 3]),
            [4, 5, 6],
            np.array([7.0, 8.0, 9.0]),
            {GENES[1]: 5},
            {"counts": np.array([1, 1, 1])},
        ]
        found = parse_result(bulk(*self.rows(rows)), "gem-1-bulk").counts_array
        assert found.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 5, 0], [1, 1, 1]]

    def test_what_is_no_count_is_found_in_arrays_too(self) -> None:
        for row, said in [
            ([1, -2, 3], "negative"),
            ([1, float("nan"), 3], "NaN"),
            ([1, 0.5, 2], "not a whole"),
        ]:
            good = np.array([1, 2, 3], dtype=np.array(row).dtype)
            with pytest.raises(ResultError, match=rf"outputs\[1\].*{said}"):
                parse_result(bulk(*self.rows([good, np.array(row)])), "gem-1-bulk")

    def test_rows_of_another_length_are_refused(self) -> None:
        with pytest.raises(ResultError, match="2 counts for 3 genes"):
            parse_result(bulk(*self.rows(np.ones((2, 2), dtype=int))), "gem-1-bulk")

    def test_latents_and_decoder_samples_may_be_arrays(self) -> None:
        output = {
            **PREDICTED,
            "latents": {"biological": np.array([0.1, 0.2])},
            "decoder_sample": {"counts": np.array([10, 20, 30])},
        }
        found = parse_result(bulk(output, output), "gem-1-bulk_predict-metadata")
        assert found.latent_arrays["biological"].tolist() == [[0.1, 0.2]] * 2
        assert found.counts_array.tolist() == [[10, 20, 30]] * 2

    def test_a_payload_may_leave_counts_as_arrays(self) -> None:
        one = parse_result(bulk(FLAT, FLAT), "gem-1-bulk")
        counts = result_to_payload(one, counts="array")["outputs"][1]["counts"]
        assert isinstance(counts, np.ndarray)
        assert np.shares_memory(counts, one.counts_array)


class TestSparse:
    def test_counts_by_gene_stay_sparse(self) -> None:
        outputs = [
            {"counts": {GENES[2]: 5, GENES[0]: 3}},
            {"counts": {}},
            {"counts": {"counts": {GENES[1]: 1}}},
        ]
        found = parse_result(bulk(*outputs), "gem-1-sc")
        assert found.is_sparse
        assert found.counts_array.tolist() == [[3, 0, 5], [0, 0, 0], [0, 1, 0]]

    def test_they_are_written_as_they_came(self) -> None:
        payload = bulk({"counts": {GENES[0]: 3, GENES[2]: 5}}, {"counts": {}})
        found = parse_result(payload, "gem-1-sc")
        assert [one["counts"] for one in result_to_payload(found)["outputs"]] == [
            one["counts"] for one in payload["outputs"]
        ]

    @pytest.mark.parametrize("value", [-1, 0.5, None, "3", True, float("nan")], ids=repr)
    def test_values_are_checked(self, value: Any) -> None:
        with pytest.raises(ResultError, match=r"outputs\[0\]"):
            parse_result(bulk({"counts": {GENES[0]: value}}), "gem-1-sc")


class TestGem2:
    """Shapes of GEM-2 as pysynthbio 4.2.4 takes them apart."""

    def test_expression_has_no_metadata_and_latents_of_its_own(self) -> None:
        output = {"counts": [16_777_217, 2], "metadata": None, "latents": {"generated": [0.1, 0.2]}}
        payload = {"gene_order": ["gene1", "gene2"], "model_version": "qualified", "outputs": [output]}
        found = parse_result(payload, "gem-2-bulk")
        assert found.kind == "expression"
        assert found.counts_array.tolist() == [[16_777_217, 2]]
        assert found.latents["generated"].to_numpy().tolist() == [[0.1, 0.2]]
        assert found.model_version == "qualified"
        assert found.metadata["modality"].tolist() == ["bulk"]

    def test_a_reference_has_three_latents(self) -> None:
        latents = {"z_ref": [0.1], "z_target": [0.2], "z_displacement": [0.1]}
        payload = {"gene_order": ["gene1"], "outputs": [{"counts": [3], "latents": latents}]}
        assert list(parse_result(payload, "gem-2-sc_reference-conditioning").latents) == list(latents)

    def test_predicted_metadata_and_probabilities_have_other_names(self) -> None:
        output = {
            "predicted_metadata": {"tissue_ontology_id": "UBERON:0002107", "age_years": None},
            "classifier_probabilities": {"tissue_ontology_id": {"UBERON:0002107": 0.75}},
            "latents": {"encoded": [0.3, 0.4]},
        }
        found = parse_result({"outputs": [output]}, "gem-2")
        assert found.kind == "metadata"
        assert found.shape == (1, 0)
        assert found.metadata["tissue_ontology_id"].tolist() == ["UBERON:0002107"]
        assert found.metadata["tissue_label"].tolist() == ["liver"]
        assert found.metadata["age_years"].tolist() == [""]
        assert found.classifier_probs["tissue"]["UBERON:0002107"].tolist() == [0.75]

    def test_an_autoencoder_says_which_models_it_used(self) -> None:
        output = {"counts": [16_777_217, 2], "model_release_id": "qualified", "vae_run_id": "same-vae"}
        found = parse_result({"gene_order": ["a", "b"], "outputs": [output, output]}, "gem-2-bulk_autoencode")
        assert found.metadata["model_release_id"].tolist() == ["qualified"] * 2
        assert found.metadata["vae_run_id"].tolist() == ["same-vae"] * 2

    def test_a_sample_may_lack_latents_that_others_have(self) -> None:
        outputs = [{"counts": [1], "latents": {"generated": [0.5]}}, {"counts": [2], "latents": None}]
        found = parse_result({"gene_order": ["a"], "outputs": outputs}, "gem-2-bulk").latent_arrays[
            "generated"
        ]
        assert np.array_equal(found, [[0.5], [np.nan]], equal_nan=True)

    def test_its_answer_is_its_result_too(self) -> None:
        outputs = [{"counts": [1, 0], "metadata": {"tissue": "liver"}}, {"counts": [0, 2], "metadata": None}]
        first = parse_result({"gene_order": ["a", "b"], "outputs": outputs}, "gem-2")
        assert parse_result(result_to_payload(first), "gem-2").sample_metadata == first.sample_metadata

    @pytest.mark.parametrize("told", [{}, {"tissue": "brain", "study": "PRJNA1"}])
    def test_what_is_predicted_is_not_lost_for_what_was_told(self, told: dict[str, Any]) -> None:
        output = {"metadata": told, "predicted_metadata": {"tissue": "liver"}, "latents": {"encoded": [0.3]}}
        found = parse_result({"outputs": [output]}, "gem-2")
        assert found.sample_metadata == ({"tissue": "liver"},)

    def test_its_predictions_are_its_result_too(self) -> None:
        output = {
            "predicted_metadata": {"tissue": "liver"},
            "classifier_probabilities": {"tissue_ontology_id": {"UBERON:0002107": 0.75}},
        }
        outputs = [{**output, "latents": {"encoded": [0.3, 0.4]}}, {**output, "latents": None}]
        first = parse_result({"outputs": outputs}, "gem-2")
        again = parse_result(json.loads(json.dumps(result_to_payload(first))), "gem-2")
        assert (again.kind, again.sample_metadata) == (first.kind, first.sample_metadata)
        assert again.classifier_probs["tissue"].equals(first.classifier_probs["tissue"])
        assert np.array_equal(again.latent_arrays["encoded"], first.latent_arrays["encoded"], equal_nan=True)

    @pytest.mark.parametrize("model_id", ["gem-3", "gem-2x", "gem-2_unheard-of"])
    def test_other_names_are_of_no_known_model(self, model_id: str) -> None:
        with pytest.raises(UnknownModelError):
            parse_result(bulk(FLAT), model_id)

    def test_samples_are_counted_in_its_items(self) -> None:
        body = {"inputs": {"modality": "bulk", "items": [{"metadata": {}, "num_samples": 2}]}}
        payload = {"gene_order": ["a"], "outputs": [{"counts": [1]}]}
        with pytest.raises(ResultError, match="2 samples were asked for, the result has 1"):
            parse_result(payload, "gem-2", body)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"latents": {"biological": [0.1, float("nan")]}}, "latents biological of outputs"),
        ({"latents": {"biological": [0.1, float("inf")]}}, "missing or infinite"),
        ({"classifier_probs": {"sex": {"male": float("nan")}}}, "probabilities of sex of outputs"),
        ({"classifier_probs": {"sex": {"male": -0.1}}}, "-0.1 is not between 0 and 1"),
        ({"classifier_probs": {"sex": {"male": 1.2}}}, "1.2 is not between 0 and 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ResultError, match=said):
        parse_result(bulk({**FLAT, **change}), "gem-1-bulk")


class TestOrder:
    """Samples stand where the query asked for them."""

    LIVER: ClassVar[dict[str, Any]] = {"tissue_ontology_id": "UBERON:0002107", "age_years": 61}
    BRAIN: ClassVar[dict[str, Any]] = {"tissue_ontology_id": "UBERON:0000955", "sex": "male"}

    def answer(
        self, echoed: list[Any], asked: list[dict[str, Any]], model_id: str = "gem-1-bulk"
    ) -> Prediction:
        outputs = [{"counts": [1, 2, 3], "metadata": one} for one in echoed]
        inputs = [{"metadata": one, "num_samples": 1} for one in asked]
        return parse_result(bulk(*outputs), model_id, {"inputs": inputs})

    def test_what_was_asked_is_echoed(self) -> None:
        assert self.answer([self.LIVER, self.BRAIN], [self.LIVER, self.BRAIN]).n_samples == 2

    def test_the_service_may_spell_values_otherwise(self) -> None:
        echoed = {"tissue_ontology_id": "UBERON_0002107", "age_years": "61.0", "sex": ""}
        assert self.answer([echoed, {**self.BRAIN, "sex": "Male"}], [self.LIVER, self.BRAIN]).n_samples == 2

    def test_the_service_may_round_years(self) -> None:
        assert self.answer([{"age_years": "61"}], [{"age_years": 61.4}]).n_samples == 1
        with pytest.raises(ResultError, match="age_years"):
            self.answer([{"age_years": "62"}], [{"age_years": 61.4}])

    @pytest.mark.parametrize("echoed", [{}, None, {"modality": "bulk"}], ids=repr)
    def test_a_service_that_echoes_nothing_is_taken_at_its_word(self, echoed: Any) -> None:
        assert self.answer([echoed, echoed], [self.LIVER, self.BRAIN]).n_samples == 2

    def test_samples_that_changed_places_are_refused(self) -> None:
        with pytest.raises(ResultError, match=r"outputs\[0\] is what inputs\[1\] asked for"):
            self.answer([self.BRAIN, self.LIVER], [self.LIVER, self.BRAIN])

    def test_so_are_they_where_one_input_says_nothing(self) -> None:
        with pytest.raises(ResultError, match="not in the order of the query"):
            self.answer([{}, self.LIVER], [self.LIVER, {}])

    def test_a_value_nobody_asked_for_is_refused(self) -> None:
        with pytest.raises(
            ResultError, match=r"outputs\[1\].metadata.sex is 'female', but inputs\[1\] asked for 'male'"
        ):
            self.answer([self.LIVER, {**self.BRAIN, "sex": "female"}], [self.LIVER, self.BRAIN])

    def test_repeated_samples_belong_to_their_input(self) -> None:
        outputs = [{"counts": [1, 2, 3], "metadata": one} for one in (self.LIVER, self.BRAIN, self.BRAIN)]
        body = {
            "inputs": [{"metadata": self.LIVER, "num_samples": 2}, {"metadata": self.BRAIN, "num_samples": 1}]
        }
        with pytest.raises(ResultError, match=r"outputs\[1\] is what inputs\[1\] asked for"):
            parse_result(bulk(*outputs), "gem-1-bulk", body)

    def test_predicted_metadata_are_no_echo(self) -> None:
        body = {"inputs": [{"counts": [1, 2, 3]}]}
        assert parse_result(bulk(PREDICTED), "gem-1-bulk_predict-metadata", body).n_samples == 1

    def test_gem_2_may_rewrite_what_it_is_told(self) -> None:
        body = {"inputs": {"items": [{"metadata": {"tissue": "liver"}, "num_samples": 1}]}}
        output = {"counts": [1], "metadata": {"tissue": "hepatic tissue"}}
        assert parse_result({"gene_order": ["a"], "outputs": [output]}, "gem-2", body).n_samples == 1


def test_many_sparse_counts_in_bytes_are_those_of_their_json() -> None:
    genes = [f"ENSG{number:011}" for number in range(0, 4_000, 4)]
    outputs = [
        {"counts": {gene: at + 1 for at, gene in enumerate(genes[start:]) if at % 3}, "metadata": {}}
        for start in (0, 500, 999)
    ]
    payload = {"gene_order": genes, "outputs": outputs}
    fast = parse_result(json.dumps(payload).encode(), "gem-1-sc")
    plain = parse_result(payload, "gem-1-sc")
    assert fast.is_sparse
    assert np.array_equal(fast.counts_array, plain.counts_array)
    for wrong in ({**outputs[0]["counts"], "ENSG99999999999": 1}, {**outputs[0]["counts"], genes[1]: -1}):
        with pytest.raises(ResultError, match=r"outputs\[1\]"):
            parse_result(
                json.dumps({"gene_order": genes, "outputs": [outputs[0], {"counts": wrong}]}).encode(),
                "gem-1-sc",
            )


class TestProbabilities:
    """Wherever they stand and whatever their field is called, none is lost and none is chosen in silence."""

    LIVER, BRAIN = {"UBERON:0002107": 1.0}, {"UBERON:0000955": 1.0}

    def read(self, *outputs: dict[str, Any]) -> dict[str, Any]:
        payload = {"outputs": [{"metadata": {}, **one} for one in outputs]}
        tables = parse_result(payload, "gem-1-sc_predict-metadata").classifier_probs
        return {key: table.to_dict("records") for key, table in tables.items()}

    def test_the_first_sample_may_have_none(self) -> None:
        found = self.read({}, {"classifier_probs": {"tissue": self.LIVER}})
        assert found == {"tissue_ontology_id": [{"UBERON:0002107": 0.0}, {"UBERON:0002107": 1.0}]}

    def test_samples_may_call_a_field_and_the_whole_differently(self) -> None:
        found = self.read(
            {"classifier_probs": {"tissue": self.LIVER}},
            {"classifier_probabilities": {"tissue_ontology_id": self.BRAIN}},
        )
        assert [max(row, key=row.__getitem__) for row in found["tissue_ontology_id"]] == [
            *self.LIVER,
            *self.BRAIN,
        ]

    def test_the_same_under_both_names_is_one_field(self) -> None:
        found = self.read(
            {"classifier_probs": {"tissue": self.LIVER, "tissue_ontology_id": dict(self.LIVER)}}
        )
        assert found == {"tissue_ontology_id": [self.LIVER]}

    def test_different_ones_under_both_names_are_refused(self) -> None:
        with pytest.raises(ResultError, match="tissue_ontology_id twice, and they differ"):
            self.read({"classifier_probs": {"tissue": self.LIVER, "tissue_ontology_id": self.BRAIN}})


@pytest.mark.parametrize("value", ["0.5", True])
def test_text_and_truth_values_are_no_numbers(value: Any) -> None:
    with pytest.raises(ResultError, match="not numbers by label"):
        parse_result(
            {"outputs": [{"classifier_probs": {"sex": {"male": value}}}]}, "gem-1-bulk_predict-metadata"
        )
    with pytest.raises(ResultError, match="lists of numbers"):
        parse_result(bulk({**FLAT, "latents": {"biological": [value, value]}}), "gem-1-bulk")


def test_a_decoder_that_has_no_counts_gives_none() -> None:
    payload = {"gene_order": ["a"], "outputs": [{"metadata": {}, "decoder_sample": {"counts": None}}]}
    assert parse_result(payload, "gem-1-bulk_predict-metadata").shape == (1, 0)
    with pytest.raises(ResultError, match="has no counts"):
        parse_result({**payload, "outputs": [{"counts": {"counts": None}}]}, "gem-1-bulk")


def test_both_names_of_a_field_of_metadata_are_kept_where_both_are_there() -> None:
    said = {"tissue": "liver", "tissue_ontology_id": "UBERON:0002107"}
    payload = {"outputs": [{"metadata": said}, {"metadata": {"tissue": "UBERON:0000955"}}]}
    table = parse_result(payload, "gem-1-sc_predict-metadata").metadata
    assert table["tissue_ontology_id"].tolist() == ["UBERON:0002107", "UBERON:0000955"]
    assert table["tissue"].tolist() == ["liver", ""]


def test_latents_that_no_sample_has_are_none() -> None:
    outputs = [{"counts": [1], "latents": {"z_ref": [0.5], "z_displacement": None}}] * 2
    assert list(parse_result({"outputs": outputs}, "gem-2").latents) == ["z_ref"]


def test_a_failure_is_told_without_the_traceback_of_its_program() -> None:
    error = {"message": "no room\nTraceback (most recent call last):\n  File x"}
    with pytest.raises(ResultError, match=r"failure: no room$"):
        parse_result({"outputs": [], "error": error}, "gem-1-bulk")


def test_expression_of_the_first_service_is_named() -> None:
    with pytest.raises(ResultError, match="'expression'"):
        parse_result({"outputs": [{"expression": [[1.5, 2.0]], "metadata": {}}]}, "gem-1-bulk")
