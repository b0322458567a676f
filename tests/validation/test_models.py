"""Which model a query is checked for, and how typed queries are."""

from __future__ import annotations

import numpy as np
import pytest

from synthquery.catalog import list_models
from synthquery.query import BulkQuery, MetadataPredictionQuery, SingleCellQuery
from synthquery.simulator import example_query
from synthquery.validation import validate

BASELINE = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": {}, "num_samples": 1}]}


def test_a_typed_query_is_checked_for_its_model() -> None:
    query = BulkQuery.model_validate({**BASELINE, "model_id": "gem-1-bulk"})
    assert validate(query).model_id == "gem-1-bulk"
    assert validate(query).ok


def test_the_terms_of_a_typed_query_are_checked() -> None:
    inputs = [{"metadata": {"cell_type_ontology_id": "hepatocyte"}, "num_samples": 1}]
    query = SingleCellQuery.model_validate({**BASELINE, "inputs": inputs})
    assert [issue.code for issue in validate(query).issues] == ["term.label-instead-of-id"]


def test_the_counts_of_a_typed_query_are_checked() -> None:
    query = MetadataPredictionQuery.model_validate(
        {"model_id": "gem-1-sc_predict-metadata", "inputs": [{"counts": np.arange(9)}]}
    )
    assert [issue.code for issue in validate(query).issues] == ["counts.length"]


@pytest.mark.parametrize("model", [spec.model_id for spec in list_models()])
def test_the_example_of_every_model_is_clean(model: str) -> None:
    report = validate(example_query(model), model)
    assert not report.issues, str(report)


def test_the_argument_the_key_and_the_content_tell_the_model_in_this_order() -> None:
    assert validate(BASELINE).model_id is None
    assert validate({**BASELINE, "sampling_strategy": "sample generation"}).model_id == "gem-1-bulk"
    assert validate({**BASELINE, "model_id": "gem-1-sc"}).model_id == "gem-1-sc"
    assert validate(BASELINE, "gem-1-sc").model_id == "gem-1-sc"


def test_an_unknown_model_is_named_and_the_rest_is_checked_all_the_same() -> None:
    query = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": {"sex": "F"}, "num_samples": 1}]}
    report = validate(query, "gem-1-bulc")
    assert [(issue.code, issue.pointer) for issue in report.issues] == [
        ("model.unknown", ""),
        ("value.enum", "/inputs/0/metadata/sex"),
    ]
    assert report.issues[0].suggestions[0] == "gem-1-bulk"


@pytest.mark.parametrize("model", ["gem-2", "gem-2-bulk", "gem-2-sc_predict-metadata", "gem-2-ensemble"])
def test_a_model_of_the_next_generation_is_not_called_unknown(model: str) -> None:
    item = {"metadata": {"tissue": "liver"}, "num_samples": 1}
    query = {"operation": "predict-expression", "inputs": {"modality": "bulk", "items": [item]}}
    report = validate(query, model)
    assert [issue.code for issue in report.issues] == ["model.unchecked"]
    assert report.ok


def test_an_unknown_gene_is_a_warning_that_names_the_release() -> None:
    metadata = {"perturbation_type": "crispr", "perturbation_ontology_id": "ENSG00000999999"}
    report = validate({**BASELINE, "inputs": [{"metadata": metadata, "num_samples": 1}]}, "gem-1-bulk")
    assert report.ok
    assert report.warnings[0].code == "id.unknown"
    assert report.releases["ENSG"] in report.warnings[0].message
