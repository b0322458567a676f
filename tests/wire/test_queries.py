"""Query files: written whole, read back equal, and sorted to their model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthquery.errors import QueryFormatError, SynthQueryError, UnknownModelError
from synthquery.query import BulkQuery, MetadataPredictionQuery, ReferenceConditioningQuery, SingleCellQuery
from synthquery.wire import infer_model, load_query, model_of, parse_query, place, query_text, save_query

INPUT = {"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 2}
BULK = {"sampling_strategy": "sample generation", "inputs": [INPUT]}
MEAN = {"sampling_strategy": "mean estimation", "inputs": [INPUT]}
BULK_COUNTS, CELL_COUNTS = [0] * 44_592, [0] * 37_125
REFERENCE = {
    "sampling_strategy": "mean estimation",
    "inputs": [{"counts": BULK_COUNTS, "metadata": {}, "num_samples": 2}],
}


@pytest.mark.parametrize(
    ("body", "model_id"),
    [
        (BULK, "gem-1-bulk"),
        ({"mode": "sample generation", "inputs": [INPUT]}, "gem-1-bulk"),
        (MEAN, None),
        ({**MEAN, "modality": "single-cell"}, "gem-1-sc"),
        ({**MEAN, "modality": "bulk"}, "gem-1-bulk"),
        ({**MEAN, "modality": "proteome"}, None),
        (REFERENCE, "gem-1-bulk_reference-conditioning"),
        ({"inputs": [{"counts": CELL_COUNTS, "metadata": {}}]}, "gem-1-sc_reference-conditioning"),
        ({"inputs": [{"counts": BULK_COUNTS}]}, "gem-1-bulk_predict-metadata"),
        ({"inputs": [{"counts": np.array(CELL_COUNTS)}]}, "gem-1-sc_predict-metadata"),
        ({"inputs": [{"counts": {"counts": CELL_COUNTS}}]}, "gem-1-sc_predict-metadata"),
        ({"inputs": [{"counts": [1, 2, 3]}]}, None),
        ({"inputs": [{"counts": [1, 2, 3]}], "modality": "bulk"}, "gem-1-bulk_predict-metadata"),
        ({"inputs": [{"counts": 5}]}, None),
        ({"inputs": []}, None),
        ({"inputs": "liver"}, None),
        ({"inputs": [5]}, None),
        ({}, None),
    ],
)
def test_a_body_tells_its_model_or_none(body: dict[str, Any], model_id: str | None) -> None:
    assert infer_model(body) == model_id


@pytest.mark.parametrize(
    ("model_id", "body", "kind"),
    [
        ("gem-1-bulk", BULK, BulkQuery),
        ("gem-1-sc", MEAN, SingleCellQuery),
        ("gem-1-bulk_reference-conditioning", REFERENCE, ReferenceConditioningQuery),
        ("gem-1-sc_predict-metadata", {"inputs": [{"counts": [1, 2]}]}, MetadataPredictionQuery),
    ],
)
def test_the_model_decides_the_type(model_id: str, body: dict[str, Any], kind: type) -> None:
    query = parse_query(body, model_id)
    assert type(query) is kind
    assert query.model_id == model_id
    assert parse_query({"model_id": model_id, **body}) == query


def test_a_body_that_may_be_for_several_models_asks_for_one() -> None:
    with pytest.raises(QueryFormatError, match="add a key model_id"):
        parse_query(MEAN)


def test_a_body_for_another_model_is_refused() -> None:
    with pytest.raises(QueryFormatError, match="is for gem-1-sc, not for gem-1-bulk"):
        model_of({"model_id": "gem-1-sc"}, "gem-1-bulk")
    with pytest.raises(QueryFormatError, match="not int"):
        model_of({"model_id": 5})
    with pytest.raises(UnknownModelError, match="did you mean"):
        parse_query(BULK, "gem-1-blk")


def test_all_faults_of_a_shape_are_named_together() -> None:
    body = {
        "sampling_strategy": "guess",
        "seed": "7",
        "inputs": [{"metadata": {"age_years": True}, "num_samples": 0}],
    }
    with pytest.raises(QueryFormatError) as caught:
        parse_query(body, "gem-1-bulk")
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "sampling_strategy",
        "seed",
        "inputs[0].metadata.age_years",
        "inputs[0].num_samples",
    ]


def test_a_message_of_a_thousand_faults_is_short() -> None:
    body = {**BULK, "inputs": [{"metadata": {"tissue": "liver"}, "num_samples": 1}] * 1000}
    with pytest.raises(QueryFormatError, match="and 990 more"):
        parse_query(body)


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_what_is_no_object_is_no_query(body: Any) -> None:
    with pytest.raises(QueryFormatError, match="a query is an object"):
        parse_query(body, "gem-1-bulk")


def test_a_file_is_the_body_and_its_model(tmp_path: Path) -> None:
    query = parse_query({**MEAN, "seed": 3}, "gem-1-sc")
    save_query(query, tmp_path / "q.json")
    text = (tmp_path / "q.json").read_text()
    assert json.loads(text) == {"model_id": "gem-1-sc", **query.to_dict()}
    assert text.startswith('{\n  "model_id": "gem-1-sc"')
    assert text.endswith("}\n")
    assert load_query(tmp_path / "q.json") == query


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    query = parse_query(BULK)
    save_query(query, tmp_path / "one.json")
    save_query(load_query(tmp_path / "one.json"), tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_file_of_counts_has_no_line_for_each(tmp_path: Path) -> None:
    assert query_text(parse_query(REFERENCE)).count("\n") == 1


def test_an_error_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    path.write_text(json.dumps(MEAN))
    with pytest.raises(QueryFormatError, match=r"q\.json: the query does not tell"):
        load_query(path)
    assert load_query(path, "gem-1-sc").model_id == "gem-1-sc"
    path.write_text(json.dumps({"model_id": "gem-9"}))
    with pytest.raises(UnknownModelError, match=r"q\.json: no model"):
        load_query(path)


def test_an_interrupted_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "q.json"
    save_query(parse_query(BULK), path)
    before = path.read_bytes()

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KeyboardInterrupt):
        save_query(parse_query({**BULK, "seed": 1}), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text", ["[1]", "{", "", '{"inputs": 5}', '{"inputs": [{"counts": [NaN]}], "modality": "bulk"}']
)
def test_no_file_gives_anything_but_our_errors(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.json"
    path.write_text(text)
    with pytest.raises(SynthQueryError):
        load_query(path)


def test_places_are_written_as_people_write_them() -> None:
    assert place(("inputs", 0, "metadata", "sex")) == "inputs[0].metadata.sex"
    assert place(()) == ""


def test_what_the_service_ignores_is_left_out() -> None:
    body = {
        **BULK,
        "modality": "bulk",
        "inputs": [{"metadata": {**INPUT["metadata"], "sex": ""}, "num_samples": 2}],
    }
    assert parse_query(body, "gem-1-bulk") == parse_query(BULK, "gem-1-bulk")


def test_what_it_would_reject_is_still_an_error() -> None:
    body = {**BULK, "modality": "bulk", "mode": "sample generation"}
    with pytest.raises(QueryFormatError, match="mode"):
        parse_query(body, "gem-1-bulk")
