"""Bodies and typed queries are fixed as files are; a fixed problem is gone and stays gone."""

from __future__ import annotations

import copy
import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import synthquery as sq
from synthquery.errors import QueryFormatError
from synthquery.validation.fixes import fix_data
from synthquery.wire import parse_document
from tests.validation.cases import Case, cases
from tests.validation.test_robustness import MODELS, bodies, nearly_right, slow_machine

BROKEN = [case for case in cases("broken.yaml") if "counts" not in str(case.query)]
MODES = ["mean estimation", "Mean estimation", "sample generation", "x"]


def test_a_body_is_fixed_and_the_one_given_stays_as_it_is() -> None:
    inputs = [{"metadata": {"tissue": "UBERON_0002107", "sex": "M", "modality": "bulk"}, "num_samples": "2"}]
    body = {"mode": "mean estimation", "seed": None, "inputs": inputs}
    before = copy.deepcopy(body)
    fixed, report = sq.fix(body, "gem-1-bulk")
    assert fixed == {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107", "sex": "male"}, "num_samples": 2}],
    }
    assert list(fixed) == ["sampling_strategy", "inputs"]
    assert report == sq.validate(fixed, "gem-1-bulk")
    assert report.ok
    assert body == before


def test_a_typed_query_stays_one() -> None:
    metadata = {"tissue_ontology_id": "UBERON:0000027"}
    body = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}
    fixed, report = sq.fix(sq.parse_query(body, "gem-1-bulk"))
    assert isinstance(fixed, sq.BulkQuery)
    assert fixed.to_dict()["inputs"][0]["metadata"] == {"tissue_ontology_id": "UBERON:0001466"}
    assert report.ok


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_every_fix_of_the_corpus_makes_its_problem_go_away(case: Case) -> None:
    wanted = [issue for issue in sq.validate(case.query, case.model).issues if issue.fix]
    fixed, report = sq.fix(case.query, case.model)
    # What would choose the model, or overwrite another key, is left to a person.
    kept = {("modality",), ("inputs", 0, "numSamples")}
    left = [issue for issue in report.issues if issue.fix and issue.path not in kept]
    assert not left, f"{case.name}: {left}"
    assert (fixed != case.query) == any(issue.path != ("modality",) or case.model for issue in wanted)
    assert sq.fix(fixed, case.model) == (fixed, report)


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_a_file_is_fixed_to_what_its_body_is_fixed_to(case: Case) -> None:
    expected, report = sq.fix(case.query, case.model)
    for name, text in written(case.query):
        file, left = fix_data(text.encode(), name, case.model)
        assert read(name, file.after) == expected
        assert left == report


def written(body: dict[str, Any]) -> list[tuple[str, str]]:
    """A body as files of several formats and styles."""
    return [
        ("a.json", json.dumps(body)),
        ("b.json", json.dumps(body, indent=2, ensure_ascii=False)),
        ("c.yaml", yaml.safe_dump(body, sort_keys=False)),
        ("d.yaml", yaml.safe_dump(body, default_flow_style=True, sort_keys=False, allow_unicode=True)),
    ]


def read(name: str, data: bytes) -> Any:
    return parse_document(data, name=name).body


@slow_machine
@given(
    body=st.one_of(nearly_right, nearly_right, bodies),
    model=st.sampled_from(MODELS),
    mode=st.none() | st.sampled_from(MODES),
)
def test_fixing_twice_is_fixing_once(body: dict[str, Any], model: str | None, mode: str | None) -> None:
    if mode is not None:
        body = {"mode": mode, **{key: value for key, value in body.items() if key != "sampling_strategy"}}
    fixed, report = sq.fix(body, model)
    again, second = sq.fix(fixed, model)
    assert repr(again) == repr(fixed)
    assert second.to_json() == report.to_json()


@slow_machine
@given(body=nearly_right, model=st.sampled_from(MODELS), at=st.integers(0, 3))
def test_files_of_any_body_are_fixed_as_the_body_is(body: dict[str, Any], model: str | None, at: int) -> None:
    try:
        name, text = written(body)[at]
        data = text.encode()
        if repr(read(name, data)) != repr(body):
            return  # what the format cannot hold as it is
    except (QueryFormatError, UnicodeEncodeError, yaml.YAMLError):
        return
    expected, _ = sq.fix(body, model)
    file, report = fix_data(data, name, model)
    assert repr(read(name, file.after)) == repr(expected)
    again, second = fix_data(file.after, name, model)
    assert not again.changed
    assert second == report


@slow_machine
@given(body=nearly_right, model=st.sampled_from(MODELS))
def test_characters_outside_the_fixed_lines_stay(body: dict[str, Any], model: str | None) -> None:
    text = json.dumps(body, indent=1)
    file, _ = fix_data(text.encode(), "query.json", model)
    if any(issue.fix and issue.fix.kind == "remove" for issue in file.fixed):
        return  # lines go, and a comma with the last of an object
    touched = {issue.line for issue in file.fixed}
    lines = zip(text.split("\n"), file.after.decode().split("\n"), strict=True)
    assert {at for at, (before, after) in enumerate(lines, 1) if before != after} <= touched


def test_toml_is_read_as_it_is_written() -> None:
    text = 'sampling_strategy = "Mean Estimation"\n[[inputs]]\nnum_samples = 1\nmetadata = {sex = "XY"}\n'
    file, report = fix_data(text.encode(), "query.toml", "gem-1-bulk")
    assert tomllib.loads(file.after.decode()) == {
        "sampling_strategy": "mean estimation",
        "inputs": [{"num_samples": 1, "metadata": {"sex": "male"}}],
    }
    assert report.ok
