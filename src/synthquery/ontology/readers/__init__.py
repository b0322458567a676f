"""Ontology files the user names."""

from __future__ import annotations

from pathlib import Path

from synthquery.ontology.readers.memory import Ontology

__all__ = ["Ontology", "load_ontology"]


def load_ontology(path: str | Path) -> Ontology:
    """Read an ontology file: OBO, OWL (RDF/XML) or OBO-graph JSON, told apart by content, also compressed.

    Parameters
    ----------
    path
        A local file.

    Returns
    -------
    Ontology
        ``.terms()``, ``.get(id)``, ``.release`` and relatives; identifiers are canonical.

    Raises
    ------
    OntologyError
        When the file cannot be read or is no ontology; one line says why.
    """
    from synthquery.ontology.readers.pronto_reader import read_with_pronto

    return read_with_pronto(Path(path))
