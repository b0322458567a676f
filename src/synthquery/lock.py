"""Lock files: the ontology releases, the vocabularies and the label decisions that queries were built from.

``synthquery.lock`` is kept beside the recipes, in version control. Whoever builds or validates with it gets the
same releases and the same IDs, and so the same bytes, or is told what is not the same. It is TOML, sorted, one
line a fact, and holds no dates: a diff shows what changed and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthquery.errors import DecisionsError, LockError, UnknownFieldError
from synthquery.identifiers import canonical_id
from synthquery.ontology.in_use import entries_in_use
from synthquery.ontology.releases import releases_of
from synthquery.resolver import Decisions, field_name
from synthquery.resolver.decisions import Decision
from synthquery.resources import write_atomically
from synthquery.vocab import list_vocabularies

if TYPE_CHECKING:
    from synthquery.builder import Match
    from synthquery.ontology.snapshot import Entry

DEFAULT_NAME: Final = "synthquery.lock"
_VERSION: Final = 1
_HEAD: Final = "# Written by `synthquery build --lock`; keep it in version control.\n"
_COLUMNS: Final = ("field", "label", "id", "term", "decided_by")


@dataclass(frozen=True, slots=True)
class LockedOntology:
    """One ontology.

    Attributes
    ----------
    release
        Its release.
    origin
        ``"packaged"``, ``"updated"`` or ``"added"``.
    sha256
        Of the packaged table, or of the file that was downloaded or added.
    source
        Where the file came from; empty for what is packaged.
    """

    release: str
    origin: str
    sha256: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class LockedRecipe:
    """One recipe and what was built from it; paths start at the folder of the lock file.

    Attributes
    ----------
    sha256
        Of the recipe.
    query_sha256
        Of the text of the query.
    query
        File of the query; empty when it was not written to one.
    """

    sha256: str
    query_sha256: str
    query: str = ""


@dataclass
class Lock:
    """What a lock file holds.

    Attributes
    ----------
    ontologies, vocabularies, recipes
        By name of the ontology, by model (the hash of its vocabulary), and by path.
    decisions
        What every label of the recipes means.
    """

    ontologies: dict[str, LockedOntology] = field(default_factory=dict)
    vocabularies: dict[str, str] = field(default_factory=dict)
    recipes: dict[str, LockedRecipe] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)

    def pins(self) -> tuple[dict[str, str], list[str]]:
        """What this machine has of the locked ontologies.

        Returns
        -------
        tuple[dict[str, str], list[str]]
            Release of every ontology that is here as it was locked, for `synthquery.ontology.in_use.pinned`;
            and a sentence for each that is not.
        """
        here: dict[str, str] = {}
        missing: list[str] = []
        for name, locked in self.ontologies.items():
            there = releases_of(name)
            same = [
                entry
                for entry in there
                if _digest(entry) == locked.sha256
                # a file may get another name here, where one of its name was there before
                and (entry.release == locked.release or entry.origin != "packaged")
            ]
            if same:
                here[name] = same[0].release
            elif any(entry.release == locked.release for entry in there):
                missing.append(f"{name} {locked.release} here has other content than the locked one")
            else:
                missing.append(f"{name} {locked.release} is not here; {_how_to_get(name, locked)}")
        return here, missing

    def downloads(self) -> dict[str, LockedOntology]:
        """The official releases that are locked and not here, by name of the ontology."""
        here, _ = self.pins()
        return {
            name: locked
            for name, locked in self.ontologies.items()
            if locked.origin == "updated" and name not in here
        }

    def drift(self) -> list[str]:
        """A sentence for everything locked that this machine does not have, ontologies and vocabularies."""
        _, drifted = self.pins()
        current = {one.model_id: one.sha256 for one in list_vocabularies()}
        for model in sorted(self.vocabularies.keys() | current.keys()):
            was, now = self.vocabularies.get(model), current.get(model)
            if was != now:
                what = "was removed" if now is None else "was added" if was is None else "is another one"
                drifted.append(f"the vocabulary of {model} {what}")
        return drifted

    def to_text(self) -> str:
        """The file; the same lock always gives the same text."""
        lines = [_HEAD + f"version = {_VERSION}", "", "decisions = ["]
        for decision in self.decisions:
            cells = ", ".join(f"{name} = {_quoted(getattr(decision, name))}" for name in _COLUMNS)
            lines.append(f"  {{ {cells} }},")
        lines.append("]")
        for name, ontology in sorted(self.ontologies.items()):
            lines += _table(("ontologies", name), ontology)
        for model, digest in sorted(self.vocabularies.items()):
            lines += ["", f"[vocabularies.{_quoted(model)}]", f"sha256 = {_quoted(digest)}"]
        for path, recipe in sorted(self.recipes.items()):
            lines += _table(("recipes", path), recipe)
        return "\n".join(lines) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all."""
        write_atomically(path, self.to_text())


