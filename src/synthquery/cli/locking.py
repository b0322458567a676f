"""Following, checking and writing ``synthquery.lock`` in the commands ``build`` and ``validate``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthquery.cli.output import note

if TYPE_CHECKING:
    from synthquery.lock import Lock
    from synthquery.recipe import BuiltRecipe
    from synthquery.resolver import Decisions

DEFAULT_FILE = Path("synthquery.lock")
Write = Annotated[
    bool, typer.Option("--lock", help="Write releases, hashes and label decisions to the lock file.")
]
Locked = Annotated[
    bool, typer.Option("--locked", help="Fail where anything differs from the lock file: for CI.")
]
File = Annotated[
    Path, typer.Option("--lock-file", metavar="FILE", help="The lock file, followed where it exists.")
]


@dataclass
class Following:
    """A lock file while a command follows it.

    Attributes
    ----------
    lock
        What it holds; None when there is none.
    """

    path: Path
    lock: Lock | None
    write: bool
    strict: bool

    @property
    def locked_decisions(self) -> Decisions | None:
        """What the lock file says of labels; None when there is no lock, or it says nothing."""
        return self.lock.decisions if self.lock is not None and len(self.lock.decisions) else None

    def built(self, recipe: Path, built: BuiltRecipe, output: Path | None, made: Decisions | None) -> None:
        """Write down what was built, or hold it against what is written.

        Raises
        ------
        LockError
            When nothing may differ and something does.
        """
        if self.lock is None:
            return
        from synthquery.errors import LockError
        from synthquery.lock import LockedRecipe, label_decisions, text_digest, with_recipe
        from synthquery.wire import query_text

        name = self.named(recipe)
        query = text_digest(query_text(built.query))
        found = label_decisions(built.matches, made)
        now = LockedRecipe(text_digest(recipe.read_bytes()), query, self.named(output) if output else "")
        if self.write:
            with_recipe(self.lock, name, now, found).save(self.path)
            note(f"locked {name} in {self.path}")
        elif self.strict:
            was = self.lock.recipes.get(name)
            drift = [f"{recipe} is not in {self.path}"] if was is None else []
            if was is not None and was.sha256 != now.sha256:
                drift.append(f"{recipe} is not the recipe that was locked")
            drift += [
                f"{one.field} {one.label!r} is not locked"
                for one in found
                if self.lock.decisions.get(one.label, one.field) is None
            ]
            if was is not None and not drift and was.query_sha256 != query:
                drift.append(f"the query of {recipe} is not the one that was locked")
            if drift:
                raise LockError(_message(self.path, drift))

    def checked(self, files: list[Path]) -> None:
        """Hold query files against the lock; LockError when nothing may differ and one does."""
        if self.lock is None or not self.strict:
            return
        from synthquery.errors import LockError
        from synthquery.lock import text_digest

        locked = {recipe.query: recipe.query_sha256 for recipe in self.lock.recipes.values() if recipe.query}
        drift = [
            f"{file} is not the query that was locked"
            for file in files
            if file.is_file() and locked.get(self.named(file), "") not in ("", text_digest(file.read_bytes()))
        ]
        if drift:
            raise LockError(_message(self.path, drift))

    def named(self, file: Path) -> str:
        """The path of a file as the lock file has it: from its own folder."""
        return Path(os.path.relpath(file.absolute(), self.path.absolute().parent)).as_posix()


@contextmanager
def following(path: Path, *, write: bool = False, strict: bool = False) -> Iterator[Following]:
    """Let the releases of a lock file answer, where there is one.

    Parameters
    ----------
    path
        The lock file.
    write
        It will be written anew from what is in use, so its releases are not followed.
    strict
        It must be there, and everything it locks.

    Raises
    ------
    LockError
        When it is no lock file, or `strict` and something it locks is not here.
    """
    if write and strict:
        raise typer.BadParameter("--lock writes the lock file and --locked forbids changes: give one of them")
    if not (write or strict or path.exists()):
        yield Following(path, None, write, strict)
        return
    from synthquery.errors import LockError
    from synthquery.lock import Lock, load_lock, renewed
    from synthquery.ontology.in_use import entries_in_use, pinned

    if strict and not path.exists():
        raise LockError(f"{path}: there is no lock file; `synthquery build RECIPE --lock` writes one")
    lock = load_lock(path) if path.exists() else Lock()
    if write:
        yield Following(path, renewed(lock), write, strict)
        return
    drift = lock.drift()
    if drift and strict:
        raise LockError(_message(path, drift))
    for line in drift:
        note(f"warning: {path}: {line}")
    here, _ = lock.pins()
    in_use = {name: entry.release for name, entry in entries_in_use().items() if name in lock.ontologies}
    spare = [name for name in entries_in_use() if name not in lock.ontologies]
    if spare:
        note(f"{path} does not lock {', '.join(spare)}: left out until `synthquery build RECIPE --lock`")
    with pinned(in_use | here):
        yield Following(path, lock, write, strict)


def _message(path: Path, drift: list[str]) -> str:
    return "\n".join([f"this is not what {path} locks", *(f"  {line}" for line in drift)])
