"""OBO graphs in JSON: to pronto as they are, or part by part where a part cannot be read."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any, Final

import fastobo
from pronto.ontology import Ontology as ProntoOntology

from synthquery.ontology.readers.graph_repair import mend_document
from synthquery.ontology.readers.pronto_parsers import FrameParser
from synthquery.ontology.readers.repairs import Repair, shown

_GRAPHS: Final = re.compile(rb'"graphs"\s*:\s*\[\s*\{')
_LABEL: Final = re.compile(rb'"lbl"\s*:\s*"')
_BOM: Final = b"\xef\xbb\xbf"


def read_graph(data: bytes, repairs: list[Repair]) -> ProntoOntology:
    """Read an OBO graph.

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
    data = data.removeprefix(_BOM)
    if not _GRAPHS.search(data):
        raise ValueError("it is JSON without graphs")  # fastobo would panic over it
    graph = _parse(data)
    if graph is not None:
        parser = _hand_over(graph, repairs)
        named = [*parser.ont.terms(), *parser.ont.relationships()]
        if len(_LABEL.findall(data)) <= sum(1 for each in named if each.name):
            return parser.ont
    # There are parts that fastobo refuses, or passes over: nodes without a type, graphs after the first.
    try:
        document = json.loads(data.decode())
    except RecursionError as error:
        raise ValueError("it is JSON nested too deeply") from error
    mended = mend_document(document, lambda part: _parse(json.dumps(part).encode()) is not None, repairs)
    graph = _parse(json.dumps(mended).encode())
    if graph is None:
        raise ValueError("it is JSON, and no OBO graph")
    return _hand_over(graph, repairs).ont


def _hand_over(graph: Any, repairs: list[Repair]) -> FrameParser:
    parser = FrameParser()
    parser.add_header(graph.header)
    parser.add(
        graph, lambda name, error: repairs.append(Repair(None, name, f"read in part: {shown(str(error))}"))
    )
    return parser


def _parse(data: bytes) -> Any | None:
    """The graph as fastobo has it; None when it refuses it."""
    try:
        return fastobo.load_graph(BytesIO(data)).compact_ids()
    except Exception:  # SyntaxError, ValueError: it is asked whether it can
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a slip in its Rust code arrives here
            raise
        return None
