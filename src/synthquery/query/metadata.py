"""The metadata of a sample, as the service takes it: 19 keys, all optional."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from synthquery.query.vocabularies import LibraryLayout, LibrarySelection, PerturbationType, SampleType, Sex

# Plain constraints that pydantic checks in compiled code: a query may hold tens of thousands of these.
_WIRE: Final = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
AgeYears = Annotated[str | int | float, Field(union_mode="left_to_right")]


class _Metadata(BaseModel):
    model_config = _WIRE

    def to_dict(self) -> dict[str, Any]:
        """The keys that are set, in the order of the model."""
        return {key: value for key, value in self.__dict__.items() if value is not None}

    def __repr_args__(self) -> Any:
        return self.to_dict().items()


class PerturbationMetadata(_Metadata):
    """What is done to a sample; all that reference conditioning accepts.

    Attributes
    ----------
    perturbation_ontology_id
        An Ensembl gene, ChEBI, ChEMBL or NCBI taxonomy identifier, or a control word such as ``"dmso"``.
    perturbation_type
        One of 11 values, for example ``"crispr"`` or ``"compound"``.
    perturbation_time
        Number, one space, unit: ``"24 hours"``.
    perturbation_dose
        Number, one space, unit: ``"10 um"`` (micromolar).
    """

    perturbation_ontology_id: str | None = None
    perturbation_type: PerturbationType | None = None
    perturbation_time: str | None = None
    perturbation_dose: str | None = None


class Metadata(_Metadata):
    """What a sample is; keys left out are left to the model.

    Attributes
    ----------
    tissue_ontology_id
        UBERON, for example ``"UBERON:0002107"`` (liver).
    cell_type_ontology_id
        CL, for example ``"CL:0000182"`` (hepatocyte).
    disease_ontology_id
        MONDO, for example ``"MONDO:0007256"``; ``"PATO:0000461"`` (normal) for a healthy sample.
    cell_line_ontology_id
        Cellosaurus, for example ``"CVCL_0023"`` (A-549).
    sample_type, sex, perturbation_type, library_selection, library_layout
        One of the values of their vocabulary (``synthquery.query.vocabularies``), exact in case.
    age_years
        Years, as text (``"61"``) or a number.
    developmental_stage, race, ethnicity, genotype
        Free text; the service knows some values only.
    perturbation_ontology_id, perturbation_time, perturbation_dose
        As in `PerturbationMetadata`.
    study
        BioProject accession, for example ``"PRJNA248332"``.
    platform
        ``"illumina"`` for bulk; the values for single-cell are not documented.
    """

    tissue_ontology_id: str | None = None
    cell_type_ontology_id: str | None = None
    disease_ontology_id: str | None = None
    cell_line_ontology_id: str | None = None
    sample_type: SampleType | None = None
    sex: Sex | None = None
    age_years: AgeYears | None = None
    developmental_stage: str | None = None
    race: str | None = None
    ethnicity: str | None = None
    genotype: str | None = None
    perturbation_ontology_id: str | None = None
    perturbation_type: PerturbationType | None = None
    perturbation_time: str | None = None
    perturbation_dose: str | None = None
    study: str | None = None
    library_selection: LibrarySelection | None = None
    library_layout: LibraryLayout | None = None
    platform: str | None = None


METADATA_KEYS: Final = tuple(Metadata.model_fields)
PERTURBATION_KEYS: Final = tuple(PerturbationMetadata.model_fields)
