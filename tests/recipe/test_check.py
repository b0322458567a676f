"""Recipes are checked as queries are: what is wrong, where in the file, and what would put it right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import synthquery as sq
from synthquery.errors import RecipeError
from synthquery.recipe import Recipe
from synthquery.recipe.fixing import fix_data
from synthquery.validation import Severity
from synthquery.wire import parse_document

EXAMPLES = Path(__file__).parents[2] / "examples"
BROKEN: dict[str, Any] = {
    "model": "gem-1-bulk",
    "defaults": {"sex": "Male"},
    "samples": [
        {"tissue": "UBERON_0002107", "time": "24h", "perturbation_type": "control"},
        {"tissue": "liver", "disese": "healthy", "num_samples": "3"},
        {"disease": "MONDO:9999999", "age": 400},
    ],
}
YAML = """\
model: gem-1-bulk
defaults: {sex: Male}
samples:
- tissue: UBERON_0002107
  time: 24h
  perturbation_type: control
- {tissue: liver, disese: healthy, num_samples: "3"}
- disease: MONDO:9999999
  age: 400
"""
TOML = """\
model = "gem-1-bulk"
[defaults]
sex = "Male"
[[samples]]
tissue = "UBERON_0002107"
time = "24h"
perturbation_type = "control"
[[samples]]
tissue = "liver"
disese = "healthy"
num_samples = "3"
[[samples]]
disease = "MONDO:9999999"
age = 400
"""
EXPECTED = {
    ("value.case", "/defaults/sex"): ("info", "male"),
    ("id.noncanonical", "/samples/0/tissue"): ("info", "UBERON:0002107"),
    ("legacy.value", "/samples/0/time"): ("info", "24 hours"),
    ("structure.unknown-key", "/samples/1/disese"): ("error", None),
    ("structure.type", "/samples/1/num_samples"): ("error", 3),
    ("id.unknown", "/samples/2/disease"): ("error", None),
    ("value.range", "/samples/2/age"): ("error", None),
}


def test_every_problem_has_its_code_its_place_and_its_fix() -> None:
    issues = sq.validate(BROKEN).issues
    found = {(one.code, one.pointer): (one.severity.value, one.fix and one.fix.value) for one in issues}
    assert found == EXPECTED


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("recipe.yaml", YAML, [2, 4, 5, 7, 7, 8, 9]),
        ("recipe.toml", TOML, [3, 5, 6, 10, 11, 13, 14]),
        ("recipe.json", json.dumps(BROKEN, indent=1), [4, 8, 9, 14, 15, 18, 19]),
    ],
)
def test_a_file_of_each_format_has_them_in_their_lines(
    tmp_path: Path, name: str, text: str, lines: list[int]
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    issues = sq.validate(file).issues
    assert {(issue.code, issue.pointer) for issue in issues} == set(EXPECTED)
    assert sorted(issue.line for issue in issues) == lines
    assert all(issue.column for issue in issues)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_the_recipes_of_the_examples_are_right(file: Path) -> None:
    report = sq.validate(file)
    assert report.ok
    assert not report.warnings


@pytest.mark.parametrize(
    "sample",
    [
        {"tissue": "liver", "age": "61 years"},
        {"tissue": "liver", "age": 61},
        {"tissue": {"id": "UBERON:0002107", "label": "liver"}, "sex": "female"},
        {"tissue_ontology_id": "UBERON:0002107", "age_years": "61"},
        {"cell_line": "A549", "sample_type": "cell line", "compound": "ethanol", "dose": "10 um"},
        {"tissue": "liver", "perturbation": "dmso", "time": "24 hours"},
    ],
)
def test_what_people_write_in_recipes_needs_no_note(sample: dict[str, Any]) -> None:
    report = sq.validate({"model": "gem-1-bulk", "samples": [sample]})
    assert not report.issues, str(report)


def test_what_build_takes_is_at_most_a_note_and_what_it_refuses_an_error() -> None:
    for word, value in (
        ("sex", "M"),
        ("tissue", "uberon_0002107"),
        ("tissue", "nowhere in particular"),
        ("age", "18 months"),
        ("age", "old"),
        ("gene", "ENSG00000141510.17"),
        ("sample_type", "biopsy"),
    ):
        recipe = {"model": "gem-1-bulk", "samples": [{word: value}]}
        try:
            sq.build_recipe(recipe)
        except RecipeError:
            assert sq.validate(recipe).errors
        else:
            assert sq.validate(recipe).ok, str(sq.validate(recipe))


def test_values_that_contradict_each_other_are_found_in_the_words_they_were_given_in() -> None:
    samples = [{"tissue": "prostate gland", "sex": "F"}, {"cell_line": "HeLa", "sex": "male"}]
    issues = sq.validate({"model": "gem-1-bulk", "samples": samples}).issues
    assert [(issue.code, issue.pointer) for issue in issues if issue.severity is not Severity.INFO] == [
        ("coherence.sex-anatomy", "/samples/0/tissue"),
        ("coherence.cell-line-donor", "/samples/1/sex"),
    ]


def test_a_fault_of_the_defaults_is_told_once() -> None:
    recipe = {"model": "gem-1-bulk", "defaults": {"tissue": "zzgrumpf"}, "samples": [{"sex": "male"}] * 3}
    issues = sq.validate(recipe).issues
    assert [issue.pointer for issue in issues if issue.code == "term.unresolved"] == ["/defaults/tissue"]


def test_a_recipe_of_a_million_samples_is_refused_at_once() -> None:
    report = sq.validate({"model": "gem-1-bulk", "samples": [{}] * 1_000_000})
    assert [(issue.code, issue.pointer) for issue in report.errors] == [("value.range", "/samples")]


def test_the_model_that_is_asked_for_fills_a_gap_and_contradicts_another() -> None:
    samples = [{"tissue": "liver"}]
    assert sq.validate({"samples": samples}, "gem-1-bulk").ok
    assert [issue.code for issue in sq.validate({"samples": samples}).issues] == ["structure.missing"]
    report = sq.validate({"model": "gem-1-sc", "samples": samples}, "gem-1-bulk")
    assert [(issue.code, issue.pointer) for issue in report.issues] == [("model.mismatch", "/model")]


WORDS = {
    "tissue": ["liver", "UBERON_0002107", "UBERON:0000027", "zzgrumpf", "UBERON:9999999", "", "N/A"],
    "disease": ["healthy", "MONDO:0007256", {"id": "MONDO_0007256", "label": "hepatocellular carcinoma"}],
    "sex": ["Male", "F", "male", "both", None],
    "age": ["61 years", "18 months", 61, 400, "old", "61yr"],
    "time": ["24h", "24 hours", "2 DAYS", "soon"],
    "dose": ["10uM", "10 um", "much"],
    "sample_type": ["Primary Tissue", "cell_line", "biopsy"],
    "perturbation_type": ["CRISPR", "control", "chemical"],
    "gene": ["TP53", "ENSG00000141510.17"],
    "Sex": ["male"],
    "colour": ["red"],
    "num_samples": [1, "2", 0],
}
samples = st.fixed_dictionaries(
    {}, optional={word: st.sampled_from(values) for word, values in WORDS.items()}
)
recipes = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["gem-1-bulk", "gem-1-sc", "GEM_1_bulk"]),
        "samples": st.lists(samples, max_size=3),
    },
    optional={
        "seed": st.sampled_from([1, "1", -1]),
        "sampling_strategy": st.just("Mean Estimation"),
        "defaults": samples,
    },
)


@settings(max_examples=150, deadline=None)
@given(recipe=recipes, form=st.sampled_from(["json", "indented json", "yaml", "flow yaml"]))
def test_a_fixed_recipe_has_none_of_its_fixed_problems_and_stays(recipe: dict[str, Any], form: str) -> None:
    if "json" in form:
        name, text = "recipe.json", json.dumps(recipe, indent=2 if "indented" in form else None)
    else:
        name, text = "recipe.yaml", yaml.safe_dump(recipe, default_flow_style="flow" in form, sort_keys=False)
    fixed, report = fix_data(text.encode(), name)
    gone = {(issue.code, issue.pointer) for issue in fixed.fixed}
    assert not gone & {(issue.code, issue.pointer) for issue in report.issues}
    again, second = fix_data(fixed.after, name)
    assert not again.changed
    assert second == report
    kept = {(*issue.path,) for issue in fixed.fixed}
    assert without(parse_document(fixed.after, name=name).body, kept) == without(recipe, kept)


def without(body: Any, paths: set[tuple[str | int, ...]], here: tuple[str | int, ...] = ()) -> Any:
    """`body` with a mark in place of what stands at some paths."""
    if here in paths:
        return "changed"
    if isinstance(body, dict):
        return [without(value, paths, (*here, key)) for key, value in body.items()]
    return (
        [without(one, paths, (*here, at)) for at, one in enumerate(body)] if isinstance(body, list) else body
    )


def test_a_recipe_object_is_left_as_it_is() -> None:
    before = json.dumps(BROKEN)
    sq.validate(BROKEN)
    assert json.dumps(BROKEN) == before
    assert Recipe(BROKEN).name == "recipe"
