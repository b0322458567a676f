"""Choosing among the packaged and the installed releases, and removing one."""

from __future__ import annotations

import json
import shutil
import tempfile

from synthquery.errors import OntologyError
from synthquery.ontology.in_use import (
    changed,
    chosen_releases,
    entries_in_use,
    installed_entries,
    installed_entry,
    releases_root,
)
from synthquery.ontology.releases import PACKAGED, find_release, releases_of
from synthquery.ontology.snapshot import Entry, manifest
from synthquery.ontology.updates.locks import one_writer
from synthquery.resources import write_atomically


def known_name(name: str) -> str:
    """The name of a packaged or installed ontology, in any case; OntologyError when there is none such."""
    names = {*manifest(), *(entry.name for entry in installed_entries())}
    found = {each.casefold(): each for each in names}.get(name.strip().casefold())
    if found is None:
        raise OntologyError(f"there is no ontology {name!r}; there are {', '.join(sorted(names))}")
    return found


def use_release(name: str, release: str) -> Entry:
    """Let a release of an ontology answer from now on, in this and in later processes.

    Parameters
    ----------
    name
        The ontology, in any case.
    release
        An installed release, with or without a leading ``v``; ``"packaged"`` for the one that came with
        synthquery.

    Raises
    ------
    OntologyError
        When there is no such ontology or release; the message lists what there is.
    """
    name = known_name(name)
    found = find_release(name, release)
    if found is None:
        there = ", ".join(entry.release for entry in releases_of(name))
        raise OntologyError(f"{name} {release} is not installed; there are {there}")
    choose(found)
    return found


def choose(entry: Entry) -> None:
    """Write down that a release is the one in use; until the very last moment the old one is."""
    with one_writer("chosen"):
        chosen = chosen_releases()
        if entry.origin == PACKAGED:
            chosen.pop(entry.name, None)
        else:
            chosen[entry.name] = entry.release
        _write(chosen)
    changed()


def remove_release(name: str, release: str | None = None) -> list[Entry]:
    """Remove an installed release, or all of an ontology; where it was in use the packaged one answers again.

    Returns
    -------
    list[Entry]
        What was removed.

    Raises
    ------
    OntologyError
        When no such release is installed; what is packaged cannot be removed.
    """
    name = known_name(name)
    if release is None:
        leaving = installed_entries(name)
    else:
        found = find_release(name, release)
        leaving = [found] if found is not None and found.origin != PACKAGED else []
    if not leaving:
        raise OntologyError(f"no installed release of {name} to remove; what is packaged stays")
    with one_writer("chosen"):
        chosen = chosen_releases()
        if chosen.get(name) in {entry.release for entry in leaving}:
            del chosen[name]
            _write(chosen)
    with one_writer(name) as work:
        for entry in leaving:
            # Out of sight in one step, then deleted: nobody meets half a release.
            away = tempfile.mkdtemp(prefix="building-", dir=work)
            entry.path.parent.rename(f"{away}/removed")
            shutil.rmtree(away, ignore_errors=True)
    changed()
    return leaving


def in_use(name: str) -> Entry | None:
    """The release of an ontology that answers now."""
    return entries_in_use().get(name)


def is_installed(entry: Entry) -> bool:
    """Whether a release with this content is there under its name."""
    there = installed_entry(entry.name, entry.release)
    return there is not None and same_content(there, entry)


def same_content(one: Entry, other: Entry) -> bool:
    """Whether two releases hold the same terms, and the same beside them."""
    return (one.sha256, one.beside_sha256) == (other.sha256, other.beside_sha256)


def _write(chosen: dict[str, str]) -> None:
    text = json.dumps(dict(sorted(chosen.items())), indent=2) + "\n"
    write_atomically(releases_root() / "chosen.json", text)
