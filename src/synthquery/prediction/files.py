"""A prediction as files: every one whole or not at all; the same prediction gives the same bytes."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from synthquery.prediction.extras import import_extra
from synthquery.resources import atomic_file, write_atomically

if TYPE_CHECKING:
    import pandas as pd

    from synthquery.prediction.result import Prediction

FileFormat = Literal["csv", "parquet"]


def save_prediction(prediction: Prediction, folder: Path, form: FileFormat | None) -> tuple[Path, ...]:
    """Write the files that `Prediction.save` describes."""
    form = form or "csv"
    if form not in {"csv", "parquet"}:
        raise ValueError(f"format is 'csv' or 'parquet', not {form!r}")
    if form == "parquet":
        import_extra("pyarrow", "arrow", "parquet")
    folder.mkdir(parents=True, exist_ok=True)
    writers = _csv_files(prediction) if form == "csv" else _parquet_files(prediction)
    written: dict[str, str] = {}
    for name, what, write in writers:
        write(folder / name)
        written[name] = what
    about = {**prediction.summary(), "files": written}
    write_atomically(folder / "prediction.json", json.dumps(about, indent=2, ensure_ascii=False) + "\n")
    return tuple(folder / name for name in [*written, "prediction.json"])


_Writer = tuple[str, str, Callable[[Path], None]]
_METADATA = "one row a sample; empty where nothing is set"
_COUNTS = "raw counts: one row a sample, one column a gene in the order of the model"
_LATENT = "latent vectors: one row a sample"
_PROBABILITIES = "probability of each label: one row a sample, one column a label"


def _csv_files(prediction: Prediction) -> Iterator[_Writer]:
    yield "metadata.csv", _METADATA, partial(_write_csv, rows=_metadata_rows(prediction))
    if prediction.counts_array is not None:
        genes = prediction.gene_order or _numbered(prediction.n_genes)
        yield (
            "expression.csv.gz",
            _COUNTS,
            partial(_write_matrix, header=genes, matrix=prediction.counts_array),
        )
    for name, array in prediction.latent_arrays.items():
        header = _numbered(array.shape[1])
        yield f"latents_{name}.csv.gz", _LATENT, partial(_write_matrix, header=header, matrix=array)
    for name, one in prediction.probabilities.items():
        write = partial(_write_matrix, header=one.labels, matrix=one.values)
        yield f"classifier_probs_{name}.csv.gz", _PROBABILITIES, write


def _parquet_files(prediction: Prediction) -> Iterator[_Writer]:
    yield "metadata.parquet", _METADATA, partial(_write_parquet, frame=prediction.metadata)
    if prediction.counts_array is not None:
        yield "expression.parquet", _COUNTS, partial(_write_parquet, frame=prediction.counts)
    for name, frame in prediction.latents.items():
        yield f"latents_{name}.parquet", _LATENT, partial(_write_parquet, frame=frame)
    for name, frame in prediction.classifier_probs.items():
        yield f"classifier_probs_{name}.parquet", _PROBABILITIES, partial(_write_parquet, frame=frame)


def _utf8(file: IO[bytes] | gzip.GzipFile) -> codecs.StreamWriter:
    return codecs.getwriter("utf-8")(file)


def _numbered(length: int) -> list[str]:
    return [str(number) for number in range(length)]


def _metadata_rows(prediction: Prediction) -> Iterator[Sequence[Any]]:
    keys = list(dict.fromkeys(key for row in prediction.sample_metadata for key in row))
    yield ["sample", *keys]
    for number, row in enumerate(prediction.sample_metadata):
        yield [number, *("" if row.get(key) is None else row[key] for key in keys)]


def _write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    with atomic_file(path) as file:
        csv.writer(_utf8(file), lineterminator="\n").writerows(rows)


def _write_matrix(path: Path, header: Sequence[str], matrix: npt.NDArray[Any]) -> None:
    """A compressed table, row by row: never a second copy of the matrix, and no time stamp in the file."""
    with atomic_file(path) as file, gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
        csv.writer(_utf8(packed), lineterminator="\n").writerow(["sample", *header])
        for number, row in enumerate(matrix):
            values = row.tolist() if row.dtype.kind == "i" else np.round(row.astype(np.float64), 6).tolist()
            packed.write((f"{number}," + ",".join(map(str, values)) + "\n").encode())


def _write_parquet(path: Path, frame: pd.DataFrame) -> None:
    with atomic_file(path) as file:
        # Names of columns are text in parquet; latents have numbers.
        frame.set_axis(frame.columns.astype(str), axis=1).to_parquet(file, engine="pyarrow")
