"""Build queries from words: labels or identifiers in, ontology identifiers out."""

from __future__ import annotations

from synthquery.builder.base import QueryBuilder
from synthquery.builder.baseline import BulkQueryBuilder, SingleCellQueryBuilder
from synthquery.builder.counts import MetadataPredictionQueryBuilder, ReferenceConditioningQueryBuilder
from synthquery.builder.describe import Describer, Description, TaxonForm, number_of_samples
from synthquery.builder.provenance import Match, releases
from synthquery.builder.settings import checked_settings
from synthquery.builder.words import WORDS, Word, did_you_mean, word_for

__all__ = [
    "WORDS",
    "BulkQueryBuilder",
    "Describer",
    "Description",
    "Match",
    "MetadataPredictionQueryBuilder",
    "QueryBuilder",
    "ReferenceConditioningQueryBuilder",
    "SingleCellQueryBuilder",
    "TaxonForm",
    "Word",
    "checked_settings",
    "did_you_mean",
    "number_of_samples",
    "releases",
    "word_for",
]
