"""What every source of terms promises, whichever kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from synthquery.ontology import OntologySource, OntologyStore, default_ontologies, load_ontology
from synthquery.ontology.online import OnlineSources
from synthquery.ontology.store import compile_store
from tests.ontology.obo import LIVER_OBO
from tests.servers.ontology_services import OntologyServices

LIVER, HEART, ORGAN, ENTITY = "UBERON:0002107", "UBERON:0000948", "UBERON:0000062", "UBERON:0001062"
WITHDRAWN = "UBERON:0000027"


@pytest.fixture(params=["snapshot", "file", "compiled file", "OLS"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OntologySource]:
    if request.param == "OLS":
        (tmp_path / "uberon.obo").write_text(LIVER_OBO, encoding="utf-8")
        with (
            OntologyServices({"uberon": load_ontology(tmp_path / "uberon.obo")}) as services,
            OnlineSources(services.urls, cache_folder=tmp_path, per_second=0) as online,
        ):
            yield online.ontology("UBERON")
    else:
        yield offline_source(request.param, tmp_path)


def offline_source(kind: str, tmp_path: Path) -> OntologySource:
    if kind == "snapshot":
        return default_ontologies().store("UBERON")
    (tmp_path / "uberon.obo").write_text(LIVER_OBO, encoding="utf-8")
    ontology = load_ontology(tmp_path / "uberon.obo")
    if kind == "file":
        return ontology
    compile_store(ontology.terms(), tmp_path, name=ontology.name, release=ontology.release)
    return OntologyStore(lambda: tmp_path)


def test_it_satisfies_the_protocol_and_says_what_it_is(source: OntologySource) -> None:
    assert isinstance(source, OntologySource)
    assert source.name == "UBERON"
    assert "2026-04-01" in source.release
    assert source.name in repr(source)


def test_a_term_carries_its_facts(source: OntologySource) -> None:
    liver = source.get(LIVER)
    assert liver is not None
    assert (liver.id, liver.label, liver.obsolete, liver.replaced_by) == (LIVER, "liver", False, None)
    assert (liver.ontology, liver.release) == (source.name, source.release)
    assert "UBERON:0002423" in liver.parents  # it is part of the hepatobiliary system


def test_synonyms_leave_the_label_out(source: OntologySource) -> None:
    heart = source.get(HEART)
    assert heart is not None
    assert (heart.label, heart.synonyms) == ("heart", ("chambered heart", "vertebrate heart"))


def test_obsolete_terms_keep_what_takes_their_place(source: OntologySource) -> None:
    withdrawn = source.get(WITHDRAWN)
    assert withdrawn is not None
    assert (withdrawn.obsolete, withdrawn.label, withdrawn.replaced_by) == (True, "", "UBERON:0001466")
    considered = source.get("UBERON:0000346")
    assert considered is not None
    assert (considered.replaced_by, considered.consider) == (None, ("BTO:0000895", "FMA:73417"))


def test_what_it_does_not_have_is_none_or_empty_and_never_an_error(source: OntologySource) -> None:
    for unknown in ("UBERON:9999999", "CL:0000000", "liver", ""):
        assert source.get(unknown) is None
        assert unknown not in source
        for relatives in (source.parents, source.children, source.ancestors, source.descendants):
            assert relatives(unknown) == ()


def test_relatives_are_sorted_and_leave_out_the_term_itself(source: OntologySource) -> None:
    for relatives in (source.parents, source.children, source.ancestors, source.descendants):
        for identifier in (LIVER, ORGAN, ENTITY):
            found = relatives(identifier)
            assert list(found) == sorted(set(found))
            assert identifier not in found
            assert all(each in source for each in found)


def test_relatives_agree_with_each_other(source: OntologySource) -> None:
    assert ENTITY in source.ancestors(LIVER)
    assert LIVER in source.descendants(ENTITY)
    for parent in source.parents(LIVER):
        assert LIVER in source.children(parent)
        assert {parent, *source.ancestors(parent)} <= set(source.ancestors(LIVER))
    assert set(source.parents(LIVER)) <= set(source.ancestors(LIVER))
    assert set(source.children(ORGAN)) <= set(source.descendants(ORGAN))


def test_only_is_a_and_part_of_lead_upwards(source: OntologySource) -> None:
    assert LIVER not in source.ancestors("UBERON:0002423")  # which has the liver as a part


def test_terms_come_sorted_each_once(source: OntologySource) -> None:
    identifiers = [term.id for term in source.terms()]
    assert identifiers == sorted(set(identifiers))
    assert len(identifiers) == len(source)
    assert {LIVER, WITHDRAWN} <= set(identifiers)


def test_names_are_labels_then_synonyms_and_never_empty(source: OntologySource) -> None:
    names = list(source.names())
    assert all(name.text for name in names)
    assert [name for name in names if name.term_id == HEART] == [
        (HEART, "heart", "label", False),
        (HEART, "chambered heart", "synonym", False),
        (HEART, "vertebrate heart", "synonym", False),
    ]
    assert any(name.obsolete for name in names)


def test_a_term_it_has_can_be_asked_for_again_by_its_identifier(source: OntologySource) -> None:
    for term in list(source.terms())[:200]:
        assert source.get(term.id) == term
        assert term.id in source


def test_a_cycle_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_text(LIVER_OBO, encoding="utf-8")
    ontology = load_ontology(tmp_path / "uberon.obo")
    compile_store(ontology.terms(), tmp_path, name="UBERON", release="2026-04-01")
    for source in (ontology, OntologyStore(lambda: tmp_path)):
        for relatives in (source.parents, source.children, source.ancestors, source.descendants):
            assert relatives("UBERON:0004032") == ("UBERON:0004033",)
            assert relatives("UBERON:0004033") == ("UBERON:0004032",)
