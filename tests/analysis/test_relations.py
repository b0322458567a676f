"""How terms stand to each other: real pairs of UBERON, CL and MONDO."""

from __future__ import annotations

import pytest

import synthquery as sq
from synthquery.analysis import relation


def between(expected: str, found: str, field: str) -> tuple[str, str]:
    one, other = sq.resolve(expected, field).term, sq.resolve(found, field).term
    assert one is not None
    assert other is not None
    answer = relation(one, other)
    return answer.verdict, answer.common_ancestor.label if answer.common_ancestor else ""


@pytest.mark.parametrize(
    ("field", "expected", "found", "verdict", "ancestor"),
    [
        ("tissue", "liver", "liver", "exact", "liver"),
        ("tissue", "brain", "cerebellum", "more specific", "brain"),
        ("tissue", "left lung", "lung", "more general", "lung"),
        ("tissue", "left lung", "right lung", "sibling", "lung"),
        ("tissue", "ovary", "testis", "sibling", "gonad"),
        ("tissue", "colon", "ileum", "sibling", "intestine"),
        ("tissue", "thyroid gland", "adrenal gland", "sibling", "endocrine gland"),
        ("cell_type", "T cell", "CD8-positive, alpha-beta T cell", "more specific", "T cell"),
        ("cell_type", "CD4-positive, alpha-beta T cell", "CD8-positive, alpha-beta T cell", "sibling", None),
        ("cell_type", "T cell", "B cell", "sibling", "lymphocyte"),
        ("disease", "lung adenocarcinoma", "lung squamous cell carcinoma", "sibling", "lung carcinoma"),
        ("disease", "breast cancer", "breast carcinoma", "more specific", "breast cancer"),
        ("tissue", "liver", "brain", "unrelated", None),
        ("tissue", "lung", "kidney", "unrelated", None),
        ("tissue", "heart", "brain", "unrelated", "organ"),
        ("cell_type", "hepatocyte", "neuron", "unrelated", None),
        ("disease", "asthma", "breast cancer", "unrelated", None),
    ],
)
def test_pairs_stand_as_a_biologist_expects(
    field: str, expected: str, found: str, verdict: str, ancestor: str | None
) -> None:
    answer = between(expected, found, field)
    assert answer[0] == verdict
    if ancestor is not None:
        assert answer[1] == ancestor


@pytest.mark.parametrize("pair", [("brain", "cerebellum"), ("left lung", "right lung"), ("liver", "brain")])
def test_the_other_way_round_is_the_mirror_image(pair: tuple[str, str]) -> None:
    mirrored = {"more specific": "more general", "more general": "more specific"}
    there, back = between(*pair, "tissue"), between(*pair[::-1], "tissue")
    assert back == (mirrored.get(there[0], there[0]), there[1])


def test_terms_of_different_ontologies_have_nothing_in_common() -> None:
    answer = relation(sq.term("PATO:0000461"), sq.term("MONDO:0004979"))
    assert (answer.verdict, answer.common_ancestor) == ("unrelated", None)
