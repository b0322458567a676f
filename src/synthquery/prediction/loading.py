"""A saved prediction, read again: equal to the one that was saved."""

from __future__ import annotations

import csv
import gzip
import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthquery.errors import MissingExtraError, ResultError
from synthquery.prediction.anndata import from_anndata
from synthquery.prediction.extras import import_extra
from synthquery.prediction.fields import LabelProbabilities
from synthquery.prediction.files import ABOUT, GENE_COLUMN, H5AD, safe
from synthquery.prediction.names import Names
from synthquery.prediction.plain_metadata import rows_of_text
from synthquery.prediction.sparse import SparseCounts

if TYPE_CHECKING:
    from synthquery.prediction.result import Prediction


def read_prediction(path: str | os.PathLike[str], names: Names | None = None) -> Prediction:
    """Read what `Prediction.save` wrote.

    Parameters
    ----------
    path
        The folder, its ``prediction.json``, or the h5ad file.
    names
        Gives the labels of terms and the symbols of genes.

    Raises
    ------
    ResultError
        When there is no saved prediction, or a part of it is missing or damaged; the message names the file.
    MissingExtraError
        When the package that the format needs is not installed.
    """
    place = Path(path)
    if place.is_dir():
        place = place / (H5AD if (place / H5AD).is_file() and not (place / ABOUT).is_file() else ABOUT)
    try:
        if place.suffix == ".h5ad":
            return from_anndata(_read_h5ad(place), names)
        return _from_folder(place, names)
    except FileNotFoundError as error:
        raise ResultError(f"{path} has no saved prediction: {error.filename or error} is missing") from error
    except ResultError as error:
        raise ResultError(f"{place}: {error}") from error
    except (MissingExtraError, MemoryError):
        raise
    except Exception as error:  # of a damaged file, gzip, csv, json, pyarrow, h5py and anndata raise any kind
        raise ResultError(f"{place} cannot be read as a saved prediction: {error}") from error


def _read_h5ad(path: Path) -> Any:
    anndata = import_extra("anndata", "anndata", "h5ad")
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    with warnings.catch_warnings():
        # anndata 0.10 says so of every file without genes
        warnings.filterwarnings("ignore", "Transforming to str index")
        return anndata.read_h5ad(path)


def _from_folder(place: Path, names: Names | None) -> Prediction:
    from synthquery.prediction.result import Prediction

    about: dict[str, Any] = json.loads(place.read_bytes())
    reader = _Tables(place.parent, about)
    tables = about["tables"]
    texts = reader.texts("metadata")
    n_samples = int(about["n_samples"])
    _check_rows("metadata", next((len(one) for one in texts.values()), n_samples), n_samples)
    genes, counts = reader.counts() if tables["counts"] is not None else ((), None)
    return Prediction(
        model_id=about["model_id"],
        kind=about["kind"],
        sample_metadata=rows_of_text(texts, tables["metadata_keys"], n_samples, tables["metadata_values"]),
        counts_array=SparseCounts.from_array(counts) if counts is not None and tables["sparse"] else counts,
        gene_order=genes if tables["gene_order"] else (),
        latent_arrays={
            name: reader.matrix(f"latents_{safe(name)}", kind)[1] for name, kind in tables["latents"].items()
        },
        probabilities={
            name: LabelProbabilities(*reader.matrix(f"classifier_probs_{safe(name)}", kind))
            for name, kind in tables["classifier_probs"].items()
        },
        model_version=about["model_version"],
        simulated=about["simulated"],
        provenance=about["provenance"],
        names=names,
    )


def _check_rows(what: str, number: int, n_samples: int) -> None:
    if number != n_samples:
        raise ResultError(f"{number:,} rows of {what} for {n_samples:,} samples")


class _Tables:
    """The tables of a folder, in the format it was saved in."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._parquet = about["format"] == "parquet"
        self._n_samples = int(about["n_samples"])
        self._counts_type = about["tables"]["counts"]

    def texts(self, name: str) -> dict[str, list[str]]:
        """A table of texts by column."""
        if self._parquet:
            table = self._read_parquet(name)
            return {column: table.column(column).to_pylist() for column in table.column_names}
        with (self._folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        for number, row in enumerate(rows, start=1):
            if len(row) != len(header):
                raise ResultError(
                    f"row {number:,} of {name}.csv has {len(row)} cells for {len(header)} columns"
                )
        return {column: [row[at] for row in rows] for at, column in enumerate(header)}

    def counts(self) -> tuple[tuple[str, ...], npt.NDArray[Any]]:
        """Genes and counts."""
        if not self._parquet:
            return self.matrix("expression", self._counts_type)
        table = self._read_parquet("expression")
        matrix = np.empty((table.num_columns - 1, table.num_rows), dtype=self._counts_type)
        for row in range(len(matrix)):
            matrix[row] = table.column(row + 1).to_numpy()
        _check_rows("expression", len(matrix), self._n_samples)
        return tuple(table.column(GENE_COLUMN).to_pylist()), matrix

    def matrix(self, name: str, kind: str) -> tuple[tuple[str, ...], npt.NDArray[Any]]:
        """Names of the columns, and the numbers."""
        if self._parquet:
            table = self._read_parquet(name)
            n_rows = (
                table.num_rows if table.num_columns else self._n_samples
            )  # no columns, no rows in the file
            found = np.empty((n_rows, table.num_columns), dtype=kind)
            for at in range(table.num_columns):
                found[:, at] = table.column(at).to_numpy()
            columns = tuple(table.column_names)
        else:
            with gzip.open(self._folder / f"{name}.csv.gz", "rb") as file:
                columns, found = _csv_matrix(file, self._n_samples, kind)
        _check_rows(name, len(found), self._n_samples)
        return columns, found

    def _read_parquet(self, name: str) -> Any:
        parquet = import_extra("pyarrow.parquet", "arrow", "parquet")
        with (self._folder / f"{name}.parquet").open("rb") as file:
            return parquet.read_table(file)


def _csv_matrix(file: gzip.GzipFile, n_samples: int, kind: str) -> tuple[tuple[str, ...], npt.NDArray[Any]]:
    """A table of numbers with a header and row numbers, read a row at a time."""
    lines = (line.decode("utf-8") for line in file)
    columns = tuple(next(csv.reader(lines))[1:])  # takes more than one line where a label has several
    matrix = np.empty((n_samples, len(columns)), dtype=kind)
    number = 0
    for number, line in enumerate(lines, start=1):
        if number > n_samples:
            continue
        text = line.strip().partition(",")[2]
        values = np.array(text.split(",") if text else [], dtype=kind)
        if len(values) != len(columns):
            raise ResultError(f"row {number} has {len(values):,} numbers for {len(columns):,} columns")
        matrix[number - 1] = values
    return columns, matrix if number == n_samples else matrix[:number] if number < n_samples else np.empty(
        (number, 0)
    )
