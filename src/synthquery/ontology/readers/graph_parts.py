"""Of an OBO graph, what a term of ours needs.

Most of a large graph is cross-references, sources, mappings and logical axioms. Handing all of it to the parser
takes several times as long, and some of it is what parsers stumble over. The schema is that of
geneontology/obographs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_OBO_IN_OWL: Final = "http://www.geneontology.org/formats/oboInOwl#"
_STATEMENTS: Final = {
    "http://purl.obolibrary.org/obo/IAO_0100001",  # replaced by
    "http://www.w3.org/2002/07/owl#versionInfo",
    f"{_OBO_IN_OWL}consider",
    f"{_OBO_IN_OWL}hasAlternativeId",
}
_RELATIONS: Final = ("is_a", "part_of", "http://purl.obolibrary.org/obo/BFO_0000050", "BFO:0000050")
_OF_META: Final = ("deprecated", "version")
_OF_SYNONYM: Final = ("pred", "val")


def one_graph(document: Any) -> dict[str, Any]:
    """The nodes and the is-a and part-of edges of all graphs of a document, as one graph.

    A part that does not have the form it should is passed on as it stands.

    Raises
    ------
    ValueError
        When the document holds no graph.
    """
    graphs = [graph for graph in _list(document, "graphs") if isinstance(graph, dict)]
    if not graphs:
        raise ValueError("it is JSON without graphs")
    edges = [
        edge
        for graph in graphs
        for edge in _list(graph, "edges")
        if not isinstance(edge, dict)
        or edge.get("pred") in _RELATIONS
        or not isinstance(edge.get("pred"), str)
    ]
    joined = {edge.get(end) for edge in edges if isinstance(edge, dict) for end in ("sub", "obj")}
    return {
        "id": graphs[0].get("id") or "graph",
        "meta": _meta(graphs[0].get("meta")),
        "nodes": [node for graph in graphs for node in _nodes(graph, joined)],
        "edges": edges,
    }


def nodes_of(document: Any) -> Iterator[dict[str, Any]]:
    """Every node of a document, as it stands."""
    for graph in _list(document, "graphs"):
        yield from (node for node in _list(graph, "nodes") if isinstance(node, dict))


def _nodes(graph: dict[str, Any], joined: set[Any]) -> Iterator[Any]:
    for node in _list(graph, "nodes"):
        if not isinstance(node, dict):
            yield node
            continue
        kind = node.get("type")
        if kind == "INDIVIDUAL":
            continue
        if not kind and node.get("lbl") and node.get("id") in joined:
            kind = "CLASS"  # older files leave the type out; what edges join to classes is one
        kept = {key: node[key] for key in ("id", "lbl", "propertyType") if node.get(key) is not None}
        meta = _meta(node.get("meta"))
        if not node.get("lbl") and isinstance(meta, dict):
            meta |= _definition(node.get("meta"))
        yield {**kept, **({"type": kind} if kind else {}), "meta": meta}


def _definition(meta: Any) -> dict[str, Any]:
    """The definition: of a node without a name it tells that the file says something of it."""
    definition = meta.get("definition") if isinstance(meta, dict) else None
    text = definition.get("val") if isinstance(definition, dict) else None
    return {"definition": {"val": text}} if isinstance(text, str) else {}


def _meta(meta: Any) -> Any:
    if not isinstance(meta, dict):
        return meta or {}
    kept = {key: meta[key] for key in _OF_META if meta.get(key)}
    synonyms = [
        {key: each[key] for key in _OF_SYNONYM if key in each} if isinstance(each, dict) else each
        for each in _list(meta, "synonyms")
    ]
    if synonyms:
        kept["synonyms"] = synonyms
    statements = [
        each
        for each in _list(meta, "basicPropertyValues")
        if not isinstance(each, dict) or each.get("pred") in _STATEMENTS
    ]
    return {**kept, "basicPropertyValues": statements} if statements else kept


def _list(holder: Any, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []
