"""Builders of queries that carry counts: reference conditioning and metadata prediction."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, Unpack

from synthquery.alignment import AlignedCounts, AlignmentReport, align_counts
from synthquery.builder.base import InputT, QueryBuilder, QueryT, raise_for
from synthquery.builder.describe import TaxonForm, number_of_samples
from synthquery.builder.words import PerturbationApiNames, merged
from synthquery.catalog import Modality, ModelSpec
from synthquery.errors import CountsDataError, InvalidValueError, Problem
from synthquery.query.counts import CountsError, IntVector, counts_matrix
from synthquery.query.metadata import PerturbationMetadata
from synthquery.query.models import (
    CountsInput,
    MetadataPredictionQuery,
    ReferenceConditioningQuery,
    ReferenceInput,
)
from synthquery.query.vocabularies import Conditioning, PerturbationType, SamplingStrategy
from synthquery.validation.rules.expression import out_of_order


class CountsQueryBuilder(QueryBuilder[QueryT, InputT]):
    """What the builders share whose inputs are counts: which genes, and what became of those given."""

    _gene_order: Any = None
    _alignments: tuple[AlignmentReport, ...] = ()

    @property
    def alignments(self) -> tuple[AlignmentReport, ...]:
        """What became of the gene names of each table that was added, in that order."""
        return self._alignments

    def _rows(self, counts: Any) -> tuple[tuple[IntVector, ...], tuple[AlignmentReport, ...]]:
        """One checked vector a sample, and how their genes were found where they have names."""
        if not isinstance(counts, AlignedCounts) and self._has_gene_names(counts):
            counts = align_counts(counts, self.model_id, gene_order=self._gene_order)
        if isinstance(counts, AlignedCounts):
            return _counts(self._spec, _dense(counts.counts)), (counts.report,)
        self._refuse_other_order(counts)
        return _counts(self._spec, counts), ()

    def _has_gene_names(self, counts: Any) -> bool:
        """Files and AnnData always name their genes; the names in a table or Series count once an order is known."""
        if isinstance(counts, str):
            return bool(Path(counts).suffix) or Path(counts).exists()
        if isinstance(counts, os.PathLike) or hasattr(counts, "var_names"):
            return True
        if self._gene_order is None:
            return False
        named = getattr(getattr(counts, "index", None), "inferred_type", "") == "string"  # of a Series
        return named or hasattr(counts, "columns") or hasattr(counts, "gene_order")

    def _refuse_other_order(self, counts: Any) -> None:
        """Raise for a table or Series whose Ensembl IDs say that they are not in the order of the model."""
        names = getattr(counts, "columns", getattr(counts, "index", ()))
        if not hasattr(names, "__len__") or len(names) != self._spec.n_genes:
            return
        genes = [name for name in names if isinstance(name, str) and name.startswith("ENSG")]
        message = out_of_order(genes, self._spec.modality) if len(genes) == len(names) else None
        if message:
            raise CountsDataError(
                f"{message}, or give gene_order= to the builder, which then puts them in order by their names"
            )


class ReferenceConditioningQueryBuilder(CountsQueryBuilder[ReferenceConditioningQuery, ReferenceInput]):
    """Builds queries for the effect of perturbations on reference samples.

    Parameters
    ----------
    modality
        ``"bulk"`` or ``"single-cell"``.
    sampling_strategy
        As in `BulkQueryBuilder`; ``"mean estimation"`` is the only one for single cells, and the default.
    total_count, fixed_total_count
        ``fixed_total_count=True`` gives every answer ``total_count`` reads; otherwise the library size of
        each reference is kept.
    conditioning
        The latents to take from the reference: ``"biological"``, ``"technical"``, or (left out) both.
    deterministic_latents, seed, taxon_form
        As in `BulkQueryBuilder`.
    gene_order
        The model's genes in their order, as `align_counts` takes them. With it, files, AnnData and tables with gene
        names can be added: their genes are found and put in order.
    """

    def __init__(
        self,
        *,
        modality: Modality = "bulk",
        sampling_strategy: SamplingStrategy = "mean estimation",
        total_count: int | None = None,
        fixed_total_count: bool | None = None,
        conditioning: Iterable[Conditioning] | None = None,
        deterministic_latents: bool | None = None,
        seed: int | None = None,
        taxon_form: TaxonForm = "prefixed",
        gene_order: Any = None,
    ) -> None:
        settings = {
            "sampling_strategy": sampling_strategy,
            "total_count": total_count,
            "fixed_total_count": fixed_total_count,
            "conditioning": conditioning,
            "deterministic_latents": deterministic_latents,
            "seed": seed,
        }
        super().__init__("reference-conditioning", modality, settings, taxon_form)
        self._gene_order = gene_order

    def add(
        self,
        counts: Any,
        *,
        gene: str | None = None,
        compound: str | None = None,
        perturbation: str | None = None,
        perturbation_type: PerturbationType | None = None,
        time: str | None = None,
        dose: str | None = None,
        num_samples: int = 1,
        **api_names: Unpack[PerturbationApiNames],
    ) -> Self:
        """A new builder with one more input for each reference sample, all perturbed alike.

        Parameters
        ----------
        counts
            Samples x genes in the gene order of the model, whole and non-negative: a list, a numpy array, a
            pandas Series or DataFrame, a scipy sparse matrix; `AlignedCounts`. A builder with a `gene_order` puts
            genes in order itself: it takes an AnnData or the path of a file too (see `align_counts`) and goes by the
            names in a DataFrame or a Series, which are not looked at otherwise.
        gene, compound, perturbation, perturbation_type, time, dose, num_samples, **api_names
            As in `BulkQueryBuilder`.

        Raises
        ------
        UnresolvedLabelError, InvalidValueError, TypeError
            As in `BulkQueryBuilder`; for counts that are none too.
        CountsDataError
            When a file or table has no raw counts of human genes, or the gene order is not known; when the names of
            its genes say that they are in another order than the model's.
        """
        given = {
            "gene": gene,
            "compound": compound,
            "perturbation": perturbation,
            "perturbation_type": perturbation_type,
            "time": time,
            "dose": dose,
        }
        metadata, found, problems = self._described(merged(given, api_names, "add"))
        number = number_of_samples(num_samples)
        if isinstance(number, Problem):
            problems.append(number)
        raise_for(problems)
        rows, reports = self._rows(counts)
        about = PerturbationMetadata(**metadata)
        inputs = [ReferenceInput(counts=row, metadata=about, num_samples=number) for row in rows]
        matches = [replace(match, sample=len(self) + place) for place in range(len(rows)) for match in found]
        new = self._extended(inputs, matches)
        new._alignments = (*self._alignments, *reports)
        return new


class MetadataPredictionQueryBuilder(CountsQueryBuilder[MetadataPredictionQuery, CountsInput]):
    """Builds queries for what given samples are.

    Parameters
    ----------
    modality
        ``"bulk"`` or ``"single-cell"``.
    seed
        Seed of the draws.
    gene_order
        As in `ReferenceConditioningQueryBuilder`.
    """

    def __init__(
        self, *, modality: Modality = "bulk", seed: int | None = None, gene_order: Any = None
    ) -> None:
        super().__init__("metadata-prediction", modality, {"seed": seed})
        self._gene_order = gene_order

    def add(self, counts: Any) -> Self:
        """A new builder with one more input for each sample.

        Parameters
        ----------
        counts
            As in `ReferenceConditioningQueryBuilder.add`.

        Raises
        ------
        InvalidValueError
            When the counts are none, or not as many as the model has genes.
        CountsDataError
            As in `ReferenceConditioningQueryBuilder.add`.
        """
        rows, reports = self._rows(counts)
        new = self._extended(CountsInput(counts=row) for row in rows)
        new._alignments = (*self._alignments, *reports)
        return new


def _dense(counts: Any) -> Any:
    """Aligned counts as an array that nobody changes, so that it need not be copied."""
    if not hasattr(counts, "toarray"):
        return counts
    dense = counts.toarray()
    dense.setflags(write=False)
    return dense


def _counts(spec: ModelSpec, counts: Any) -> tuple[IntVector, ...]:
    """One checked vector a sample."""
    try:
        rows = counts_matrix(counts)
    except CountsError as error:
        raise _refusal(str(error)) from error
    if not rows:
        raise _refusal("there are no samples in them")
    if len(rows[0]) != spec.n_genes:
        expected = f"{spec.n_genes:,} counts a sample, in the gene order of {spec.base_model}"
        found = f"these have {len(rows[0]):,} (rows are samples, columns are genes)"
        raise _refusal(f"expected {expected}; {found}")
    return rows


def _refusal(message: str) -> InvalidValueError:
    problem = Problem("counts", None, message)
    return InvalidValueError(str(problem), [problem])
