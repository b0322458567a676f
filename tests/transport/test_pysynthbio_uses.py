"""The real pysynthbio, unmodified, against the simulator server: every documented use of its models."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pysynthbio
import pytest
import requests

from synthquery.catalog import get_model, list_models
from synthquery.web import SimulatorServer

MODELS = [spec.model_id for spec in list_models()]
LATENTS = {"biological": 1024, "technical": 32, "perturbation": 512}
BONE_MARROW, STOMACH, LIVER, BRAIN = "UBERON:0002371", "UBERON:0000945", "UBERON:0002107", "UBERON:0000955"
TOKEN = "opensesame"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(token=TOKEN, seed=1, hold=20) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(server: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables by which people tell pysynthbio where to ask."""
    for name in [name for name in os.environ if name.startswith("SYNTHESIZE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", server.url)
    monkeypatch.setenv("SYNTHESIZE_API_KEY", TOKEN)


def example(model_id: str) -> dict[str, Any]:
    return pysynthbio.get_example_query(model_id=model_id)["example_query"]


def ask(query: dict[str, Any], model_id: str, **options: Any) -> Any:
    return pysynthbio.predict_query(query, model_id=model_id, poll_interval_seconds=1, **options)


def one_liver_sample(**parameters: Any) -> dict[str, Any]:
    metadata = {"tissue_ontology_id": LIVER, "sample_type": "primary tissue"}
    query = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}
    return {**query, "seed": 42, **parameters}


def test_the_models_are_listed():
    assert [model["model_id"] for model in pysynthbio.list_models()["models"]] == MODELS


@pytest.mark.parametrize("model_id", MODELS)
def test_the_example_of_every_model_is_answered_in_tables(model_id):
    query = example(model_id)
    wanted = sum(one.get("num_samples", 1) for one in query["inputs"])
    result = ask(query, model_id)
    assert result["expression"].shape == (wanted, get_model(model_id).n_genes)
    assert (result["expression"].to_numpy() >= 0).all()
    assert len(result["metadata"]) == wanted
    assert {name: len(cell) for name, cell in result["latents"].iloc[0].items()} == LATENTS
    assert ("classifier_probs" in result) == model_id.endswith("_predict-metadata")


# Baseline models.


@pytest.mark.parametrize("strategy", ["sample generation", "mean estimation"])
def test_bulk_does_both_strategies(strategy):
    query = example("gem-1-bulk")
    query["sampling_strategy"] = strategy
    assert len(ask(query, "gem-1-bulk")["expression"]) == 5


def test_single_cells_do_mean_estimation_only():
    query = example("gem-1-sc")
    query["sampling_strategy"] = "mean estimation"
    assert len(ask(query, "gem-1-sc")["expression"]) == 4
    query["sampling_strategy"] = "sample generation"
    with pytest.raises(pysynthbio.ValidationError, match="sampling_strategy"):
        ask(query, "gem-1-sc")


def test_counts_add_up_to_the_total_count():
    query = example("gem-1-bulk")
    query["total_count"], query["sampling_strategy"] = 5_000_000, "mean estimation"
    np.testing.assert_array_equal(ask(query, "gem-1-bulk")["expression"].sum(axis=1), 5_000_000)


@pytest.mark.parametrize(("model_id", "total"), [("gem-1-bulk", 10_000_000), ("gem-1-sc", 10_000)])
def test_without_a_total_count_it_is_the_documented_one(model_id, total):
    np.testing.assert_array_equal(ask(one_liver_sample(), model_id)["expression"].sum(axis=1), total)


def test_deterministic_latents_are_the_same_for_all_samples():
    query = one_liver_sample(deterministic_latents=True, seed=None)
    query["inputs"][0]["num_samples"] = 2
    latents = ask(query, "gem-1-bulk")["latents"]
    assert latents["biological"][0] == latents["biological"][1]


def test_a_seed_gives_the_same_answer_again():
    query = one_liver_sample(sampling_strategy="sample generation")
    one, same = (ask(query, "gem-1-bulk")["expression"].to_numpy() for _ in range(2))
    np.testing.assert_array_equal(one, same)
    query["seed"] = 43
    assert (one != ask(query, "gem-1-bulk")["expression"].to_numpy()).any()


def test_parameters_may_be_combined_and_given_as_keywords():
    query = one_liver_sample()
    result = ask(query, "gem-1-bulk", total_count=8_000_000, deterministic_latents=True)
    assert result["expression"].sum(axis=1).tolist() == [8_000_000]


