"""synthquery: ontology-aware query builder and validator for generative gene-expression models.

Every public name is listed in ``__all__`` and loaded when it is first used: importing costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthquery.alignment import AlignedCounts, AlignmentReport, align_counts
    from synthquery.builder import (
        BulkQueryBuilder,
        MetadataPredictionQueryBuilder,
        ReferenceConditioningQueryBuilder,
        SingleCellQueryBuilder,
    )
    from synthquery.catalog import ModelSpec, get_model, list_models
    from synthquery.client import Client, example_query
    from synthquery.errors import (
        ConfigError,
        CountsDataError,
        DecisionsError,
        IdentifierError,
        InvalidQueriesError,
        InvalidQueryError,
        InvalidValueError,
        JournalError,
        LockError,
        MissingExtraError,
        OntologyError,
        QueryFormatError,
        RecipeError,
        ResultError,
        RunStoppedError,
        SnapshotError,
        SourceUnavailableError,
        SynthQueryError,
        TransportError,
        UnknownCodeError,
        UnknownFieldError,
        UnknownModelError,
        UnknownTermError,
        UnresolvedLabelError,
        VocabularyError,
    )
    from synthquery.identifiers import Identifier, normalise_id, parse_identifier
    from synthquery.jobs.outcomes import Outcome, Outcomes
    from synthquery.jobs.progress import Progress
    from synthquery.ontology import (
        ancestors,
        children,
        descendants,
        is_a,
        load_ontology,
        parents,
        term,
    )
    from synthquery.ontology.facts import Term
    from synthquery.ontology.online import OnlineSources
    from synthquery.prediction import Prediction
    from synthquery.query import (
        BulkQuery,
        MetadataPredictionQuery,
        Query,
        ReferenceConditioningQuery,
        SingleCellQuery,
    )
    from synthquery.recipe import build_recipe, load_recipe
    from synthquery.resolver import (
        Decision,
        Decisions,
        load_decisions,
        resolve,
        resolve_frame,
        resolve_many,
        search,
    )
    from synthquery.resolver.types import Candidate, Resolution
    from synthquery.transport import Request, SimulatorTransport, Transport
    from synthquery.validation import Issue, Report, validate
    from synthquery.validation.batch import validate_files
    from synthquery.validation.fixes import FixedFile, fix
    from synthquery.validation.own_rules import rule
    from synthquery.wire import load_query, parse_query, save_query

_HOMES = {
    "alignment": "AlignedCounts AlignmentReport align_counts",
    "builder": (
        "BulkQueryBuilder MetadataPredictionQueryBuilder ReferenceConditioningQueryBuilder "
        "SingleCellQueryBuilder"
    ),
    "catalog": "ModelSpec get_model list_models",
    "client": "Client example_query",
    "errors": (
        "ConfigError CountsDataError DecisionsError IdentifierError InvalidQueriesError "
        "InvalidQueryError InvalidValueError JournalError LockError MissingExtraError OntologyError "
        "QueryFormatError RecipeError ResultError RunStoppedError SnapshotError "
        "SourceUnavailableError SynthQueryError TransportError UnknownCodeError UnknownFieldError "
        "UnknownModelError UnknownTermError UnresolvedLabelError VocabularyError"
    ),
    "identifiers": "Identifier normalise_id parse_identifier",
    "jobs.outcomes": "Outcome Outcomes",
    "jobs.progress": "Progress",
    "ontology": "ancestors children descendants is_a load_ontology parents term",
    "ontology.facts": "Term",
    "ontology.online": "OnlineSources",
    "prediction": "Prediction",
    "query": "BulkQuery MetadataPredictionQuery Query ReferenceConditioningQuery SingleCellQuery",
    "recipe": "build_recipe load_recipe",
    "resolver": "Decision Decisions load_decisions resolve resolve_frame resolve_many search",
    "resolver.types": "Candidate Resolution",
    "transport": "Request SimulatorTransport Transport",
    "validation": "Issue Report validate",
    "validation.batch": "validate_files",
    "validation.own_rules": "rule",
    "validation.fixes": "FixedFile fix",
    "wire": "load_query parse_query save_query",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [
    "AlignedCounts",
    "AlignmentReport",
    "BulkQuery",
    "BulkQueryBuilder",
    "Candidate",
    "Client",
    "ConfigError",
    "CountsDataError",
    "Decision",
    "Decisions",
    "DecisionsError",
    "FixedFile",
    "Identifier",
    "IdentifierError",
    "InvalidQueriesError",
    "InvalidQueryError",
    "InvalidValueError",
    "Issue",
    "JournalError",
    "LockError",
    "MetadataPredictionQuery",
    "MetadataPredictionQueryBuilder",
    "MissingExtraError",
    "ModelSpec",
    "OnlineSources",
    "OntologyError",
    "Outcome",
    "Outcomes",
    "Prediction",
    "Progress",
    "Query",
    "QueryFormatError",
    "RecipeError",
    "ReferenceConditioningQuery",
    "ReferenceConditioningQueryBuilder",
    "Report",
    "Request",
    "Resolution",
    "ResultError",
    "RunStoppedError",
    "SimulatorTransport",
    "SingleCellQuery",
    "SingleCellQueryBuilder",
    "SnapshotError",
    "SourceUnavailableError",
    "SynthQueryError",
    "Term",
    "Transport",
    "TransportError",
    "UnknownCodeError",
    "UnknownFieldError",
    "UnknownModelError",
    "UnknownTermError",
    "UnresolvedLabelError",
    "VocabularyError",
    "__version__",
    "align_counts",
    "ancestors",
    "build_recipe",
    "children",
    "descendants",
    "example_query",
    "fix",
    "get_model",
    "is_a",
    "list_models",
    "load_decisions",
    "load_ontology",
    "load_query",
    "load_recipe",
    "normalise_id",
    "parents",
    "parse_identifier",
    "parse_query",
    "resolve",
    "resolve_frame",
    "resolve_many",
    "rule",
    "save_query",
    "search",
    "term",
    "validate",
    "validate_files",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'synthquery' has no attribute {name!r}")
    value = getattr(import_module(f"synthquery.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
