"""What a transport does with an answer: read it, hold it against the query, and keep it when it does not fit."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal, Protocol, runtime_checkable

from synthquery.errors import ResultError
from synthquery.ontology.cache import cache_root
from synthquery.ontology.in_use import entries_in_use
from synthquery.prediction import Prediction
from synthquery.query.models import Query
from synthquery.resources import write_atomically
from synthquery.wire.arrow_results import read_arrow
from synthquery.wire.arrow_stream import Readable
from synthquery.wire.asked import check_answer
from synthquery.wire.raw_results import read_result
from synthquery.wire.results import parse_result
from synthquery.wire.term_names import term_names

Form = Literal["json", "arrow"]
Raw = bytes | bytearray | memoryview | str | os.PathLike[str]
_PRIVATE: Final = 0o600  # an answer may be nobody else's business
_PIECE: Final = 1 << 20


@runtime_checkable
class Received(Protocol):
    """What keeps an answer while it comes."""

    def received(self) -> Raw:
        """All that came: its bytes, or the path of a file that has them."""
        ...


def receive(
    source: Raw | Readable,
    model_id: str,
    query: Query | Mapping[str, Any] | None = None,
    *,
    form: Form = "json",
    provenance: Mapping[str, Any] | None = None,
    keep_in: str | os.PathLike[str] | None = None,
) -> Prediction:
    """Read an answer as it came over the wire, and check all that can be checked.

    Parameters
    ----------
    source
        Its bytes, the path of a file with them, or a file object (a response) to read them from.
    model_id
        The model that was asked.
    query
        What was asked, as a query or its body.
    form
        ``"json"`` for the hosted service, ``"arrow"`` for a self-hosted container; Arrow is read as it comes.
    provenance
        How the answer came about.
    keep_in
        Folder for an answer that cannot be used; one in the cache directory when left out.

    Raises
    ------
    ResultError
        When the answer is cut off, or does not fit itself or the query. ``.raw_path`` is the file that has it,
        and the message names it.
    MissingExtraError
        When Arrow is asked for and pyarrow is not installed.
    UnknownModelError
        When there is no such model.
    """
    raw = source if isinstance(source, bytes | bytearray | memoryview | str | os.PathLike) else Kept(source)
    with keeping_raw(raw, form=form, folder=keep_in):
        if form == "arrow":
            prediction = read_arrow(raw, model_id, query, provenance=provenance)
        else:
            payload = read_result(raw.read() if isinstance(raw, Kept) else raw)
            prediction = parse_result(payload, model_id, query, provenance=provenance)
        check_answer(prediction, model_id, query)
    return prediction


def accept(
    prediction: Prediction, model_id: str, query: Query | Mapping[str, Any] | None = None
) -> Prediction:
    """Check an answer that some transport made, and complete it (`complete`).

    Raises
    ------
    ResultError
        As `check_answer`.
    """
    check_answer(prediction, model_id, query)
    return complete(prediction, query)


def complete(prediction: Prediction, query: Query | Mapping[str, Any] | None = None) -> Prediction:
    """An answer with names for its terms, and with the query and the ontology releases in its provenance."""
    provenance = dict(prediction.provenance)
    if query is not None and "query" not in provenance:
        provenance["query"] = without_counts(query)
    if "releases" not in provenance:
        provenance["releases"] = {name: entry.release for name, entry in entries_in_use().items()}
    return prediction.replace(provenance=provenance, names=prediction.names or term_names)


def without_counts(query: Query | Mapping[str, Any]) -> dict[str, Any]:
    """The body of a query with the length of its counts in their place: what a record of it can hold."""
    body = query.to_dict(counts="array") if isinstance(query, Query) else dict(query)
    inputs = body.get("inputs")
    if isinstance(inputs, list | tuple):
        body["inputs"] = [_short(one) for one in inputs]
    elif isinstance(inputs, Mapping) and isinstance(inputs.get("items"), list | tuple):
        body["inputs"] = {**inputs, "items": [_short(one) for one in inputs["items"]]}
    return body


def _short(one: Any) -> Any:
    if not isinstance(one, Mapping) or "counts" not in one:
        return one
    counts = one["counts"]
    length = (
        counts.shape[-1] if hasattr(counts, "shape") else len(counts) if hasattr(counts, "__len__") else 0
    )
    return {**one, "counts": f"{length:,} counts"}


@contextmanager
def keeping_raw(
    raw: Raw | Received, *, form: Form = "json", folder: str | os.PathLike[str] | None = None
) -> Iterator[None]:
    """Keep an answer when what is done with it ends in a `ResultError`, which then names the file."""
    try:
        yield
    except ResultError as error:
        if error.raw_path is not None:
            raise
        try:
            path = keep_raw(raw.received() if isinstance(raw, Received) else raw, folder, form=form)
        except OSError as problem:
            told = ResultError(f"{error}; the answer as it came could not be kept: {problem}")
            told.query_id = error.query_id
            raise told from error
        told = ResultError(f"{error}; the answer as it came is in {path}")
        told.raw_path, told.query_id = path, error.query_id
        raise told from error


def keep_raw(raw: Raw, folder: str | os.PathLike[str] | None = None, *, form: Form = "json") -> Path:
    """Keep an answer as it came, for a person to look at.

    Parameters
    ----------
    raw
        Its bytes, or the path of a file that has them.
    folder
        Where to; ``answers`` in the cache directory when left out. It is made when it is missing.
    form
        What the answer is, for the ending of the name.

    Returns
    -------
    pathlib.Path
        A file that only this user may read. Its name follows from the content: the same answer is kept once.
    """
    into = Path(folder) if folder is not None else cache_root() / "answers"
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    if isinstance(raw, str | os.PathLike):
        with Path(raw).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    else:
        digest.update(raw)
    path = into / f"answer-{digest.hexdigest()[:16]}.{form}"
    path.touch(mode=_PRIVATE)
    path.chmod(_PRIVATE)
    if isinstance(raw, str | os.PathLike):
        if not path.exists() or not path.samefile(raw):
            shutil.copyfile(raw, path)
    else:
        write_atomically(path, bytes(raw))
    return path


class Kept:
    """A file object that keeps what was read from it, so that an answer that does not fit is not lost."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._pieces: list[bytes | memoryview] = []

    def read(self, size: int = -1, /) -> bytes | memoryview:
        piece = self._file.read(size) if size >= 0 else self._file.read()
        self._pieces.append(piece)
        return piece

    def received(self) -> bytes:
        """All that was read, and what is still to come."""
        with suppress(Exception):  # what has come is what can be kept
            self._pieces.append(self._file.read())
        return b"".join(self._pieces)
