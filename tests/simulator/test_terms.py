from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthquery.simulator.terms import lineage, value_vector


def likeness(field: str, one: str, other: str) -> float:
    a, b = value_vector(field, one, 1024), value_vector(field, other, 1024)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize(
    ("field", "term", "near", "far"),
    [
        (
            "cell_type_ontology_id",
            "CL:0000182",
            "CL:0000066",
            "CL:0000540",
        ),  # hepatocyte: epithelial cell, neuron
        (
            "tissue_ontology_id",
            "UBERON:0002168",
            "UBERON:0002048",
            "UBERON:0000955",
        ),  # left lung: lung, brain
        (
            "tissue_ontology_id",
            "UBERON:0001870",
            "UBERON:0000956",
            "UBERON:0002107",
        ),  # frontal, cerebral cortex; liver
        (
            "tissue_ontology_id",
            "UBERON:0001235",
            "UBERON:0002369",
            "UBERON:0000955",
        ),  # adrenal cortex: its gland, brain
        ("disease_ontology_id", "MONDO:0005061", "MONDO:0005233", "MONDO:0004975"),  # lung cancers; Alzheimer
        (
            "cell_type_ontology_id",
            "CL:0000624",
            "CL:0000625",
            "CL:0000746",
        ),  # CD4 and CD8 T cells; cardiomyocyte
    ],
)
def test_a_term_is_nearer_to_its_relatives(field, term, near, far):
    assert likeness(field, term, near) > likeness(field, term, far) + 0.1


def test_a_part_of_an_organ_is_near_the_organ():
    assert likeness("tissue_ontology_id", "UBERON:0002168", "UBERON:0002048") > 0.4


def test_distinct_terms_are_never_the_same():
    assert likeness("tissue_ontology_id", "UBERON:0002168", "UBERON:0002167") < 0.95  # left and right lung


def test_the_same_term_in_another_field_points_elsewhere():
    a = value_vector("tissue_ontology_id", "CL:0000182", 1024)
    b = value_vector("cell_type_ontology_id", "CL:0000182", 1024)
    assert abs(a @ b) / 1024 < 0.15


def test_every_vector_has_the_same_length():
    for value in ("UBERON:0002107", "CL:0000000", "PRJNA123456", "not in any ontology"):
        vector = value_vector("tissue_ontology_id", value, 512)
        assert vector @ vector == pytest.approx(512, rel=1e-4)


def test_the_shares_of_a_lineage_sum_to_one_and_specific_ancestors_weigh_more():
    shares = lineage("UBERON:0002107")
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["UBERON:0002107"] == 0.4
    assert shares["UBERON:0000062"] > shares["UBERON:0001062"]  # organ, anatomical entity


@pytest.mark.parametrize(
    "spelling", ["UBERON_0002107", "http://purl.obolibrary.org/obo/UBERON_0002107", "uberon:0002107"]
)
def test_the_spelling_of_an_identifier_does_not_matter(spelling):
    assert lineage(spelling) == lineage("UBERON:0002107")


def test_an_obsolete_term_counts_as_its_replacement():
    from synthquery.ontology import default_ontologies

    ontologies = default_ontologies()
    obsolete = next(
        term for term in ontologies.store("UBERON").terms() if term.obsolete and ontologies.replacement(term)
    )
    assert lineage(obsolete.id) == lineage(ontologies.replacement(obsolete).id)


def test_text_that_is_no_identifier_stands_for_itself_whatever_its_case():
    assert lineage(" Adult ") == {"adult": 1.0}


def test_a_well_formed_identifier_that_no_release_has_stands_for_itself():
    assert lineage("UBERON:9999999") == {"UBERON:9999999": 1.0}


def test_a_release_in_use_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from synthquery.ontology import in_use
    from synthquery.ontology.updates import add_ontology
    from tests.ontology.updates.releases import graph_json, next_release

    file = tmp_path / "hsapdv.json"
    file.write_bytes(graph_json("HsapDv", "2026-06-02", next_release("HsapDv")))
    before = lineage("HsapDv:9900001")
    assert list(before) == ["HsapDv:9900001"]
    with monkeypatch.context() as patch:
        patch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "cache"))
        add_ontology(file)
        assert "HsapDv:0000008" in lineage("HsapDv:9900001")
    in_use.changed()
    assert lineage("HsapDv:9900001") == before
