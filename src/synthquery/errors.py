"""Everything synthquery raises on purpose.

::

    SynthQueryError
    ├── InvalidQueryError (ValueError)       the query has errors; ``.report`` lists them
    │   └── InvalidQueriesError              the same of many; ``.reports`` has one for each
    ├── QueryFormatError (ValueError)        a file or body that cannot be read as a query at all
    ├── RecipeError (ValueError)             a recipe that cannot be read
    ├── DecisionsError (ValueError)          a file of decisions about labels that cannot be read
    ├── ConfigError (ValueError)             settings of a validation run that cannot be used
    ├── VocabularyError (ValueError)         a file that is no vocabulary of a model
    ├── LockError (ValueError)               a lock file that cannot be read, or is not kept
    ├── IdentifierError (ValueError)         text that is no identifier
    ├── UnknownFieldError (ValueError)       a field synthquery has no ontology for
    ├── UnknownModelError (KeyError)         a model the catalog does not know
    ├── UnknownCodeError (KeyError)          a code no rule has
    ├── UnknownTermError (KeyError)          an identifier no known release has
    ├── UnresolvedLabelError (LookupError)   a label that no term clearly matches; ``.resolution``
    ├── OntologyError                        ontology data that cannot be used
    │   ├── SnapshotError                    the packaged snapshot is missing or damaged
    │   └── SourceUnavailableError           a source of terms on the network gave no answer
    ├── ResultError (ValueError)             an answer that does not fit its query
    ├── CountsDataError (ValueError)         counts that cannot be given to a model
    ├── TransportError                       a query that could not be carried
    │   ├── AuthenticationError              no token, or one that the service does not accept
    │   ├── RateLimitedError                 no more queries for now; ``.retry_after``
    │   ├── RejectedQueryError               the service refused the query; ``.report``
    │   ├── UnknownJobError                  the service does not know the ID of a query
    │   ├── JobFailedError                   the service took the query and failed to answer it
    │   └── JobTimeoutError                  no answer in the time allowed; the query goes on
    ├── JournalError                         a journal of many queries that cannot be used
    ├── RunStoppedError                      a run over many queries that had to end early; ``.outcomes``
    └── MissingExtraError (ImportError)      an optional package; the message names the extra
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from synthquery.jobs.outcomes import Outcomes
    from synthquery.resolver.types import Resolution
    from synthquery.validation.report import Report
    from synthquery.wire.places.location import Location

Submission = Literal["none", "unknown", "done"]


class SynthQueryError(Exception):
    """Base of every error synthquery raises on purpose."""


class InvalidQueryError(SynthQueryError, ValueError):
    """A query has errors; nothing was sent.

    Attributes
    ----------
    report
        Every problem that was found, not only the first.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


class InvalidQueriesError(InvalidQueryError):
    """Some of many queries have errors or could not be read; nothing was sent.

    Attributes
    ----------
    reports
        Name of each query at fault -> its report.
    report
        That of the first.
    """

    def __init__(self, reports: Mapping[str, Report], total: int) -> None:
        super().__init__(next(iter(reports.values())))
        self.reports = dict(reports)
        unread = sum(report.unreadable is not None for report in reports.values())
        faults = (
            (len(reports) - unread, f"of {total:,} queries have errors"),
            (unread, f"of {total:,} could not be checked"),
        )
        counted = ", ".join(f"{number:,} {what}" for number, what in faults if number)
        listed = (
            report.unreadable if (report.unreadable or "").startswith(f"{name}:") else f"{name}: {report}"
            for name, report in reports.items()
        )
        self.args = ("\n".join([f"{counted}, nothing was sent", *map(str, listed)]),)


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that cannot be used.

    Attributes
    ----------
    place
        Where it stands, for example ``"samples[2].tissue"``.
    value
        What stands there.
    message
        What is wrong and what was expected.
    suggestions
        What may have been meant, best first.
    resolution
        The candidates, where it is a label that no term clearly matches.
    location
        Line and column, where it stands in a file.
    code
        The kind of problem, a code of ``docs/issues.md``; empty where none fits.
    """

    place: str
    value: Any
    message: str
    suggestions: tuple[str, ...] = ()
    resolution: Resolution | None = None
    location: Location | None = None
    code: str = ""

    def __str__(self) -> str:
        where = f" (line {self.location.line}, column {self.location.column})" if self.location else ""
        return f"{self.place}{where}: {self.message}" if self.place else f"{self.message}{where}"


class InvalidValueError(SynthQueryError, ValueError):
    """Values that a builder cannot take.

    Attributes
    ----------
    problems
        Every one of them, with its place and what may have been meant.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class QueryFormatError(SynthQueryError, ValueError):
    """A file or body cannot be read as a query at all.

    Attributes
    ----------
    unreadable
        True when the file could not be opened (missing, a folder, no permission): nothing is known of its
        content. False when it was read and is no query.
    location
        Line and column at which reading failed, where they are known.
    """

    def __init__(self, message: str, *, unreadable: bool = False, location: Location | None = None) -> None:
        super().__init__(message)
        self.unreadable = unreadable
        self.location = location


