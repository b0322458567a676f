"""Hand a query over once: what may be tried again, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from synthquery.errors import RateLimitedError, RejectedQueryError, TransportError
from synthquery.transport.base import Request
from synthquery.transport.http.addresses import host
from synthquery.transport.http.body import JsonBody
from synthquery.transport.http.connection import Answer, Connection, Lost
from synthquery.transport.http.pauses import BackOff, Deadline, asked_pause
from synthquery.transport.http.refusals import refusal, said
from synthquery.transport.tokens import Token

KEY_HEADER: Final = "Idempotency-Key"
KEPT_HEADER: Final = "Idempotency-Keys"
_BUSY: Final = frozenset({408, 425, 429, 503})
"""Statuses of a request that was not taken up: it came too slowly or too early, too often, or nobody was there."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a try gave no ID.

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

    error: TransportError
    taken: bool = False
    final: bool = False
    pause: float | None = None


def keeps_keys(answer: Answer) -> bool:
    """True when a server says that a second submission under the same key is no second job."""
    return answer.headers.get(KEPT_HEADER, "").strip().lower() == "kept"


@dataclass(frozen=True, slots=True)
class Submission:
    """One query to hand over.

    Attributes
    ----------
    connection, token
        To whom, and as whom.
    request, key
        What, and the text that is the same in every try.
    attempts, back_off
        How often it is tried, and the pauses between.
    kept
        Asked after a loss: does the server keep keys?
    heard
        Told every answer, for the server says in all of them whether it keeps keys.
    """

    connection: Connection
    token: Token | None
    request: Request
    key: str
    attempts: int
    back_off: BackOff
    kept: Callable[[], bool]
    heard: Callable[[Answer], None]

    def run(self, deadline: Deadline) -> str:
        """The ID the server gave; raises TransportError when it gave none."""
        body = JsonBody(self.request.body)
        path = f"/api/models/{quote(self.request.model_id, safe='')}/predict"
        taken, number = False, 0
        while True:
            result = self.connection.tell(path, body, {KEY_HEADER: self.key}, self.token, deadline)
            if isinstance(result, Answer):
                self.heard(result)
            found = self._id(result)
            if isinstance(found, str):
                return found
            taken = taken or found.taken
            if taken and not isinstance(found.error, RejectedQueryError):
                found.error.submission = "unknown"
            number += 1
            patient = found.pause is not None or number < self.attempts
            if found.final or not patient or (taken and not self.kept()):
                raise found.error
            if not deadline.sleep(self.back_off.pause(number - 1, found.pause)):
                raise found.error

    def _id(self, result: Answer | Lost) -> str | Trouble:
        place = host(self.connection.url)
        if isinstance(result, Lost):
            doubt = "; it may have the query or not" if result.sent else ""
            error = TransportError(
                f"the query could not be sent to {place}: {result.reason}{doubt}",
                submission="unknown" if result.sent else "none",
            )
            return Trouble(error, taken=result.sent, final=result.final)
        if 200 <= result.status < 300:
            data = result.data
            found = data.get("modelQueryId") if isinstance(data, dict) else None
            if isinstance(found, str | int) and str(found).strip():
                return str(found).strip()
            told = said(result, self.token)
            message = (
                f"{place} took the query and gave no ID of it; it may be at work on it. It says: {told[:200]}"
            )
            return Trouble(TransportError(message, submission="unknown"), taken=True)
        error = refusal(result, self.request, place, self.token)
        busy = result.status in _BUSY
        taken = result.status >= 500 and not busy
        pause = (
            error.retry_after
            if isinstance(error, RateLimitedError)
            else asked_pause(result.headers.get("Retry-After"))
            if busy
            else None
        )
        return Trouble(error, taken=taken, final=not (busy or taken), pause=pause)
