"""Ontology files the user names: OBO, OWL, OBO-graph JSON, and files that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from synthquery.errors import OntologyError, UnknownTermError
from synthquery.ontology import load_ontology
from tests.ontology.obo import LIVER_OBO

OWL = """\
<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:owl="http://www.w3.org/2002/07/owl#"
         xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
         xmlns:oboInOwl="http://www.geneontology.org/formats/oboInOwl#">
  <owl:Ontology rdf:about="http://purl.obolibrary.org/obo/cl.owl">
    <owl:versionIRI rdf:resource="http://purl.obolibrary.org/obo/cl/releases/2026-03-26/cl.owl"/>
  </owl:Ontology>
  <owl:Class rdf:about="http://purl.obolibrary.org/obo/CL_0000000"><rdfs:label>cell</rdfs:label></owl:Class>
  <owl:Class rdf:about="http://purl.obolibrary.org/obo/CL_0000540">
    <rdfs:subClassOf rdf:resource="http://purl.obolibrary.org/obo/CL_0000000"/>
    <rdfs:label>neuron</rdfs:label>
    <oboInOwl:hasExactSynonym>nerve cell</oboInOwl:hasExactSynonym>
  </owl:Class>
</rdf:RDF>
"""
_OBO = "http://purl.obolibrary.org/obo/"
GRAPH = {
    "graphs": [
        {
            "id": f"{_OBO}cl.owl",
            "meta": {"version": f"{_OBO}cl/releases/2026-03-26/cl.owl"},
            "nodes": [
                {"id": f"{_OBO}CL_0000000", "lbl": "cell", "type": "CLASS"},
                {
                    "id": f"{_OBO}CL_0000540",
                    "lbl": "neuron",
                    "type": "CLASS",
                    "meta": {"synonyms": [{"pred": "hasExactSynonym", "val": "nerve cell", "xrefs": []}]},
                },
            ],
            "edges": [{"sub": f"{_OBO}CL_0000540", "pred": "is_a", "obj": f"{_OBO}CL_0000000"}],
        }
    ]
}


@pytest.mark.parametrize("content", [OWL, json.dumps(GRAPH)], ids=["OWL", "OBO graph"])
def test_owl_and_obo_graphs_are_told_apart_by_their_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cell ontology"
    path.write_text(content, encoding="utf-8")
    ontology = load_ontology(path)
    assert (ontology.name, ontology.release, len(ontology)) == ("CL", "2026-03-26", 2)
    neuron = ontology["CL:0000540"]
    assert (neuron.label, neuron.synonyms, neuron.parents) == ("neuron", ("nerve cell",), ("CL:0000000",))


def test_a_compressed_file_is_read_like_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_text(LIVER_OBO, encoding="utf-8")
    (tmp_path / "uberon.obo.gz").write_bytes(gzip.compress(LIVER_OBO.encode()))
    plain, compressed = load_ontology(tmp_path / "uberon.obo"), load_ontology(str(tmp_path / "uberon.obo.gz"))
    assert list(plain.terms()) == list(compressed.terms())


def test_an_identifier_of_the_file_is_made_canonical(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_text(LIVER_OBO, encoding="utf-8")
    assert (
        load_ontology(tmp_path / "uberon.obo")["UBERON:0002107"].label == "liver"
    )  # UBERON_0002107 in the file


def test_asking_for_a_term_the_file_does_not_have_names_the_release(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_text(LIVER_OBO, encoding="utf-8")
    with pytest.raises(UnknownTermError, match="UBERON:0000955 is not in UBERON 2026-04-01"):
        load_ontology(tmp_path / "uberon.obo")["UBERON:0000955"]


def test_several_replacements_are_to_be_considered(tmp_path: Path) -> None:
    replaced = "replaced_by: UBERON:0001466\n"
    content = LIVER_OBO.replace(replaced, replaced + "replaced_by: UBERON:0002107\n")
    (tmp_path / "uberon.obo").write_text(content, encoding="utf-8")
    term = load_ontology(tmp_path / "uberon.obo")["UBERON:0000027"]
    assert (term.replaced_by, term.consider) == (None, ("UBERON:0001466", "UBERON:0002107"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello world\n",
        b"<html><body>Not found</body></html>",
        b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>',
        b'<?xml version="1.0"?><rdf:RDF',
        b'{"inputs": []}',
        b'{"graphs": []}',
        b"[" * 100_000,
        bytes(range(256)) * 40,
        b"\x1f\x8b\x08\x00broken",
        b"format-version: 1.2\nontology: uberon\n",
    ],
    ids=[
        *(
            "empty",
            "text",
            "html",
            "no owl",
            "cut xml",
            "query",
            "no graphs",
            "brackets",
            "binary",
            "cut gzip",
        ),
        "no terms",
    ],
)
def test_a_file_that_is_no_ontology_is_one_clear_line(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "uberon.obo"
    path.write_bytes(content)
    with pytest.raises(OntologyError, match=r"uberon\.obo is no ontology that can be read: .+") as raised:
        load_ontology(path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < len(str(path)) + 200
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_and_a_directory_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "uberon.obo", tmp_path):
        with pytest.raises(OntologyError, match="cannot be read"):
            load_ontology(path)
