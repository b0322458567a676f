"""`update_ontology`: download an official release, install it, and let it answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from synthquery.errors import OntologyError
from synthquery.ontology.in_use import installed_entries
from synthquery.ontology.progress import report_progress
from synthquery.ontology.readers import load_ontology
from synthquery.ontology.releases import find_release
from synthquery.ontology.snapshot import Entry, manifest
from synthquery.ontology.updates.choose import choose, in_use
from synthquery.ontology.updates.download import (
    Advance,
    Download,
    DownloadError,
    download,
    fetch_checksum,
    forget_downloads,
)
from synthquery.ontology.updates.inspect import check_whole
from synthquery.ontology.updates.install import Installed, Source, install_release
from synthquery.ontology.updates.locks import one_writer
from synthquery.resources import load_toml

Bars = Callable[[str], Advance | None]
"""Gives the progress bar of an address."""

_MEGABYTE: Final = 1_000_000


def updatable() -> tuple[str, ...]:
    """Names of the ontologies whose releases can be downloaded (``data/releases.toml``)."""
    return tuple(load_toml("releases.toml"))


def update_ontology(
    name: str,
    release: str | None = None,
    *,
    mirror: str | None = None,
    sha256: str | None = None,
    bars: Bars | None = None,
) -> Installed:
    """Download a release of an ontology and let it answer from now on.

    Parameters
    ----------
    name
        The ontology, in any case.
    release
        Which one; None for the newest.
    mirror
        Address of a folder with the release files, to be asked instead of the publishers.
    sha256
        What the file must have; whatever else comes is refused.
    bars
        For progress bars.

    Returns
    -------
    Installed
        ``.new`` is False when the release was in use already.

    Raises
    ------
    OntologyError
        When no address gave a usable file: one line an address. The release in use stays in use.
    OSError
        When the cache directory cannot be written to; likewise.
    """
    name = _official(name)
    facts: Mapping[str, Any] = load_toml("releases.toml")[name]
    before = in_use(name)
    there = find_release(name, release) if release else None
    if there is not None and sha256 in (None, there.source_sha256):
        choose(there)
        return Installed(there, before.release if before else "", new=False, url=there.source_url)
    problems: list[str] = []
    with one_writer(name) as work:
        for url in _addresses(name, facts, release, mirror):
            try:
                found = download(url, work, facts["largest_mb"] * _MEGABYTE, bars(url) if bars else None)
            except DownloadError as error:
                problems.append(str(error))
                continue
            try:
                entry, new = _accept(found, name, facts, release, sha256, published=bool(mirror))
            except OntologyError as error:
                problems.append(f"{url} was refused: {str(error).replace(str(found.path), 'it')}")
                forget_downloads(work)
                continue
            choose(entry)
            forget_downloads(work)
            return Installed(entry, before.release if before else "", new=new, url=url)
    stays = f"{name} {before.release} stays in use" if before else f"{name} is not installed"
    raise OntologyError("\n".join([f"{name} was not updated; {stays}", *problems]))


def _accept(
    found: Download,
    name: str,
    facts: Mapping[str, Any],
    release: str | None,
    sha256: str | None,
    *,
    published: bool,
) -> tuple[Entry, bool]:
    """Verify and install a download."""
    wanted = sha256 or (fetch_checksum(found.url) if published else None)
    if wanted is not None and found.sha256 != wanted.lower():
        raise OntologyError(f"its SHA-256 is {found.sha256}, not {wanted.lower()}")
    known = [entry for entry in installed_entries(name) if entry.source_sha256 == found.sha256]
    if known:
        _check_release(known[0].release.partition("+")[0], release)
        return known[0], False
    check_whole(found.path, facts["largest_mb"] * _MEGABYTE)
    report_progress(f"reading {name}")
    ontology = load_ontology(found.path)
    _check_release(ontology.release, release)
    return install_release(ontology, name, Source(found.url, found.sha256, official=True), found.path.parent)


def _check_release(given: str, wanted: str | None) -> None:
    if wanted is not None and given.removeprefix("v") != wanted.removeprefix("v"):
        raise OntologyError(f"it is release {given or 'unknown'}, not {wanted}")


def _official(name: str) -> str:
    known = {each.casefold(): each for each in updatable()}
    found = known.get(name.strip().casefold())
    if found is not None:
        return found
    if name.strip().upper() in manifest():
        raise OntologyError(f"{name} is not updated: it is the gene table the models were trained with")
    raise OntologyError(
        f"there is no official release of {name!r} to download; there are {', '.join(updatable())}"
    )


def _addresses(name: str, facts: Mapping[str, Any], release: str | None, mirror: str | None) -> Iterator[str]:
    if mirror is not None:
        base = mirror.rstrip("/")
        if release is not None:  # a mirror of one folder may have it too: the release is checked on arrival
            yield from (f"{base}/{release}/{file}" for file in facts["mirrored"])
        yield from (f"{base}/{file}" for file in facts["mirrored"])
        return
    if release is None:
        yield from facts["latest"]
        return
    if not facts["versioned"]:
        raise OntologyError(
            f"the publisher of {name} keeps its newest release only; a mirror may have {release} (--mirror)"
        )
    for template in facts["versioned"]:
        yield template.format(release=release, bare=release.removeprefix("v"))
