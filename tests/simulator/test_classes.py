from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.ontology import default_ontologies
from synthquery.resources import load_toml
from synthquery.simulator.classes import NONE, all_classes, classifier_name
from synthquery.simulator.dials import DIALS

LISTED = load_toml("simulator_classes.toml")


@pytest.mark.parametrize("field", LISTED)
def test_every_listed_class_is_a_live_term_with_the_label_given(field):
    for term, label in LISTED[field].items():
        found = default_ontologies().get(term)
        assert found is not None, term
        assert not found.obsolete, term
        assert found.label == label


@pytest.mark.parametrize(
    ("field", "number"), [("tissue", 150), ("cell_type", 100), ("disease", 100), ("cell_line", 60)]
)
def test_the_lists_are_long_enough_to_be_useful(field, number):
    assert len(LISTED[field]) >= number


def test_sex_genes_are_what_the_comments_say():
    symbols = {default_ontologies()[gene].label for gene in DIALS["sex_genes"]["sign"]}
    assert {"XIST", "RPS4Y1", "DDX3Y"} <= symbols


def test_classes_are_distinct_and_none_is_nowhere():
    for classes in all_classes():
        assert len(set(classes.labels)) == len(classes.labels) == len(classes.means)
        if NONE in classes.labels:
            assert not classes.means[classes.labels.index(NONE)].any()


def test_a_classifier_is_named_as_the_service_names_it():
    assert [classifier_name(key) for key in ("tissue_ontology_id", "sex")] == ["tissue", "sex"]


def test_the_page_about_the_simulator_tells_how_many_classes_there_are():
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    for field, what in [
        ("tissue", "tissues"),
        ("cell_type", "cell types"),
        ("disease", "diseases"),
        ("cell_line", "cell lines"),
        ("perturbation", "perturbed genes and compounds"),
    ]:
        assert f"{len(LISTED[field])} {what}" in page
