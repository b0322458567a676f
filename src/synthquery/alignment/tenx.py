"""Counts as Cell Ranger and its relatives write them: a folder with ``matrix.mtx``, or one HDF5 file."""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

from synthquery.alignment.table import CountsTable
from synthquery.alignment.text_tables import open_bytes, open_text
from synthquery.errors import CountsDataError
from synthquery.prediction.extras import import_extra

_FEATURES: Final = ("features.tsv", "genes.tsv")
_EXPRESSION: Final = "Gene Expression"


def read_matrix_folder(path: Path) -> CountsTable:
    """The counts of a folder (or of a ``matrix.mtx`` in it) with its features and barcodes, sparse.

    Raises
    ------
    CountsDataError
        When a file of the three is missing or they do not fit together.
    """
    scipy_io = import_extra("scipy.io", "anndata", "Matrix Market files")
    sparse = import_extra("scipy.sparse", "anndata", "Matrix Market files")
    folder = path if path.is_dir() else path.parent
    stem = (
        "" if path.is_dir() else path.name.removesuffix(".gz").removesuffix("matrix.mtx").removesuffix(".mtx")
    )
    matrix = _beside(folder, stem, ("matrix.mtx",)) if path.is_dir() else path
    features = [row.split("\t") for row in _lines(_beside(folder, stem, _FEATURES))]
    barcodes = [row.split("\t")[0] for row in _lines(_beside(folder, stem, ("barcodes.tsv",)))]
    try:
        with warnings.catch_warnings(), open_bytes(matrix) as file:
            # In SciPy to come, arrays instead of matrices: both do.
            warnings.simplefilter("ignore", DeprecationWarning)
            read = scipy_io.mmread(_AsWritten(file))
        values = sparse.csr_matrix(read.T)  # the form "array" is read as a dense one
    except (ValueError, OverflowError, OSError, EOFError, zlib.error) as error:
        raise CountsDataError(f"{matrix}: is no Matrix Market file: {error}") from error
    if values.shape != (len(barcodes), len(features)):
        raise CountsDataError(
            f"{matrix}: has {values.shape[1]:,} genes x {values.shape[0]:,} cells; "
            f"beside it are {len(features):,} features and {len(barcodes):,} barcodes"
        )
    kinds = [row[2] if len(row) > 2 else _EXPRESSION for row in features]
    return _expression_only(values, [row[0] for row in features], kinds, barcodes, str(path))


class _AsWritten:
    """A Matrix Market file whose numbers are read as they are written.

    SciPy cuts off the fractions in a file that calls itself ``integer``, and does not know the ``float`` that STARsolo
    called its own until 2.7.9.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._banner = re.sub(rb"\b(integer|float)\b", b"real", file.readline(), flags=re.IGNORECASE)

    def read(self, size: int = -1) -> bytes:
        """The next bytes; the banner alone at first."""
        banner, self._banner = self._banner, b""
        return banner or self._file.read(size)


def read_10x_file(path: Path) -> CountsTable:
    """The counts of a Cell Ranger HDF5 file (version 2 or 3), sparse.

    Raises
    ------
    CountsDataError
        When it is another kind of HDF5 file, or none.
    """
    h5py = import_extra("h5py", "anndata", "10x HDF5 files")
    sparse = import_extra("scipy.sparse", "anndata", "10x HDF5 files")
    try:
        with h5py.File(path, "r") as file:
            name = "matrix" if "matrix" in file else next(iter(file), "")
            group = file.get(name)
            if not isinstance(group, h5py.Group) or "indptr" not in group or "barcodes" not in group:
                raise CountsDataError(f"{path}: is no file of Cell Ranger (there is no group 'matrix' in it)")
            n_genes, n_cells = (int(number) for number in group["shape"])
            parts = (group["data"][:], group["indices"][:], group["indptr"][:])
            values = sparse.csr_matrix(parts, shape=(n_cells, n_genes))
            features = group.get("features")
            genes = _texts(features["id"] if features is not None else group["genes"])
            types = features.get("feature_type") if features is not None else None
            kinds = [_EXPRESSION] * len(genes) if types is None else _texts(types)
            barcodes = _texts(group["barcodes"])
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:  # h5py raises any of them
        if isinstance(error, CountsDataError):
            raise
        raise CountsDataError(f"{path}: is no file of Cell Ranger: {error}") from error
    return _expression_only(values, genes, kinds, barcodes, str(path))


def _expression_only(
    values: Any, genes: list[str], kinds: list[str], barcodes: list[str], source: str
) -> CountsTable:
    """The table without antibodies, guides and other features that are no genes."""
    kept = [place for place, kind in enumerate(kinds) if kind == _EXPRESSION]
    notes: tuple[str, ...] = ()
    if genes and not kept:
        raise CountsDataError(
            f"{source}: none of its {len(genes):,} features is of the type {_EXPRESSION!r}; "
            f"there are {', '.join(sorted(set(kinds)))}"
        )
    if len(kept) < len(genes):
        others = sorted(set(kinds) - {_EXPRESSION})
        number = len(genes) - len(kept)
        what = "feature that is no gene" if number == 1 else "features that are no genes"
        notes = (f"{number:,} {what} left out ({', '.join(others)})",)
        values, genes = values[:, kept], [genes[place] for place in kept]
    return CountsTable(values, genes, barcodes, source, notes)


def _beside(folder: Path, stem: str, names: tuple[str, ...]) -> Path:
    """The first file of these names in a folder, gzipped or not, after the prefix of the matrix."""
    for name in names:
        for ending in ("", ".gz"):
            for prefix in dict.fromkeys((stem, "")):
                if (found := folder / f"{prefix}{name}{ending}").is_file():
                    return found
    expected = " or ".join(f"{name}[.gz]" for name in names)
    raise CountsDataError(
        f"{folder}: there is no {expected}; counts of 10x are matrix.mtx, features.tsv and barcodes.tsv"
    )


def _lines(path: Path) -> list[str]:
    try:
        with open_text(path) as file:
            return [line.rstrip("\r\n") for line in file if line.strip()]
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CountsDataError(f"{path}: is no text: {error}") from error


def _texts(values: Any) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values[:]]
