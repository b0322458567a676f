"""Builders of samples from words alone: bulk and single-cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Self, Unpack

from synthquery.builder.base import QueryBuilder, QueryT, raise_for
from synthquery.builder.describe import TaxonForm, number_of_samples
from synthquery.builder.provenance import Match
from synthquery.builder.table import rows_of
from synthquery.builder.words import ApiNames, merged
from synthquery.errors import Problem
from synthquery.query.metadata import Metadata
from synthquery.query.models import BaselineInput, BulkQuery, SingleCellQuery
from synthquery.query.vocabularies import (
    LibraryLayout,
    LibrarySelection,
    PerturbationType,
    SampleType,
    SamplingStrategy,
    Sex,
)


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
        raise_for(problems)
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
    >>> builder = BulkQueryBuilder(seed=7).add(tissue="liver", disease="hepatocellular carcinoma")
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
