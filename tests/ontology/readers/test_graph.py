"""OBO graphs in JSON: whole, broken in one part, or of an older form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology import Ontology, load_ontology
from synthquery.ontology.readers.memory import Synonym

OBO = "http://purl.obolibrary.org/obo/"
IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"


def graph(*nodes: Any, edges: Any = (), **more: Any) -> dict[str, Any]:
    cell = {"id": f"{OBO}CL_0000000", "lbl": "cell", "type": "CLASS"}
    neuron = {"id": f"{OBO}CL_0000540", "lbl": "neuron", "type": "CLASS"}
    is_a = {"sub": f"{OBO}CL_0000540", "pred": "is_a", "obj": f"{OBO}CL_0000000"}
    version = {"version": f"{OBO}cl/releases/2026-03-26/cl.owl"}
    return {
        "id": f"{OBO}cl.owl",
        "meta": version,
        "nodes": [cell, neuron, *nodes],
        "edges": [is_a, *edges],
        **more,
    }


@pytest.fixture
def read(tmp_path: Path):
    def read(*graphs: Any) -> Ontology:
        path = tmp_path / "cl.json"
        path.write_text(json.dumps({"graphs": list(graphs)}), encoding="utf-8")
        return load_ontology(path)

    return read


def neuron_is_whole(ontology: Ontology) -> bool:
    neuron = ontology["CL:0000540"]
    return (neuron.label, neuron.parents, neuron.release) == ("neuron", ("CL:0000000",), "2026-03-26")


def microglia(**meta: Any) -> dict[str, Any]:
    return {"id": f"{OBO}CL_0000129", "lbl": "microglial cell", "type": "CLASS", "meta": meta}


def test_facts_of_a_node_are_read(read) -> None:
    ontology = read(
        graph(
            microglia(
                deprecated=True,
                synonyms=[
                    {"pred": "hasExactSynonym", "val": "microgliocyte"},
                    {"pred": "hasBroadSynonym", "val": "glia"},
                ],
                basicPropertyValues=[
                    {"pred": f"{OBO}IAO_0100001", "val": f"{OBO}CL_0000540"},
                    {"pred": f"{IN_OWL}consider", "val": "CL:0000000"},
                    {"pred": f"{IN_OWL}hasAlternativeId", "val": "CL:0000130"},
                ],
            )
        )
    )
    term = ontology["CL:0000129"]
    assert (term.obsolete, term.replaced_by, term.consider) == (True, "CL:0000540", ("CL:0000000",))
    assert ontology.synonyms(term.id) == (Synonym("microgliocyte", "EXACT"), Synonym("glia", "BROAD"))
    assert ontology["CL:0000130"].replaced_by == "CL:0000129"
    assert ontology.repairs == ()


@pytest.mark.parametrize(
    "meta",
    [
        {"xrefs": [{"val": ":bony projection"}]},
        {"xrefs": [{"val": "http://x/y\\:z"}, {"val": ""}]},
        {"definition": {"val": "A cell.", "xrefs": ["a b"]}},
        {"subsets": ["two words"]},
        {"synonyms": [{"pred": "hasExactSynonym", "val": "microgliocyte", "xrefs": ["a b", ":c"]}]},
        {"basicPropertyValues": [{"pred": f"{IN_OWL}creation_date", "val": "last year"}]},
        {"basicPropertyValues": [{"pred": "two words", "val": "x"}]},
    ],
)
def test_what_no_term_needs_cannot_break_a_file(read, meta: dict[str, Any]) -> None:
    ontology = read(graph(microglia(**meta)))
    assert ontology["CL:0000129"].label == "microglial cell"
    assert neuron_is_whole(ontology)
    assert ontology.repairs == ()


@pytest.mark.parametrize(
    ("meta", "action"),
    [
        ({"synonyms": [{"pred": "hasInventedSynonym", "val": "glia"}]}, "read as a related synonym"),
        ({"synonyms": [{"pred": "hasExactSynonym"}]}, "left out: not well formed"),
        ({"deprecated": "true"}, "read as true"),
        ({"deprecated": 3}, "left out: not well formed"),
        ({"basicPropertyValues": [{"pred": f"{OBO}IAO_0100001"}]}, "left out: not well formed"),
    ],
)
def test_a_part_that_cannot_be_read_is_mended_or_left_out(read, meta: dict[str, Any], action: str) -> None:
    ontology = read(graph(microglia(**meta)))
    assert ontology["CL:0000129"].label == "microglial cell"
    assert neuron_is_whole(ontology)
    assert [repair.action for repair in ontology.repairs] == [action]


@pytest.mark.parametrize(
    "node",
    [
        "a string",
        {"lbl": "no identifier"},
        {"id": None, "lbl": "no identifier"},
        {"id": "two words", "lbl": "x", "type": "CLASS"},
        {"id": f"{OBO}CL_0000001", "lbl": "a cell", "type": "INVENTED"},
    ],
)
def test_a_node_that_cannot_be_read_is_reported_and_the_others_are_kept(read, node: Any) -> None:
    ontology = read(graph(node, microglia()))
    assert neuron_is_whole(ontology)
    assert ontology["CL:0000129"].label == "microglial cell"
    assert len(ontology.repairs) == 1


@pytest.mark.parametrize(
    "edge",
    [
        {"sub": f"{OBO}CL_0000540", "obj": f"{OBO}CL_0000000"},
        {"sub": f"{OBO}CL_0000540", "pred": "is_a", "obj": "two words"},
        {"sub": f"{OBO}CL_0000540", "pred": "is_a", "obj": f"{OBO}CL_0009999"},
        "an edge",
    ],
)
def test_an_edge_to_nowhere_is_reported(read, edge: Any) -> None:
    ontology = read(graph(edges=[edge]))
    assert neuron_is_whole(ontology)
    assert len(ontology.repairs) == 1


def test_part_of_edges_lead_upwards_and_others_do_not(read) -> None:
    edges = [
        {"sub": f"{OBO}CL_0000129", "pred": f"{OBO}BFO_0000050", "obj": f"{OBO}CL_0000540"},
        {"sub": f"{OBO}CL_0000129", "pred": f"{OBO}RO_0002202", "obj": f"{OBO}CL_0000000"},
    ]
    assert read(graph(microglia(), edges=edges))["CL:0000129"].parents == ("CL:0000540",)


def test_a_node_without_a_type_is_a_class_where_edges_say_so(read) -> None:
    node = {"id": f"{OBO}CL_0000129", "lbl": "microglial cell"}
    edge = {"sub": f"{OBO}CL_0000129", "pred": "is_a", "obj": f"{OBO}CL_0000540"}
    ontology = read(graph(node, {"id": f"{OBO}cl#subset", "lbl": "a subset"}, edges=[edge]))
    assert ontology["CL:0000129"].parents == ("CL:0000540",)
    assert len(ontology) == 3


def test_several_graphs_are_one_ontology(read) -> None:
    second = {"id": f"{OBO}more.owl", "nodes": [microglia()], "edges": []}
    assert {term.label for term in read(graph(), second).terms()} == {"cell", "neuron", "microglial cell"}


def test_a_repair_names_the_line_of_its_node(tmp_path: Path) -> None:
    content = json.dumps({"graphs": [graph(microglia(deprecated=3))]}, indent=1)
    (tmp_path / "cl.json").write_text(content, encoding="utf-8")
    (repair,) = load_ontology(tmp_path / "cl.json").repairs
    assert repair.line is not None
    assert "CL_0000129" in content.splitlines()[repair.line - 1]
    assert "CL_0000129" in repair.clause


def test_a_byte_order_mark_and_null_members_do_no_harm(tmp_path: Path) -> None:
    content = json.dumps({"graphs": [graph(domainRangeAxioms=None, equivalentNodesSets=None)]})
    (tmp_path / "cl.json").write_text(content, encoding="utf-8-sig")
    assert neuron_is_whole(load_ontology(tmp_path / "cl.json"))


@pytest.mark.parametrize(
    "content",
    ['{"graphs": []}', '{"graphs": [3]}', '{"graphs": [{}]}', '{"graphs": [{"id": "x"', '{"a": 1}', "[1, 2]"],
)
def test_other_json_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "cl.json").write_text(content, encoding="utf-8")
    with pytest.raises(OntologyError, match=r"cl\.json is no ontology that can be read: .+"):
        load_ontology(tmp_path / "cl.json")
