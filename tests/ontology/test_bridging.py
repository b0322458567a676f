"""Identifiers of other ontologies lead to terms: what was added says how, and only one exact match is sure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology import default_ontologies, in_use, status, verify
from synthquery.ontology.updates import add_ontology, remove_release
from synthquery.resolver import resolve
from synthquery.validation import validate
from synthquery.validation.fixes import fix

HCC = "MONDO:0007256"
COLUMNS = "subject_id\tpredicate_id\tobject_id"
HEADER = "# mapping_set_id: https://w3id.org/sssom/mappings/mondo\n# mapping_set_version: 2026-06-02\n"
ROWS = (
    "MONDO:0007256\tskos:exactMatch\tDOID:684",
    "MONDO:0007256\tskos:exactMatch\tMESH:D006528",
    "MONDO:0007256\tskos:exactMatch\tOrphanet:88673",
    "MONDO:0007256\tskos:exactMatch\tUMLS:C0019204",
    "MONDO:0002691\tskos:exactMatch\tEFO:0000182",
    "MONDO:0007256\tskos:exactMatch\tEFO:0000182",
    "NCIT:C3099\tskos:broadMatch\tMONDO:0007256",
    "MONDO:0007256\toboInOwl:hasDbXref\tICD10CM:C22.0",
    "MONDO:0000038\tskos:exactMatch\tDOID:4000",  # obsolete, and nothing replaces it
    "MONDO:9999999\tskos:exactMatch\tDOID:5000",  # of no release
    "BTO:0000759\tskos:exactMatch\tUBERON:0002107",
    "EFO:0000887\tskos:exactMatch\tUBERON:0002107",
    "BTO:0000776\tskos:exactMatch\tCL:0000236",
)


@pytest.fixture(autouse=True)
def own_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Releases of this test alone, beside databases that are compiled once for all tests."""
    monkeypatch.setattr(in_use, "releases_root", lambda: tmp_path / "releases")
    monkeypatch.setattr("synthquery.ontology.updates.choose.releases_root", lambda: tmp_path / "releases")
    monkeypatch.setattr("synthquery.ontology.updates.locks.releases_root", lambda: tmp_path / "releases")
    in_use.changed()
    yield
    monkeypatch.undo()
    in_use.changed()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mondo.sssom.tsv"
    path.write_text(HEADER + "\n".join((COLUMNS, *ROWS)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def added(table: Path) -> Path:
    add_ontology(table)
    return table


@pytest.mark.parametrize(
    "given",
    [
        "DOID:684",
        " doid:684 ",
        "DOID_684",
        "http://purl.obolibrary.org/obo/DOID_684",
        "https://identifiers.org/DOID:684",
        "MeSH:D006528",
        "MSH:D006528",
        "http://id.nlm.nih.gov/mesh/D006528",
        "ORPHA:88673",
        "Orphanet_88673",
        "ORDO:88673",
        "https://www.orpha.net/ORDO/Orphanet_88673",
        "UMLS:C0019204",
        "UMLS_CUI:C0019204",
    ],
)
def test_one_exact_match_resolves_in_any_spelling(added: Path, given: str) -> None:
    answer = resolve(given, "disease")
    assert (answer.status, answer.term and answer.term.id) == ("resolved", HCC)
    assert answer.best is not None
    assert (answer.best.how, answer.best.score) == ("bridge", 1.0)
    assert "skos:exactMatch in https://w3id.org/sssom/mappings/mondo 2026-06-02" in answer.reason


@pytest.mark.parametrize(
    ("given", "field", "found"),
    [
        ("BTO:0000759", "tissue", "UBERON:0002107"),
        ("EFO:0000887", "tissue", "UBERON:0002107"),
        ("BTO:0000776", "cell_type", "CL:0000236"),
        ("BTO:0000776", "tissue", "CL:0000236"),  # a tissue may be a cell type
    ],
)
def test_tissues_and_cell_types_have_bridges_too(added: Path, given: str, field: str, found: str) -> None:
    answer = resolve(given, field)
    assert answer.term is not None
    assert answer.term.id == found


@pytest.mark.parametrize(
    ("given", "candidates", "said"),
    [
        ("EFO:0000182", ["MONDO:0002691", HCC], "Several terms are mapped to EFO:0000182 as the same"),
        ("NCIT:C3099", [HCC], "is broader (skos:broadMatch"),
        ("ICD10CM:C22.0", [HCC], "need not mean that they are the same"),
    ],
)
def test_several_matches_or_none_that_is_exact_are_for_the_user_to_choose(
    added: Path, given: str, candidates: list[str], said: str
) -> None:
    answer = resolve(given, "disease")
    assert (answer.status, answer.term) == ("ambiguous", None)
    assert [candidate.term.id for candidate in answer.candidates] == candidates
    assert said in answer.reason


@pytest.mark.parametrize("given", ["DOID:4000", "DOID:5000", "DOID:1"])
def test_what_leads_to_no_live_term_does_not_resolve(added: Path, given: str) -> None:
    answer = resolve(given, "disease")
    assert (answer.status, answer.candidates) == ("unresolved", ())
    assert "no mapping here leads from it to MONDO" in answer.reason


def test_a_bridge_to_another_field_is_no_answer(added: Path) -> None:
    assert resolve("DOID:684", "tissue").status == "unresolved"
    assert resolve("BTO:0000759", "disease").status == "unresolved"


def test_a_mapping_to_an_obsolete_term_leads_to_its_replacement(tmp_path: Path) -> None:
    ontologies = default_ontologies()
    old = next(term for term in ontologies.store("MONDO").terms() if term.replaced_by and term.label)
    new = ontologies.replacement(old)
    assert new is not None
    path = tmp_path / "old.tsv"
    path.write_text(f"{COLUMNS}\n{old.id}\tskos:exactMatch\tDOID:684\n", encoding="utf-8")
    add_ontology(path)
    answer = resolve("DOID:684", "disease")
    assert answer.term == new
    assert answer.best is not None
    assert answer.best.how == f"bridge (replaces {old.id})"


def test_without_a_table_the_answer_says_how_to_have_one() -> None:
    for given in ("DOID:684", "UMLS:C0019204", "http://www.ebi.ac.uk/efo/EFO_0000182"):
        answer = resolve(given, "disease")
        assert answer.status == "unresolved"
        assert "`synthquery ontology add FILE`" in answer.reason


def test_two_tables_are_taken_together(added: Path, tmp_path: Path) -> None:
    other = tmp_path / "more.sssom.tsv"
    other.write_text(f"{COLUMNS}\nDOID:684\tskos:exactMatch\tMONDO:0002691\n", encoding="utf-8")
    add_ontology(other)
    assert resolve("DOID:684", "disease").status == "ambiguous"
    remove_release("more")
    assert resolve("DOID:684", "disease").status == "resolved"


def query(disease: str) -> dict[str, Any]:
    sample = {"metadata": {"disease_ontology_id": disease}, "num_samples": 1}
    return {"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation", "inputs": [sample]}


def test_validate_offers_the_mapped_term_and_fix_takes_it_where_it_is_sure(added: Path) -> None:
    (issue,) = validate(query("DOID:684")).issues
    assert (issue.code, issue.suggestions) == ("id.wrong-ontology", (HCC,))
    fixed, report = fix(query("ORPHA:88673"))
    assert fixed["inputs"][0]["metadata"]["disease_ontology_id"] == HCC
    assert report.ok


@pytest.mark.parametrize(
    ("given", "options"), [("EFO:0000182", ("MONDO:0002691", HCC)), ("NCIT:C3099", (HCC,))]
)
def test_fix_leaves_what_is_not_sure(added: Path, given: str, options: tuple[str, ...]) -> None:
    fixed, report = fix(query(given))
    assert fixed["inputs"][0]["metadata"]["disease_ontology_id"] == given
    assert report.issues[0].suggestions == options


def test_a_report_names_the_table_it_rests_on(added: Path) -> None:
    assert validate(query("DOID:684")).releases["mondo-mappings"] == "2026-06-02"


def test_validate_says_how_to_have_a_table() -> None:
    (issue,) = validate(query("UMLS:C0019204")).issues
    assert issue.code == "id.wrong-ontology"
    assert "`synthquery ontology add`" in issue.message


def test_an_added_table_is_listed_verified_and_removed(added: Path) -> None:
    row = next(row for row in status() if row.name == "mondo-mappings")
    assert (row.release, row.origin, row.n_terms, row.n_mappings) == ("2026-06-02", "added", 0, len(ROWS))
    assert verify()["mondo-mappings 2026-06-02"] is None
    remove_release("mondo-mappings")
    assert "mondo-mappings" not in {row.name for row in status()}
    assert resolve("DOID:684", "disease").status == "unresolved"


def test_a_damaged_table_is_found_and_not_read(added: Path, tmp_path: Path) -> None:
    (path,) = (tmp_path / "releases").rglob("beside.tsv.xz")
    path.write_bytes(path.read_bytes()[:-7])
    assert "SHA-256" in str(verify()["mondo-mappings 2026-06-02"])


def test_a_table_is_no_release_of_an_ontology(table: Path) -> None:
    with pytest.raises(OntologyError, match="a table of mappings, no release of MONDO"):
        add_ontology(table, "MONDO")


OBO = """\
format-version: 1.2
data-version: 2026-06-02
ontology: mondo

[Term]
id: MONDO:0007256
name: hepatocellular carcinoma
xref: DOID:684 {source="MONDO:equivalentTo"}
xref: NCIT:C3099
property_value: skos:exactMatch http://identifiers.org/mesh/D006528
"""
PURL = "http://purl.obolibrary.org/obo/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SOURCE = "http://www.geneontology.org/formats/oboInOwl#source"


def graph() -> str:
    equivalent = {"xrefs": [], "basicPropertyValues": [{"pred": SOURCE, "val": "MONDO:equivalentTo"}]}
    meta = {
        "xrefs": [{"val": "DOID:684", "meta": equivalent}, {"val": "NCIT:C3099"}, {"val": "Wikipedia:Liver"}],
        "basicPropertyValues": [
            {"pred": f"{SKOS}exactMatch", "val": "http://identifiers.org/mesh/D006528"},
            {"pred": SOURCE, "val": "MESH:D000000"},
        ],
    }
    node = {"id": f"{PURL}MONDO_0007256", "lbl": "hepatocellular carcinoma", "type": "CLASS", "meta": meta}
    return json.dumps({"graphs": [{"id": f"{PURL}mondo.json", "nodes": [node], "edges": []}]})


OWL = f"""\
<?xml version="1.0"?>
<rdf:RDF xmlns="{PURL}mondo.owl#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:owl="http://www.w3.org/2002/07/owl#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
  xmlns:oboInOwl="http://www.geneontology.org/formats/oboInOwl#" xmlns:skos="{SKOS}">
<owl:Ontology rdf:about="{PURL}mondo.owl"/>
<owl:Class rdf:about="{PURL}MONDO_0007256">
  <rdfs:label>hepatocellular carcinoma</rdfs:label>
  <oboInOwl:hasDbXref>DOID:684</oboInOwl:hasDbXref>
  <oboInOwl:hasDbXref>NCIT:C3099</oboInOwl:hasDbXref>
  <skos:exactMatch rdf:resource="http://identifiers.org/mesh/D006528"/>
</owl:Class>
<owl:Axiom>
  <owl:annotatedSource rdf:resource="{PURL}MONDO_0007256"/>
  <owl:annotatedProperty rdf:resource="http://www.geneontology.org/formats/oboInOwl#hasDbXref"/>
  <owl:annotatedTarget>DOID:684</owl:annotatedTarget>
  <oboInOwl:source>MONDO:equivalentTo</oboInOwl:source>
</owl:Axiom>
</rdf:RDF>
"""


@pytest.mark.parametrize(("ending", "text"), [("obo", OBO), ("json", graph()), ("owl", OWL)])
def test_what_an_ontology_says_of_others_leads_to_its_terms_in_every_format(
    tmp_path: Path, ending: str, text: str
) -> None:
    path = tmp_path / f"extract.{ending}"
    path.write_text(text, encoding="utf-8")
    assert add_ontology(path).entry.n_mappings >= 3
    assert resolve("DOID:684", "disease").term is not None
    assert resolve("MESH:D006528", "disease").term is not None
    crossed = resolve("NCIT:C3099", "disease")
    assert (crossed.status, crossed.candidates[0].term.id) == ("ambiguous", HCC)
