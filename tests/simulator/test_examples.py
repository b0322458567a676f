from __future__ import annotations

import pytest

from synthquery.catalog import get_model, list_models
from synthquery.errors import UnknownModelError
from synthquery.simulator import example_query
from synthquery.validation import validate

MODELS = [spec.model_id for spec in list_models()]


@pytest.mark.parametrize("model_id", MODELS)
def test_every_model_has_an_example_that_validates_without_a_remark(model_id):
    report = validate(example_query(model_id), model_id=model_id)
    assert not report.issues, str(report)


@pytest.mark.parametrize("model_id", MODELS)
def test_an_example_shows_what_the_model_takes(model_id):
    spec, body = get_model(model_id), example_query(model_id)
    assert set(spec.required) <= set(body) <= set(spec.query_keys)
    for one in body["inputs"]:
        assert tuple(one) == spec.input_keys
        if spec.has_counts:
            assert len(one["counts"]) == spec.n_genes
            assert all(type(count) is int for count in one["counts"])


def test_changing_an_example_leaves_the_next_one_alone():
    changed = example_query("gem-1-bulk")
    changed["inputs"][0]["metadata"]["sex"] = "changed"
    changed["inputs"].clear()
    assert example_query("gem-1-bulk")["inputs"][0]["metadata"]["sex"] == "male"


def test_an_unknown_model_has_no_example():
    with pytest.raises(UnknownModelError):
        example_query("gem-1-blk")
