"""Files the user names: ontologies, Cellosaurus, gene names, mappings between ontologies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from synthquery.errors import OntologyError
from synthquery.ontology.progress import report_progress
from synthquery.ontology.readers.bridges import Bridges, Mapping
from synthquery.ontology.readers.cellosaurus import CellLine, CellLines, read_cell_lines
from synthquery.ontology.readers.hgnc import Gene, GeneNames, read_gene_names
from synthquery.ontology.readers.memory import Ontology, Synonym
from synthquery.ontology.readers.opening import FileKind, kind_of_file, open_plain
from synthquery.ontology.readers.repairs import Repair
from synthquery.ontology.readers.sssom import read_bridges

__all__ = [
    "Bridges",
    "CellLine",
    "CellLines",
    "Gene",
    "GeneNames",
    "Mapping",
    "Ontology",
    "Repair",
    "Synonym",
    "kind_of",
    "load_bridges",
    "load_cell_lines",
    "load_gene_names",
    "load_ontology",
]

_Content = TypeVar("_Content")
_TITLES: dict[FileKind, str] = {
    "obo": "an OBO ontology",
    "owl": "an OWL ontology",
    "graph": "an OBO graph",
    "cellosaurus": "a Cellosaurus file",
    "hgnc": "a table of HGNC genes",
    "sssom": "a table of mappings (SSSOM)",
}


def load_ontology(path: str | Path) -> Ontology:
    """Read an ontology file: OBO, OWL (RDF/XML) or OBO-graph JSON, told apart by content, also compressed.

    ``cellosaurus.txt`` and ``hgnc_complete_set.txt`` are read too, as the ontologies that their lines and
    genes make up. What cannot be read is mended or left out, one clause at a time, and listed in ``.repairs``;
    what a file imports is not fetched.

    Parameters
    ----------
    path
        A local file, plain or packed with gzip, xz, bzip2 or Zstandard.

    Returns
    -------
    Ontology
        ``.terms()``, ``.get(id)``, ``.release``, ``.repairs`` and relatives; identifiers are canonical.

    Raises
    ------
    OntologyError
        When the file cannot be read or is no ontology; one line says why.
    MissingExtraError
        When it is packed with Zstandard and that package is missing.
    """
    path = Path(path)
    with open_plain(path) as content:
        kind = _kind(content, path, "no ontology that can be read")
        report_progress(f"reading {path.name}")
        if kind == "cellosaurus":
            return read_cell_lines(content, path)
        if kind == "hgnc":
            return read_gene_names(content, path).to_ontology()
        if kind == "sssom":
            raise OntologyError(f"{path} is no ontology but {_TITLES[kind]}; load_bridges reads it")
        from synthquery.ontology.readers.pronto_reader import read_with_pronto

        return read_with_pronto(content, kind, path)


def kind_of(path: str | Path) -> FileKind:
    """What kind of file it is, by its content. Raises as `load_ontology` does."""
    path = Path(path)
    with open_plain(path) as content:
        return _kind(content, path, "no ontology that can be read")


def load_cell_lines(path: str | Path) -> CellLines:
    """Read ``cellosaurus.txt``, plain or compressed. Raises as `load_ontology` does."""
    return _load(path, "cellosaurus", read_cell_lines)


def load_gene_names(path: str | Path) -> GeneNames:
    """Read ``hgnc_complete_set.txt``, plain or compressed. Raises as `load_ontology` does."""
    return _load(path, "hgnc", read_gene_names)


def load_bridges(path: str | Path) -> Bridges:
    """Read mappings in SSSOM (TSV), plain or compressed. Raises as `load_ontology` does."""
    return _load(path, "sssom", read_bridges)


def _load(path: str | Path, wanted: FileKind, read: Callable[[BinaryIO, Path], _Content]) -> _Content:
    path = Path(path)
    with open_plain(path) as content:
        kind = _kind(content, path, f"not {_TITLES[wanted]}")
        if kind != wanted:
            raise OntologyError(f"{path} is not {_TITLES[wanted]}: it is {_TITLES[kind]}")
        report_progress(f"reading {path.name}")
        return read(content, path)


def _kind(content: BinaryIO, path: Path, refusal: str) -> FileKind:
    try:
        kind = kind_of_file(content)
    except ValueError as error:
        raise OntologyError(f"{path} is {refusal}: {error}") from error
    return kind