class RecipeError(SynthQueryError, ValueError):
    """A recipe cannot be read or built; the message names the place, the value and what was expected.

    Attributes
    ----------
    problems
        Every problem of every sample, each with its place, value, message and candidates; empty when the file
        itself is at fault.
    unreadable
        True when the file could not be opened.
    """

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), unreadable: bool = False) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.unreadable = unreadable


class DecisionsError(SynthQueryError, ValueError):
    """A file of decisions cannot be read; the message names the line, the value and what was expected."""


class VocabularyError(SynthQueryError, ValueError):
    """A file is no vocabulary of a model; the message names the field and the value."""


class LockError(SynthQueryError, ValueError):
    """A lock file cannot be read, or what it pins is not what is there; the message says what differs."""


class ConfigError(SynthQueryError, ValueError):
    """Settings of a validation run cannot be used; the message names the file, the key and what was expected."""


class IdentifierError(SynthQueryError, ValueError):
    """Text that is no identifier of the expected kind."""


class UnknownFieldError(SynthQueryError, ValueError):
    """A field that synthquery has no ontology for; the message lists the fields."""


class _MessageKeyError(SynthQueryError, KeyError):
    """A KeyError whose text is its message: the builtin would put quotes round it."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnknownModelError(_MessageKeyError):
    """A model that the catalog does not know; the message lists near names."""


class UnknownCodeError(_MessageKeyError):
    """A code of an issue that no rule has; the message lists near ones."""


class UnknownTermError(_MessageKeyError):
    """An identifier that no known release has."""


class UnresolvedLabelError(SynthQueryError, LookupError):
    """No term clearly matches a label.

    Attributes
    ----------
    resolution
        The ranked candidates and the reason none of them won.
    problems
        Where several values were given at once: everything that is wrong with them.
    """

    def __init__(self, message: str, resolution: Resolution, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.resolution = resolution
        self.problems = tuple(problems)


class OntologyError(SynthQueryError):
    """Ontology data that cannot be used."""


class SnapshotError(OntologyError):
    """The packaged ontology snapshot is missing or damaged."""


class SourceUnavailableError(OntologyError):
    """A source of terms could not be asked (no network, a timeout, a server that is down): nothing is known."""


class ResultError(SynthQueryError, ValueError):
    """An answer that does not fit the query it answers, or is cut off.

    Attributes
    ----------
    raw_path
        File that keeps the answer as it came; None where it was not kept.
    query_id
        The service's ID of the query, where it has one: with it the answer can be fetched again.
    """

    raw_path: Path | None = None
    query_id: str | None = None


class CountsDataError(SynthQueryError, ValueError):
    """Counts that cannot be given to a model; the message says what they are and what to give instead."""


class TransportError(SynthQueryError):
    """A query could not be carried to its model, or the answer not back.

    Attributes
    ----------
    query_id
        The service's ID of the query, where it gave one: with it the answer can still be fetched.
    submission
        Whether the service has the query: ``"none"`` (it may be sent again), ``"unknown"`` (the connection
        broke before the service answered; sending again may run it twice) or ``"done"``.
    """

    def __init__(
        self, message: str, *, query_id: str | None = None, submission: Submission | None = None
    ) -> None:
        super().__init__(message)
        self.query_id = query_id
        self.submission: Submission = submission or ("done" if query_id else "none")


class TransportOptionError(TransportError):
    """There is no such transport, or it lacks an option, or does not take one or its value: nothing was tried."""


class AuthenticationError(TransportError):
    """The service wants a token, or does not accept the one it got; the message says where tokens come from."""


class RateLimitedError(TransportError):
    """The service takes no more queries for now.

    Attributes
    ----------
    retry_after
        Seconds the service asked to wait; None when it did not say.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, query_id: str | None = None
    ) -> None:
        super().__init__(message, query_id=query_id)
        self.retry_after = retry_after


class RejectedQueryError(TransportError):
    """The service refused a query.

    Attributes
    ----------
    report
        What the service said, as issues on the fields it named; None when it named none.
    """

    def __init__(self, message: str, *, report: Report | None = None, query_id: str | None = None) -> None:
        super().__init__(message, query_id=query_id)
        self.report = report


class UnknownJobError(TransportError):
    """The service does not know a query by this ID: it is of another account or server, or too old."""


class JobFailedError(TransportError):
    """The service took a query and then failed to answer it; sending it again is a new query.

    Attributes
    ----------
    report
        The values of the query that the service named, as issues; None when it named none.
    """

    def __init__(self, message: str, *, report: Report | None = None, query_id: str | None = None) -> None:
        super().__init__(message, query_id=query_id)
        self.report = report


class JobTimeoutError(TransportError):
    """The answer did not come in the time allowed; the query goes on, and its ID fetches the answer later."""


class JournalError(SynthQueryError):
    """The journal of a run over many queries is damaged, in use, of another version, or cannot be written."""


class RunStoppedError(SynthQueryError):
    """A run over many queries had to end before all were answered; what it has done is kept.

    Attributes
    ----------
    outcomes
        Where every query stands, as ``Client.predict_many`` would have returned it.
    """

    def __init__(self, message: str, outcomes: Outcomes) -> None:
        super().__init__(message)
        self.outcomes = outcomes


class MissingExtraError(SynthQueryError, ImportError):
    """An optional package is not installed; the message names the extra to install."""