def test_inputs_may_be_changed_and_added():
    query = example("gem-1-bulk")
    query["inputs"][0]["num_samples"] = 10
    added = {"sex": "male", "sample_type": "primary tissue", "tissue_ontology_id": BONE_MARROW}
    query["inputs"].append({"metadata": added, "num_samples": 5})
    metadata = ask(query, "gem-1-bulk")["metadata"]
    assert len(metadata) == 10 + 2 + 5
    assert metadata["tissue_ontology_id"].tolist()[-5:] == [BONE_MARROW] * 5


def test_every_metadata_key_is_taken_and_echoed():
    metadata = {
        "age_years": "65",
        "cell_line_ontology_id": "CVCL_0023",
        "cell_type_ontology_id": "CL:0000066",
        "developmental_stage": "adult",
        "disease_ontology_id": "MONDO:0011719",
        "ethnicity": "not hispanic or latino",
        "genotype": "wild type",
        "race": "white",
        "sample_type": "cell line",
        "sex": "male",
        "tissue_ontology_id": STOMACH,
        "perturbation_dose": "10 um",
        "perturbation_ontology_id": "ENSG00000156127",
        "perturbation_time": "96 hours",
        "perturbation_type": "crispr",
        "study": "PRJNA123456",
        "library_selection": "cDNA",
        "library_layout": "PAIRED",
        "platform": "illumina",
    }
    query = {**one_liver_sample(), "inputs": [{"metadata": metadata, "num_samples": 1}]}
    echoed = ask(query, "gem-1-bulk")["metadata"].iloc[0].to_dict()
    assert {key: echoed[key] for key in metadata} == metadata


@pytest.mark.parametrize(
    ("key", "values"),
    [
        (
            "sample_type",
            ["cell line", "organoid", "other", "primary cells", "primary tissue", "xenograft"],
        ),
        ("sex", ["male", "female"]),
        ("library_selection", ["cDNA", "polyA", "Oligo-dT"]),
        ("library_layout", ["PAIRED", "SINGLE"]),
        (
            "perturbation_type",
            ["coculture", "compound", "control", "crispr", "genetic", "infection", "other"],
        ),
        ("perturbation_type", ["overexpression", "peptide or biologic", "shrna", "sirna"]),
    ],
)
def test_every_documented_value_is_taken(key, values):
    inputs = [{"metadata": {key: value}, "num_samples": 1} for value in values]
    assert len(ask({**one_liver_sample(), "inputs": inputs}, "gem-1-sc")["metadata"]) == len(values)


def test_results_can_be_worked_with_and_saved():
    result = ask(one_liver_sample(), "gem-1-bulk")
    assert result["metadata"].head()["tissue_ontology_id"].tolist() == [LIVER]
    table = io.StringIO()
    result["expression"].T.to_csv(table)
    table.seek(0)
    saved = pd.read_csv(table, index_col=0).T
    assert list(saved.columns) == list(result["expression"].columns)
    np.testing.assert_array_equal(saved, result["expression"])
    again = pickle.loads(pickle.dumps(result))
    np.testing.assert_array_equal(again["expression"], result["expression"])


# Metadata prediction.


@pytest.fixture(scope="module")
def tissues(server: SimulatorServer) -> pd.DataFrame:
    """Counts of two liver and two brain samples, a column a sample as count tables have them."""
    inputs = [{"metadata": {"tissue_ontology_id": one}, "num_samples": 2} for one in (LIVER, BRAIN)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTHESIZE_API_KEY", TOKEN)
        result = ask({**one_liver_sample(), "inputs": inputs}, "gem-1-bulk", api_base_url=server.url)
    return result["expression"].T.set_axis(["A1", "A2", "B1", "B2"], axis=1)


def predicting(table: pd.DataFrame, **parameters: Any) -> dict[str, Any]:
    query = example("gem-1-bulk_predict-metadata")
    query["inputs"] = [{"counts": table.iloc[:, place].tolist()} for place in range(table.shape[1])]
    return {**query, **parameters}


def test_unlabelled_samples_are_annotated(tissues):
    file = io.StringIO(tissues.to_csv())
    table = pd.read_csv(file, index_col=0)
    result = ask(predicting(table, seed=42), "gem-1-bulk_predict-metadata")
    annotations = result["metadata"].assign(sample_id=table.columns)
    assert annotations.set_index("sample_id")["tissue_ontology_id"].to_dict() == {
        "A1": LIVER,
        "A2": LIVER,
        "B1": BRAIN,
        "B2": BRAIN,
    }


def test_a_mislabelled_sample_is_found(tissues):
    provided = [LIVER, BRAIN, BRAIN, BRAIN]
    predicted = ask(predicting(tissues), "gem-1-bulk_predict-metadata")["metadata"]["tissue_ontology_id"]
    assert [place for place, label in enumerate(provided) if label != predicted[place]] == [1]


def test_one_sample_has_probabilities_and_latents(tissues):
    result = ask(predicting(tissues[["A1"]]), "gem-1-bulk_predict-metadata")
    probabilities = result["classifier_probs"]["cell_type"][0]
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-3)
    best = sorted(probabilities.items(), key=lambda one: one[1], reverse=True)[:5]
    assert len(best) == 5
    assert {name: len(cell) for name, cell in result["latents"].iloc[0].items()} == LATENTS


