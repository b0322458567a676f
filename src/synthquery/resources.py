"""Where the data files of the package are."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from synthquery.errors import SnapshotError

_PACKAGE = Path(__file__).parent


def data_file(name: str) -> Path:
    """Path of a data table that ships with the package (``src/synthquery/data``)."""
    return _PACKAGE / "data" / name


@cache
def load_toml(name: str) -> dict[str, Any]:
    """Content of a TOML data table; treat it as read-only, it is shared."""
    with data_file(name).open("rb") as file:
        return tomllib.load(file)


def snapshot_dir() -> Path:
    """Folder of the ontology snapshot.

    A wheel carries it inside the package; a source tree (editable install) has it at ``data/ontologies``.

    Raises
    ------
    SnapshotError
        When neither place has one.
    """
    for folder in (_PACKAGE / "data" / "ontologies", _PACKAGE.parents[1] / "data" / "ontologies"):
        if (folder / "manifest.json").is_file():
            return folder
    raise SnapshotError("the ontology snapshot is missing from this installation; reinstall synthquery")
