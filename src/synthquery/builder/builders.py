"""The four builders: words in, a typed query out.

A builder never changes; ``add`` gives a new one. So a builder can be kept and extended in two directions, and
building twice gives the same query.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar, Unpack

from pydantic import BaseModel

from synthquery.builder.describe import Describer, TaxonForm, number_of_samples
from synthquery.builder.provenance import Match
from synthquery.builder.settings import checked_settings
from synthquery.builder.table import rows_of
from synthquery.builder.words import ApiNames, PerturbationApiNames, merged
from synthquery.catalog import Family, Modality, ModelSpec, find_model
from synthquery.errors import InvalidValueError, Problem, UnresolvedLabelError
from synthquery.query.counts import CountsError, IntVector, counts_matrix
from synthquery.query.metadata import Metadata, PerturbationMetadata
from synthquery.query.models import (
    BaselineInput,
    BulkQuery,
    CountsInput,
    MetadataPredictionQuery,
    Query,
    ReferenceConditioningQuery,
    ReferenceInput,
    SingleCellQuery,
)
from synthquery.query.vocabularies import (
    Conditioning,
    LibraryLayout,
    LibrarySelection,
    PerturbationType,
    SampleType,
    SamplingStrategy,
    Sex,
)
from synthquery.wire import query_class

QueryT = TypeVar("QueryT", bound=Query)
InputT = TypeVar("InputT", bound=BaseModel)


class QueryBuilder(Generic[QueryT, InputT]):
    """What the builders share: settings, inputs, and where their values came from."""

    def __init__(
        self,
        family: Family,
        modality: Modality,
        settings: Mapping[str, Any],
        taxon_form: TaxonForm = "prefixed",
    ) -> None:
        self._spec: ModelSpec = find_model(family, modality)
        self._settings, problems = checked_settings(self._spec, settings)
        _raise(problems)
        self._describer = Describer(self._spec, taxon_form)
        self._inputs: tuple[InputT, ...] = ()
        self._matches: tuple[Match, ...] = ()

    @property
    def model_id(self) -> str:
        """The model the query is for."""
        return self._spec.model_id

    @property
    def matches(self) -> tuple[Match, ...]:
        """Where every value came from that was resolved or rewritten, in the order it was added."""
        return self._matches

    def build(self) -> QueryT:
        """The query.

        Raises
        ------
        InvalidValueError
            When nothing was added.
        """
        if not self._inputs:
            raise InvalidValueError(f"a query for {self.model_id} needs at least one input: add() one")
        query_type: Any = query_class(self._spec)
        query: QueryT = query_type(model_id=self.model_id, **self._settings, inputs=self._inputs)
        return query

    def __len__(self) -> int:
        return len(self._inputs)

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self._settings.items())
        return f"<{type(self).__name__}: {len(self)} input{'s' * (len(self) != 1)}{settings}>"

    def _extended(self, inputs: Iterable[InputT], matches: Iterable[Match] = ()) -> Self:
        """A new builder with more in it; what the two share is never changed."""
        new = copy.copy(self)
        new._inputs = (*self._inputs, *inputs)
        new._matches = (*self._matches, *matches)
        return new

    def _described(self, words: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Match, ...], list[Problem]]:
        """Metadata, matches and problems of one sample."""
        description = self._describer.describe(words)
        return description.metadata, description.matches, list(description.problems)

    def _counts(self, counts: Any) -> tuple[IntVector, ...]:
        """One checked vector a sample."""
        try:
            rows = counts_matrix(counts)
        except CountsError as error:
            _raise([Problem("counts", None, str(error))])
            raise
        if not rows:
            _raise([Problem("counts", None, "there are no samples in them")])
        if len(rows[0]) != self._spec.n_genes:
            expected = f"{self._spec.n_genes:,} counts a sample, in the gene order of {self._spec.base_model}"
            message = (
                f"expected {expected}; these have {len(rows[0]):,} (rows are samples, columns are genes)"
            )
            _raise([Problem("counts", None, message)])
        return rows


class _BaselineBuilder(QueryBuilder[QueryT, BaselineInput]):
    def add(
        self,
        *,
        tissue: str | None = None,
        cell_type: str | None = None,
        disease: str | None = None,
        cell_line: str | None = None,
        sample_type: SampleType | None = None,
        sex: Sex | None = None,
        age: str | float | None = None,
        developmental_stage: str | None = None,
        race: str | None = None,
        ethnicity: str | None = None,
        genotype: str | None = None,
        gene: str | None = None,
        compound: str | None = None,
        perturbation: str | None = None,
        perturbation_type: PerturbationType | None = None,
        time: str | None = None,
        dose: str | None = None,
        study: str | None = None,
        library_selection: LibrarySelection | None = None,
        library_layout: LibraryLayout | None = None,
        platform: str | None = None,
        num_samples: int = 1,
        **api_names: Unpack[ApiNames],
    ) -> Self:
        """A new builder with one more condition.

        Labels and identifiers (in any spelling) are taken alike; what is left out is left to the model.

        Parameters
        ----------
        tissue
            UBERON: ``"liver"``, ``"UBERON:0002107"``.
        cell_type
            CL: ``"hepatocyte"``, ``"CL:0000182"``.
        disease
            MONDO: ``"hepatocellular carcinoma"``, ``"MONDO:0007256"``; ``"healthy"`` for a healthy sample.
        cell_line
            Cellosaurus: ``"A549"``, ``"CVCL_0023"``.
        sample_type
            ``"primary tissue"``, ``"cell line"``, ``"primary cells"``, ``"organoid"``, ``"xenograft"`` or
            ``"other"``.
        sex
            ``"male"`` or ``"female"``.
        age
            Years, or with a unit: ``61``, ``"61 years"``, ``"18 months"``.
        developmental_stage, race, ethnicity, genotype
            Free text, in the words of the model's vocabulary (``"adult"``, ``"white"``, ``"wild type"``).
        gene
            The perturbed gene, a symbol or Ensembl ID: ``"TP53"``, ``"ENSG00000141510"``. Say how in
            `perturbation_type`.
        compound
            The compound a sample was treated with, ChEBI or ChEMBL: ``"metformin"``, ``"CHEBI:6801"``. Fills
            `perturbation_type` with ``"compound"`` unless it is given.
        perturbation
            Any perturbation by its identifier (Ensembl gene, ChEBI, ChEMBL, NCBI taxon), or a control word
            such as ``"dmso"``, which fills `perturbation_type` with ``"control"`` unless it is given. One of
            `gene`, `compound` and `perturbation` at most.
        perturbation_type
            ``"crispr"``, ``"sirna"``, ``"shrna"``, ``"overexpression"``, ``"genetic"``, ``"compound"``,
            ``"infection"``, ``"coculture"``, ``"peptide or biologic"``, ``"control"`` or ``"other"``.
        time
            Since the perturbation: ``"24h"``, ``"24 hours"``.
        dose
            ``"10uM"``, ``"1 mg/kg"``.
        study
            BioProject: ``"PRJNA248332"``.
        library_selection, library_layout
            ENA's words: ``"cDNA"``, ``"PolyA"`` ...; ``"PAIRED"`` or ``"SINGLE"``.
        platform
            ``"illumina"`` for bulk.
        num_samples
            How many samples to make.
        **api_names
            The same under the service's own names: ``tissue_ontology_id=``, ``age_years=`` ...

        Raises
        ------
        UnresolvedLabelError
            When a label does not clearly mean one term; ``.resolution`` has the candidates.
        InvalidValueError
            When another value cannot be used; ``.problems`` lists them.
        TypeError
            For a keyword there is none of.
        """
        given = {
            "tissue": tissue,
            "cell_type": cell_type,
            "disease": disease,
            "cell_line": cell_line,
            "sample_type": sample_type,
            "sex": sex,
            "age": age,
            "developmental_stage": developmental_stage,
            "race": race,
            "ethnicity": ethnicity,
            "genotype": genotype,
            "gene": gene,
            "compound": compound,
            "perturbation": perturbation,
            "perturbation_type": perturbation_type,
            "time": time,
            "dose": dose,
            "study": study,
            "library_selection": library_selection,
            "library_layout": library_layout,
            "platform": platform,
        }
        return self._add_samples([(merged(given, api_names, "add"), num_samples)])

    def add_table(self, table: Any) -> Self:
        """A new builder with one more condition for each row of a table.

        Parameters
        ----------
        table
            A DataFrame or an iterable of mappings. Columns are named as the keywords of `add` or as the
            service names them; empty cells (None, NaN, ``""``) are left to the model.

        Raises
        ------
        UnresolvedLabelError, InvalidValueError
            With every problem of every row, each at its place (``row 3, tissue``).
        """
        return self._add_samples(rows_of(table), rows=True)

    def _add_samples(self, samples: Iterable[tuple[dict[str, Any], Any]], *, rows: bool = False) -> Self:
        inputs: list[BaselineInput] = []
        matches: list[Match] = []
        problems: list[Problem] = []
        for row, (words, num_samples) in enumerate(samples):
            metadata, found, wrong = self._described(words)
            number = number_of_samples(num_samples)
            if isinstance(number, Problem):
                wrong.append(number)
            elif not wrong:
                matches += (replace(match, sample=len(self) + len(inputs)) for match in found)
                inputs.append(BaselineInput(metadata=Metadata(**metadata), num_samples=number))
            problems += (replace(one, place=f"row {row}, {one.place}") for one in wrong) if rows else wrong
        _raise(problems)
        return self._extended(inputs, matches)


class BulkQueryBuilder(_BaselineBuilder[BulkQuery]):
    """Builds queries for bulk samples (``gem-1-bulk``).

    Parameters
    ----------
    sampling_strategy
        ``"sample generation"``: samples with the noise of a measurement; ``"mean estimation"``: a stable
        mean.
    total_count
        Library size of the answer; the service takes 10,000,000 when it is left out.
    deterministic_latents
        True takes the mean of each latent distribution instead of drawing from it.
    seed
        Seed of the draws: same seed, same answer.
    taxon_form
        How taxa of perturbations are written: ``"prefixed"`` (``NCBITAXON:11320``) or ``"digits"``.

    Examples
    --------
    >>> builder = BulkQueryBuilder(seed=7).add(tissue="liver", disease="hepatocellular carcinoma", sex="male",
    num_samples=5)
    >>> builder.build().inputs[0].metadata.tissue_ontology_id
    'UBERON:0002107'
    """

    def __init__(
        self,
        *,
        sampling_strategy: SamplingStrategy = "sample generation",
        total_count: int | None = None,
        deterministic_latents: bool | None = None,
        seed: int | None = None,
        taxon_form: TaxonForm = "prefixed",
    ) -> None:
        settings = {
            "sampling_strategy": sampling_strategy,
            "total_count": total_count,
            "deterministic_latents": deterministic_latents,
            "seed": seed,
        }
        super().__init__("baseline", "bulk", settings, taxon_form)


class SingleCellQueryBuilder(_BaselineBuilder[SingleCellQuery]):
    """Builds queries for single cells (``gem-1-sc``), which are always mean estimation.

    Parameters are those of `BulkQueryBuilder`; the service takes a ``total_count`` of 10,000 when it is left
    out.

    Examples
    --------
    >>> builder = SingleCellQueryBuilder().add(cell_type="plasma cell", tissue="colon")
    >>> builder.build().inputs[0].metadata.cell_type_ontology_id
    'CL:0000786'
    """

    def __init__(
        self,
        *,
        sampling_strategy: SamplingStrategy = "mean estimation",
        total_count: int | None = None,
        deterministic_latents: bool | None = None,
        seed: int | None = None,
        taxon_form: TaxonForm = "prefixed",
    ) -> None:
        settings = {
            "sampling_strategy": sampling_strategy,
            "total_count": total_count,
            "deterministic_latents": deterministic_latents,
            "seed": seed,
        }
        super().__init__("baseline", "single-cell", settings, taxon_form)


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
        _raise(problems)
        rows = self._counts(counts)
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
        return self._extended(CountsInput(counts=row) for row in self._counts(counts))


def _raise(problems: list[Problem]) -> None:
    """One error for all problems; the kind a caller expects who made one mistake."""
    if not problems:
        return
    message = "\n".join(map(str, problems))
    resolution = next((problem.resolution for problem in problems if problem.resolution), None)
    if resolution is not None:
        raise UnresolvedLabelError(message, resolution, problems)
    raise InvalidValueError(message, problems)