def test_batches_can_be_told_by_their_technical_latents(tissues):
    latents = ask(predicting(tissues), "gem-1-bulk_predict-metadata")["latents"]
    technical = np.array(latents["technical"].tolist())
    means = pd.DataFrame(technical).groupby(["one", "one", "two", "two"]).mean()
    assert means.shape == (2, 32)


@pytest.mark.parametrize(
    "spoil", [lambda counts: counts[:-1], lambda counts: [-1, *counts[1:]], lambda counts: [0.5, *counts[1:]]]
)
def test_counts_that_are_none_are_refused_with_their_place(spoil):
    query = example("gem-1-sc_predict-metadata")
    query["inputs"][0]["counts"] = spoil(query["inputs"][0]["counts"])
    with pytest.raises(pysynthbio.ValidationError, match=r"inputs\[0\]\.counts") as caught:
        ask(query, "gem-1-sc_predict-metadata")
    assert caught.value.status_code == 422
    assert caught.value.response_json["errors"][0]["code"].startswith("counts.")


def test_whole_floats_are_counts():
    query = example("gem-1-sc_predict-metadata")
    query["inputs"][0]["counts"] = [float(count) for count in query["inputs"][0]["counts"]]
    assert len(ask(query, "gem-1-sc_predict-metadata")["metadata"]) == 1


# Reference conditioning.


def conditioned(**parameters: Any) -> dict[str, Any]:
    return {**example("gem-1-bulk_reference-conditioning"), "seed": 42, **parameters}


def test_the_library_size_is_the_references():
    query = conditioned(fixed_total_count=False, sampling_strategy="mean estimation", total_count=1_000)
    result = ask(query, "gem-1-bulk_reference-conditioning")
    np.testing.assert_array_equal(result["expression"].sum(axis=1), sum(query["inputs"][0]["counts"]))


def test_the_library_size_can_be_fixed():
    query = conditioned(fixed_total_count=True, sampling_strategy="mean estimation", total_count=2_000_000)
    result = ask(query, "gem-1-bulk_reference-conditioning")
    np.testing.assert_array_equal(result["expression"].sum(axis=1), 2_000_000)


@pytest.mark.parametrize("conditioning", [["biological", "technical"], ["biological"], ["technical"]])
def test_what_is_conditioned_on_can_be_chosen(conditioning):
    query = conditioned(conditioning=conditioning, deterministic_latents=True)
    assert len(ask(query, "gem-1-bulk_reference-conditioning")["expression"]) == 2


def test_the_perturbation_is_echoed():
    query = conditioned()
    told = {
        "perturbation_ontology_id": "CHEMBL25",
        "perturbation_type": "compound",
        "perturbation_time": "24 hours",
        "perturbation_dose": "10 um",
    }
    query["inputs"][0] |= {"metadata": told, "num_samples": 3}
    metadata = ask(query, "gem-1-bulk_reference-conditioning")["metadata"]
    assert metadata[list(told)].drop_duplicates().to_dict("records") == [told]
    assert len(metadata) == 3


def test_what_describes_the_reference_is_not_taken():
    query = conditioned()
    query["inputs"][0]["metadata"]["tissue_ontology_id"] = LIVER
    with pytest.raises(pysynthbio.ValidationError, match=r"inputs\[0\]\.metadata\.tissue_ontology_id"):
        ask(query, "gem-1-bulk_reference-conditioning")


# What the client can be told, and what it raises.


def test_the_raw_response_is_the_result_json():
    raw = ask(one_liver_sample(), "gem-1-sc", raw_response=True)
    assert raw.keys() >= {"gene_order", "outputs", "model_version"}
    assert len(raw["gene_order"]) == 37_125


def test_the_download_address_needs_no_token(server):
    url = ask(one_liver_sample(), "gem-1-sc", return_download_url=True)["download_url"]
    assert url.startswith(server.url)
    assert requests.get(url, timeout=20).json()["outputs"]


