"""Terms as users ask for them: any spelling in, facts and relatives out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from synthquery import ontology
from synthquery.errors import IdentifierError, OntologyError, UnknownTermError
from synthquery.ontology import Lookup, Ontologies, Term, default_ontologies
from synthquery.ontology.snapshot import manifest, read_manifest
from synthquery.resources import snapshot_dir


@pytest.mark.parametrize(
    ("spelling", "identifier", "label"),
    [
        ("UBERON:0002107", "UBERON:0002107", "liver"),
        ("http://purl.obolibrary.org/obo/UBERON_0000955", "UBERON:0000955", "brain"),
        ("cl_0000786", "CL:0000786", "plasma cell"),
        ("MONDO:0007256", "MONDO:0007256", "hepatocellular carcinoma"),
        ("RRID:CVCL_0030", "CVCL_0030", "HeLa"),
        ("CVCL:0023", "CVCL_0023", "A-549"),
        ("ENSG00000141510.17", "ENSG00000141510", "TP53"),
        ("CHEBI_15377", "CHEBI:15377", "water"),
        ("HsapDv:0000096", "HsapDv:0000096", "2-year-old stage"),
        ("HANCESTRO:0005", "HANCESTRO:0005", "European ancestry"),
        ("PATO:0000461", "PATO:0000461", "normal"),
    ],
)
def test_a_term_is_found_by_any_spelling(spelling: str, identifier: str, label: str) -> None:
    found = ontology.term(spelling)
    assert (found.id, found.label, found.obsolete) == (identifier, label, False)


@pytest.mark.parametrize(
    "function", ["term", "parents", "children", "ancestors", "descendants", "replacement"]
)
def test_every_function_tells_no_identifier_from_an_unknown_one(function: str) -> None:
    ask = getattr(ontology, function)
    with pytest.raises(IdentifierError, match="'liver' is no identifier"):
        ask("liver")
    with pytest.raises(UnknownTermError, match=r"^UBERON:9999999 is not in UBERON v2026-04-01$"):
        ask("UBERON_9999999")
    with pytest.raises(UnknownTermError, match="HP:0000118 cannot be looked up"):
        ask("HP:0000118")


def test_the_liver_is_an_organ_and_not_the_other_way_round() -> None:
    assert ontology.is_a("UBERON:0002107", "UBERON:0000062")
    assert ontology.is_a("uberon_0002107", "http://purl.obolibrary.org/obo/UBERON_0000062")
    assert not ontology.is_a("UBERON:0000062", "UBERON:0002107")


def test_a_term_is_itself_and_nothing_of_another_ontology() -> None:
    assert ontology.is_a("UBERON:0002107", "UBERON_0002107")
    assert not ontology.is_a("CL:0000540", "UBERON:0001062")


def test_a_question_about_unknown_terms_is_refused_rather_than_denied() -> None:
    with pytest.raises(UnknownTermError):
        ontology.is_a("UBERON:9999999", "UBERON:0000062")
    with pytest.raises(UnknownTermError):
        ontology.is_a("UBERON:0002107", "UBERON:9999999")
    with pytest.raises(IdentifierError):
        ontology.is_a("UBERON:0002107", "organ")


def test_relatives_are_identifiers_in_order() -> None:
    assert "UBERON:0000062" in ontology.ancestors("UBERON:0002107")
    assert "UBERON:0002107" in ontology.descendants("UBERON:0000062")
    for parent in ontology.parents("UBERON:0002107"):
        assert "UBERON:0002107" in ontology.children(parent)
    assert ontology.ancestors("CVCL_0030") == ontology.children("ENSG00000141510") == ()


def test_an_obsolete_term_leads_to_its_replacement() -> None:
    assert ontology.term("CHEBI:1").obsolete
    replacement = ontology.replacement("CHEBI:1")
    assert replacement is not None
    assert (replacement.id, replacement.obsolete) == ("CHEBI:18357", False)
    assert ontology.replacement("UBERON:0002107") is None  # a live term needs none
    assert ontology.replacement("CL:0000002") is None  # replaced in an ontology the snapshot does not have


def test_replacements_of_other_ontologies_of_the_snapshot_are_followed() -> None:
    crossing = [
        term
        for term in default_ontologies().store("UBERON").terms()
        if (term.replaced_by or "").startswith("CL:")
    ]
    assert crossing
    replacement = default_ontologies().replacement(crossing[0])
    assert replacement is not None
    assert (replacement.ontology, replacement.obsolete) == ("CL", False)


def test_every_replacement_of_the_snapshot_ends_at_a_live_term() -> None:
    ontologies = default_ontologies()
    for name in ("UBERON", "CL", "MONDO", "HsapDv", "HANCESTRO", "PATO"):
        for term in ontologies.store(name).terms():
            found = ontologies.replacement(term) if term.obsolete else None
            assert found is None or not found.obsolete


def test_replacements_that_go_round_in_a_circle_end(monkeypatch: pytest.MonkeyPatch) -> None:
    circle = {
        "CL:0000001": Term("CL:0000001", "", "CL", "v1", obsolete=True, replaced_by="CL:0000002"),
        "CL:0000002": Term("CL:0000002", "", "CL", "v1", obsolete=True, replaced_by="CL:0000001"),
    }
    ontologies = Ontologies(manifest())
    monkeypatch.setattr(ontologies, "get", circle.get)
    assert ontologies.replacement(circle["CL:0000001"]) is None


def test_a_lookup_tells_unknown_from_not_asked() -> None:
    ontologies = default_ontologies()
    found = ontologies.lookup("UBERON:0002107")
    assert (found.outcome, found.asked) == ("found", "UBERON v2026-04-01")
    assert found.term == ontology.term("UBERON:0002107")
    assert ontologies.lookup("UBERON:9999999") == Lookup(
        "UBERON:9999999", "not_in_release", None, "UBERON v2026-04-01"
    )
    assert ontologies.lookup("CHEMBL25") == Lookup("CHEMBL25", "no_source")
    many = ["CHEMBL25", "ENSG00000141510", "UBERON:9999999", "UBERON:0002107", "CHEMBL25"]
    answers = ontologies.lookup_many(many)
    assert list(answers) == many[:4]
    assert answers == {identifier: ontologies.lookup(identifier) for identifier in many}
    assert ("UBERON:0002107" in ontologies, "UBERON:9999999" in ontologies) == (True, False)


def test_the_ontologies_and_their_releases_are_named_without_opening_them() -> None:
    ontologies = Ontologies(manifest())
    assert ontologies.names == (
        "UBERON",
        "CL",
        "MONDO",
        "CVCL",
        "CHEBI",
        "HsapDv",
        "HANCESTRO",
        "PATO",
        "ENSG",
    )
    assert ontologies.releases()["MONDO"] == "v2026-05-05"
    with pytest.raises(OntologyError, match="there is no ontology 'EFO'; there are UBERON, CL"):
        ontologies.store("EFO")


def test_status_says_what_is_installed_and_what_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path))
    assert {row.compiled for row in ontology.status()} == {None}
    Ontologies(manifest()).store("HsapDv")
    rows = {row.name: row for row in ontology.status()}
    assert [name for name, row in rows.items() if row.compiled] == ["HsapDv"]
    assert str(tmp_path) in (rows["HsapDv"].compiled or "")
    facts = rows["CVCL"].to_dict()
    assert (facts["title"], facts["release"], facts["n_terms"]) == ("Cellosaurus", "55.0", 167_186)
    assert facts["source_url"].startswith("https://")
    assert facts["licence"] == "CC BY 4.0"


def test_verify_names_what_is_wrong_with_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(snapshot_dir(), tmp_path / "snapshot")
    (tmp_path / "snapshot" / "CL.tsv.xz").write_bytes(b"garbage")
    (tmp_path / "snapshot" / "PATO.tsv.xz").unlink()
    monkeypatch.setattr(
        "synthquery.ontology.installed.manifest", lambda: read_manifest(tmp_path / "snapshot")
    )
    problems = {name: problem for name, problem in ontology.verify().items() if problem}
    assert list(problems) == ["CL", "PATO"]
    assert "SHA-256" in problems["CL"]
    assert "cannot be read" in problems["PATO"]
