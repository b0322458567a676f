"""Answers on disk by the query they answer: a readable description, and beside it the arrays.

The name of a recording is the model and a hash of the query, so that the same query is always found again. The
description holds the query (long lists of numbers as their length, sum and hash) and what else is text; the arrays
are compressed ``.npy`` members of a zip file, which `numpy.load` opens. The same answer gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.errors import SynthQueryError, TransportError
from synthquery.prediction import LabelProbabilities, Prediction
from synthquery.prediction.sparse import SparseCounts
from synthquery.resources import write_atomically
from synthquery.transport.canonical import query_hash, text_hash
from synthquery.transport.tokens import Token, scrub

FORMAT: Final = "synthquery recording 1"
_DIGITS: Final = 20  # of the hash, in names
_LEVEL: Final = 6
_TRIES: Final = 20
_PAUSE: Final = 0.02  # seconds; a writer is between its two files for less
_SPARSE: Final = ("data", "indices", "indptr")
_DAMAGES: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    RecursionError,
    zipfile.BadZipFile,
    SynthQueryError,
)
"""What reading a damaged recording raises."""
_OF_THE_SERVER: Final = ("model_version", "provenance", "latents", "probabilities", "sample_metadata")
"""What a description has in the words of who answered: a token may stand there."""
_OF_ONE_RUN: Final = ("query_id", "server")
"""Provenance that differs each time the same answer is fetched."""


class Recordings:
    """A folder of recordings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, query: Mapping[str, Any]) -> Path:
        """Where the answer to a canonical query is described."""
        model = re.sub(r"[^\w.-]+", "_", query["model_id"])
        return self.folder / f"{model}_{query_hash(query)[:_DIGITS]}.json"

    def read(self, query: Mapping[str, Any]) -> Prediction | None:
        """The recorded answer; None when there is none.

        Raises
        ------
        TransportError
            When there is one and it is damaged.
        """
        path = self.path(query)
        if not path.is_file():
            return None
        asked, reason = query_hash(query), ""
        for _ in range(_TRIES):
            try:
                told, data = _matching(path)
                if told.get("sha256", {}).get("query", asked) != asked:
                    raise ValueError("it answers another query than its name says")
                return _prediction(told["answer"], query["model_id"], data)
            except _UnfinishedError as error:  # perhaps somebody is recording it anew at this moment
                reason = str(error)
                time.sleep(_PAUSE)
            except _DAMAGES as error:
                known = not isinstance(error, KeyError | TypeError | RecursionError)
                reason = str(error) if known else "it is no description of a recording"
                break
        raise TransportError(
            f"the recording {path} cannot be read: {reason}; remove it and record the query again"
        )

    def write(self, query: Mapping[str, Any], prediction: Prediction, token: Token | None) -> Path:
        """Record an answer and return the path of its description; the token is left out wherever it stands.

        Raises
        ------
        TransportError
            When it cannot be written.
        """
        path = self.path(query)
        data = _pack(_arrays(prediction, token))
        try:
            clean = cache(lambda text: scrub(text, token))  # most of what rows of metadata say, they repeat
            answer = {
                name: _cleaned(one, clean if name in _OF_THE_SERVER else str)
                for name, one in _described(prediction).items()
            }
            told = {
                "format": FORMAT,
                "query": {**query, "body": _cleaned(query["body"], clean)},
                "answer": answer,
                "arrays": {"file": path.with_suffix(".npz").name, "sha256": hashlib.sha256(data).hexdigest()},
                "sha256": {"query": query_hash(query), "answer": text_hash(answer)},
            }
            text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
            self.folder.mkdir(parents=True, exist_ok=True)
            for _ in range(_TRIES):
                write_atomically(path.with_suffix(".npz"), data)
                write_atomically(path, text.encode("utf-8", "surrogatepass"))
                # Whoever records the same query at this moment looks, too: the last one leaves files that match.
                with suppress(_UnfinishedError):
                    _matching(path)
                    break
        except (OSError, TypeError, ValueError) as error:
            raise TransportError(f"the answer could not be recorded in {self.folder}: {error}") from error
        return path

    def queries(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Path and canonical query of every recording that can be read, by name."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                told = json.loads(path.read_bytes())
                if told["format"] == FORMAT:
                    yield path, told["query"]
            except _DAMAGES:
                continue  # another file, or a damaged one: it is named when it is wanted


class _UnfinishedError(ValueError):
    """Description and arrays are not of one recording."""


def _matching(path: Path) -> tuple[dict[str, Any], bytes]:
    """A description and the arrays it belongs to."""
    told = json.loads(path.read_bytes())
    if told["format"] != FORMAT:
        raise ValueError(f"its format is {told['format']!r}, this version reads {FORMAT!r}")
    if "sha256" in told and told["sha256"]["answer"] != text_hash(told["answer"]):
        raise ValueError("its answer is not the one that was recorded")
    data = path.with_suffix(".npz").read_bytes()
    if hashlib.sha256(data).hexdigest() != told["arrays"]["sha256"]:
        raise _UnfinishedError(f"{path.with_suffix('.npz').name} is not the file that was recorded")
    return told, data


def _described(prediction: Prediction) -> dict[str, Any]:
    counts = prediction.stored_counts
    return {
        "kind": prediction.kind,
        "model_version": prediction.model_version,
        "simulated": prediction.simulated,
        "provenance": {key: one for key, one in prediction.provenance.items() if key not in _OF_ONE_RUN},
        "counts": "none" if counts is None else "sparse" if isinstance(counts, SparseCounts) else "dense",
        "n_genes": prediction.n_genes,
        "latents": list(prediction.latent_arrays),
        "probabilities": list(prediction.probabilities),
        "sample_metadata": [dict(row) for row in prediction.sample_metadata],
    }


def _arrays(prediction: Prediction, token: Token | None) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    def text(values: Any) -> npt.NDArray[np.uint8]:
        written = scrub(json.dumps(list(values), ensure_ascii=False), token)
        return np.frombuffer(written.encode("utf-8", "surrogatepass"), dtype=np.uint8)

    yield "gene_order", text(prediction.gene_order)
    counts = prediction.stored_counts
    if isinstance(counts, SparseCounts):
        for name in _SPARSE:
            yield from _small(f"counts_{name}", getattr(counts, name))
    elif counts is not None:
        yield from _small("counts", counts)
    for number, array in enumerate(prediction.latent_arrays.values()):
        yield f"latents_{number}", np.asarray(array)
    for number, one in enumerate(prediction.probabilities.values()):
        yield f"labels_{number}", text(one.labels)
        yield f"probabilities_{number}", np.asarray(one.values)


def _small(name: str, array: npt.NDArray[Any]) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """An array of integers in as few bytes as it fits in, and an empty one of the type it had."""
    lowest, highest = (int(array.min()), int(array.max())) if array.size else (0, 0)
    for small in (np.uint8, np.uint16, np.int32):
        if np.iinfo(small).min <= lowest and highest <= np.iinfo(small).max:
            yield name, array.astype(small)
            break
    else:
        yield name, array
    yield f"{name}_type", np.empty(0, dtype=array.dtype)


def _pack(arrays: Iterator[tuple[str, npt.NDArray[Any]]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, array in arrays:
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return packed.getvalue()


def _prediction(told: Mapping[str, Any], model_id: str, packed: bytes) -> Prediction:
    from synthquery.wire.term_names import term_names

    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:

        def text(name: str) -> tuple[str, ...]:
            return tuple(json.loads(arrays[name].tobytes().decode("utf-8", "surrogatepass")))

        def whole(name: str) -> npt.NDArray[Any]:
            kept: npt.NDArray[Any] = arrays[name].astype(arrays[f"{name}_type"].dtype)
            return kept

        counts: Any = None
        if told["counts"] == "sparse":
            data, indices, indptr = (whole(f"counts_{name}") for name in _SPARSE)
            counts = SparseCounts(data, indices, indptr, told["n_genes"])
        elif told["counts"] == "dense":
            counts = whole("counts")
        return Prediction(
            model_id=model_id,
            kind=told["kind"],
            sample_metadata=tuple(told["sample_metadata"]),
            counts_array=counts,
            gene_order=text("gene_order"),
            latent_arrays={name: arrays[f"latents_{number}"] for number, name in enumerate(told["latents"])},
            probabilities={
                name: LabelProbabilities(text(f"labels_{number}"), arrays[f"probabilities_{number}"])
                for number, name in enumerate(told["probabilities"])
            },
            model_version=told["model_version"],
            simulated=told["simulated"],
            provenance=told["provenance"],
            names=term_names,
        )


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """JSON values, with every text in them cleaned; the names of an object are texts, too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(name)): _cleaned(one, clean) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one, clean) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return _cleaned(value.tolist(), clean)
    if value is None or isinstance(value, int | float):
        return value
    raise TypeError(f"a {type(value).__name__} is no JSON value")
