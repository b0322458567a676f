"""What a server says when it does not do what it was asked, as errors and issues."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

from synthquery.errors import (
    AuthenticationError,
    JobFailedError,
    RateLimitedError,
    RejectedQueryError,
    TransportError,
)
from synthquery.transport.base import Request
from synthquery.transport.http.addresses import service_url
from synthquery.transport.http.connection import Answer
from synthquery.transport.http.pauses import asked_pause
from synthquery.transport.http.places import find_place, named_values
from synthquery.transport.tokens import Token, scrub, where_tokens_come_from
from synthquery.validation.report import Issue, Report, Severity, shown_value
from synthquery.wire.tracebacks import without_traceback

REJECTED: Final = "service.rejected"
_LONGEST_MESSAGE: Final = 2000
_MOST_SHOWN: Final = 20
_PAGE: Final = re.compile(r"^\s*(?:<!doctype html|<html)", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)


def resume_hint(query_id: str, url: str | None = None) -> str:
    """How to go on with a query that the service has; with its address, where the command would ask another one."""
    command = f"synthquery jobs resume {shlex.quote(query_id)}"
    if url is not None and url != _usual_url():
        command += f" --base-url {shlex.quote(url)}"
    return f"the service has the query as {query_id}: `{command}` fetches its answer"


def _usual_url() -> str:
    """Where a command without an address asks; empty where the variable for it holds none."""
    try:
        return service_url()
    except TransportError:
        return ""


def clean_message(text: str, token: Token | None) -> str:
    """What a server says, for people: without the traceback of its program, without secrets, not endless."""
    if _PAGE.match(text):
        title = _TITLE.search(text)
        text = f"a web page, {title.group(1)!r}" if title else "a web page"
    text = scrub(without_traceback(text), token)
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " ..."


def said(answer: Answer, token: Token | None) -> str:
    """The message of an answer that is an error."""
    data = answer.data
    if isinstance(data, Mapping):
        for key in ("error", "message", "detail"):
            if isinstance(text := data.get(key), str) and text.strip():
                return clean_message(text, token)
    return clean_message(answer.content.decode("utf-8", "replace"), token)


def message_of(data: Any, token: Token | None) -> str:
    """What the service says of a job: text, or whatever else it puts there, as JSON; empty when it says nothing."""
    for key in ("message", "error", "errors") if isinstance(data, Mapping) else ():
        if told := data.get(key):
            return clean_message(
                told if isinstance(told, str) else json.dumps(told, ensure_ascii=False), token
            )
    return ""


def refusal(answer: Answer, request: Request, place: str, token: Token | None) -> TransportError:
    """The error for an answer to a submitted query that is no ID.

    Parameters
    ----------
    answer
        Its status is not 2xx.
    request, place
        What was asked, and the host that was asked.
    token
        Taken out of what the server says.
    """
    status = answer.status
    if status in (400, 422):
        return rejection(answer, request, place, token)
    error = denial(answer, place, token)
    if error is not None:
        return error
    told = said(answer, token)
    message = f"{place} says {status}{f': {told}' if told else ''}"
    if status == 404:
        return RejectedQueryError(
            f"{place} has no model {request.model_id!r} (404); `synthquery models` lists those of the catalog, "
            f"and an account may have fewer{f'. It says: {told}' if told else ''}"
        )
    if status == 413:
        message += "; the query is too large for it: send fewer inputs at once"
    if status < 400:
        message += "; that is neither an answer nor a refusal, and it may be at work on the query"
    return TransportError(message, submission="unknown" if may_be_taken(status) else "none")


def may_be_taken(status: int) -> bool:
    """Whether a server that answers a query with this status, which is no good answer, may have it all the same."""
    return status < 400 or (status >= 500 and status != 503)


def denial(
    answer: Answer, place: str, token: Token | None, query_id: str | None = None, url: str | None = None
) -> TransportError | None:
    """The error for 401, 403 and 429; None for any other status."""
    told = said(answer, token)
    tail = f" It says: {told}" if told else ""
    if query_id:
        tail += f" ({resume_hint(query_id, url)})"
    if answer.status in (401, 403):
        if token is None:
            reason = f"{place} wants a token ({answer.status}), and there is none"
        elif answer.status == 401:
            reason = f"{place} does not accept the token from {token.origin} (401)"
        else:
            reason = f"{place} does not allow this with the token from {token.origin} (403)"
        return AuthenticationError(f"{reason}: {where_tokens_come_from()}.{tail}", query_id=query_id)
    if answer.status == 429:
        asked = asked_pause(answer.headers.get("Retry-After"))
        when = f"; it asks to wait {asked:,.0f} s" if asked is not None else ""
        return RateLimitedError(
            f"{place} takes no more requests for now (429){when}.{tail}", retry_after=asked, query_id=query_id
        )
    return None


def rejection(answer: Answer, request: Request, place: str, token: Token | None) -> RejectedQueryError:
    """The error for a query that the server refuses, with an issue for each field it names."""
    told = [(where, clean_message(what, token)) for where, what in _field_errors(answer.data)]
    summary = said(answer, token) if _has_summary(answer.data) or not told else ""
    issues = (
        [_issue(where, what, request) for where, what in told]
        or [_at(where, value, summary) for where, value in named_values(summary, request.body)]
        or [_at((), None, summary or "the service refused the query and did not say why")]
    )
    lines = [f"{place} refused the query for {request.model_id} ({answer.status})"]
    if summary:
        lines[0] += f": {summary}"
    shown = issues[:_MOST_SHOWN] if told else []
    lines += [f"- {issue.pointer or 'the whole query'}: {issue.message}" for issue in shown]
    if told and len(issues) > _MOST_SHOWN:
        lines.append(f"- and {len(issues) - _MOST_SHOWN:,} more in .report")
    return RejectedQueryError("\n".join(lines), report=_report(issues, request))


def failure(
    message: str, query_id: str, request: Request | None, token: Token | None = None
) -> JobFailedError:
    """The error for a query that was taken and failed."""
    told = clean_message(message, token) or "it did not say why"
    model = request.model_id if request is not None else "the model"
    report = None
    if request is not None and (named := named_values(told, request.body)):
        report = _report([_at(where, value, told) for where, value in named], request)
    return JobFailedError(
        f"{model} failed to answer the query {query_id}: {told}", query_id=query_id, report=report
    )


def _field_errors(data: Any) -> list[tuple[Any, str]]:
    """Place and message of each field error; only when all of them are well formed.

    The service sends ``errors: [{path, message}]``; containers built with FastAPI ``detail: [{loc, msg}]``.
    """
    if not isinstance(data, Mapping):
        return []
    for key, where, what in (("errors", "path", "message"), ("detail", "loc", "msg")):
        listed = data.get(key)
        if isinstance(listed, list) and listed and all(_is_field_error(one, where, what) for one in listed):
            return [(one[where], one[what]) for one in listed]
    return []


def _is_field_error(one: Any, where: str, what: str) -> bool:
    if not isinstance(one, Mapping) or not isinstance(message := one.get(what), str) or not message.strip():
        return False
    place = one.get(where)
    if where == "path":
        return isinstance(place, str)
    return isinstance(place, list) and all(isinstance(part, str | int) for part in place)


def _has_summary(data: Any) -> bool:
    return isinstance(data, Mapping) and isinstance(text := data.get("error"), str) and bool(text.strip())


def _issue(where: Any, what: str, request: Request) -> Issue:
    place, value = find_place(where, request.body)
    return _at(place, value if place else None, what)


def _at(place: tuple[str | int, ...], value: Any, what: str) -> Issue:
    return Issue(REJECTED, Severity.ERROR, place, shown_value(value), what)


def _report(issues: list[Issue], request: Request) -> Report:
    inputs = request.body.get("inputs")
    items = inputs.get("items") if isinstance(inputs, Mapping) else inputs
    number = len(items) if isinstance(items, list | tuple) else 0
    return Report(issues=tuple(issues), model_id=request.model_id, n_inputs=number)
