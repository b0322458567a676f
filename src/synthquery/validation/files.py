"""Which files a run checks: files, folders, patterns and standard input, in a stable order."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIXES: Final = frozenset({".json", ".yaml", ".yml", ".toml"})
_NEVER: Final = frozenset({"node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file of a run.

    Attributes
    ----------
    name
        Its name as it was given or found; ``"-"`` is standard input.
    asked_for
        True when it was named itself: such a file is checked whatever it holds.
    missing
        Why there is nothing to check: a pattern without a file, a folder without a query.
    """

    name: str
    asked_for: bool = True
    missing: str | None = None


def wanted_files(paths: Iterable[str | os.PathLike[str]], excluded: Callable[[Path], bool]) -> list[Wanted]:
    """The files that `paths` stand for, each once.

    Parameters
    ----------
    paths
        Files, folders (searched for ``*.json``, ``*.yaml``, ``*.yml`` and ``*.toml`` at any depth, hidden ones left
        out), patterns such as ``queries/**/*.json``, or ``-``.
    excluded
        Says which of the files and folders below a folder are left out.
    """
    found: dict[str, Wanted] = {}
    for path in paths:
        for one in _of_path(os.fspath(path), excluded):
            known = found.get(one.name)
            if known is None or (one.asked_for and not known.asked_for):
                found[one.name] = one
    return list(found.values())


def _of_path(path: str, excluded: Callable[[Path], bool]) -> Iterator[Wanted]:
    if path == "-":
        yield Wanted(path)
    elif Path(path).is_dir():
        below = [Wanted(name, asked_for=False) for name in _below(Path(path), excluded)]
        nothing = f"{path}: the folder holds no query file ({', '.join(sorted(SUFFIXES))})"
        yield from below or [Wanted(path, missing=nothing)]
    elif glob.has_magic(path) and not Path(path).exists():
        names = sorted(name for name in glob.iglob(path, recursive=True) if Path(name).is_file())  # noqa: PTH207 (absolute too)
        nothing = f"{path}: no file has a name like this"
        yield from [Wanted(name) for name in names] or [Wanted(path, missing=nothing)]
    else:
        yield Wanted(path)


def _below(top: Path, excluded: Callable[[Path], bool]) -> Iterator[str]:
    for folder, folders, files in os.walk(top):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NEVER and not excluded(here / name)
        )
        for name in sorted(files):
            path = here / name
            if path.suffix.lower() in SUFFIXES and not name.startswith(".") and not excluded(path):
                yield str(path)