def lock_in_use() -> Lock:
    """A lock of the releases and vocabularies that this machine uses now, without recipes and decisions."""
    return Lock(
        ontologies={
            name: LockedOntology(
                entry.release,
                entry.origin,
                _digest(entry),
                "" if entry.origin == "packaged" else entry.source_url,
            )
            for name, entry in entries_in_use().items()
        },
        vocabularies={one.model_id: one.sha256 for one in list_vocabularies()},
    )


def renewed(before: Lock) -> Lock:
    """A lock of what is in use now that keeps the recipes and decisions of an earlier one.

    What the resolver decided about a label is kept only while the ontology it decided from is the same; what a
    person decided is kept.
    """
    lock = lock_in_use()
    lock.recipes = dict(before.recipes)
    same = {name for name, ontology in lock.ontologies.items() if before.ontologies.get(name) == ontology}
    unchanged = same == lock.ontologies.keys()
    for decision in before.decisions:
        if unchanged or decision.decided_by != "rule":
            lock.decisions.add(decision)
    return lock


def label_decisions(matches: Iterable[Match], made: Decisions | None = None) -> Decisions:
    """What every label of a built query was taken to mean.

    Parameters
    ----------
    matches
        Of the built query.
    made
        What was decided before; it says who decided.
    """
    found = Decisions()
    for match in matches:
        if not match.ontology or canonical_id(match.label) is not None:
            continue
        try:
            name = field_name(match.field)
        except UnknownFieldError:
            continue
        earlier = made.get(match.label, name) if made is not None else None
        by = earlier.decided_by if earlier is not None else "rule"
        label = " ".join(match.label.split())
        found.add(Decision(name, label, match.id, match.term_label, by))
    return found


def text_digest(data: bytes | str) -> str:
    """SHA-256 of a file or text, as lock files give it."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def load_lock(path: str | os.PathLike[str]) -> Lock:
    """Read a lock file.

    Raises
    ------
    LockError
        When it is none; the message says what is wrong.
    OSError
        When it cannot be read.
    """
    try:
        content = tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
        if content.get("version") != _VERSION:
            raise LockError(f"{path}: is of version {content.get('version')!r:.20}; {_VERSION} was expected")
        return Lock(
            ontologies={name: LockedOntology(**row) for name, row in content.get("ontologies", {}).items()},
            vocabularies={model: row["sha256"] for model, row in content.get("vocabularies", {}).items()},
            recipes={name: LockedRecipe(**row) for name, row in content.get("recipes", {}).items()},
            decisions=Decisions(Decision(**_row(row)) for row in content.get("decisions", [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, DecisionsError) as error:
        if isinstance(error, LockError):
            raise
        raise LockError(
            f"{path}: is no lock file ({str(error)[:120]}); `synthquery build --lock` writes one"
        ) from error


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in row.values()) or not row["label"]:
        raise LockError(f"{dict(row)!r:.100} is no decision about a label")
    return dict(row)


def _digest(entry: Entry) -> str:
    """What tells whether a release is the same on two machines: a table compiled here may differ in its packing."""
    return entry.source_sha256 or entry.sha256


def _how_to_get(name: str, locked: LockedOntology) -> str:
    if locked.origin == "packaged":
        return "another version of synthquery has it"
    if locked.origin == "updated":
        return f"`synthquery ontology update {name}@{locked.release}` downloads it"
    return f"`synthquery ontology add` {locked.source} again"


def _table(name: tuple[str, str], row: LockedOntology | LockedRecipe) -> list[str]:
    values = {key: getattr(row, key) for key in row.__slots__}
    return ["", f"[{name[0]}.{_quoted(name[1])}]"] + [
        f"{key} = {_quoted(value)}" for key, value in values.items() if value
    ]


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's too, except that TOML wants DEL escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def with_recipe(lock: Lock, path: str, recipe: LockedRecipe, decisions: Decisions) -> Lock:
    """A lock that also has a recipe and the decisions about its labels."""
    merged = Decisions([*lock.decisions, *decisions])
    return replace(lock, recipes={**lock.recipes, path: recipe}, decisions=merged)
