"""Parts of an OBO graph that no parser takes: found by asking, then left out, so that the rest is read.

The schema is that of geneontology/obographs: graphs hold nodes and edges, nodes hold ``meta`` with lists of
synonyms, cross-references and other statements.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from synthquery.ontology.readers.repairs import Repair, shown, sieve

Reads = Callable[[dict[str, Any]], bool]


def mend_graph(graph: dict[str, Any], reads: Reads, repairs: list[Repair]) -> dict[str, Any]:
    """A graph that can be read, with all of another one that can be.

    Parameters
    ----------
    graph
        A graph that the parser refuses.
    reads
        Whether the parser takes a graph.
    repairs
        Where each part that is left out is written down.
    """
    return _Mender(graph, reads, repairs).graph(graph)


class _Mender:
    def __init__(self, first: dict[str, Any], reads: Reads, repairs: list[Repair]) -> None:
        self._reads = reads
        self._repairs = repairs
        self._head: dict[str, Any] = {"id": "graph"}
        for key, value in (("id", first.get("id")), ("meta", first.get("meta"))):
            if not value:
                continue
            if self._takes([], head={**self._head, key: value}):
                self._head[key] = value
            elif key == "meta":
                self._head[key] = self._meta(
                    value, lambda meta: self._takes([], head={**self._head, "meta": meta})
                )
            else:
                self._left_out({key: value})

    def graph(self, graph: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._head,
            "nodes": sieve(graph["nodes"], self._takes, self._node),
            "edges": sieve(graph["edges"], self._takes_edges, self._left_out),
        }

    def _takes(
        self, nodes: Sequence[Any], edges: Sequence[Any] = (), *, head: dict[str, Any] | None = None
    ) -> bool:
        graph = {**({"id": "graph"} if head is None else head), "nodes": list(nodes), "edges": list(edges)}
        return self._reads(graph)

    def _takes_edges(self, edges: Sequence[Any]) -> bool:
        """Whether edges can be read: fastobo looks only at those that start from a node."""
        if not all(isinstance(edge, dict) for edge in edges):
            return False
        starts = [{"id": edge.get("sub"), "type": "CLASS"} for edge in edges]
        return self._takes(starts, edges)

    def _node(self, node: Any) -> dict[str, Any] | None:
        """The node without what cannot be read of it; None when that is its identifier."""
        kept: dict[str, Any] = {"id": node.get("id") if isinstance(node, dict) else None, "type": "CLASS"}
        if not kept["id"] or not self._takes([kept]):
            self._left_out(node)
            return None
        for key in ("type", "propertyType", "lbl"):
            if node.get(key) is None:
                continue
            if self._takes([{**kept, key: node[key]}]):
                kept[key] = node[key]
            else:
                self._left_out({"id": kept["id"], key: node[key]})
        meta = self._meta(node.get("meta"), lambda meta: self._takes([{**kept, "meta": meta}]), kept["id"])
        return {**kept, "meta": meta}

    def _meta(self, meta: Any, takes: Callable[[dict[str, Any]], bool], owner: str = "") -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in meta.items() if isinstance(meta, dict) else ():
            if takes({key: value}):
                kept[key] = value
            elif isinstance(value, list):
                kept[key] = sieve(value, _in_list(takes, key), self._part(takes, key, owner))
            elif key == "deprecated" and str(value).lower() in {"true", "1"}:
                kept[key] = True
                self._repairs.append(Repair(None, shown(f"{owner} deprecated {value!r}"), "read as true"))
            else:
                self._left_out({"id": owner, key: value})
        return kept

    def _part(self, takes: Callable[[dict[str, Any]], bool], key: str, owner: str) -> Callable[[Any], Any]:
        def mend(part: Any) -> Any | None:
            """A synonym of a kind that there is not, as a related one; anything else goes."""
            value = part.get("val") if isinstance(part, dict) and key == "synonyms" else None
            if value and takes({key: [{"pred": "hasRelatedSynonym", "val": value}]}):
                self._repairs.append(
                    Repair(None, self._clause({"id": owner, key: part}), "read as a related synonym")
                )
                return {"pred": "hasRelatedSynonym", "val": value}
            self._left_out({"id": owner, key: part})
            return None

        return mend

    def _left_out(self, part: Any) -> None:
        """Write a part down that is left out; None is what takes its place."""
        self._repairs.append(Repair(None, self._clause(part), "left out: not well formed"))

    @staticmethod
    def _clause(part: Any) -> str:
        return shown(json.dumps(part, ensure_ascii=False))


def _in_list(takes: Callable[[dict[str, Any]], bool], key: str) -> Callable[[Sequence[Any]], bool]:
    return lambda parts: takes({key: list(parts)})
