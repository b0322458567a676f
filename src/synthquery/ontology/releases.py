"""The releases of an ontology that are here, packaged and installed, and finding one by its name."""

from __future__ import annotations

from synthquery.ontology.in_use import installed_entries
from synthquery.ontology.snapshot import Entry, manifest

PACKAGED = "packaged"


def releases_of(name: str) -> list[Entry]:
    """The packaged release of an ontology, if it has one, and the installed ones."""
    packaged = manifest().get(name)
    return [*([packaged] if packaged else []), *installed_entries(name)]


def find_release(name: str, release: str) -> Entry | None:
    """A packaged or installed release, with or without a leading ``v``; the packaged one is preferred."""
    wanted = release.strip().removeprefix("v")
    for entry in releases_of(name):
        if entry.release.removeprefix("v") == wanted or (wanted == PACKAGED and entry.origin == PACKAGED):
            return entry
    return None
