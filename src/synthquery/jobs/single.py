"""The answer to one query that a service has, by the ID that the service gave it."""

from __future__ import annotations

from dataclasses import replace

from synthquery.catalog import list_models
from synthquery.errors import TransportError
from synthquery.jobs.carrier import UNUSABLE
from synthquery.jobs.journal import Journal
from synthquery.jobs.many import finish
from synthquery.jobs.outcomes import Outcome
from synthquery.jobs.packing import pack, query_hash
from synthquery.jobs.progress import OnProgress
from synthquery.jobs.rows import InputRow, Part, QueryRow
from synthquery.jobs.settings import Settings
from synthquery.jobs.shelf import Memory
from synthquery.jobs.splitting import n_samples_of
from synthquery.prediction import Prediction
from synthquery.transport import JobTransport, Request, Transport


def fetch_answer(
    transport: Transport,
    query_id: str,
    request: Request,
    settings: Settings,
    on_progress: OnProgress | None = None,
) -> Prediction:
    """Wait for the answer to a query that was submitted before, and download it. Nothing is submitted.

    Parameters
    ----------
    transport
        A `JobTransport` to the service that has the query.
    query_id
        As the service gave it; errors of a transport name it.
    request
        What was asked, so that the answer can be checked; a body without ``inputs`` where only the model is known.
    settings
        How patiently.
    on_progress
        Called several times a second.

    Raises
    ------
    TransportError
        When the transport keeps no queries, or there is no answer; the message says why.
    RunStoppedError
        When the service cannot be asked.
    """
    return _outcome(transport, query_id, request, settings, on_progress).prediction


def fetch_unlabelled(
    transport: Transport, query_id: str, settings: Settings, on_progress: OnProgress | None = None
) -> Prediction:
    """As `fetch_answer`, where it is not known which model was asked: the answer tells.

    Its genes tell bulk from single-cell, its probabilities metadata prediction from expression. An answer of reference
    conditioning looks like one of the baseline model, and is taken for that.
    """
    once = replace(settings, downloads=1)
    candidates = [spec.model_id for spec in list_models() if spec.family != "reference-conditioning"]
    for model_id in candidates:
        outcome = _outcome(transport, query_id, Request(model_id, {}), once, on_progress)
        if outcome.reason != UNUSABLE:
            break
    return outcome.prediction


def _outcome(
    transport: Transport, query_id: str, request: Request, settings: Settings, on_progress: OnProgress | None
) -> Outcome:
    if not isinstance(transport, JobTransport):
        name = getattr(transport, "name", type(transport).__name__)
        raise TransportError(f"the transport {name!r} answers at once and keeps no queries to come back for")
    key, number = query_hash(request), n_samples_of(request.body) or 0
    part = Part(key, 0, 0, number, state="submitted", query_id=query_id)
    with Journal(None) as journal:
        row = QueryRow(key, query_id, request.model_id, number, saved=False, parts=(part,))
        journal.add_query(row, pack(request.body), "")
        journal.add_inputs([InputRow(0, query_id, key)])
        only = replace(settings, retry_failed_jobs=0)  # never a second job of a query that was sent elsewhere
        return finish(journal, Memory(), transport, only, on_progress)[0]
