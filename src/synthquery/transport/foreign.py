"""Errors of other people's clients as errors of ours, with what they know of the query."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

import requests

from synthquery.errors import (
    AuthenticationError,
    JobTimeoutError,
    ResultError,
    SynthQueryError,
    TransportError,
)
from synthquery.resources import load_toml
from synthquery.transport.base import Request
from synthquery.transport.http.addresses import host
from synthquery.transport.http.connection import Answer
from synthquery.transport.http.losses import lost
from synthquery.transport.http.refusals import clean_message, denial, failure, refusal, resume_hint
from synthquery.transport.tokens import Token, scrub, token_to_hide

_FAILED: Final = "Model query failed"
_JOBS: Final = "/api/model-queries/"
"""In every address at which the service is asked about a query."""
_TOO_LATE: Final = "did not complete in time"


def translated(
    error: Exception, request: Request, client: str, query_id: str | None = None
) -> SynthQueryError:
    """An error of another client in our words.

    Clients raise errors of their own from those of requests; what the server said is read from the latter.

    Parameters
    ----------
    error
        What the client raised.
    request
        What was asked.
    client
        Its name, for messages.
    query_id
        The service's ID of the query, where the client had got that far.

    Returns
    -------
    SynthQueryError
        Mostly a `TransportError`. The foreign error is its cause only where that does not say the token and holds no
        request: requests carry the token.
    """
    token = token_to_hide()
    text = clean_message(_text(error), token)
    answer = _answer(error)
    if answer is not None:
        place = host(answer.headers["url"])
        if query_id is None:
            return refusal(answer, request, place, token)
        if (
            _JOBS not in answer.headers["url"]
        ):  # a host of files: it is not sent the token, and quotes what is signed
            told = f"{client}: the host of the answer says {answer.status} ({resume_hint(query_id)})"
            return TransportError(told, query_id=query_id)
        denied = denial(answer, place, token, query_id)
        return denied or TransportError(f"{client}: {text} ({resume_hint(query_id)})", query_id=query_id)
    if isinstance(error, KeyError) and "token" in text:
        return AuthenticationError(
            f"{client} wants a token, and there is none: set {_variable()} before anything is sent"
        )
    if query_id is not None:
        return _of_job(text, request, client, query_id, token)
    below = _of_requests(error)
    if isinstance(below, requests.JSONDecodeError):
        reason = "the answer to the query could not be read; the service may have the query"
        return TransportError(f"{client}: {reason}", submission="unknown")
    if below is not None:
        trouble = lost(below)
        doubt = "; it may have the query or not" if trouble.sent else ""
        return TransportError(
            f"{client} could not send the query: {trouble.reason}{doubt}",
            submission="unknown" if trouble.sent else "none",
        )
    unknown = TransportError(f"{client} failed: {type(error).__name__}: {text}", submission="unknown")
    if scrub(repr(error), token) == repr(error):
        unknown.__cause__ = error
    return unknown


def _of_job(text: str, request: Request, client: str, query_id: str, token: Token | None) -> SynthQueryError:
    """The error for a query that the service has."""
    if text.startswith(_FAILED):
        return failure(text.removeprefix(_FAILED).lstrip(": ."), query_id, request, token)
    if _TOO_LATE in text:
        return JobTimeoutError(
            f"{request.model_id} has not answered in the time allowed; {resume_hint(query_id)}",
            query_id=query_id,
        )
    return TransportError(f"{client}: {text} ({resume_hint(query_id)})", query_id=query_id)


def local_of(error: BaseException, name: str) -> Any:
    """The value a variable had where an error came through, innermost first; None when there is none.

    Other clients do not put the ID of a query into their errors; it is in the frames the error came through.
    """
    found: Any = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        found = trace.tb_frame.f_locals.get(name, found)
        trace = trace.tb_next
    return found


def unusable(error: ResultError, client: str, query_id: str | None = None) -> ResultError:
    """The error for an answer that came and is none."""
    tail = f"; {resume_hint(query_id)}" if query_id else ""
    reason = scrub(str(error), token_to_hide())
    return ResultError(f"the answer that {client} gave cannot be used: {reason}{tail}")


def _variable() -> str:
    name: str = load_toml("hosted.toml")["variables"]["token"]
    return name


def _text(error: Exception) -> str:
    # The text of a KeyError is the repr of its message.
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def _of_requests(error: Exception) -> requests.RequestException | None:
    """The error of requests that an error is, or was made from; None when there is none."""
    return next(
        (
            one
            for one in (error, error.__cause__, error.__context__)
            if isinstance(one, requests.RequestException)
        ),
        None,
    )


def _answer(error: Exception) -> Answer | None:
    """What the server said, where the client got an answer it did not like."""
    reply = getattr(_of_requests(error), "response", None)
    if not isinstance(reply, requests.Response) or reply.status_code < 400:
        return None
    try:
        content = reply.content
    except (requests.RequestException, RuntimeError, OSError):
        content = b""
    return Answer(reply.status_code, {**reply.headers, "url": reply.url}, content)
