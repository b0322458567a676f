"""Recipes with an ID and its label: the two have to agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthquery.errors import RecipeError
from synthquery.recipe import build_recipe, load_recipe
from synthquery.resolver.agreement import disagreement


def recipe(**sample: Any) -> dict[str, Any]:
    return {"model": "gem-1-bulk", "samples": [sample]}


def metadata(**sample: Any) -> dict[str, Any]:
    query = build_recipe(recipe(**sample)).query
    body = query.to_dict()
    found: dict[str, Any] = body["inputs"][0]["metadata"]
    return found


AGREEING = [
    ("tissue", "UBERON:0002107", "liver", "UBERON:0002107"),
    ("tissue", "UBERON_0002107", "Liver", "UBERON:0002107"),
    ("tissue", "CL:0000084", "T cell", "CL:0000084"),
    ("disease", "PATO:0000461", "healthy", "PATO:0000461"),
    ("cell_line", "CVCL_0023", "A549", "CVCL_0023"),
    ("cell_line", "RRID:CVCL_0030", "HeLa", "CVCL_0030"),
    ("cell_type", "CL:0000746", "cardiomyocyte", "CL:0000746"),
]


@pytest.mark.parametrize(("word", "identifier", "label", "canonical"), AGREEING)
def test_a_pair_that_agrees_is_the_id(word: str, identifier: str, label: str, canonical: str) -> None:
    found = metadata(**{word: {"id": identifier, "label": label}})
    assert found == {f"{word}_ontology_id": canonical}


@pytest.mark.parametrize(
    ("word", "identifier", "label", "really"),
    [
        (
            "tissue",
            "UBERON:0000948",
            "liver",
            "UBERON:0000948 is heart, not 'liver', which is UBERON:0002107",
        ),
        ("disease", "MONDO:0007256", "psoriasis", "MONDO:0007256 is hepatocellular carcinoma"),
        ("cell_line", "CVCL_0030", "A549", "CVCL_0030 is HeLa, not 'A549', which is CVCL_0023"),
        (
            "gene",
            "ENSG00000141510",
            "BRCA1",
            "ENSG00000141510 is TP53, not 'BRCA1', which is ENSG00000012048",
        ),
        ("compound", "CHEBI:15365", "imatinib", "CHEBI:15365 is acetylsalicylic acid, not 'imatinib'"),
        ("tissue", "UBERON:0002107", "blorgh", "UBERON:0002107 is liver, not 'blorgh'"),
    ],
)
def test_a_pair_that_disagrees_says_what_the_id_really_is(
    word: str, identifier: str, label: str, really: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        build_recipe(recipe(**{word: {"id": identifier, "label": label}}))
    (problem,) = caught.value.problems
    assert problem.place == f"samples[0].{word}"
    assert really in problem.message


@pytest.mark.parametrize(
    "pair",
    [
        {},
        {"id": 2107},
        {"id": " "},
        {"id": "liver", "label": "liver"},
        {"id": "UBERON:0002107", "name": "liver"},
    ],
    ids=str,
)
def test_an_object_that_is_no_pair_is_a_problem(pair: dict[str, Any]) -> None:
    with pytest.raises(RecipeError) as caught:
        build_recipe(recipe(tissue=pair))
    assert [problem.place for problem in caught.value.problems] == ["samples[0].tissue"]


def test_either_half_of_a_pair_is_enough() -> None:
    assert metadata(tissue={"label": "liver"}) == metadata(tissue={"id": "UBERON:0002107"})


def test_pairs_are_read_from_yaml_and_their_faults_reported_together(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(
        "model: gem-1-bulk\n"
        "defaults:\n"
        "  tissue: {id: UBERON:0002107, label: liver}\n"
        "samples:\n"
        "  - disease: {id: MONDO:0007256, label: hepatocellular carcinoma}\n"
        "  - disease: {id: MONDO:0007256, label: asthma}\n"
        "    cell_type: {id: CL:0000182, label: T cell}\n",
        encoding="utf-8",
    )
    with pytest.raises(RecipeError) as caught:
        build_recipe(load_recipe(file))
    places = [problem.place for problem in caught.value.problems]
    assert places == ["samples[1].disease", "samples[1].cell_type"]


def test_a_perturbation_may_be_a_pair() -> None:
    found = metadata(gene={"id": "ENSG00000141510", "label": "p53"}, perturbation_type="crispr")
    assert found["perturbation_ontology_id"] == "ENSG00000141510"


def test_an_obsolete_id_agrees_with_the_name_of_what_replaces_it() -> None:
    from synthquery.ontology import term

    assert disagreement(term("UBERON:0003223"), "liver parenchyma", "tissue") is None
