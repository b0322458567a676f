"""What ``predict`` may write into a folder: over its own results, and over nothing else."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Final

from synthquery.errors import ConfigError
from synthquery.jobs.shelf import QUERY, REPORT
from synthquery.prediction.files import ABOUT, H5AD

_TABLES: Final = ("metadata.csv", "metadata.parquet", "expression.csv.gz", "expression.parquet")


def check_folder(folder: Path, query: str) -> None:
    """See that results take nobody's place in a folder.

    Parameters
    ----------
    folder
        Where the results go; it need not be there.
    query
        The file that is asked about, which may lie there under the name that the saved query gets.

    Raises
    ------
    ConfigError
        When files of the names of results are there, and no prediction was saved there before.
    NotADirectoryError
        When it is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file; -o names the folder for the results", str(folder))
    if (folder / H5AD).is_file() or _is_about_a_prediction(folder / ABOUT):
        return
    strangers = [
        name
        for name in (ABOUT, *_TABLES, QUERY, REPORT)
        if (folder / name).exists() and not is_same(folder / name, query)
    ]
    if strangers:
        raise ConfigError(
            f"{folder / strangers[0]} is there already, and no prediction beside it that it could belong to: "
            "the results would be written over it; give another folder"
        )


def is_same(path: Path, given: str) -> bool:
    """True for the very file that was given, by whatever name."""
    try:
        return given != "-" and path.samefile(given)
    except OSError:
        return False


def _is_about_a_prediction(path: Path) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and "model_id" in content
