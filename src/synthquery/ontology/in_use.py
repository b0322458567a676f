"""Which release of each ontology answers: the packaged one, or one that was installed and chosen.

Installed releases lie in the cache directory, each a folder with a table and what is known about it::

    releases/chosen.json                the release in use of every ontology that is not the packaged one
    releases/MONDO/v2026-06-02/         entry.json, terms.tsv.xz, and beside.tsv.xz where it has more than terms

This module reads them and is loaded by every command; what writes them is `synthquery.ontology.updates`.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from synthquery.errors import OntologyError
from synthquery.ontology.cache import cache_root
from synthquery.ontology.snapshot import Entry, manifest

_CHOSEN = "chosen.json"
_ENTRY = "entry.json"
_TABLE = "terms.tsv.xz"
_BESIDE = "beside.tsv.xz"
_UNFIT = re.compile(r"[^A-Za-z0-9._+-]+")

_PINS: Final = "SYNTHQUERY_RELEASES"  # in the environment, so that worker processes follow it too

_entries: dict[str, Entry] | None = None
_listeners: list[Callable[[], None]] = []


def entries_in_use() -> dict[str, Entry]:
    """The release of every ontology that answers, by name: those of the package first, then added ones.

    Warns
    -----
    UserWarning
        When a chosen release is not there any more; the packaged one takes its place.
    """
    global _entries  # noqa: PLW0603
    if _entries is None:
        _entries = _read_entries()
    return _entries


def _read_entries() -> dict[str, Entry]:
    entries = dict(manifest())
    wanted = chosen_releases()
    pins = os.environ.get(_PINS)
    if pins is not None:
        packaged = {name: entry.release for name, entry in entries.items()}
        wanted = {
            name: release for name, release in _read_pins(pins).items() if packaged.get(name) != release
        }
    for name, release in wanted.items():
        found = installed_entry(name, release)
        if found is not None:
            entries[name] = found
            continue
        instead = f"; {entries[name].release}, the packaged one, answers" if name in entries else ""
        again = f"synthquery ontology use {name}@RELEASE chooses again"
        warnings.warn(f"{name} {release} is not in {releases_root()}{instead}; {again}", stacklevel=2)
    return entries


def _read_pins(text: str) -> dict[str, str]:
    try:
        return {str(name): str(release) for name, release in json.loads(text).items()}
    except (ValueError, AttributeError) as error:
        raise OntologyError(f'{_PINS} is no JSON object such as {{"MONDO": "v2026-05-05"}}') from error


def chosen_releases() -> dict[str, str]:
    """What the user chose: release by name of the ontology, without those that stay with the package."""
    try:
        content = json.loads((releases_root() / _CHOSEN).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: release for name, release in content.items() if isinstance(release, str)}


def installed_entry(name: str, release: str) -> Entry | None:
    """An installed release; None when there is none, or not a whole one."""
    return read_entry(release_folder(name, release))


def installed_entries(name: str | None = None) -> list[Entry]:
    """Every installed release, of one ontology or of all, sorted by name and release."""
    folders = sorted(releases_root().glob(f"{folder_name(name) if name else '*'}/*/{_ENTRY}"))
    found = (read_entry(path.parent) for path in folders)
    return [entry for entry in found if entry is not None]


def releases_root() -> Path:
    """Folder of the installed releases."""
    return cache_root() / "releases"


def release_folder(name: str, release: str) -> Path:
    """Folder of one release, whether it is there or not."""
    return releases_root() / folder_name(name) / folder_name(release)


def read_entry(folder: Path) -> Entry | None:
    """What a folder says it holds; None when it cannot be read or its table is missing."""
    try:
        row: dict[str, Any] = json.loads((folder / _ENTRY).read_bytes())
        row |= {key: tuple(row[key]) for key in ("columns", "prefixes", "fields")}
        entry = Entry(path=folder / _TABLE, **row)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    whole = entry.path.is_file() and (not entry.beside_sha256 or (folder / _BESIDE).is_file())
    return entry if whole else None


def describe_entry(entry: Entry) -> str:
    """The text that `read_entry` reads."""
    row = {name: getattr(entry, name) for name in Entry.__slots__ if name != "path"}
    return json.dumps(row, indent=2, ensure_ascii=False) + "\n"


@contextmanager
def pinned(releases: Mapping[str, str]) -> Iterator[None]:
    """Let exactly these releases answer within the block; an ontology that is not named stays packaged.

    It holds for the whole process and those it starts (``SYNTHQUERY_RELEASES`` in the environment): for a
    command that follows a lock file, not for one thread among others.
    """
    before = os.environ.get(_PINS)
    os.environ[_PINS] = json.dumps(dict(releases))
    changed()
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PINS]
        else:
            os.environ[_PINS] = before
        changed()


def on_change(forget: Callable[[], None]) -> None:
    """Call `forget` when other releases come into use in this process."""
    _listeners.append(forget)


def changed() -> None:
    """Read anew what is in use."""
    global _entries  # noqa: PLW0603
    _entries = None
    for forget in _listeners:
        forget()


def folder_name(text: str) -> str:
    """`text` as the name of a folder; never one that leads elsewhere."""
    return _UNFIT.sub("_", text).lstrip(".") or "_"
