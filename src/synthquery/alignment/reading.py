"""Whatever a person has counts in -> one table: samples x genes with names."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthquery.alignment.genes import recognised
from synthquery.alignment.parquet_tables import read_parquet_table
from synthquery.alignment.table import CountsTable, facts, is_sparse
from synthquery.alignment.tenx import read_10x_file, read_matrix_folder
from synthquery.alignment.text_tables import read_text_table
from synthquery.errors import CountsDataError
from synthquery.prediction.extras import import_extra

if TYPE_CHECKING:
    import pandas as pd

_KINDS: Final = "h5ad, 10x (a folder with matrix.mtx, or .h5), mtx, CSV or TSV (also gzipped), parquet"


def read_counts(
    data: Any,
    *,
    genes: Sequence[str] | None = None,
    samples: Sequence[str] | None = None,
    layer: str | None = None,
) -> CountsTable:
    """A table of counts.

    Parameters
    ----------
    data
        A path, an AnnData, a DataFrame (genes in columns or in rows), a Series of one sample, a prediction, or a matrix
        with `genes`.
    genes, samples
        Names of columns and rows of a bare matrix, samples x genes.
    layer
        Of an AnnData: a name in ``layers``, or ``"raw"``.

    Raises
    ------
    CountsDataError
        When there are no counts in it.
    FileNotFoundError
        When there is no such file.
    MissingExtraError
        When the kind of file needs a package that is not installed.
    """
    if (genes is not None or samples is not None) and _has_names(data):
        raise CountsDataError(
            f"genes and samples are the names of a bare matrix; this {type(data).__name__} has names of its own: "
            "leave them out, or rename there"
        )
    if isinstance(data, str | os.PathLike):
        return _from_path(Path(data), layer)
    if hasattr(data, "var_names") and hasattr(data, "obs_names"):
        return _from_anndata(data, layer, "the AnnData")
    if layer is not None:
        raise CountsDataError(f"only an AnnData has layers; this is a {type(data).__name__}")
    if _is_prediction(data):
        values = data.sparse_counts if data.is_sparse else data.counts.to_numpy()
        return CountsTable(values, data.gene_order, (), "the prediction")
    if genes is None:
        data = _as_frame(data)
    if hasattr(data, "columns") and hasattr(data, "index"):
        return _from_frame(_named_rows(data), "the table")
    if genes is None:
        raise CountsDataError(
            f"a {type(data).__name__} has no gene names; give genes=[...], one name a column, or a table that has them"
        )
    return _from_matrix(data, genes, () if samples is None else samples)


def _from_matrix(data: Any, genes: Sequence[str], samples: Sequence[str]) -> CountsTable:
    values: Any = data if is_sparse(data) else np.asarray(data)
    if values.ndim == 1:
        values = values.reshape(1, -1)
    if values.ndim != 2:
        raise CountsDataError(f"counts are samples x genes, not an array of shape {values.shape}")
    values = values.tocsr() if is_sparse(values) else values
    return CountsTable(values, list(map(str, genes)), list(map(str, samples)))


def _has_names(data: Any) -> bool:
    return (
        isinstance(data, str | os.PathLike)
        or hasattr(data, "var_names")
        or hasattr(data, "columns")
        or _is_prediction(data)
    )


def _is_prediction(data: Any) -> bool:
    return hasattr(data, "stored_counts") and hasattr(data, "gene_order")


def _as_frame(data: Any) -> Any:
    """Tables of other libraries, and a Series (one sample, its genes in the index), as a DataFrame."""
    if hasattr(data, "to_pandas"):  # polars, pyarrow
        data = data.to_pandas()
    is_series = hasattr(data, "index") and hasattr(data, "to_frame") and not hasattr(data, "columns")
    return data.to_frame().T if is_series else data


def _from_path(path: Path, layer: str | None) -> CountsTable:
    name = path.name.lower().removesuffix(".gz")
    if path.is_dir() or name.endswith(".mtx"):
        return read_matrix_folder(path)
    if not path.exists():
        raise FileNotFoundError(2, "there is no such file or folder", str(path))
    if name.endswith(".h5ad"):
        return _from_anndata(_read_h5ad(path), layer, str(path))
    if layer is not None:
        raise CountsDataError(f"{path}: only an h5ad file has layers")
    if name.endswith((".h5", ".hdf5")):
        return read_10x_file(path)
    if name.endswith((".parquet", ".pq")):
        try:
            return _from_frame(_named_rows(read_parquet_table(path)), str(path))
        except UnicodeDecodeError as error:  # pandas 3 reads text when it is asked for
            raise CountsDataError(f"{path}: is no parquet file: {error}") from error
    if name.endswith((".csv", ".tsv", ".txt", ".tab")):
        return _from_frame(read_text_table(path), str(path))
    raise CountsDataError(f"{path}: counts are read from {_KINDS}; the ending of the name tells which")


def _read_h5ad(path: Path) -> Any:
    anndata = import_extra("anndata", "anndata", "h5ad")
    try:
        return anndata.read_h5ad(path)
    except Exception as error:  # anndata raises what h5py and its readers raise, of many kinds
        raise CountsDataError(f"{path}: is no h5ad file: {error}") from error


def _named_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the names of its rows as index, which many files and tables have in their first column."""
    import pandas as pd

    if isinstance(frame.index, pd.RangeIndex) and len(frame.columns) and _is_names(frame.iloc[:, 0]):
        return frame.set_index(frame.columns[0])
    return frame


