"""Counts as people have them -> counts in the gene order of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.alignment.aligned import AlignedCounts
from synthquery.alignment.genes import Fate, GeneMatcher, other_kind, other_species
from synthquery.alignment.orders import gene_order_of
from synthquery.alignment.raw_counts import doubt, looks_like, whole_counts
from synthquery.alignment.reading import read_counts
from synthquery.alignment.report import AlignmentReport
from synthquery.alignment.table import CountsTable, facts, is_sparse
from synthquery.catalog import get_model
from synthquery.errors import CountsDataError

_BLOCK: Final = 64  # samples moved at a time


def align_counts(
    data: Any,
    model_id: str,
    *,
    gene_order: Any = None,
    genes: Sequence[str] | None = None,
    samples: Sequence[str] | None = None,
    layer: str | None = None,
    round_expected: bool = False,
    first_of_ambiguous: bool = False,
) -> AlignedCounts:
    """Counts in the gene order of a model.

    Genes are found by Ensembl ID, with or without version, or by symbol. Counts of names that stand for the same
    gene are added up; genes of the model that the data lack get 0; everything that is left out is in the report.

    Parameters
    ----------
    data
        An AnnData; a DataFrame with gene names in its columns or in its rows; a prediction; the path of an h5ad, CSV,
        TSV or parquet file, of a 10x folder or HDF5 file, or of a Matrix Market file with its companions; a matrix
        or scipy sparse matrix, samples x genes, with `genes`.
    model_id
        The model, for example ``gem-1-bulk_predict-metadata``.
    gene_order
        The model's genes in their order: an earlier prediction of the model, the folder or file it was saved in, a
        result file of the service, a list of Ensembl IDs or a file of them, or ``"simulator"``.
    genes, samples
        Names of the columns and rows of a bare matrix.
    layer
        Of an AnnData: which layer, or ``"raw"``; ``X`` when left out.
    round_expected
        Round expected counts (RSEM, Salmon, kallisto) to whole ones.
    first_of_ambiguous
        Give the counts of a symbol that several genes of the model share to the one with the lowest ID; left out
        otherwise.

    Returns
    -------
    AlignedCounts
        ``counts`` has shape ``(n_samples, n_genes)``, int64; sparse data stay sparse (CSR).

    Raises
    ------
    CountsDataError
        When the data hold no raw counts (normalised, negative, missing values), no human genes, or there is no
        gene order; the message says what to give instead. Normalised values that were rounded are only told in
        the notes of the report: nothing but their sums speaks against them.
    UnknownModelError
        When there is no such model.
    MissingExtraError
        When the kind of file needs a package that is not installed.
    """
    spec = get_model(model_id)
    order = gene_order_of(gene_order, spec)
    table = read_counts(data, genes=genes, samples=samples, layer=layer)
    plan = _plan(table, order, GeneMatcher(order, first_of_ambiguous=first_of_ambiguous))
    report = plan.report(table, order)
    counts = _moved(table, plan, len(order), round_expected=round_expected)
    if said := doubt(table):
        report = replace(report, notes=(*report.notes, said))
    names = tuple(table.samples) or tuple(map(str, range(counts.shape[0])))
    return AlignedCounts(counts, order, names, report)


@dataclass
class _Plan:
    """Which column goes where, and what became of the others.

    `columns` of the data go to `targets` of the model, pair by pair.
    """

    columns: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    fates: dict[Fate, dict[str, str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    left_out: int = 0

    def report(self, table: CountsTable, order: Sequence[str]) -> AlignmentReport:
        """The report; raises when next to nothing was recognised."""
        fates = self.fates
        n_given = len(table.genes)
        named = n_given - self.left_out
        known = len(self.columns) + sum(
            len(fates.get(fate, ())) for fate in ("extra", "retired", "ambiguous")
        )
        if not self.columns or known < facts()["least_recognised"] * named:
            raise CountsDataError(_stranger(table, named, known))
        notes = list(table.notes)
        if self.left_out:
            what = "name that is no gene" if self.left_out == 1 else "names that are no genes"
            notes.append(f"{self.left_out:,} {what} left out (totals, spike-ins)")
        return AlignmentReport(
            n_given=n_given,
            n_genes=len(order),
            matched={name: gene for gene, names in self.names.items() for name in names},
            missing=tuple(gene for gene in order if gene not in self.names),
            extra=fates.get("extra", {}),
            retired=fates.get("retired", {}),
            ambiguous=fates.get("ambiguous", {}),
            unknown={**fates.get("unknown", {}), **fates.get("other species", {})},
            duplicated={gene: tuple(names) for gene, names in self.names.items() if len(names) > 1},
            notes=tuple(notes),
        )


def _plan(table: CountsTable, order: Sequence[str], matcher: GeneMatcher) -> _Plan:
    places = {gene: place for place, gene in enumerate(order)}
    plan = _Plan()
    for column, name in enumerate(table.genes):
        match = matcher.match(name)
        if match.fate == "matched":
            plan.columns.append(column)
            plan.targets.append(places[match.id])
            plan.names.setdefault(match.id, []).append(name)
        elif match.fate == "not a gene":
            plan.left_out += 1
        else:
            plan.fates.setdefault(match.fate, {})[name] = match.note
    return plan


def _moved(table: CountsTable, plan: _Plan, n_genes: int, *, round_expected: bool) -> Any:
    """The counts in their places, read-only; those that share a place are added up."""
    if is_sparse(table.values):
        return _moved_sparse(table, plan, n_genes, round_expected=round_expected)
    columns, targets = np.array(plan.columns), np.array(plan.targets)
    n_samples = table.values.shape[0]
    moved: npt.NDArray[np.int64] = np.zeros((n_samples, n_genes), dtype=np.int64)
    once, first = np.unique(targets, return_index=True)
    looks = cache(partial(looks_like, table.values))
    again = np.setdiff1d(np.arange(len(targets)), first).tolist()
    for start in range(0, n_samples, _BLOCK):  # block by block: never a second copy of everything
        rows = slice(start, min(start + _BLOCK, n_samples))
        block = _whole_block(table, rows, looks, round_expected=round_expected)
        moved[rows, once] = block[:, columns[first]]
        for place in again:
            moved[rows, targets[place]] += block[:, columns[place]]
        if again:
            _refuse_overflow(table, start + np.flatnonzero((moved[rows] < 0).any(axis=1)))
    moved.setflags(write=False)
    return moved


def _refuse_overflow(table: CountsTable, samples: npt.NDArray[np.integer[Any]]) -> None:
    """Raise when samples have sums of more than 64 bits, which are negative."""
    if len(samples):
        place = int(samples[0])
        raise CountsDataError(
            f"{table.source}: counts of names that stand for one gene add up to more than 64 bits hold in sample "
            f"{table.samples[place] if table.samples else f'number {place}'}; give raw counts"
        )


def _whole_block(table: CountsTable, rows: slice, looks: Callable[[], str], *, round_expected: bool) -> Any:
    try:
        return whole_counts(table.part(rows), round_expected=round_expected, looks=looks)
    except CountsDataError:
        whole_counts(table, round_expected=round_expected)  # says how many values of all are at fault
        raise


def _moved_sparse(table: CountsTable, plan: _Plan, n_genes: int, *, round_expected: bool) -> Any:
    """CSR in, CSR out, block by block: indices are renamed, values of columns without a place dropped."""
    values = table.values
    try:
        values.check_format()  # of a damaged file, indices may be anything
    except ValueError as error:
        raise CountsDataError(f"{table.source}: the sparse matrix is damaged: {error}") from error
    n_samples, n_columns = values.shape
    index: Any = np.int32 if max(n_genes, values.nnz) <= np.iinfo(np.int32).max else np.int64
    place_of = np.full(n_columns, -1, dtype=index)
    place_of[plan.columns] = plan.targets
    numbers, genes = np.empty(values.nnz, dtype=np.int64), np.empty(values.nnz, dtype=index)
    starts = np.zeros(n_samples + 1, dtype=index)
    filled = 0
    looks = cache(partial(looks_like, values))
    for start in range(0, n_samples, _BLOCK):
        rows = slice(start, min(start + _BLOCK, n_samples))
        block = _whole_block(table, rows, looks, round_expected=round_expected)
        new = place_of[block.indices]
        kept = new >= 0
        before = np.concatenate(([0], np.cumsum(kept)))
        moved = type(values)(
            (block.data[kept], new[kept], before[block.indptr]), shape=(block.shape[0], n_genes)
        )
        moved.sum_duplicates()
        negative = np.flatnonzero(moved.data < 0)
        _refuse_overflow(table, start + np.searchsorted(moved.indptr, negative, side="right") - 1)
        end = filled + moved.nnz
        numbers[filled:end], genes[filled:end] = moved.data, moved.indices
        starts[rows.start + 1 : rows.stop + 1] = filled + moved.indptr[1:]
        filled = end
    parts = numbers[:filled], genes[:filled], starts
    return type(values)(parts, shape=(n_samples, n_genes))


def _stranger(table: CountsTable, named: int, known: int) -> str:
    """Why a table is refused whose names mean next to nothing."""
    species = other_species(table.genes)
    some = ", ".join(repr(name) for name in table.genes[:3])
    if species:
        return (
            f"{table.source}: the genes ({some} ...) are those of the {species}; the models know human genes. "
            "Map them to human orthologs first"
        )
    kind = other_kind(table.genes)
    if kind:
        return f"{table.source}: the genes ({some} ...) are {kind}"
    return (
        f"{table.source}: {known:,} of {named:,} gene names are known ({some} ...); expected Ensembl gene IDs "
        "(ENSG00000141510) or symbols (TP53)"
    )
