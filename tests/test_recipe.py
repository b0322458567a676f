"""Recipes: a query in words; everything that is wrong is told together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthquery.builder import BulkQueryBuilder
from synthquery.errors import RecipeError
from synthquery.query import SingleCellQuery
from synthquery.recipe import build_recipe, load_recipe
from synthquery.wire import query_text

EXAMPLES = Path(__file__).parent.parent / "examples"
LIVER: dict[str, Any] = {
    "model": "gem-1-bulk",
    "sampling_strategy": "sample generation",
    "seed": 7,
    "defaults": {"sample_type": "primary tissue", "sex": "M"},
    "samples": [
        {"tissue": "liver", "disease": "hepatocellular carcinoma", "age": "61 years", "num_samples": 3},
        {"tissue": "liver", "disease": "healthy", "sex": "female"},
    ],
}
YAML = """
model: gem-1-bulk
sampling_strategy: sample generation
seed: 7
defaults: {sample_type: primary tissue, sex: M}
samples:
- {tissue: liver, disease: hepatocellular carcinoma, age: 61 years, num_samples: 3}
- {tissue: liver, disease: healthy, sex: female}
"""
TOML = """
model = "gem-1-bulk"
sampling_strategy = "sample generation"
seed = 7
[defaults]
sample_type = "primary tissue"
sex = "M"
[[samples]]
tissue = "liver"
disease = "hepatocellular carcinoma"
age = "61 years"
num_samples = 3
[[samples]]
tissue = "liver"
disease = "healthy"
sex = "female"
"""


def problems_of(recipe: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(RecipeError) as caught:
        build_recipe(recipe)
    assert all(problem.place in str(caught.value) for problem in caught.value.problems)
    return {problem.place: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("name", "text"), [("r.yaml", YAML), ("r.toml", TOML), ("r.json", json.dumps(LIVER)), ("r", YAML)]
)
def test_yaml_toml_and_json_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert build_recipe(load_recipe(tmp_path / name)) == build_recipe(LIVER)


def test_a_recipe_is_what_the_builder_would_build() -> None:
    by_hand = (
        BulkQueryBuilder(seed=7)
        .add(
            tissue="liver",
            disease="hepatocellular carcinoma",
            age="61 years",
            sample_type="primary tissue",
            sex="male",
            num_samples=3,
        )
        .add(tissue="liver", disease="healthy", sex="female", sample_type="primary tissue")
    )
    assert build_recipe(LIVER).query == by_hand.build()


def test_the_same_recipe_gives_the_same_bytes() -> None:
    assert query_text(build_recipe(LIVER).query) == query_text(build_recipe(LIVER).query)


def test_every_match_and_release_is_kept() -> None:
    built = build_recipe(LIVER)
    found = {match.place: (match.label, match.id) for match in built.matches}
    assert found == {
        "samples[0].tissue": ("liver", "UBERON:0002107"),
        "samples[0].disease": ("hepatocellular carcinoma", "MONDO:0007256"),
        "samples[0].age": ("61 years", "61"),
        "samples[0].sex": ("M", "male"),
        "samples[1].tissue": ("liver", "UBERON:0002107"),
        "samples[1].disease": ("healthy", "PATO:0000461"),
    }
    assert list(built.releases) == ["MONDO", "PATO", "UBERON"]


def test_a_sample_may_replace_and_unset_defaults() -> None:
    recipe = {
        "model": "gem-1-sc",
        "defaults": {"gene": "TP53", "perturbation_type": "crispr", "tissue": "lung"},
        "samples": [{}, {"tissue_ontology_id": "UBERON:0002107"}, {"compound": "metformin", "tissue": None}],
    }
    query = build_recipe(recipe).query
    assert isinstance(query, SingleCellQuery)
    first, second, third = (one.metadata for one in query.inputs)
    assert (first.tissue_ontology_id, first.perturbation_ontology_id) == ("UBERON:0002048", "ENSG00000141510")
    assert second.tissue_ontology_id == "UBERON:0002107"
    assert third.to_dict() == {"perturbation_ontology_id": "CHEBI:6801", "perturbation_type": "crispr"}


def test_a_strategy_that_is_left_out_is_that_of_the_model() -> None:
    query = build_recipe({"model": "gem-1-sc", "samples": [{"tissue": "lung"}]}).query
    assert isinstance(query, SingleCellQuery)
    assert query.sampling_strategy == "mean estimation"


def test_everything_wrong_is_told_together() -> None:
    found = problems_of(
        {
            "model": "gem-1-bulk",
            "sed": 3,
            "seed": "7",
            "sampling_strategy": "guess",
            "defaults": {"disease": "zzyzx", "colour": "red"},
            "samples": [
                {"tissue": "liver", "age": ">89"},
                {"tisue": "x", "num_samples": 0},
                3,
                {"tissue": "liver", "tissue_ontology_id": "UBERON:0002107"},
                {"gene": "TP53", "perturbation": "dmso", "disease": "healthy"},
            ],
        }
    )
    assert list(found) == [
        "sed",
        "sampling_strategy",
        "seed",
        "defaults.colour",
        "samples[0].age",
        "defaults.disease",
        "samples[1].tisue",
        "samples[1].num_samples",
        "samples[2]",
        "samples[3].tissue_ontology_id",
        "samples[4].gene",
    ]
    assert "did you mean 'seed'" in found["sed"]
    assert "did you mean 'tissue'" in found["samples[1].tisue"]


def test_a_label_without_a_winner_has_its_candidates() -> None:
    with pytest.raises(RecipeError) as caught:
        build_recipe({"model": "gem-1-bulk", "samples": [{"disease": "flu-like thing"}]})
    (problem,) = caught.value.problems
    assert problem.place == "samples[0].disease"
    assert problem.value == "flu-like thing"
    assert problem.resolution is not None
    assert problem.suggestions == tuple(one.term.id for one in problem.resolution.candidates[:5])


def test_a_fault_of_the_defaults_is_one_fault() -> None:
    recipe = {"model": "gem-1-bulk", "defaults": {"tissue": "zzyzx"}, "samples": [{"sex": "male"}] * 20}
    assert list(problems_of(recipe)) == ["defaults.tissue"]


@pytest.mark.parametrize(
    ("recipe", "place", "said"),
    [
        ({}, "model", "expected the name of a model"),
        ({"model": 5, "samples": [{}]}, "model", "expected the name of a model"),
        ({"model": "gem-1-blk", "samples": [{}]}, "model", "did you mean"),
        ({"model": "gem-1-bulk_predict-metadata", "samples": [{}]}, "model", "takes counts"),
        ({"model": "gem-1-bulk"}, "samples", "expected a list of samples"),
        ({"model": "gem-1-bulk", "samples": []}, "samples", "expected a list of samples"),
        ({"model": "gem-1-bulk", "samples": "liver"}, "samples", "expected a list of samples"),
        ({"model": "gem-1-bulk", "defaults": [1], "samples": [{}]}, "defaults", "expected words and values"),
        (
            {"model": "gem-1-sc", "sampling_strategy": "sample generation", "samples": [{}]},
            "sampling_strategy",
            "gem-1-sc takes 'mean estimation'",
        ),
        ({"model": "gem-1-bulk", "samples": [{5: 6}]}, "samples[0].5", "there is no such field"),
        ({"model": "gem-1-bulk", "samples": [{"tissue": ["liver"]}]}, "samples[0].tissue", "expected text"),
        ({"model": "gem-1-bulk", "samples": [{"sex": True}]}, "samples[0].sex", "expected text"),
    ],
    ids=str,
)
def test_a_recipe_of_another_shape_is_told_where(recipe: dict[str, Any], place: str, said: str) -> None:
    assert said in problems_of(recipe)[place]


def test_repeated_keys_are_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("model: gem-1-bulk\nsamples:\n- tissue: liver\n  tissue: lung\n")
    with pytest.raises(
        RecipeError, match=r"samples\[0\].tissue \(line 4, column 11\): occurs more than once"
    ):
        build_recipe(load_recipe(path))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("r.yaml", b"", "is empty"),
        ("r.toml", b"model = ", "not valid TOML"),
        ("r.toml", b"a = " + b"[" * 100_000, "nested too deeply"),
        ("r.json", b"[" * 1_000_000, "nested too deeply"),
        ("r.yaml", b"- liver", "holds a list; expected an object in YAML, JSON or TOML"),
        ("r.yaml", b"\x1f\x8b\x00", "gzip"),
    ],
)
def test_a_file_that_is_no_recipe_gets_one_message(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=said) as caught:
        load_recipe(path)
    assert not caught.value.unreadable


def test_a_missing_recipe_is_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.yaml"):
        with pytest.raises(RecipeError) as caught:
            load_recipe(path)
        assert caught.value.unreadable


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_example_recipes_build(path: Path) -> None:
    assert build_recipe(load_recipe(path)).query.n_samples > 0


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        (
            "recipe.yaml",
            "model: gem-1-bulk\nsamples:\n  - tissue: liver\n    sex: unclear\n  - {tissue: nowhere at all}\n",
            ["4:10", "5:14"],
        ),
        (
            "recipe.json",
            '{"model": "gem-1-bulk", "samples": [{"sex": "unclear"},\n {"tissue": "nowhere at all"}]}',
            ["1:45", "2:13"],
        ),
        (
            "recipe.toml",
            'model = "gem-1-bulk"\n[[samples]]\nsex = "unclear"\n[[samples]]\ntissue = "nowhere at all"\n',
            ["3:7", "5:10"],
        ),
    ],
)
def test_problems_of_a_file_have_line_and_column(
    tmp_path: Path, name: str, text: str, places: list[str]
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RecipeError) as caught:
        build_recipe(load_recipe(tmp_path / name))
    assert [str(problem.location) for problem in caught.value.problems] == places
    assert "column" in str(caught.value)
