"""The service: everything that is asked of it but the answers themselves."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote, urljoin

from synthquery.errors import AuthenticationError, JobTimeoutError, TransportError, UnknownJobError
from synthquery.transport.base import JobStatus, Request
from synthquery.transport.http.addresses import host, is_hosted, is_private
from synthquery.transport.http.body import JsonBody
from synthquery.transport.http.connection import Answer, Connection
from synthquery.transport.http.losses import Lost
from synthquery.transport.http.pauses import BackOff, Deadline, asked_pause
from synthquery.transport.http.refusals import denial, message_of, resume_hint, said
from synthquery.transport.http.submit import (
    KEY_HEADER,
    Retries,
    Trouble,
    hand_over,
    keeps_keys,
    predict_path,
    query_id_of,
)
from synthquery.transport.tokens import Account, Token, where_tokens_come_from


class Service:
    """A server of the hosted protocol. Safe to use from several threads.

    Parameters
    ----------
    connection, account
        Where it is, and as whom it is asked.
    attempts, back_off
        How often a failed request is tried, where it may be, and the pauses between.
    """

    def __init__(self, connection: Connection, account: Account, attempts: int, back_off: BackOff) -> None:
        self.connection, self.account = connection, account
        self._attempts, self._back_off = attempts, back_off
        self._kept: bool | None = None

    @property
    def place(self) -> str:
        """Its host, for messages."""
        return host(self.connection.url)

    def hint(self, query_id: str) -> str:
        """How to go on with a query that this server has."""
        return resume_hint(query_id, self.connection.url)

    def check_open(self, deadline: Deadline, query_id: str | None = None) -> None:
        """Raise when the transport was closed meanwhile."""
        if deadline.closed:
            tail = f"; {self.hint(query_id)}" if query_id else ""
            raise TransportError(f"the transport is closed{tail}", query_id=query_id)

    def submit(self, request: Request, key: str, deadline: Deadline, *, waits: bool = True) -> str:
        """Hand a query over and return its ID; a pause that the server asks for is kept only if `waits`."""
        self.check_open(deadline)
        token = self._token()
        body = JsonBody(request.body)

        def attempt() -> str | Trouble:
            answer = self.connection.tell(
                predict_path(request.model_id), body, {KEY_HEADER: key}, token, deadline, fresh=not self._kept
            )
            if isinstance(answer, Answer):
                self._heard(answer)
            return query_id_of(answer, request, self.connection.url, token)

        return hand_over(
            attempt,
            Retries(self._attempts, self._back_off, lambda: self.keeps_keys(deadline), waits=waits),
            deadline,
        )

    def status(self, query_id: str, deadline: Deadline) -> JobStatus:
        """Where a query stands."""
        answer = self.ask(f"/api/model-queries/{quote(query_id, safe='')}/status", deadline, query_id)
        data = answer.data
        state = str(data.get("status")) if isinstance(data, dict) else ""
        told = message_of(data, self.account.token())
        if state == "failed":
            return JobStatus("failed", told)
        if state != "ready":
            return JobStatus("running", told)
        return JobStatus("ready", told, self._download_url(data, query_id))

    def _download_url(self, data: dict[str, Any], query_id: str) -> str:
        given = data.get("downloadUrl")
        with suppress(ValueError):  # of what is no address
            if isinstance(given, str) and given:
                return urljoin(f"{self.connection.url}/", given)
        raise TransportError(
            f"{self.place} says that the query {query_id} is ready and not where its answer is; "
            f"{self.hint(query_id)}",
            query_id=query_id,
        )

    def keeps_keys(self, deadline: Deadline) -> bool:
        """True when the server is known to take a query under one key only once.

        A query whose submission broke off can then be submitted again under the same key; the server is asked
        for its list of models to find out.
        """
        if self._kept is None:
            try:
                answer = self.ask("/api/models", deadline, None)
            except TransportError:
                return False
            self._kept = keeps_keys(answer.headers)
        return self._kept

    def models(self, deadline: Deadline) -> list[str]:
        """IDs of the models that the account may use, as the server lists them."""
        data = self.ask("/api/models", deadline, None).data
        listed = data.get("models", []) if isinstance(data, dict) else data
        found = [one.get("model_id") if isinstance(one, dict) else one for one in listed or []]
        return [one for one in found if isinstance(one, str)]

    def ask(self, path: str, deadline: Deadline, query_id: str | None) -> Answer:
        """GET until it goes well; a question changes nothing and may be repeated."""
        self.check_open(deadline, query_id)
        token = self._token()
        number = 0
        while True:
            result = self.connection.ask(path, token, deadline)
            if isinstance(result, Answer):
                self._heard(result)
                if result.status == 200 and isinstance(result.data, dict | list):
                    return result
            number += 1
            error, final, pause = self._question_failed(result, query_id)
            patient = pause is not None or number < self._attempts
            if final or (not patient and deadline.left):
                raise error
            if not deadline.sleep(self._back_off.pause(number - 1, pause)):
                self.check_open(deadline, query_id)
                raise _out_of_time(error, deadline)

    def _question_failed(
        self, result: Answer | Lost, query_id: str | None
    ) -> tuple[TransportError, bool, float | None]:
        """The error for a question without answer, whether asking again is useless, and the pause asked for."""
        tail = f"; {self.hint(query_id)}" if query_id else ""
        if isinstance(result, Lost):
            reason = f"{self.place} gave no answer: {result.reason}{tail}"
            return TransportError(reason, query_id=query_id), result.final, None
        denied = denial(result, self.place, self.account.token(), query_id, self.connection.url)
        pause = asked_pause(result.headers.get("Retry-After")) if result.status in (429, 503) else None
        if denied is not None:
            return denied, result.status != 429, pause
        if result.status == 404 and query_id:
            message = (
                f"{self.place} does not know the query {query_id} (404): it is of another account or server, "
                "or too old"
            )
            return UnknownJobError(message, query_id=query_id), True, None
        told = said(result, self.account.token())[:300]
        what = "something that cannot be read" if result.status == 200 else str(result.status)
        error = TransportError(
            f"{self.place} says {what}{f': {told}' if told else ''}{tail}", query_id=query_id
        )
        return error, 400 <= result.status < 500 and result.status not in (408, 425), pause

    def _heard(self, answer: Answer) -> None:
        """Note that the server keeps keys; an answer that does not say so may be that of a proxy."""
        if keeps_keys(answer.headers):
            self._kept = True

    def _token(self) -> Token | None:
        """The token, if there is one and it may go to the server."""
        token = self.account.token()
        if token is None and is_hosted(self.connection.url):
            raise AuthenticationError(
                f"{self.place} wants a token, and there is none: {where_tokens_come_from()}"
            )
        if (
            token is not None
            and self.connection.url.startswith("http://")
            and not is_private(self.connection.url)
        ):
            raise TransportError(
                f"the token would travel to {self.place} unencrypted, where others can read it; "
                f"use https://{self.connection.url.removeprefix('http://')}"
            )
        return token


def _out_of_time(error: TransportError, deadline: Deadline) -> TransportError:
    """The error for a question that could not be asked again: that of the last try, or that of the time."""
    if error.query_id is None or type(error) is not TransportError:
        return error
    return JobTimeoutError(f"{deadline.seconds:,.0f} s are over: {error}", query_id=error.query_id)
