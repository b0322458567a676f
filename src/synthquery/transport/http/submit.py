"""Hand a query over once: what may be tried again, and what must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote

from synthquery.errors import RateLimitedError, RejectedQueryError, SynthQueryError, TransportError
from synthquery.transport.base import Request
from synthquery.transport.http.addresses import host
from synthquery.transport.http.connection import Answer
from synthquery.transport.http.losses import Lost
from synthquery.transport.http.pauses import BackOff, Deadline, asked_pause
from synthquery.transport.http.refusals import may_be_taken, refusal, said
from synthquery.transport.tokens import Token

KEY_HEADER: Final = "Idempotency-Key"
KEPT_HEADER: Final = "Idempotency-Keys"
_BUSY: Final = frozenset({408, 425, 429, 503})
"""Statuses of a request that was not taken up: it came too slowly or too early, too often, or nobody was there."""

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a try gave nothing.

    Attributes
    ----------
    error
        What to raise when it stays at that.
    taken
        True when the server may have the query all the same.
    final
        True when another try would end the same way.
    pause
        Seconds the server asked to wait.
    """

    error: SynthQueryError
    taken: bool = False
    final: bool = False
    pause: float | None = None


@dataclass(frozen=True, slots=True)
class Retries:
    """How a submission is repeated.

    Attributes
    ----------
    attempts, back_off
        How often it is tried, and the pauses between. A server that says how long to wait is tried until the
        time is out.
    kept
        Asked after a loss: does the server take a query under one key only once?
    waits
        Whether a pause that the server asks for is kept here; otherwise its error says how long, so that the
        caller holds back its other queries too.
    """

    attempts: int
    back_off: BackOff
    kept: Callable[[], bool]
    waits: bool = True


def hand_over(attempt: Callable[[], Outcome | Trouble], retries: Retries, deadline: Deadline) -> Outcome:
    """What an attempt gives; made again only where the query cannot be taken twice by that.

    Parameters
    ----------
    attempt
        Sends the query under the same key each time.

    Raises
    ------
    SynthQueryError
        That of the last attempt. A TransportError says ``submission="unknown"`` when any of them may have been
        taken.
    """
    taken, number = False, 0
    while True:
        result = attempt()
        if not isinstance(result, Trouble):
            return result
        taken = taken or result.taken
        if (
            taken
            and isinstance(result.error, TransportError)
            and not isinstance(result.error, RejectedQueryError)
        ):
            result.error.submission = "unknown"
        number += 1
        patient = retries.waits if result.pause is not None else number < retries.attempts
        if result.final or not patient or (taken and not retries.kept()):
            raise result.error
        if not deadline.sleep(retries.back_off.pause(number - 1, result.pause)):
            raise result.error


def predict_path(model_id: str) -> str:
    """Where queries to a model are sent."""
    return f"/api/models/{quote(model_id, safe='')}/predict"


def keeps_keys(headers: Mapping[str, str]) -> bool:
    """True when a server says that a second submission under the same key is no second job."""
    return headers.get(KEPT_HEADER, "").strip().lower() == "kept"


def query_id_of(answer: Answer | Lost, request: Request, url: str, token: Token | None) -> str | Trouble:
    """The ID in the answer to a submission, or what went wrong."""
    if isinstance(answer, Lost) or not 200 <= answer.status < 300:
        return trouble(answer, request, url, token)
    data = answer.data
    found = data.get("modelQueryId") if isinstance(data, dict) else None
    if isinstance(found, str | int) and str(found).strip():
        return str(found).strip()
    told = said(answer, token)[:200]
    message = f"{host(url)} took the query and gave no ID of it; it may be at work on it. It says {told or 'nothing'}"
    return Trouble(TransportError(message, submission="unknown"), taken=True)


def trouble(answer: Answer | Lost, request: Request, url: str, token: Token | None) -> Trouble:
    """What a submission without a good answer means."""
    place = host(url)
    if isinstance(answer, Lost):
        doubt = "; it may have the query or not" if answer.sent else ""
        error = TransportError(
            f"the query could not be sent to {place}: {answer.reason}{doubt}",
            submission="unknown" if answer.sent else "none",
        )
        return Trouble(error, taken=answer.sent, final=answer.final)
    refused = refusal(answer, request, place, token)
    busy = answer.status in _BUSY
    taken = may_be_taken(answer.status) and not busy
    pause = asked_pause(answer.headers.get("Retry-After")) if busy else None
    if isinstance(refused, RateLimitedError):
        pause = refused.retry_after
    return Trouble(refused, taken=taken, final=not (busy or taken), pause=pause)
