"""Ontology files read with pronto: OBO, OWL (RDF/XML) and OBO-graph JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from pronto.ontology import Ontology as ProntoOntology

from synthquery.errors import OntologyError
from synthquery.ontology.readers.convert import convert
from synthquery.ontology.readers.cross_references import Found
from synthquery.ontology.readers.graph import read_graph
from synthquery.ontology.readers.memory import Ontology
from synthquery.ontology.readers.obo import OboReader
from synthquery.ontology.readers.opening import DAMAGED, FileKind, open_plain
from synthquery.ontology.readers.pausing import collector_paused
from synthquery.ontology.readers.places import located
from synthquery.ontology.readers.pronto_parsers import OwlParser, quietly
from synthquery.ontology.readers.repairs import Repair, shown


def read_with_pronto(content: BinaryIO, kind: FileKind, path: Path) -> Ontology:
    """Read an opened ontology file; what it imports is not fetched.

    Raises
    ------
    OntologyError
        When it is no ontology.
    """
    repairs: list[Repair] = []
    try:
        with quietly(), collector_paused():
            ontology = _read(content, kind, path, repairs)
    except (*DAMAGED, OSError):
        raise  # about the file, which is the business of whoever opened it
    except Exception as error:  # pronto's parsers of three formats raise what they like
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise OntologyError(f"{path} is no ontology that can be read: {shown(said)}") from error
    if not len(ontology):
        raise OntologyError(f"{path} is no ontology that can be read: it has no terms")
    if any(repair.line is None for repair in ontology.repairs):
        with open_plain(path) as again:
            ontology.repairs = tuple(located(ontology.repairs, again))
    return ontology


def _read(content: BinaryIO, kind: FileKind, path: Path, repairs: list[Repair]) -> Ontology:
    mentions: Mapping[tuple[str, str], tuple[int, str]] = {}
    references: list[Found] = []
    parsed: ProntoOntology
    if kind == "obo":
        obo = OboReader(repairs)
        parsed, references = obo.read(content), obo.references
        mentions = obo.mentions
    elif kind == "owl":
        owl = OwlParser(repairs)
        parsed, references = owl.read(content), owl.references
    else:
        parsed, references = read_graph(content.read(), repairs)
    return convert(parsed, path=path, repairs=repairs, mentions=mentions, references=references)
