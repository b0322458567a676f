"""Query <-> JSON -> prediction: files and bodies in, files and bodies out."""

from __future__ import annotations

from synthquery.wire.arrival import accept, complete, keep_raw, keeping_raw, receive
from synthquery.wire.arrow_results import read_arrow, write_arrow
from synthquery.wire.bodies import body_chunks, body_size
from synthquery.wire.document import Document, Duplicate
from synthquery.wire.problems import StructureProblem, place, structure_problems
from synthquery.wire.queries import (
    infer_model,
    load_query,
    model_of,
    parse_body,
    parse_query,
    query_class,
    query_text,
    read_body,
    save_query,
)
from synthquery.wire.raw_results import read_result
from synthquery.wire.read import parse_document, read_document
from synthquery.wire.results import RESULT_KEYS, parse_result, result_to_payload
from synthquery.wire.rows import matrix_of

__all__ = [
    "RESULT_KEYS",
    "Document",
    "Duplicate",
    "StructureProblem",
    "accept",
    "body_chunks",
    "body_size",
    "complete",
    "infer_model",
    "keep_raw",
    "keeping_raw",
    "load_query",
    "matrix_of",
    "model_of",
    "parse_body",
    "parse_document",
    "parse_query",
    "parse_result",
    "place",
    "query_class",
    "query_text",
    "read_arrow",
    "read_body",
    "read_document",
    "read_result",
    "receive",
    "result_to_payload",
    "save_query",
    "structure_problems",
    "write_arrow",
]
