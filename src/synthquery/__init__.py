"""synthquery: ontology-aware query builder and validator for generative gene-expression models.

Every public name is listed in ``__all__`` and loaded when it is first used: importing costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthquery.alignment import AlignedCounts, AlignmentReport, align_counts
    from synthquery.analysis import (
        LabelCheck,
        annotate,
        batch_summary,
        check_labels,
        latents_frame,
        plot_confusion,
        plot_latents,
        plot_probabilities,
    )
    from synthquery.builder import (
        BulkQueryBuilder,
        MetadataPredictionQueryBuilder,
        ReferenceConditioningQueryBuilder,
        SingleCellQueryBuilder,
    )
    from synthquery.catalog import ModelSpec, get_model, list_models
    from synthquery.client import Client, example_query
    from synthquery.errors import (
        AuthenticationError,
        ConfigError,
        CountsDataError,
        DecisionsError,
        IdentifierError,
        InvalidQueriesError,
        InvalidQueryError,
        InvalidValueError,
        JobFailedError,
        JobTimeoutError,
        JournalError,
        LockError,
        MissingExtraError,
        OntologyError,
        QueryFormatError,
        RateLimitedError,
        RecipeError,
        RejectedQueryError,
        ResultError,
        RunStoppedError,
        SnapshotError,
        SourceUnavailableError,
        SynthQueryError,
        TransportError,
        UnknownCodeError,
        UnknownFieldError,
        UnknownJobError,
        UnknownModelError,
        UnknownTermError,
        UnresolvedLabelError,
        VocabularyError,
    )
    from synthquery.guarding import guard
    from synthquery.identifiers import Identifier, normalise_id, parse_identifier
    from synthquery.jobs.outcomes import Outcome, Outcomes, RunInterruptedError
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
    from synthquery.ontology.readers import load_bridges, load_cell_lines, load_gene_names
    from synthquery.prediction import Prediction, log_cpm
    from synthquery.query import (
        BulkQuery,
        MetadataPredictionQuery,
        Query,
        ReferenceConditioningQuery,
        SingleCellQuery,
    )
    from synthquery.recipe import build_recipe, load_recipe
    from synthquery.recipe.files import validate, validate_files
    from synthquery.recipe.fixing import fix
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
    from synthquery.transport import (
        ArrowTransport,
        HttpTransport,
        ReplayTransport,
        Request,
        SimulatorTransport,
        Transport,
        list_transports,
        make_transport,
    )
    from synthquery.transport.callable import wrap
    from synthquery.transport.pysynthbio import PysynthbioTransport
    from synthquery.validation import Issue, Report
    from synthquery.validation.fixes import FixedFile
    from synthquery.validation.own_rules import rule
    from synthquery.wire import load_query, parse_query, save_query
    from synthquery.wire.saved import load_prediction

_HOMES = {
    "analysis": (
        "LabelCheck annotate batch_summary check_labels latents_frame plot_confusion plot_latents "
        "plot_probabilities"
    ),
    "alignment": "AlignedCounts AlignmentReport align_counts",
    "builder": (
        "BulkQueryBuilder MetadataPredictionQueryBuilder ReferenceConditioningQueryBuilder "
        "SingleCellQueryBuilder"
    ),
    "catalog": "ModelSpec get_model list_models",
    "client": "Client example_query",
    "errors": (
        "AuthenticationError ConfigError CountsDataError DecisionsError IdentifierError "
        "InvalidQueriesError InvalidQueryError InvalidValueError JobFailedError JobTimeoutError "
        "JournalError LockError MissingExtraError OntologyError QueryFormatError RateLimitedError "
        "RecipeError RejectedQueryError ResultError RunStoppedError SnapshotError "
        "SourceUnavailableError SynthQueryError TransportError UnknownCodeError UnknownFieldError "
        "UnknownJobError UnknownModelError UnknownTermError UnresolvedLabelError VocabularyError"
    ),
    "guarding": "guard",
    "identifiers": "Identifier normalise_id parse_identifier",
    "jobs.outcomes": "Outcome Outcomes RunInterruptedError",
    "jobs.progress": "Progress",
    "ontology": "ancestors children descendants is_a load_ontology parents term",
    "ontology.facts": "Term",
    "ontology.online": "OnlineSources",
    "ontology.readers": "load_bridges load_cell_lines load_gene_names",
    "prediction": "Prediction log_cpm",
    "query": "BulkQuery MetadataPredictionQuery Query ReferenceConditioningQuery SingleCellQuery",
    "recipe": "build_recipe load_recipe",
    "recipe.files": "validate validate_files",
    "recipe.fixing": "fix",
    "resolver": "Decision Decisions load_decisions resolve resolve_frame resolve_many search",
    "resolver.types": "Candidate Resolution",
    "transport": (
        "ArrowTransport HttpTransport ReplayTransport Request SimulatorTransport Transport "
        "list_transports make_transport"
    ),
    "transport.callable": "wrap",
    "transport.pysynthbio": "PysynthbioTransport",
    "validation": "Issue Report",
    "validation.own_rules": "rule",
    "validation.fixes": "FixedFile",
    "wire": "load_query parse_query save_query",
    "wire.saved": "load_prediction",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [
    "AlignedCounts",
    "AlignmentReport",
    "ArrowTransport",
    "AuthenticationError",
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
    "HttpTransport",
    "Identifier",
    "IdentifierError",
    "InvalidQueriesError",
    "InvalidQueryError",
    "InvalidValueError",
    "Issue",
    "JobFailedError",
    "JobTimeoutError",
    "JournalError",
    "LabelCheck",
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
    "PysynthbioTransport",
    "Query",
    "QueryFormatError",
    "RateLimitedError",
    "RecipeError",
    "ReferenceConditioningQuery",
    "ReferenceConditioningQueryBuilder",
    "RejectedQueryError",
    "ReplayTransport",
    "Report",
    "Request",
    "Resolution",
    "ResultError",
    "RunInterruptedError",
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
    "UnknownJobError",
    "UnknownModelError",
    "UnknownTermError",
    "UnresolvedLabelError",
    "VocabularyError",
    "__version__",
    "align_counts",
    "ancestors",
    "annotate",
    "batch_summary",
    "build_recipe",
    "check_labels",
    "children",
    "descendants",
    "example_query",
    "fix",
    "get_model",
    "guard",
    "is_a",
    "latents_frame",
    "list_models",
    "list_transports",
    "load_bridges",
    "load_cell_lines",
    "load_decisions",
    "load_gene_names",
    "load_ontology",
    "load_prediction",
    "load_query",
    "load_recipe",
    "log_cpm",
    "make_transport",
    "normalise_id",
    "parents",
    "parse_identifier",
    "parse_query",
    "plot_confusion",
    "plot_latents",
    "plot_probabilities",
    "resolve",
    "resolve_frame",
    "resolve_many",
    "rule",
    "save_query",
    "search",
    "term",
    "validate",
    "validate_files",
    "wrap",
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