def _is_names(column: Any) -> bool:
    """Whether a column holds names: something else than numbers, which a column of objects may hold, too."""
    if column.dtype != object:
        return not _numeric(column)
    return not all(value is None or isinstance(value, Number) for value in column)


def _from_anndata(data: Any, layer: str | None, source: str) -> CountsTable:
    values, holder = _layer_of(data, layer, source)
    if values is None:
        raise CountsDataError(f"{source}: has no X; give layer=, one of {sorted(map(str, data.layers))}")
    names = [str(name) for name in holder.var_names]
    columns = [column for column in facts()["id_columns"] if column in holder.var]
    # Of names that mean as much, identifiers come first: a symbol may stand for several genes.
    symbols = [column for column in facts()["symbol_columns"] if column in holder.var]
    spellings = [
        names if column is None else [str(value) for value in holder.var[column]]
        for column in (*columns, None, *symbols)
    ]
    genes = max(spellings, key=recognised)
    if hasattr(values, "to_memory"):
        values = values.to_memory()
    values = values.tocsr() if is_sparse(values) else np.asarray(values)
    samples = [str(name) for name in data.obs_names]
    return CountsTable(values, genes, samples, source, advice=_advice(data, layer))


def _layer_of(data: Any, layer: str | None, source: str) -> tuple[Any, Any]:
    """The values asked for, and what names their genes."""
    if layer is None:
        return data.X, data
    if layer == "raw" and data.raw is not None:
        return data.raw.X, data.raw
    if layer not in data.layers:
        there = [
            *sorted(name for name in data.layers if isinstance(name, str)),
            *(["raw"] if data.raw is not None else []),
        ]
        raise CountsDataError(f"{source}: has no layer {layer!r}; it has {', '.join(there) or 'none'}")
    return data.layers[layer], data


def _advice(data: Any, layer: str | None) -> str:
    if layer is not None:
        return ""
    found = [f'layer="{name}"' for name in facts()["raw_layers"] if name in data.layers]
    if data.raw is not None:
        found.append('layer="raw"')
    return f"The data may have them: {' or '.join(found)}" if found else ""


def _from_frame(frame: pd.DataFrame, source: str) -> CountsTable:
    """Samples x genes, whichever way round the table is."""
    if any(
        kind.kind == "O" for kind in frame.dtypes
    ):  # numbers that were turned together with a column of text
        frame = frame.infer_objects()
    frame, notes = _counts_only(frame, source)
    in_columns, in_rows = recognised(map(str, frame.columns)), recognised(map(str, frame.index))
    longer = len(frame.index) > len(frame.columns)  # genes, where neither side has names that are known
    if in_rows > in_columns or (in_rows == in_columns == 0 and longer):
        frame = frame.T
    samples = [str(name) for name in frame.index]
    return CountsTable(_values(frame), [str(name) for name in frame.columns], samples, source, notes)


def _values(frame: pd.DataFrame) -> Any:
    """The numbers of a frame; nullable columns as machine numbers, NaN where one is missing."""
    values = frame.to_numpy()
    if values.dtype != object:
        return values
    whole = all("int" in str(kind).lower() for kind in frame.dtypes)
    if whole and not frame.isna().to_numpy().any():
        return frame.to_numpy(dtype=np.int64)
    return frame.to_numpy(dtype=np.float64, na_value=np.nan)


def _counts_only(frame: pd.DataFrame, source: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The frame without the columns that describe genes; every other column must be numbers."""
    measure = next((name for name in map(str, frame.columns) if _measure().fullmatch(name.strip())), None)
    if measure is not None:
        raise CountsDataError(
            f"{source}: the column {measure!r} is no sample: this is a table of one sample with measures beside its "
            f"counts; keep the genes and the counts alone ({', '.join(facts()['counts_of_one_sample'])})"
        )
    known = set(facts()["annotation_columns"])
    described = [str(name).strip().casefold() in known for name in frame.columns]
    notes: tuple[str, ...] = ()
    if any(described) and not all(described):
        left_out = [str(name) for name, drop in zip(frame.columns, described, strict=True) if drop]
        notes = (f"columns left out, which are no samples: {', '.join(left_out)}",)
        frame = frame.loc[:, [not drop for drop in described]]
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        if not _numeric(column):
            raise CountsDataError(f"{source}: {_first_text(column, name)}")
    return frame, notes


@cache
def _measure() -> re.Pattern[str]:
    return re.compile("|".join(facts()["measures"]), re.IGNORECASE)


def _numeric(column: Any) -> bool:
    return (
        getattr(column.dtype, "kind", "") in "iuf"
        or "Int" in str(column.dtype)
        or "Float" in str(column.dtype)
    )


def _first_text(column: Any, name: object) -> str:
    import pandas as pd

    wrong = pd.to_numeric(column, errors="coerce").isna()
    row = int(np.flatnonzero(wrong.to_numpy())[0]) if wrong.any() else 0
    value, where = column.iloc[row], column.index[row]
    return (
        f"the column {name!r} has {value!r} in row {where!r}, not a number; "
        "expected counts, one column or row a sample, the other way genes"
    )
