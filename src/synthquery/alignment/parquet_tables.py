"""Tables of counts as parquet, read some columns at a time: decoding all at once takes three times their size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.alignment.table import narrow
from synthquery.errors import CountsDataError
from synthquery.prediction.extras import import_extra

if TYPE_CHECKING:
    import pandas as pd

_CELLS: Final = 4_000_000  # decoded at a time


def read_parquet_table(path: Path) -> pd.DataFrame:
    """The table of a parquet file, whole numbers in as few bytes as they need.

    Raises
    ------
    CountsDataError
        When it is no parquet file.
    MissingExtraError
        When pyarrow is not installed (``pip install "synthquery[arrow]"``).
    """
    parquet = import_extra("pyarrow.parquet", "arrow", "parquet")
    try:
        with path.open("rb") as file:
            return _read(parquet.ParquetFile(file))
    except (OSError, ValueError, TypeError, LookupError, _arrow_error()) as error:
        raise CountsDataError(f"{path}: is no parquet file: {error}") from error


def _arrow_error() -> type[Exception]:
    """What pyarrow raises for text that is none, among others; it is no ValueError."""
    error: type[Exception] = import_extra("pyarrow", "arrow", "parquet").ArrowException
    return error


def _read(file: Any) -> pd.DataFrame:
    import pandas as pd

    schema = file.schema_arrow
    index = {
        name for name in (schema.pandas_metadata or {}).get("index_columns", ()) if isinstance(name, str)
    }
    names = [name for name in schema.names if name not in index]
    numbers = [name for name in names if _is_number(schema.field(name).type)] if _unique(schema.names) else []
    if not numbers:
        whole: pd.DataFrame = file.read(use_pandas_metadata=True).to_pandas()
        return whole
    rest = [name for name in names if name not in set(numbers)]
    frame: pd.DataFrame = file.read(columns=rest, use_pandas_metadata=True).to_pandas()
    counts = pd.DataFrame(_numbers(file, numbers), index=frame.index, columns=pd.Index(numbers), copy=False)
    if not rest:
        return counts
    both: pd.DataFrame = pd.concat([frame, counts], axis=1)[names]
    return both


def _numbers(file: Any, names: list[str]) -> npt.NDArray[Any]:
    """Columns of numbers as one matrix."""
    pool = import_extra("pyarrow", "arrow", "parquet").default_memory_pool()
    n_rows = file.metadata.num_rows
    step = max(1, _CELLS // max(1, n_rows))
    whole: npt.NDArray[Any] | None = None
    for start in range(0, len(names), step):
        some = names[start : start + step]
        piece = narrow(file.read(columns=some).to_pandas(ignore_metadata=True).to_numpy())
        pool.release_unused()
        if whole is None:
            whole = np.empty((n_rows, len(names)), dtype=piece.dtype)
        kind = np.result_type(whole, piece)
        whole = whole.astype(kind, copy=False)  # the first piece that needs more bytes widens all
        whole[:, start : start + len(some)] = piece
    assert whole is not None  # there are columns
    return whole


def _unique(names: list[str]) -> bool:
    return len(set(names)) == len(names)


def _is_number(kind: Any) -> bool:
    """Numbers of fixed size; what is nested, text or decimal is left to pandas."""
    return str(kind).startswith(("int", "uint", "float", "double", "halffloat"))
