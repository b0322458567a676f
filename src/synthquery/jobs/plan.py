"""Queries as people give them, checked and written into a journal before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthquery.errors import ConfigError, InvalidQueriesError, QueryFormatError
from synthquery.jobs.journal import Journal, readable
from synthquery.jobs.names import unique_names
from synthquery.jobs.packing import pack, query_hash
from synthquery.jobs.rows import InputRow, Part, QueryRow
from synthquery.jobs.splitting import n_samples_of, split
from synthquery.query.models import Query
from synthquery.transport import Request
from synthquery.validation import Report, validate
from synthquery.wire import model_of, read_body
from synthquery.wire.answering import is_gem_2

Given = Query | Mapping[str, Any] | str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of many.

    Attributes
    ----------
    label
        Its file, or the name it was given.
    query
        A query, a body of the service, or the path of a query file.
    model_id
        The model, where the query does not say it.
    report
        What is known of its problems.
    """

    label: str
    query: Given
    model_id: str | None
    report: Report

    @property
    def ok(self) -> bool:
        """True when it may be sent."""
        return self.report.ok and not self.report.unreadable


def asked_of(
    queries: Mapping[str, Given] | Iterable[Given],
    model_id: str | None = None,
    reports: Sequence[Report] | None = None,
) -> list[Asked]:
    """Every query with its label and its report.

    Parameters
    ----------
    queries
        Queries, bodies and paths of query files; a mapping gives each its name.
    model_id
        The model of those that do not say it.
    reports
        One a query, where they were validated before.

    Raises
    ------
    ConfigError
        When `queries` is one query, or there is not one report for each.
    """
    if isinstance(queries, str | os.PathLike | Query) or (
        isinstance(queries, Mapping) and "inputs" in queries
    ):
        raise ConfigError(
            "predict_many takes several queries, in a list or under names; for one there is predict"
        )
    named = queries.items() if isinstance(queries, Mapping) else [("", query) for query in queries]
    given = [
        (readable(str(name) or _label(query, place)), query) for place, (name, query) in enumerate(named)
    ]
    if reports is None:
        reports = [validate(query, model_id=model_id) for _, query in given]
    if len(reports) != len(given):
        raise ConfigError(f"there are {len(given):,} queries and {len(reports):,} reports")
    return [
        Asked(label, query, model_id or report.model_id, report)
        for (label, query), report in zip(given, reports, strict=True)
    ]


def fit_to_send(asked: Sequence[Asked], *, skip_invalid: bool) -> list[Asked]:
    """Those without errors.

    Raises
    ------
    InvalidQueriesError
        When there are others and they are not to be skipped.
    """
    invalid = {one.label: one.report for one in asked if not one.ok}
    if invalid and not skip_invalid:
        raise InvalidQueriesError(invalid, len(asked))
    return [one for one in asked if one.ok]


def request_of(query: Given, model_id: str | None) -> Request:
    """The request for a query, a body or a query file.

    Raises
    ------
    QueryFormatError
        When a file cannot be opened, or the query does not say its model.
    UnknownModelError
        When there is no such model.
    """
    if isinstance(query, str | os.PathLike):
        query = read_body(query)
    if isinstance(query, Query):
        return Request(model_id or query.model_id, query.to_dict(counts="array"))
    named = model_id or query.get("model_id")
    # GEM-2 models are in no catalog: what is documented of them are names and shapes of answers.
    asked = named if isinstance(named, str) and is_gem_2(named) else model_of(query, model_id).model_id
    return Request(asked, {key: value for key, value in query.items() if key != "model_id"})


def enter(
    journal: Journal,
    asked: Sequence[Asked],
    most_samples: int | None,
    kept: Callable[[QueryRow], bool] = lambda _: True,
    occupied: Iterable[str] = (),
) -> list[str]:
    """Write queries into a journal: all of them or, after an error, none.

    A query that the journal knows is not entered again, unless its answer was saved and is not kept any more;
    queries of the same content are one query.

    Parameters
    ----------
    journal
        New, or from an earlier run.
    asked
        Queries without errors.
    most_samples
        Larger ones are sent in parts of at most so many samples.
    kept
        Whether the saved answer to a query is still there.
    occupied
        Names of what lies where the answers go.

    Returns
    -------
    list of str
        The hash of each.
    """
    before = journal.queries()
    known = {query.hash: query.name for query in before}
    lost = {query.hash: query for query in before if query.saved and not kept(query)}
    earlier = journal.inputs()
    entered = {(row.label, row.hash) for row in earlier}
    hashes: list[str] = []
    with journal.transaction():
        seen = set(known)
        for one in asked:
            request = request_of(one.query, one.model_id)
            key = query_hash(request)
            hashes.append(key)
            if key not in seen:
                seen.add(key)
                journal.add_query(
                    _row(one.label, key, request, most_samples), pack(request.body), one.report.to_json()
                )
            elif key in lost:
                journal.reopen(lost.pop(key), pack(request.body), one.report.to_json())
        labelled = [(one.label, key) for one, key in zip(asked, hashes, strict=True)]
        journal.name_queries(unique_names(labelled, known, occupied))
        new = [pair for pair in dict.fromkeys(labelled) if pair not in entered]
        journal.add_inputs(
            InputRow(len(earlier) + place, label, key) for place, (label, key) in enumerate(new)
        )
    return hashes


def _row(label: str, key: str, request: Request, most_samples: int | None) -> QueryRow:
    number = n_samples_of(request.body)
    if number is None and is_gem_2(request.model_id):
        raise QueryFormatError(
            f"{label}: a GEM-2 query is sent alone, by Client.predict; many are of GEM-1 models"
        )
    if number is None:
        raise QueryFormatError(f"{label}: the query does not tell how many samples it asks for")
    parts = tuple(
        Part(key, place, start, stop) for place, (start, stop) in enumerate(split(number, most_samples))
    )
    return QueryRow(key, key, request.model_id, number, saved=False, parts=parts)


def _label(query: Given, place: int) -> str:
    return os.fspath(query) if isinstance(query, str | os.PathLike) else f"query-{place + 1:04}"
