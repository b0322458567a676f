"""Where answers go: a folder of results, or memory."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from synthquery.errors import ConfigError, ResultError
from synthquery.jobs.parts import read_part, write_part
from synthquery.jobs.rows import Part, QueryRow
from synthquery.prediction import Prediction
from synthquery.prediction.files import ABOUT, H5AD, FileFormat
from synthquery.prediction.loading import read_prediction
from synthquery.resources import write_atomically
from synthquery.transport import Request
from synthquery.wire import parse_query, save_query
from synthquery.wire.term_names import term_names

INDEX: Final = "index.json"
_INDEX_KEYS: Final = frozenset({"counts", "failures", "queries"})
QUERY: Final = "query.json"
REPORT: Final = "report.json"
_WORK: Final = ".jobs"


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer to a query, and what is kept beside it.

    Attributes
    ----------
    prediction
        The answer.
    request
        What was asked.
    report
        What validation said of it, as JSON; may be empty.
    """

    prediction: Prediction
    request: Request
    report: str = ""


class Shelf(Protocol):
    """Keeps answers; safe to use from several threads for different queries.

    Attributes
    ----------
    folder
        Where they are; None in memory.
    """

    folder: Path | None

    def keep_part(self, part: Part, prediction: Prediction) -> None:
        """Keep the answer to a part of a query."""
        ...

    def part(self, part: Part) -> Prediction | None:
        """The answer to a part; None when it is not there (any more)."""
        ...

    def finish(self, query: QueryRow, answer: Finished) -> None:
        """Keep the whole answer to a query, in place of its parts."""
        ...

    def load(self, query: QueryRow) -> Prediction:
        """The whole answer to a query."""
        ...

    def has(self, query: QueryRow) -> bool:
        """Whether the whole answer to a query that is saved is still there: people tidy their folders."""
        ...


class Memory:
    """Keeps answers in memory."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._parts: dict[tuple[str, int], Prediction] = {}
        self._whole: dict[str, Prediction] = {}

    def keep_part(self, part: Part, prediction: Prediction) -> None:
        """See `Shelf.keep_part`."""
        self._parts[part.hash, part.number] = prediction

    def part(self, part: Part) -> Prediction | None:
        """See `Shelf.part`."""
        return self._parts.get((part.hash, part.number))

    def finish(self, query: QueryRow, answer: Finished) -> None:
        """See `Shelf.finish`."""
        self._whole[query.hash] = answer.prediction
        for part in query.parts:
            self._parts.pop((query.hash, part.number), None)

    def load(self, query: QueryRow) -> Prediction:
        """See `Shelf.load`."""
        return self._whole[query.hash]

    def has(self, query: QueryRow) -> bool:
        """See `Shelf.has`."""
        return query.hash in self._whole


class Folder:
    """Keeps answers in a folder: one folder below it for each query, whole or not at all.

    Parameters
    ----------
    folder
        The folder of results, which exists.
    form
        As `Prediction.save` takes it.
    """

    def __init__(self, folder: Path, form: FileFormat) -> None:
        self.folder: Path | None = folder
        self._folder = folder
        self._form = form

    def tidy(self) -> None:
        """Remove what a run that was killed left unfinished."""
        for left in (*self._folder.glob(".*.unfinished"), *self._folder.glob(f"{_WORK}/.*.unfinished")):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)

    def occupied(self) -> list[str]:
        """Names of all that lies in the folder, whoever put it there."""
        return [path.name for path in self._folder.iterdir()]

    def keep_part(self, part: Part, prediction: Prediction) -> None:
        """See `Shelf.keep_part`."""
        path = self._part_path(part)
        path.parent.mkdir(exist_ok=True)
        write_part(prediction, path)

    def part(self, part: Part) -> Prediction | None:
        """See `Shelf.part`."""
        return read_part(self._part_path(part))

    def finish(self, query: QueryRow, answer: Finished) -> None:
        """See `Shelf.finish`; the query and its report stand beside the answer."""
        unfinished = self._folder / f".{query.name}.{secrets.token_hex(6)}.unfinished"
        try:
            unfinished.mkdir()
            answer.prediction.save(unfinished, format=self._form)
            asked = parse_query(answer.request.body, answer.request.model_id)
            save_query(asked, unfinished / QUERY)
            if answer.report:
                write_atomically(unfinished / REPORT, answer.report + "\n")
            _replace(unfinished, self._folder / query.name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        for part in query.parts:
            self._part_path(part).unlink(missing_ok=True)

    def load(self, query: QueryRow) -> Prediction:
        """See `Shelf.load`."""
        path = self._folder / query.name
        if not path.is_dir():
            raise ResultError(f"{path}: the results are not there any more")
        return read_prediction(path, term_names)

    def has(self, query: QueryRow) -> bool:
        """See `Shelf.has`."""
        path = self._folder / query.name
        return any((path / name).is_file() for name in (ABOUT, H5AD))

    def write_index(self, content: Mapping[str, Any]) -> None:
        """Write ``index.json``."""
        write_atomically(self._folder / INDEX, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def _part_path(self, part: Part) -> Path:
        return self._folder / _WORK / f"{part.hash}.{part.number}.npz"


def check_index(folder: Path) -> None:
    """See that the ``index.json`` of a folder where a run begins is not somebody else's.

    Raises
    ------
    ConfigError
        When it is: a run keeps its own under that name.
    """
    path = folder / INDEX
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict) or not content.keys() >= _INDEX_KEYS:
        raise ConfigError(
            f"{path} is no index of results, and a run would write its own there; give another folder for results"
        )


def _replace(folder: Path, target: Path) -> None:
    """Give a finished folder its name; one of a run that was killed before its journal knew goes away.

    Raises
    ------
    FileExistsError
        When something else has that name by now.
    """
    if target.exists():
        if not _same_query(folder, target):
            told = "something else than the answer to its query is there; move it away"
            raise FileExistsError(errno.EEXIST, told, os.fspath(target))
        old = target.with_name(f".{target.name}.{secrets.token_hex(6)}.unfinished")
        target.replace(old)
        folder.replace(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.replace(target)
    _sync(target.parent)


def _same_query(folder: Path, target: Path) -> bool:
    """True for what is left of an answer to the same query, and where nothing is left."""
    try:
        return not any(target.iterdir()) or (target / QUERY).read_bytes() == (folder / QUERY).read_bytes()
    except OSError:
        return False


def _sync(folder: Path) -> None:
    """The new names of a folder on disk, where the system can do this."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
