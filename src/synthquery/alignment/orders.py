"""The gene order of a model, from wherever a person has it."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from synthquery.catalog import ModelSpec
from synthquery.errors import CountsDataError, ResultError
from synthquery.prediction.extras import import_extra
from synthquery.wire import read_result

_GENE: Final = re.compile(r"ENSG\d{11}")
_HOW: Final = (
    "give gene_order: an earlier prediction of this model, the folder or file it was saved in, or a list of "
    'Ensembl IDs ("simulator" for the simulator of this package)'
)


def gene_order_of(source: Any, spec: ModelSpec) -> tuple[str, ...]:
    """The gene order of a model.

    Parameters
    ----------
    source
        A prediction or anything else with ``gene_order``; an AnnData or a table of results, whose genes they are; the
        result of the service or of pysynthbio; a sequence of Ensembl IDs; the path of a saved
        prediction (its folder or its ``prediction.json``), of a result of the service (JSON with ``gene_order``), of a
        list of IDs (a JSON list, or text with one a line) or of a table whose header or first column they are;
        ``"simulator"`` for the genes of the simulator.
    spec
        The model, whose number of genes the order must have.

    Raises
    ------
    CountsDataError
        When there is none in it, or one of another model.
    FileNotFoundError
        When there is no such file.
    """
    order, name = _order(source, spec)
    if not order:
        raise CountsDataError(f"there is no gene order in {name}; {_HOW}")
    wrong = next((gene for gene in order if not _GENE.fullmatch(gene)), None)
    if wrong is not None:
        raise CountsDataError(
            f"{name}: the gene order has {wrong!r}, which is no Ensembl gene ID (ENSG and 11 digits)"
        )
    if len(order) != spec.n_genes:
        raise CountsDataError(
            f"{name}: {spec.base_model} has {spec.n_genes:,} genes, this order has {len(order):,}; "
            "take the gene_order of a result of this very model"
        )
    if len(set(order)) != len(order):
        raise CountsDataError(f"{name}: the gene order has a gene more than once")
    if spec.modality == "bulk" and list(order) != sorted(order):  # data/models.toml
        at = next(at for at, (one, following) in enumerate(pairwise(order), start=1) if one > following)
        raise CountsDataError(
            f"{name}: the genes are not in the order of {spec.base_model}, which is sorted: {order[at]} comes after "
            f"{order[at - 1]}; take the gene_order of a result of this very model"
        )
    return order


def _order(source: Any, spec: ModelSpec) -> tuple[tuple[str, ...], str]:
    if source is None:
        raise CountsDataError(f"the gene order of {spec.base_model} is not known here; {_HOW}")
    if isinstance(source, str) and source == "simulator":
        from synthquery.simulator import gene_order

        return gene_order(spec.modality), "the simulator"
    if isinstance(source, str | os.PathLike):
        return _from_file(Path(source)), os.fspath(source)
    kind = f"this {type(source).__name__}"
    if hasattr(source, "gene_order"):
        return tuple(source.gene_order), kind
    if hasattr(source, "var_names"):
        return tuple(map(str, source.var_names)), kind
    if isinstance(source, Mapping) and ("gene_order" in source or "expression" in source):
        return tuple(map(str, source.get("gene_order") or _columns_of(source.get("expression")))), kind
    if isinstance(source, Iterable) and not isinstance(source, Mapping):
        return tuple(str(gene) for gene in source), "the gene order given"
    raise CountsDataError(f"a {type(source).__name__} is no gene order; {_HOW}")


def _columns_of(table: Any) -> Iterable[Any]:
    """The genes of a table of expression as pysynthbio gives it."""
    return getattr(table, "columns", ())


def _from_file(path: Path) -> tuple[str, ...]:
    if not path.exists():
        raise FileNotFoundError(2, "there is no such file or folder", str(path))
    try:
        return _read(path)
    except CountsDataError:
        raise
    except (OSError, EOFError, ValueError, zlib.error) as error:  # of gzip, h5py, pyarrow
        what = "is no text" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise CountsDataError(f"{path}: {what}: {error}; {_HOW}") from error


def _read(path: Path) -> tuple[str, ...]:
    """The gene order of a file or folder that is there."""
    if path.is_dir():
        for name in ("expression.parquet", "prediction.h5ad", "expression.csv.gz"):
            if (path / name).is_file():
                return _from_file(path / name)
        raise CountsDataError(f"{path}: there are no saved counts in this folder; {_HOW}")
    if path.name == "prediction.json":
        return _from_file(path.parent)
    if path.suffix == ".json":
        return _from_json(path)
    if path.suffix == ".parquet":
        return _from_parquet(path)
    if path.suffix == ".h5ad":
        data = import_extra("anndata", "anndata", "h5ad").read_h5ad(path, backed="r")
        try:
            return tuple(map(str, data.var_names))
        finally:
            data.file.close()
    return _from_text(path)


def _from_parquet(path: Path) -> tuple[str, ...]:
    """The columns that are genes, or the genes of the first column."""
    parquet = import_extra("pyarrow.parquet", "arrow", "parquet")
    names = parquet.read_schema(path).names
    in_columns = tuple(name for name in names if _GENE.fullmatch(name))
    if in_columns or not names:
        return in_columns
    return tuple(map(str, parquet.read_table(path, columns=names[:1])[0].to_pylist()))


def _from_json(path: Path) -> tuple[str, ...]:
    try:
        content: Any = read_result(path)  # a result of the service: its counts are no Python numbers
    except ResultError:
        try:
            content = json.loads(path.read_bytes())  # a list, or what is wrong
        except ValueError as error:
            raise CountsDataError(f"{path}: is no JSON: {error}") from error
    order = content.get("gene_order") if isinstance(content, Mapping) else content
    if order is None:
        return ()
    if not isinstance(order, Sequence) or isinstance(order, str):
        raise CountsDataError(f"{path}: gene_order is a list of Ensembl IDs, not {type(order).__name__}")
    return tuple(map(str, order))


def _from_text(path: Path) -> tuple[str, ...]:
    """IDs of a text: one a line, or the header of a table, or its first column."""
    from synthquery.alignment.text_tables import open_text

    with open_text(path) as file:
        header = file.readline().lstrip("\ufeff").strip()
        in_header = [cell.strip('"') for cell in re.split(r"[\t,;]", header)]
        genes = tuple(cell for cell in in_header if _GENE.fullmatch(cell))
        if len(genes) > 1:
            return genes
        first = (re.split(r"[\t,; ]", line.strip(), maxsplit=1)[0].strip('"') for line in file)
        return (*genes, *(gene for gene in first if gene))