def test_the_token_never_reaches_the_downloads(server):
    ask(one_liver_sample(), "gem-1-sc")
    assert server.summary()["authorized_downloads"] == 0


def test_a_wrong_token_is_an_authentication_error(monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "wrong")
    with pytest.raises(pysynthbio.AuthenticationError) as caught:
        ask(one_liver_sample(), "gem-1-sc")
    assert caught.value.status_code == 401
    with pytest.raises(pysynthbio.AuthenticationError):
        pysynthbio.list_models()


def test_an_unknown_model_is_not_found():
    with pytest.raises(pysynthbio.NotFoundError):
        ask(one_liver_sample(), "gem-1-bulc")


def test_field_errors_come_one_a_line():
    query = one_liver_sample(total_count=0)
    query["inputs"][0]["metadata"]["age_years"] = "65 years"
    with pytest.raises(pysynthbio.ValidationError) as caught:
        ask(query, "gem-1-bulk")
    first, *lines = str(caught.value).splitlines()
    assert first == "Invalid request (422):"
    assert [line.partition(":")[0] for line in lines] == ["- inputs[0].metadata.age_years", "- total_count"]


def test_an_unknown_term_fails_with_its_name_and_no_traceback():
    query = one_liver_sample()
    query["inputs"][0]["metadata"]["tissue_ontology_id"] = "UBERON:9999999"
    with pytest.raises(pysynthbio.SynthesizeAPIError, match="UBERON:9999999") as caught:
        ask(query, "gem-1-bulk")
    assert str(caught.value).startswith("Model query failed: Metadata validation failed: [")
    assert "Traceback" not in str(caught.value)


def test_a_cold_start_can_outlast_patience():
    with (
        SimulatorServer(cold_start=600) as cold,
        pytest.raises(pysynthbio.SynthesizeAPIError, match="did not complete in time"),
    ):
        ask(
            example("gem-1-sc_predict-metadata"),
            "gem-1-sc_predict-metadata",
            api_base_url=cold.url,
            poll_timeout_seconds=-1,
        )


# Containers of one's own.


@pytest.fixture
def container(server: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> SimulatorServer:
    """The variables by which people tell pysynthbio that models run on their own machines."""
    monkeypatch.delenv("SYNTHESIZE_API_BASE_URL")
    monkeypatch.setenv("SYNTHESIZE_SELF_HOSTED", "yes")
    for model in ("GEM_1_BULK", "GEM_1_SC"):
        monkeypatch.setenv(f"SYNTHESIZE_API_BASE_URL__{model}", server.url)
    return server


@pytest.mark.parametrize("model_id", MODELS)
def test_a_container_gives_the_same_tables_as_the_hosted_service(container, model_id, monkeypatch):
    query = {**example(model_id), "seed": 7}
    contained = pysynthbio.predict_query(query, model_id)
    monkeypatch.delenv("SYNTHESIZE_SELF_HOSTED")
    hosted = ask(query, model_id)
    assert contained.keys() == hosted.keys()
    pd.testing.assert_frame_equal(contained["metadata"], hosted["metadata"])
    assert list(contained["expression"].columns) == list(hosted["expression"].columns)
    np.testing.assert_array_equal(contained["expression"], hosted["expression"])
    for name in contained["latents"].columns:
        np.testing.assert_allclose(contained["latents"][name][0], hosted["latents"][name][0])


def test_a_container_lists_models_and_raw_bytes(container, monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", container.url)
    assert len(pysynthbio.list_models()["models"]) == 6
    raw = pysynthbio.predict_query(one_liver_sample(), "gem-1-sc", raw_response=True)
    assert isinstance(raw, bytes)


def test_a_container_may_need_no_token(monkeypatch):
    monkeypatch.delenv("SYNTHESIZE_API_KEY")
    with SimulatorServer() as open_to_all:
        result = pysynthbio.predict_query(
            one_liver_sample(), "gem-1-sc", api_base_url=open_to_all.url, self_hosted=True
        )
    assert len(result["expression"]) == 1


def test_a_container_refuses_at_once(container, monkeypatch):
    wrong = one_liver_sample()
    wrong["inputs"][0]["metadata"]["tissue_ontology_id"] = "UBERON:9999999"
    with pytest.raises(pysynthbio.ValidationError, match="UBERON:9999999"):
        pysynthbio.predict_query(wrong, "gem-1-sc")
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "wrong")
    with pytest.raises(pysynthbio.AuthenticationError):
        pysynthbio.predict_query(one_liver_sample(), "gem-1-sc")
