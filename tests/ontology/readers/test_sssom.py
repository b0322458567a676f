"""SSSOM tables: mappings in either direction, their predicates, and identifiers in many spellings."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology import load_ontology
from synthquery.ontology.readers import Bridges, Mapping, load_bridges
from synthquery.ontology.readers.foreign import foreign_form

HEADER = """\
# curie_map:
#   MONDO: http://purl.obolibrary.org/obo/MONDO_
#   DOID: http://purl.obolibrary.org/obo/DOID_
#   house: http://www.orpha.net/ORDO/Orphanet_
# mapping_set_id: https://w3id.org/sssom/mappings/test
"""
COLUMNS = "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tpredicate_modifier\tconfidence"
ROWS = (
    "MONDO:0007256\thepatocellular carcinoma\tskos:exactMatch\tDOID:684\thepatocellular carcinoma\t\t0.9",
    "EFO:0000182\tHCC\tskos:exactMatch\tMONDO:0007256\thepatocellular carcinoma\t\t",
    "MONDO:0007256\thepatocellular carcinoma\tskos:broadMatch\tNCIT:C4878\tsomething broader\t\t",
    "BTO:0000759\tliver\tskos:exactMatch\tUBERON:0002107\tliver\t\t1.0",
    "house:88673\tHCC\tskos:narrowMatch\tMONDO:0007256\thepatocellular carcinoma\t\t0.5",
    "MESH:D006528\tHCC\tskos:closeMatch\tMONDO:0007256\thepatocellular carcinoma\t\t",
    "MESH:D006528\tHCC\tskos:exactMatch\tMONDO:0007256\thepatocellular carcinoma\t\t",
    "MESH:D008099\tliver\tskos:exactMatch\tMONDO:0002691\tliver cancer\tNot\t",
    "UBERON:0000178\tblood\tskos:narrowMatch\tCL:0000081\tblood cell\t\t",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mappings.sssom.tsv"
    path.write_text(HEADER + "\n".join((COLUMNS, *ROWS)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def bridges(path: Path) -> Bridges:
    return load_bridges(path)


HCC = "hepatocellular carcinoma"


@pytest.mark.parametrize(
    ("identifier", "mappings"),
    [
        ("DOID:684", [("MONDO:0007256", "skos:exactMatch")]),
        ("doid:684", [("MONDO:0007256", "skos:exactMatch")]),
        ("DOID_684", [("MONDO:0007256", "skos:exactMatch")]),
        ("http://purl.obolibrary.org/obo/DOID_684", [("MONDO:0007256", "skos:exactMatch")]),
        ("EFO:0000182", [("MONDO:0007256", "skos:exactMatch")]),
        ("http://www.ebi.ac.uk/efo/EFO_0000182", [("MONDO:0007256", "skos:exactMatch")]),
        ("NCIT:C4878", [("MONDO:0007256", "skos:narrowMatch")]),
        ("NCIt:C4878", [("MONDO:0007256", "skos:narrowMatch")]),
        ("BTO:0000759", [("UBERON:0002107", "skos:exactMatch")]),
        ("Orphanet:88673", [("MONDO:0007256", "skos:narrowMatch")]),
        ("ORDO:88673", [("MONDO:0007256", "skos:narrowMatch")]),
        ("Orphanet_88673", [("MONDO:0007256", "skos:narrowMatch")]),
        ("MeSH:D006528", [("MONDO:0007256", "skos:exactMatch"), ("MONDO:0007256", "skos:closeMatch")]),
        ("MESH:D008099", []),
        ("UBERON:0000178", [("CL:0000081", "skos:narrowMatch")]),
        ("CL:0000081", [("UBERON:0000178", "skos:broadMatch")]),
        ("DOID:9999999", []),
        ("no identifier", []),
    ],
)
def test_a_foreign_identifier_maps_to_ours(
    bridges: Bridges, identifier: str, mappings: list[tuple[str, str]]
) -> None:
    assert [(mapping.id, mapping.predicate) for mapping in bridges.map(identifier)] == mappings
    assert (identifier in bridges) == bool(mappings)


def test_a_mapping_carries_label_and_confidence(bridges: Bridges) -> None:
    assert bridges.map("DOID:684") == (Mapping("MONDO:0007256", "skos:exactMatch", HCC, 0.9),)
    assert bridges.map("EFO:0000182")[0].confidence is None


def test_the_one_exact_mapping_is_told_from_several(bridges: Bridges, tmp_path: Path) -> None:
    assert bridges.exact("DOID:684") == bridges.map("DOID:684")[0]
    assert bridges.exact("NCIT:C4878") is None
    other = tmp_path / "other.tsv"
    other.write_text(f"{COLUMNS}\nDOID:684\t\tskos:exactMatch\tMONDO:0002691\t\t\t\n", encoding="utf-8")
    both = bridges | load_bridges(other)
    assert both.exact("DOID:684") is None
    assert [mapping.id for mapping in both.map("DOID:684")] == ["MONDO:0007256", "MONDO:0002691"]
    assert len(both) == len(bridges)


def test_the_same_mapping_twice_is_one_and_the_surest_is_kept(tmp_path: Path) -> None:
    rows = [f"DOID:684\t\tskos:exactMatch\tMONDO:0007256\t\t\t{sure}" for sure in ("0.2", "0.8", "", "0.5")]
    (tmp_path / "m.tsv").write_text("\n".join((COLUMNS, *rows)), encoding="utf-8")
    assert [mapping.confidence for mapping in load_bridges(tmp_path / "m.tsv").map("DOID:684")] == [0.8]


@pytest.mark.parametrize(
    ("row", "action"),
    [
        ("DOID:1\t\tskos:relatedMatch\tMONDO:0000001\t\t\t", "says neither same nor narrower nor broader"),
        ("DOID:1\t\t\tMONDO:0000001\t\t\t", "no predicate says neither"),
        ("DOID:1\t\tskos:exactMatch\t\t\t\t", "names no two terms"),
        ("DOID:1\t\tskos:exactMatch\tEFO:0000001\t\t\t", "neither term is of MONDO, UBERON, CL"),
        ("DOID:1", "names no two terms"),
    ],
)
def test_a_row_that_says_nothing_is_reported_with_its_line(path: Path, row: str, action: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{row}\nDOID:2\t\tskos:exactMatch\tMONDO:0000001\t\t\t\n")
    bridges = load_bridges(path)
    (repair,) = bridges.repairs
    assert repair.line == HEADER.count("\n") + 1 + len(ROWS) + 1
    assert action in repair.action
    assert "DOID:2" in bridges


@pytest.mark.parametrize(
    "predicate", ["skos:exactMatch", "http://www.w3.org/2004/02/skos/core#exactMatch", "owl:equivalentClass"]
)
def test_predicates_may_be_spelled_out(tmp_path: Path, predicate: str) -> None:
    row = f"predicate_id\tobject_id\tsubject_id\n{predicate}\thttp://purl.obolibrary.org/obo/MONDO_0007256\tDOID:684\n"
    (tmp_path / "m.tsv").write_text(row, encoding="utf-8")
    assert load_bridges(tmp_path / "m.tsv").map("DOID:684")[0][:2] == ("MONDO:0007256", "skos:exactMatch")


def test_a_header_that_is_no_yaml_is_reported_and_the_table_is_read(tmp_path: Path) -> None:
    text = "\n".join(("#curie_map: [", "# :::", COLUMNS, ROWS[0]))
    (tmp_path / "m.tsv").write_text(text, encoding="utf-8-sig")
    bridges = load_bridges(tmp_path / "m.tsv")
    assert bridges.map("DOID:684")[0].id == "MONDO:0007256"
    assert bridges.repairs[0].clause == "the header"


def test_a_table_without_mappings_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text(f"{COLUMNS}\nDOID:1\t\tskos:exactMatch\tEFO:1\t\t\t\n", encoding="utf-8")
    with pytest.raises(OntologyError, match="no mappings to MONDO, UBERON, CL"):
        load_bridges(tmp_path / "m.tsv")


def test_load_ontology_points_to_the_reader_of_mappings(path: Path) -> None:
    with pytest.raises(OntologyError, match=r"a table of mappings \(SSSOM\); load_bridges reads it"):
        load_ontology(path)


def test_a_set_of_mappings_says_what_it_is(path: Path, tmp_path: Path) -> None:
    assert (load_bridges(path).title, load_bridges(path).release) == (
        "https://w3id.org/sssom/mappings/test",
        "",
    )
    named = tmp_path / "named.tsv"
    header = "# mapping_set_title: Mappings of a lab\n# mapping_date: 2026-06-02\n"
    named.write_text(header + f"{COLUMNS}\n{ROWS[0]}\n", encoding="utf-8")
    assert (load_bridges(named).title, load_bridges(named).release) == ("Mappings of a lab", "2026-06-02")
    bare = tmp_path / "bare.tsv"
    bare.write_text(f"{COLUMNS}\n{ROWS[0]}\n", encoding="utf-8")
    assert (load_bridges(bare).title, load_bridges(bare).release) == ("bare.tsv", "")


def test_a_cross_reference_is_the_farthest_of_all(path: Path) -> None:
    row = "MONDO:0000001\t\toboInOwl:hasDbXref\tDOID:684\t\t\t\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    found = [(mapping.id, mapping.predicate) for mapping in load_bridges(path).map("DOID:684")]
    assert found == [("MONDO:0007256", "skos:exactMatch"), ("MONDO:0000001", "oboInOwl:hasDbXref")]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("DOID:684", "DOID:684"),
        ("ORPHA:88673", "Orphanet:88673"),
        ("https://www.orpha.net/ORDO/Orphanet_88673", "Orphanet:88673"),
        ("https://identifiers.org/mesh:D006528", "MESH:D006528"),
        ("UMLS_CUI:C0019204", "UMLS:C0019204"),
        ("ICD10CM:C22.0", "ICD10CM:C22.0"),
        ("NCI_H1299", None),  # a cell line
        ("NCI-H1299", None),
        ("UBERON:0002107", None),
        ("https://example.org/DOID:684", None),
        ("liver", None),
        ("", None),
    ],
)
def test_an_identifier_of_another_ontology_is_told_from_everything_else(text: str, form: str | None) -> None:
    assert foreign_form(text) == form
