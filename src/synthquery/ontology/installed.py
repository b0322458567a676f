"""What is installed, what is compiled, and whether it is what it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synthquery.ontology.ontologies import compiled_folder
from synthquery.ontology.snapshot import damage, manifest


@dataclass(frozen=True, slots=True)
class OntologyStatus:
    """One ontology of the snapshot.

    Attributes
    ----------
    name, title, release, n_terms, n_obsolete
        What it is.
    source_url, licence, licence_url
        Where its publisher has it, and on which terms.
    compiled
        Folder of the compiled database in the user's cache; None before first use.
    """

    name: str
    title: str
    release: str
    n_terms: int
    n_obsolete: int
    source_url: str
    licence: str
    licence_url: str
    compiled: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def status() -> list[OntologyStatus]:
    """Every ontology of the snapshot, in the order of the manifest; compiles nothing."""
    rows = []
    for entry in manifest().values():
        folder = compiled_folder(entry)
        rows.append(
            OntologyStatus(
                name=entry.name,
                title=entry.title,
                release=entry.release,
                n_terms=entry.n_terms,
                n_obsolete=entry.n_obsolete,
                source_url=entry.source_url,
                licence=entry.licence,
                licence_url=entry.licence_url,
                compiled=str(folder) if folder else None,
            )
        )
    return rows


def verify() -> dict[str, str | None]:
    """Hash every table of the snapshot again.

    Returns
    -------
    dict[str, str | None]
        Name of the ontology -> what is wrong with its table, None when it is the one the manifest describes.

    Raises
    ------
    SnapshotError
        When there is no manifest to compare with.
    """
    return {name: damage(entry) for name, entry in manifest().items()}
