"""What a study asks of its queries, written without code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthquery.errors import ConfigError
from synthquery.validation.batch import validate_files
from synthquery.validation.config import load_config
from tests.validation.queries import query, write


def found(folder: Path, settings: str, body: Any) -> list[tuple[str, str]]:
    write(folder / "synthquery.toml", settings)
    ((_, report),) = validate_files([write(folder / "query.json", body)]).results
    return [(issue.code, issue.pointer.rpartition("/")[2]) for issue in report.issues]


def test_required_keys_are_asked_of_every_input(tmp_path: Path) -> None:
    settings = '[study]\nrequired = ["tissue_ontology_id", "sex"]\n'
    assert found(tmp_path, settings, query()) == [("study.required", "sex")]
    assert found(tmp_path, settings, query(sex="male")) == []


def test_allowed_values_are_listed_or_lie_below_a_term(tmp_path: Path) -> None:
    listed = '[study.allowed]\nsex = ["female"]\n'
    assert found(tmp_path, listed, query(sex="male")) == [("study.not-allowed", "sex")]
    assert found(tmp_path, listed, query(sex="female")) == []
    assert found(tmp_path, listed, query()) == []
    brain = '[study.allowed.tissue_ontology_id]\nbelow = ["UBERON:0000955"]\nvalues = ["UBERON:0002113"]\n'
    assert found(tmp_path, brain, query()) == [("study.not-allowed", "tissue_ontology_id")]
    cerebellum = query(tissue_ontology_id="UBERON:0002037")
    assert found(tmp_path, brain, cerebellum) == []
    assert found(tmp_path, brain, query(tissue_ontology_id="UBERON:0002113")) == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ('[study]\nrequird = ["sex"]', "required"),
        ('[study]\nrequired = ["tissue"]', "tissue_ontology_id"),
        ("[study]\nrequired = 3", "list"),
        ("[study.allowed]\nsex = 3", "table"),
        ("[study.allowed]\nsex = {above = []}", "below"),
    ],
)
def test_a_study_that_cannot_be_one_is_named(tmp_path: Path, settings: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_config(write(tmp_path / "synthquery.toml", settings))
