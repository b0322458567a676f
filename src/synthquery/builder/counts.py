"""Builders of queries that carry counts: reference conditioning and metadata prediction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self, Unpack

from synthquery.builder.base import QueryBuilder, raise_for
from synthquery.builder.describe import TaxonForm, number_of_samples
from synthquery.builder.words import PerturbationApiNames, merged
from synthquery.catalog import Modality, ModelSpec
from synthquery.errors import InvalidValueError, Problem
from synthquery.query.counts import CountsError, IntVector, counts_matrix
from synthquery.query.metadata import PerturbationMetadata
from synthquery.query.models import (
    CountsInput,
    MetadataPredictionQuery,
    ReferenceConditioningQuery,
    ReferenceInput,
)
from synthquery.query.vocabularies import Conditioning, PerturbationType, SamplingStrategy


class ReferenceConditioningQueryBuilder(QueryBuilder[ReferenceConditioningQuery, ReferenceInput]):
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
            pandas Series or DataFrame, a scipy sparse matrix. Names of columns are not looked at.
        gene, compound, perturbation, perturbation_type, time, dose, num_samples, **api_names
            As in `BulkQueryBuilder`.

        Raises
        ------
        UnresolvedLabelError, InvalidValueError, TypeError
            As in `BulkQueryBuilder`; for counts that are none too.
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
        rows = _counts(self._spec, counts)
        about = PerturbationMetadata(**metadata)
        inputs = [ReferenceInput(counts=row, metadata=about, num_samples=number) for row in rows]
        matches = [replace(match, sample=len(self) + place) for place in range(len(rows)) for match in found]
        return self._extended(inputs, matches)


class MetadataPredictionQueryBuilder(QueryBuilder[MetadataPredictionQuery, CountsInput]):
    """Builds queries for what given samples are.

    Parameters
    ----------
    modality
        ``"bulk"`` or ``"single-cell"``.
    seed
        Seed of the draws.
    """

    def __init__(self, *, modality: Modality = "bulk", seed: int | None = None) -> None:
        super().__init__("metadata-prediction", modality, {"seed": seed})

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
        """
        return self._extended(CountsInput(counts=row) for row in _counts(self._spec, counts))


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
