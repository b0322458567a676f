"""OWL in RDF/XML: as the OWL API writes it, as RDF libraries write it, and broken in one element."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology import Ontology, load_ontology
from synthquery.ontology.readers.memory import Synonym

START = """\
<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:owl="http://www.w3.org/2002/07/owl#"
     xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:obo="http://purl.obolibrary.org/obo/"
     xmlns:oboInOwl="http://www.geneontology.org/formats/oboInOwl#">
"""
ONTOLOGY = """\
  <owl:Ontology rdf:about="http://purl.obolibrary.org/obo/cl.owl">
    <owl:versionIRI rdf:resource="http://purl.obolibrary.org/obo/cl/releases/2026-03-26/cl.owl"/>
  </owl:Ontology>
"""
CELL = '<owl:Class rdf:about="http://purl.obolibrary.org/obo/CL_0000000"><rdfs:label>cell</rdfs:label></owl:Class>\n'
IS_CELL = '<rdfs:subClassOf rdf:resource="http://purl.obolibrary.org/obo/CL_0000000"/>'
PART_OF_CELL = """\
<owl:Restriction {0}><owl:onProperty rdf:resource="http://purl.obolibrary.org/obo/BFO_0000050"/>
<owl:{1} rdf:resource="http://purl.obolibrary.org/obo/CL_0000000"/></owl:Restriction>
"""


@pytest.fixture
def read(tmp_path: Path):
    def read(body: str, ontology: str = ONTOLOGY) -> Ontology:
        path = tmp_path / "cl.owl"
        path.write_text(f"{START}{ontology}{body}</rdf:RDF>\n", encoding="utf-8")
        return load_ontology(path)

    return read


def neuron(inside: str) -> str:
    return (
        f'{CELL}<owl:Class rdf:about="http://purl.obolibrary.org/obo/CL_0000540">'
        f"<rdfs:label>neuron</rdfs:label>{inside}</owl:Class>\n"
    )


def test_facts_of_a_class_are_read(read) -> None:
    ontology = read(
        neuron(
            f"{IS_CELL}<oboInOwl:hasExactSynonym>nerve cell</oboInOwl:hasExactSynonym>"
            "<oboInOwl:hasNarrowSynonym>motor cell</oboInOwl:hasNarrowSynonym>"
            '<owl:deprecated rdf:datatype="http://www.w3.org/2001/XMLSchema#boolean">true</owl:deprecated>'
            '<obo:IAO_0100001 rdf:resource="http://purl.obolibrary.org/obo/CL_0000000"/>'
            "<oboInOwl:consider>CL:0000125</oboInOwl:consider>"
            "<oboInOwl:hasAlternativeId>CL:0000541</oboInOwl:hasAlternativeId>"
        )
    )
    term = ontology["CL:0000540"]
    assert (term.label, term.parents, term.release) == ("neuron", ("CL:0000000",), "2026-03-26")
    assert (term.obsolete, term.replaced_by, term.consider) == (True, "CL:0000000", ("CL:0000125",))
    assert ontology.synonyms(term.id) == (Synonym("nerve cell", "EXACT"), Synonym("motor cell", "NARROW"))
    assert ontology["CL:0000541"].replaced_by == "CL:0000540"
    assert ontology.repairs == ()


def test_part_of_some_leads_upwards_and_part_of_only_does_not(read) -> None:
    some = f"<rdfs:subClassOf>{PART_OF_CELL.format('', 'someValuesFrom')}</rdfs:subClassOf>"
    only = f"<rdfs:subClassOf>{PART_OF_CELL.format('', 'allValuesFrom')}</rdfs:subClassOf>"
    assert read(neuron(some))["CL:0000540"].parents == ("CL:0000000",)
    assert read(neuron(only))["CL:0000540"].parents == ()


def test_a_restriction_that_stands_apart_is_found(read) -> None:
    body = neuron('<rdfs:subClassOf rdf:nodeID="genid1"/>') + PART_OF_CELL.format(
        'rdf:nodeID="genid1"', "someValuesFrom"
    )
    assert read(body)["CL:0000540"].parents == ("CL:0000000",)


def test_plain_rdf_is_read_like_owl(read) -> None:
    kind = '<rdf:type rdf:resource="http://www.w3.org/2002/07/owl#{}"/>'
    about = '<rdf:Description rdf:about="http://purl.obolibrary.org/obo/{}">'
    body = (
        f"{about.format('CL_0000000')}{kind.format('Class')}<rdfs:label>cell</rdfs:label></rdf:Description>"
        f"{about.format('CL_0000540')}{kind.format('Class')}<rdfs:label>neuron</rdfs:label>{IS_CELL}"
        '<rdfs:subClassOf rdf:nodeID="n1"/></rdf:Description>'
        f'<rdf:Description rdf:nodeID="n1">{kind.format("Restriction")}'
        '<owl:onProperty rdf:resource="http://purl.obolibrary.org/obo/BFO_0000050"/>'
        '<owl:someValuesFrom rdf:resource="http://purl.obolibrary.org/obo/CL_0000129"/></rdf:Description>'
        f"{about.format('CL_0000129')}{kind.format('Class')}<rdfs:label>microglial cell</rdfs:label></rdf:Description>"
    )
    ontology = read(body, ontology="")
    assert ontology["CL:0000540"].parents == ("CL:0000000", "CL:0000129")
    assert len(ontology) == 3


def test_a_parent_that_is_not_defined_is_left_out(read) -> None:
    ontology = read(
        neuron(f'{IS_CELL}<rdfs:subClassOf rdf:resource="http://purl.obolibrary.org/obo/CARO_0001001"/>')
    )
    assert ontology["CL:0000540"].parents == ("CL:0000000",)
    line = (START + ONTOLOGY + CELL).count("\n") + 1
    assert [str(repair) for repair in ontology.repairs] == [
        f"line {line}: CL:0000540 has the parent CARO:0001001: left out: the file does not define it"
    ]


@pytest.mark.parametrize(
    "element",
    [
        "<oboInOwl:creation_date>last year</oboInOwl:creation_date>",
        '<rdfs:seeAlso rdf:datatype="http://example.org/odd">x</rdfs:seeAlso>',
        "<oboInOwl:creation_date/>",
    ],
)
def test_an_element_that_cannot_be_read_is_left_out_and_the_class_keeps_the_rest(read, element: str) -> None:
    ontology = read(
        neuron(f"{element}{IS_CELL}<oboInOwl:hasExactSynonym>nerve cell</oboInOwl:hasExactSynonym>")
    )
    term = ontology["CL:0000540"]
    assert (term.label, term.parents, term.synonyms) == ("neuron", ("CL:0000000",), ("nerve cell",))
    (repair,) = ontology.repairs
    assert repair.clause.startswith("http://purl.obolibrary.org/obo/CL_0000540 ")
    assert repair.action.startswith("left out: not well formed")


def test_a_date_of_the_ontology_that_is_none_does_not_hide_its_release(read) -> None:
    broken = ONTOLOGY.replace("<owl:versionIRI", "<oboInOwl:date>today</oboInOwl:date><owl:versionIRI")
    ontology = read(neuron(IS_CELL), ontology=broken)
    assert (ontology.release, len(ontology.repairs)) == ("2026-03-26", 1)


def test_an_axiom_about_nothing_is_left_out(read) -> None:
    axiom = (
        '<owl:Axiom><owl:annotatedSource rdf:resource="http://purl.obolibrary.org/obo/CL_0009999"/>'
        '<owl:annotatedProperty rdf:resource="http://www.geneontology.org/formats/oboInOwl#hasDbXref"/>'
        "<owl:annotatedTarget>FMA:1</owl:annotatedTarget></owl:Axiom>"
    )
    ontology = read(neuron(IS_CELL) + axiom)
    assert len(ontology) == 2
    assert len(ontology.repairs) == 1


def test_terms_with_other_addresses_have_the_identifiers_of_their_ontology(read) -> None:
    body = (
        '<owl:Class rdf:about="http://www.ebi.ac.uk/efo/EFO_0000222"><rdfs:label>AML</rdfs:label></owl:Class>'
        '<owl:Class rdf:about="http://www.orpha.net/ORDO/Orphanet_519"><rdfs:label>AML</rdfs:label></owl:Class>'
    )
    assert [term.id for term in read(body).terms()] == ["EFO:0000222", "Orphanet:519"]


@pytest.mark.parametrize("content", [START, f"{START}</rdf:RDF>", "<?xml version='1.0'?><svg/>", "<rdf:RDF"])
def test_other_xml_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "cl.owl").write_text(content, encoding="utf-8")
    with pytest.raises(OntologyError, match=r"cl\.owl is no ontology that can be read: .+"):
        load_ontology(tmp_path / "cl.owl")
