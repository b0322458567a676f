"""What is installed, what is compiled, and whether it is what it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synthquery.ontology.beside import damage_beside
from synthquery.ontology.in_use import entries_in_use, installed_entries
from synthquery.ontology.ontologies import compiled_folder
from synthquery.ontology.snapshot import Origin, damage, manifest


@dataclass(frozen=True, slots=True)
class OntologyStatus:
    """One ontology, in the release that answers.

    Attributes
    ----------
    name, title, release, n_terms, n_obsolete
        What it is.
    source_url, licence, licence_url
        Where its publisher has it, and on which terms.
    compiled
        Folder of the compiled database in the user's cache; None before first use.
    origin
        ``"packaged"``, ``"updated"`` (an official release) or ``"added"`` (a file of the user).
    sha256
        SHA-256 of its table.
    others
        Releases of it that are here too and could be chosen.
    n_mappings
        How many mappings from identifiers of other ontologies it holds.
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
    origin: Origin
    sha256: str
    others: tuple[str, ...]
    n_mappings: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def status() -> list[OntologyStatus]:
    """Every ontology that answers: in the order of the manifest, then added ones; compiles nothing."""
    packaged = manifest()
    rows = []
    for entry in entries_in_use().values():
        there = [each.release for each in (packaged.get(entry.name), *installed_entries(entry.name)) if each]
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
                origin=entry.origin,
                sha256=entry.sha256,
                others=tuple(release for release in there if release != entry.release),
                n_mappings=entry.n_mappings,
            )
        )
    return rows


def verify() -> dict[str, str | None]:
    """Hash every packaged table, and the tables of other releases in use, again.

    Returns
    -------
    dict[str, str | None]
        Name of the ontology -> what is wrong with its table, None when it is the one the manifest describes.

    Raises
    ------
    SnapshotError
        When there is no manifest to compare with.
    """
    packaged = {name: damage(entry) for name, entry in manifest().items()}
    others = {
        f"{name} {entry.release}": damage(entry) or damage_beside(entry)
        for name, entry in entries_in_use().items()
        if entry.origin != "packaged"
    }
    return packaged | others
