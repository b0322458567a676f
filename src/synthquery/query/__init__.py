"""What is asked: queries, the metadata in them, counts, vocabularies and quantities."""

from __future__ import annotations

from synthquery.query.counts import Counts, CountsError, counts_matrix, counts_vector
from synthquery.query.metadata import METADATA_KEYS, PERTURBATION_KEYS, Metadata, PerturbationMetadata
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
    Platform,
    SampleType,
    SamplingStrategy,
    Sex,
    Vocabulary,
)

__all__ = [
    "METADATA_KEYS",
    "PERTURBATION_KEYS",
    "BaselineInput",
    "BulkQuery",
    "Conditioning",
    "Counts",
    "CountsError",
    "CountsInput",
    "LibraryLayout",
    "LibrarySelection",
    "Metadata",
    "MetadataPredictionQuery",
    "PerturbationMetadata",
    "PerturbationType",
    "Platform",
    "Query",
    "ReferenceConditioningQuery",
    "ReferenceInput",
    "SampleType",
    "SamplingStrategy",
    "Sex",
    "SingleCellQuery",
    "Vocabulary",
    "counts_matrix",
    "counts_vector",
]
