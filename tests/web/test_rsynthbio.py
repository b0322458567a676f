"""The R client against the server; where R or the package rsynthbio is not installed, nothing is tried."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from synthquery.catalog import ModelSpec, list_models
from synthquery.simulator import example_query
from synthquery.web import SimulatorServer

RSCRIPT = shutil.which("Rscript")
MODELS = list_models()

Asking = Callable[[str], Any]


@pytest.fixture(scope="module")
def rscript() -> str:
    if RSCRIPT is None:
        pytest.skip("Rscript is not installed")
    found = subprocess.run(
        [RSCRIPT, "-e", "quit(status = !requireNamespace('rsynthbio', quietly = TRUE))"],
        check=False,
        capture_output=True,
    )
    if found.returncode:
        pytest.skip("the R package rsynthbio is not installed")
    return RSCRIPT


@pytest.fixture
def ask(rscript: str) -> Any:
    """Runs R code whose last value comes back as JSON; ``failure(...)`` is the message of an error."""
    with SimulatorServer(token="opensesame", hold=5.0) as server:
        names = {
            "SYNTHESIZE_API_BASE_URL": server.url,
            "SYNTHESIZE_API_KEY": "opensesame",
            "SYNTHESIZE_SELF_HOSTED": "0",
        }
        start = """library(rsynthbio)
failure <- function(code) tryCatch({ code; "" }, error = conditionMessage)
shape <- function(result) list(
  shape = dim(result$expression), samples = nrow(result$metadata), genes = head(names(result$expression), 2),
  latents = names(result$latents), fields = names(result$classifier_probs), reads = rowSums(result$expression),
  metadata = result$metadata)
"""

        def run(code: str) -> Any:
            whole = f"{start}answer <- {{ {code} }}\ncat(jsonlite::toJSON(answer, auto_unbox = TRUE, digits = NA))"
            done = subprocess.run(
                [rscript, "-e", whole],
                env={**os.environ, **names},
                check=False,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        yield run


def test_the_models_are_listed(ask: Asking) -> None:
    assert ask("list_models()$models$model_id") == [spec.model_id for spec in MODELS]


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.model_id)
def test_the_example_of_every_model_is_answered(ask: Asking, spec: ModelSpec) -> None:
    answer = ask(f"id <- '{spec.model_id}'; shape(predict_query(get_example_query(id)$example_query, id))")
    wanted = sum(one.get("num_samples", 1) for one in example_query(spec.model_id)["inputs"])
    assert answer["shape"] == [wanted, spec.n_genes]
    assert answer["samples"] == wanted
    assert all(gene.startswith("ENSG") for gene in answer["genes"])
    assert answer["latents"] == ["biological", "technical", "perturbation"]
    assert bool(answer["fields"]) == (spec.family == "metadata-prediction")


def test_a_query_made_in_r_is_answered_as_asked(ask: Asking) -> None:
    answer = ask("""
    query <- list(sampling_strategy = "mean estimation", total_count = 2e4, seed = 42, inputs = list(
      list(metadata = list(tissue_ontology_id = "UBERON:0002107", sex = NA), num_samples = 2),
      list(metadata = list(tissue_ontology_id = "UBERON:0000955"), num_samples = 1)))
    shape(predict_query(query, "gem-1-sc"))""")
    tissues = [row["tissue_ontology_id"] for row in answer["metadata"]]
    assert tissues == ["UBERON:0002107", "UBERON:0002107", "UBERON:0000955"]
    assert answer["reads"] == [20_000] * 3


def test_counts_of_an_answer_go_into_the_next_query(ask: Asking) -> None:
    answer = ask("""
    made <- predict_query(get_example_query("gem-1-sc")$example_query, "gem-1-sc")
    inputs <- lapply(seq_len(nrow(made$expression)), function(at) list(counts = as.numeric(made$expression[at, ])))
    predict_query(list(inputs = inputs), "gem-1-sc_predict-metadata")$metadata$tissue_ontology_id""")
    assert answer == ["UBERON:0002107"] * 2 + ["UBERON:0000178"] * 2


def test_an_example_is_changed_as_a_table(ask: Asking) -> None:
    answer = ask("""
    id <- "gem-1-sc_reference-conditioning"
    query <- get_example_query(id)$example_query
    query$inputs$num_samples[1] <- 3
    query$inputs$metadata$perturbation_ontology_id[1] <- "ENSG00000141510"
    shape(predict_query(query, id))""")
    assert [row["perturbation_ontology_id"] for row in answer["metadata"]] == ["ENSG00000141510"] * 3


def test_what_is_wrong_is_said(ask: Asking) -> None:
    told = ask("""
    one <- function(metadata) list(sampling_strategy = "mean estimation", inputs = list(
      list(metadata = metadata, num_samples = 1)))
    wrong <- list(sex = "Male", tissue_ontology_id = list("UBERON:0002107"))
    list(refused = failure(predict_query(one(wrong), "gem-1-bulk")),
      failed = failure(predict_query(one(list(tissue_ontology_id = "UBERON:9999999")), "gem-1-bulk")),
      model = failure(get_example_query("gem-1-bulc")),
      key = { Sys.setenv(SYNTHESIZE_API_KEY = "wrong"); failure(list_models()) })""")
    assert "status 422" in told["refused"]
    assert "inputs[0].metadata.sex" in told["refused"]
    assert "take it out of the list" in told["refused"]
    assert told["failed"].startswith("Model query failed. Metadata validation failed")
    assert "UBERON:9999999" in told["failed"]
    assert "did you mean gem-1-bulk" in told["model"]
    assert "status 401" in told["key"]
