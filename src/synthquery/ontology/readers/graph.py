"""OBO graphs in JSON: what a term of ours needs of them, to pronto; part by part where a part cannot be read."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any, Final

import fastobo
from pronto.ontology import Ontology as ProntoOntology

from synthquery.ontology.readers.cross_references import Found, of_node
from synthquery.ontology.readers.graph_parts import nodes_of, one_graph
from synthquery.ontology.readers.graph_repair import mend_graph
from synthquery.ontology.readers.pronto_parsers import FrameParser
from synthquery.ontology.readers.repairs import Repair, shown

_GRAPHS: Final = re.compile(rb'"graphs"\s*:\s*\[\s*\{')
_BOM: Final = b"\xef\xbb\xbf"


def read_graph(data: bytes, repairs: list[Repair]) -> tuple[ProntoOntology, list[Found]]:
    """Read an OBO graph, and what its nodes say of terms of other ontologies.

    Parameters
    ----------
    data
        The whole file.
    repairs
        Where every change is written down.

    Raises
    ------
    ValueError
        When it is no OBO graph.
    """
    if not _GRAPHS.search(data):
        raise ValueError("it is JSON without graphs")
    try:
        document = json.loads(data.removeprefix(_BOM).decode())
    except RecursionError as error:
        raise ValueError("it is JSON nested too deeply") from error
    del data
    graph = one_graph(document)
    references = [found for node in nodes_of(document) for found in of_node(node)]
    del document
    parsed = _parse(graph)
    if parsed is None:
        parsed = _parse(mend_graph(graph, lambda part: _parse(part) is not None, repairs))
    if parsed is None:
        raise ValueError("it is JSON, and no OBO graph")
    return _hand_over(parsed, repairs).ont, references


def _hand_over(graph: Any, repairs: list[Repair]) -> FrameParser:
    parser = FrameParser()
    parser.add_header(graph.header)
    parser.add(
        graph, lambda name, error: repairs.append(Repair(None, name, f"read in part: {shown(str(error))}"))
    )
    return parser


def _parse(graph: dict[str, Any]) -> Any | None:
    """The graph as fastobo has it; None when it refuses it."""
    try:
        return fastobo.load_graph(BytesIO(json.dumps({"graphs": [graph]}).encode())).compact_ids()
    except Exception:  # SyntaxError, ValueError: it is asked whether it can
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a slip in its Rust code arrives here
            raise
        return None
