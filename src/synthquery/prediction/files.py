"""A prediction as files: every one whole or not at all; the same prediction gives the same bytes.

`synthquery.prediction.loading` reads them again.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from synthquery.errors import ResultError
from synthquery.prediction.extras import import_extra
from synthquery.prediction.plain_metadata import as_text, metadata_keys, values_beside_text
from synthquery.resources import atomic_file, write_atomically

if TYPE_CHECKING:
    import pandas as pd

    from synthquery.prediction.result import Prediction

FileFormat = Literal["csv", "parquet", "h5ad"]
ABOUT: Final = "prediction.json"
H5AD: Final = "prediction.h5ad"
_PACKED: Final = {"compression": "gzip", "compression_opts": 1}  # a quarter of the size for a sixth more time
GENE_COLUMN: Final = "gene_id"


def save_prediction(prediction: Prediction, path: Path, form: FileFormat | None) -> tuple[Path, ...]:
    """Write the files that `Prediction.save` describes."""
    try:
        return _save(prediction, path, form)
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end]
        raise ResultError(
            f"{path}: not saved: {error.object[:40]!r} in the answer holds half a character ({half!r}), "
            "which no file takes"
        ) from error


def _save(prediction: Prediction, path: Path, form: FileFormat | None) -> tuple[Path, ...]:
    if form is None:
        form = "h5ad" if path.suffix == ".h5ad" else "csv"
    if form == "h5ad":
        return (_save_h5ad(prediction, path if path.suffix == ".h5ad" else path / H5AD),)
    if form not in {"csv", "parquet"}:
        raise ValueError(f"format is 'csv', 'parquet' or 'h5ad', not {form!r}")
    if form == "parquet":
        import_extra("pyarrow", "arrow", "parquet")
    path.mkdir(parents=True, exist_ok=True)
    writers = _csv_files(prediction) if form == "csv" else _parquet_files(prediction)
    written: dict[str, str] = {}
    for name, what, write in writers:
        write(path / name)
        written[name] = what
    about = {**prediction.summary(), "format": form, "files": written, "tables": _about_tables(prediction)}
    write_atomically(path / ABOUT, json.dumps(about, indent=2, ensure_ascii=False, default=str) + "\n")
    return tuple(path / name for name in [*written, ABOUT])


def _save_h5ad(prediction: Prediction, path: Path) -> Path:
    import_extra("anndata", "anndata", "h5ad")
    data = prediction.to_anndata()
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        try:
            data.write_h5ad(file.name, **_PACKED)
        except UnicodeEncodeError:
            raise
        except (TypeError, ValueError) as error:  # zero bytes in text, a column called _index
            raise ResultError(f"{path}: not saved, as h5ad does not take this answer: {error}") from error
    return path


def _about_tables(prediction: Prediction) -> dict[str, Any]:
    """What the tables alone do not say, so that reading them gives the same prediction."""
    rows = prediction.sample_metadata
    counts = prediction.stored_counts
    return {
        "metadata_keys": metadata_keys(rows),
        "metadata_values": values_beside_text(rows),
        "gene_order": bool(prediction.gene_order),
        "sparse": prediction.is_sparse,
        "counts": None if counts is None else str(prediction.counts_type),
        "latents": {name: str(array.dtype) for name, array in prediction.latent_arrays.items()},
        "classifier_probs": {name: str(one.values.dtype) for name, one in prediction.probabilities.items()},
    }


_Writer = tuple[str, str, Callable[[Path], None]]
_METADATA = "one row a sample; empty where nothing is set; labels beside the identifiers"
_COUNTS = "raw counts: one row a sample, one column a gene in the order of the model"
_BY_GENE = "raw counts: one row a gene in the order of the model (gene_id), one column a sample"
_LATENT = "latent vectors: one row a sample"
_PROBABILITIES = "probability of each label: one row a sample, one column a label"


def _csv_files(prediction: Prediction) -> Iterator[_Writer]:
    yield "metadata.csv", _METADATA, partial(_write_csv, rows=_metadata_rows(prediction))
    if prediction.counts_array is not None:
        genes = prediction.gene_order or _numbered(prediction.n_genes)
        write = partial(_write_matrix, header=genes, matrix=prediction.counts_array)
        yield "expression.csv.gz", _COUNTS, write
    for name, array in prediction.latent_arrays.items():
        header = _numbered(array.shape[1])
        yield f"latents_{safe(name)}.csv.gz", _LATENT, partial(_write_matrix, header=header, matrix=array)
    for name, one in prediction.probabilities.items():
        write = partial(_write_matrix, header=one.labels, matrix=one.values)
        yield f"classifier_probs_{safe(name)}.csv.gz", _PROBABILITIES, write


def _parquet_files(prediction: Prediction) -> Iterator[_Writer]:
    metadata = prediction.metadata
    metadata = metadata.apply(lambda column: column.map(as_text)) if len(metadata.columns) else metadata
    yield "metadata.parquet", _METADATA, partial(_write_parquet, frame=metadata)
    if prediction.stored_counts is not None:
        yield "expression.parquet", _BY_GENE, partial(_write_by_gene, prediction=prediction)
    for name, frame in prediction.latents.items():
        yield f"latents_{safe(name)}.parquet", _LATENT, partial(_write_parquet, frame=frame)
    for name, frame in prediction.classifier_probs.items():
        yield f"classifier_probs_{safe(name)}.parquet", _PROBABILITIES, partial(_write_parquet, frame=frame)


def safe(name: str) -> str:
    """A name that a service gave, as a part of the name of a file or of a key in HDF5: no slash, different as it was.

    >>> safe("tissue_ontology_id"), safe("a/b")
    ('tissue_ontology_id', 'a%2Fb')
    """
    return quote(name, safe=" ")


def _utf8(file: IO[bytes]) -> codecs.StreamWriter:
    return codecs.getwriter("utf-8")(file)


def _numbered(length: int) -> list[str]:
    return [str(number) for number in range(length)]


def _metadata_rows(prediction: Prediction) -> Iterator[Sequence[Any]]:
    table = prediction.metadata
    yield ["sample", *table.columns]
    for number, row in enumerate(table.itertuples(index=False, name=None)):
        yield [number, *map(as_text, row)]


def _write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    with atomic_file(path) as file:
        texts = _utf8(file)
        for row in rows:
            _write_row(texts, row)


def _write_row(file: Any, row: Sequence[Any]) -> None:
    """A line of CSV; `csv` alone leaves a carriage return without the quotes that it needs to be read again."""
    if any("\r" in str(cell) for cell in row):
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
    else:
        csv.writer(file, lineterminator="\n").writerow(row)


def _write_matrix(path: Path, header: Sequence[str], matrix: npt.NDArray[Any]) -> None:
    """A compressed table, row by row: never a second copy of the matrix, and no time stamp in the file."""
    with atomic_file(path) as file, gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
        _write_row(_utf8(packed), ["sample", *header])  # type: ignore[arg-type]
        for number, row in enumerate(matrix):
            # Python writes a number with as many digits as give it back.
            packed.write((f"{number}," + ",".join(map(str, row.tolist())) + "\n").encode())


def _write_parquet(path: Path, frame: pd.DataFrame) -> None:
    with atomic_file(path) as file:
        # Names of columns are text in parquet; latents have numbers.
        frame.set_axis(frame.columns.astype(str), axis=1).to_parquet(file, engine="pyarrow", index=False)


def _write_by_gene(path: Path, prediction: Prediction) -> None:
    """One column a sample: forty thousand columns, one a gene, take seconds and megabytes for two samples."""
    pa = import_extra("pyarrow", "arrow", "parquet")
    parquet = import_extra("pyarrow.parquet", "arrow", "parquet")
    matrix = prediction.counts_array
    assert matrix is not None  # the caller looked
    genes = prediction.gene_order or _numbered(prediction.n_genes)
    columns = [
        pa.array(list(genes), type=pa.string()),
        *(pa.array(row) for row in np.ascontiguousarray(matrix)),
    ]
    table = pa.Table.from_arrays(columns, names=[GENE_COLUMN, *_numbered(len(matrix))])
    with atomic_file(path) as file:
        parquet.write_table(table, file, use_dictionary=False, compression="zstd")
