"""What changes between two releases, and which of the user's queries it touches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id
from synthquery.ontology.facts import Term
from synthquery.ontology.releases import PACKAGED, find_release, releases_of
from synthquery.ontology.snapshot import Entry, manifest, read_terms
from synthquery.ontology.updates.choose import in_use, known_name


@dataclass(frozen=True, slots=True)
class ReleaseDiff:
    """The difference between two releases of an ontology.

    Attributes
    ----------
    name, old, new
        The ontology and the two releases.
    added
        Live terms that only the new one has.
    obsoleted
        Terms that the new one withdraws.
    removed
        Terms that the new one does not have at all, as the old one has them.
    renamed
        Live terms with another label: the term of the old release and that of the new one.
    """

    name: str
    old: str
    new: str
    added: tuple[Term, ...]
    obsoleted: tuple[Term, ...]
    removed: tuple[Term, ...]
    renamed: tuple[tuple[Term, Term], ...]

    @property
    def touched(self) -> frozenset[str]:
        """Identifiers whose meaning changes for whoever uses them already: all but the added ones."""
        pairs = (new for _, new in self.renamed)
        return frozenset(term.id for term in (*self.obsoleted, *self.removed, *pairs))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "ontology": self.name,
            "old": self.old,
            "new": self.new,
            "added": [{"id": term.id, "label": term.label} for term in self.added],
            "obsoleted": [
                {"id": term.id, "label": term.label, "replaced_by": term.replaced_by}
                for term in self.obsoleted
            ],
            "removed": [{"id": term.id, "label": term.label} for term in self.removed],
            "renamed": [{"id": new.id, "from": old.label, "to": new.label} for old, new in self.renamed],
        }


def compare_releases(name: str, old: str | None = None, new: str | None = None) -> ReleaseDiff:
    """Compare two releases of an ontology.

    Parameters
    ----------
    name
        The ontology, in any case.
    old
        None for the packaged release; of an ontology that was added, for the first of its releases.
    new
        None for the one in use; where that is the packaged one, for the newest installed.

    Raises
    ------
    OntologyError
        When there is no such ontology or release, or only one.
    """
    name = known_name(name)
    first = old or (PACKAGED if name in manifest() else releases_of(name)[0].release)
    before, after = _entry(name, first), _entry(name, new) if new else in_use(name)
    if after is None or (new is None and after.release == before.release):
        others = [entry for entry in releases_of(name) if entry.release != before.release]
        if not others:
            raise OntologyError(
                f"there is one release of {name} only, {before.release}; "
                f"{'`ontology update` brings' if name in manifest() else '`ontology add` brings'} another"
            )
        after = others[-1]
    return _compare(before, after)


def _compare(before: Entry, after: Entry) -> ReleaseDiff:
    was = {term.id: term for term in read_terms(before)}
    now = {term.id: term for term in read_terms(after)}
    kept = [(was[identifier], term) for identifier, term in now.items() if identifier in was]
    return ReleaseDiff(
        name=after.name,
        old=before.release,
        new=after.release,
        added=tuple(term for term in now.values() if term.id not in was and not term.obsolete),
        obsoleted=tuple(_named(new, old) for old, new in kept if new.obsolete and not old.obsolete),
        removed=tuple(term for term in was.values() if term.id not in now),
        renamed=tuple(
            (old, new)
            for old, new in kept
            if old.label != new.label and not new.obsolete and not old.obsolete
        ),
    )


def touched_files(diff: ReleaseDiff, folder: str | os.PathLike[str]) -> dict[str, dict[str, str]]:
    """Which files of a folder use terms that a new release withdraws, drops or renames.

    Parameters
    ----------
    diff
        The difference between two releases.
    folder
        Queries: every JSON and YAML file in it and below. What cannot be read as one is left out.

    Returns
    -------
    dict[str, dict[str, str]]
        Path of a file -> identifier -> what happens to it; files that are not touched are left out.
    """
    fates = _fates(diff)
    found: dict[str, dict[str, str]] = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() not in {".json", ".yaml", ".yml"} or not path.is_file():
            continue
        hits = {each: fates[each] for each in sorted(set(_identifiers(path)) & fates.keys())}
        if hits:
            found[str(path)] = hits
    return found


def _fates(diff: ReleaseDiff) -> Mapping[str, str]:
    fates = {term.id: f"{term.label!r} is removed" for term in diff.removed}
    for term in diff.obsoleted:
        heir = f", replaced by {term.replaced_by}" if term.replaced_by else ""
        fates[term.id] = f"{term.label!r} is obsolete{heir}"
    fates |= {new.id: f"{old.label!r} is called {new.label!r}" for old, new in diff.renamed}
    return fates


def _identifiers(path: Path) -> Iterator[str]:
    """Every identifier in a file, wherever it stands: this asks for words, not for the shape of a query."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for match in re.finditer(r"[A-Za-z]{2,}[:_]?[A-Z0-9]{4,}", text):
        identifier = canonical_id(match[0])
        if identifier is not None:
            yield identifier


def _entry(name: str, release: str) -> Entry:
    found = find_release(name, release)
    if found is None:
        there = ", ".join(entry.release for entry in releases_of(name))
        raise OntologyError(f"{name} {release} is not installed; there are {there}")
    return found


def _named(new: Term, old: Term) -> Term:
    """A withdrawn term under its last name: many lose theirs, or get ``obsolete`` put in front."""
    return replace(new, label=old.label)
