"""The hosted protocol: hand a query over, ask how it is getting on, fetch the answer."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

from synthquery.errors import AuthenticationError, JobTimeoutError, ResultError, TransportError
from synthquery.resources import load_toml
from synthquery.transport.base import JobStatus, Request
from synthquery.transport.http.addresses import host, is_hosted, is_private, service_url
from synthquery.transport.http.body import JsonBody
from synthquery.transport.http.connection import Answer, Connection, Lost
from synthquery.transport.http.download import Damaged, Gone, download, raw_file
from synthquery.transport.http.pauses import BackOff, Deadline, asked_pause
from synthquery.transport.http.progress import Announcer, JobProgress, OnProgress
from synthquery.transport.http.refusals import clean_message, denial, failure, resume_hint, said
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
from synthquery.wire.arrival import keeping_raw
from synthquery.wire.asked import check_answer
from synthquery.wire.results import parse_result

if TYPE_CHECKING:
    from synthquery.prediction import Prediction


class HttpTransport:
    """Sends queries to the hosted service, or to any server that speaks its protocol.

    Nothing is asked of a person. A failed request is tried again only where that cannot submit a query twice.
    Safe to use from several threads; `close` ends their waiting.

    Parameters
    ----------
    base_url
        Where the server is; by default what ``SYNTHESIZE_API_BASE_URL`` says, or ``https://app.synthesize.bio``.
    token
        The token of the account; by default ``SYNTHESIZE_API_KEY``, or the entry of the keyring that pysynthbio
        writes. It goes to the host of `base_url` only, and is shown nowhere.
    timeout
        Seconds for a call of `predict`, `submit`, `status` or `fetch` in all.
    connect_timeout, read_timeout
        Seconds to reach the server, and between two pieces of what it sends.
    poll
        Seconds between the first two questions whether a query is ready, and most seconds between two.
    attempts
        How often a request that may be repeated is tried.
    back_off
        Seconds of the first pause between tries, and most seconds of one. ``Retry-After`` is honoured beyond it,
        within `timeout`.
    on_progress
        Called with `JobProgress`; by default the command line shows a line and the library nothing.

    Raises
    ------
    TransportError
        When `base_url` is no web address, or a token would travel unencrypted through the internet.
    """

    name = "synthesize"

    def __init__(
        self,
        base_url: str | None = None,
        *,
        token: str | Token | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        poll: tuple[float, float] | None = None,
        attempts: int | None = None,
        back_off: tuple[float, float] | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        table = load_toml("hosted.toml")
        patience, retries = table["patience"], table["retries"]
        self.base_url = service_url(base_url)
        self.timeout = float(timeout or patience["total"])
        self.account = Account(token)
        first, longest = poll or (patience["poll_first"], patience["poll_longest"])
        self._poll = BackOff(first, longest, factor=1.5)
        first, longest = back_off or (retries["first"], retries["longest"])
        self._back_off = BackOff(first, longest)
        self._attempts = int(attempts or retries["attempts"])
        self._on_progress = on_progress or Announcer()
        self._connection = Connection(
            self.base_url, connect_timeout or patience["connect"], read_timeout or patience["read"]
        )
        self._kept: bool | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def close(self) -> None:
        """Close connections, and end the waiting of every thread. See `Transport.close`."""
        self._closed.set()
        self._connection.close()

    def predict(self, request: Request) -> Prediction:
        """Send a request and wait for the answer. See `Transport.predict`.

        Raises
        ------
        AuthenticationError
            When there is no token, or the service does not accept it.
        RateLimitedError
            When the service takes no more queries in the time allowed.
        RejectedQueryError
            When it refuses the query; ``.report`` has an issue on each field it names.
        JobFailedError
            When it took the query and failed.
        JobTimeoutError
            When the answer did not come in the time allowed; ``.query_id`` fetches it later.
        TransportError
            When it cannot be reached, or not understood. ``.submission`` says whether it may have the query.
        ResultError
            When the answer is damaged or does not fit the query; the message says where the raw file is kept.
        """
        deadline = self._deadline()
        query_id = self._submit(request, uuid.uuid4().hex, deadline)
        self._tell("submitted", query_id, request, deadline)
        status = self._wait(query_id, request, deadline)
        return self._fetch(query_id, request, status, deadline)

    def submit(self, request: Request, *, key: str | None = None) -> str:
        """Send a query and return its ID. See `JobTransport.submit`."""
        return self._submit(request, key or uuid.uuid4().hex, self._deadline())

    def status(self, query_id: str) -> JobStatus:
        """Where a query stands, asked once. See `JobTransport.status`."""
        return self._status(query_id, self._deadline())

    def fetch(self, query_id: str, request: Request, *, status: JobStatus | None = None) -> Prediction:
        """Download the answer to a query that is ready. See `JobTransport.fetch`.

        Raises
        ------
        JobFailedError
            When the service failed to answer it.
        TransportError
            When it is not ready yet, or its answer cannot be downloaded.
        ResultError
            When the answer is damaged or does not fit the query; the message says where the raw file is kept.
        """
        deadline = self._deadline()
        return self._fetch(query_id, request, status or self._status(query_id, deadline), deadline)

    def keeps_keys(self) -> bool:
        """True when the server is known to take a query under one key only once.

        A query whose submission broke off can then be submitted again under the same key; the server is asked
        for its list of models to find out.
        """
        if self._kept is None:
            try:
                self._ask("/api/models", self._deadline(), None)
            except TransportError:
                return False
        return bool(self._kept)

    def models(self) -> list[str]:
        """IDs of the models that the account may use, as the server lists them."""
        data = self._ask("/api/models", self._deadline(), None).data
        listed = data.get("models", []) if isinstance(data, dict) else data
        found = [one.get("model_id") if isinstance(one, dict) else one for one in listed or []]
        return [one for one in found if isinstance(one, str)]

    def _deadline(self) -> Deadline:
        return Deadline(self.timeout, self._closed)

    def _submit(self, request: Request, key: str, deadline: Deadline) -> str:
        self._check_open()
        token = self._token()
        body = JsonBody(request.body)

        def attempt() -> str | Trouble:
            answer = self._connection.tell(
                predict_path(request.model_id), body, {KEY_HEADER: key}, token, deadline
            )
            if isinstance(answer, Answer):
                self._heard(answer)
            return query_id_of(answer, request, self.base_url, token)

        return hand_over(attempt, Retries(self._attempts, self._back_off, self.keeps_keys), deadline)

    def _wait(self, query_id: str, request: Request, deadline: Deadline) -> JobStatus:
        number = 0
        while True:
            status = self._status(query_id, deadline)
            if status.state != "running":
                return status
            self._tell("waiting", query_id, request, deadline, message=status.message)
            if not deadline.sleep(self._poll.pause(number)):
                self._check_open(query_id)
                raise JobTimeoutError(
                    f"{request.model_id} has not answered in {deadline.seconds:,.0f} s; {resume_hint(query_id)}",
                    query_id=query_id,
                )
            number += 1

    def _status(self, query_id: str, deadline: Deadline) -> JobStatus:
        answer = self._ask(f"/api/model-queries/{quote(query_id, safe='')}/status", deadline, query_id)
        data = answer.data
        state = str(data.get("status")) if isinstance(data, dict) else ""
        message = data.get("message") if isinstance(data, dict) else None
        told = clean_message(message, self.account.token()) if isinstance(message, str) else ""
        if state == "failed":
            return JobStatus("failed", told)
        if state != "ready":
            return JobStatus("running", told)
        url = data.get("downloadUrl")
        if not isinstance(url, str) or not url:
            raise TransportError(
                f"{self._place} says that the query {query_id} is ready and not where its answer is; "
                f"{resume_hint(query_id)}",
                query_id=query_id,
            )
        return JobStatus("ready", told, urljoin(f"{self.base_url}/", url))

    def _fetch(self, query_id: str, request: Request, status: JobStatus, deadline: Deadline) -> Prediction:
        def advance(done: int, total: int | None) -> None:
            self._tell("downloading", query_id, request, deadline, done=done, total=total)

        with raw_file() as path, keeping_raw(path):
            number = 0
            while True:
                url = self._ready(query_id, request, status)
                result = download(self._connection, url, path, deadline, advance)
                if isinstance(result, dict):
                    return self._parsed(result, query_id, request)
                number += 1
                final = isinstance(result, Lost) and result.final
                pause = self._back_off.pause(number - 1)
                if final or number >= self._attempts or not deadline.sleep(pause):
                    raise self._undelivered(result, query_id)
                if isinstance(result, Gone):
                    status = self._status(query_id, deadline)

    def _ready(self, query_id: str, request: Request, status: JobStatus) -> str:
        if status.state == "failed":
            raise failure(status.message, query_id, request, self.account.token())
        if status.download_url is None:
            raise TransportError(
                f"the query {query_id} is not answered yet; {resume_hint(query_id)}", query_id=query_id
            )
        return status.download_url

    def _ask(self, path: str, deadline: Deadline, query_id: str | None) -> Answer:
        """GET until it goes well; a question changes nothing and may be repeated."""
        self._check_open(query_id)
        token = self._token()
        number = 0
        while True:
            result = self._connection.ask(path, token, deadline)
            if isinstance(result, Answer):
                self._heard(result)
                if result.status == 200 and isinstance(result.data, dict | list):
                    return result
            number += 1
            error, final, pause = self._question_failed(result, query_id)
            patient = pause is not None or number < self._attempts
            if final or not patient or not deadline.sleep(self._back_off.pause(number - 1, pause)):
                self._check_open(query_id)
                raise error

    def _question_failed(
        self, result: Answer | Lost, query_id: str | None
    ) -> tuple[TransportError, bool, float | None]:
        """The error for a question without answer, whether asking again is useless, and the pause asked for."""
        tail = f"; {resume_hint(query_id)}" if query_id else ""
        if isinstance(result, Lost):
            reason = f"{self._place} gave no answer: {result.reason}{tail}"
            return TransportError(reason, query_id=query_id), result.final, None
        denied = denial(result, self._place, self.account.token(), query_id)
        pause = asked_pause(result.headers.get("Retry-After")) if result.status in (429, 503) else None
        if denied is not None:
            return denied, result.status != 429, pause
        if result.status == 404 and query_id:
            message = (
                f"{self._place} does not know the query {query_id} (404): it is of another account or server, "
                "or too old"
            )
            return TransportError(message, query_id=query_id), True, None
        told = said(result, self.account.token())[:300]
        what = "something that cannot be read" if result.status == 200 else str(result.status)
        error = TransportError(
            f"{self._place} says {what}{f': {told}' if told else ''}{tail}", query_id=query_id
        )
        return error, 400 <= result.status < 500 and result.status not in (408, 425), pause

    def _heard(self, answer: Answer) -> None:
        """Note whether the server keeps keys; once it has said so, a proxy's answer does not unsay it."""
        with self._lock:
            if keeps_keys(answer.headers):
                self._kept = True
            elif self._kept is None and answer.status == 200:
                self._kept = False

    def _parsed(self, payload: dict[str, Any], query_id: str, request: Request) -> Prediction:
        said_of_itself = payload.get("provenance")
        provenance = {
            **(said_of_itself if isinstance(said_of_itself, dict) else {}),
            "transport": self.name,
            "server": self.base_url,
            "query_id": query_id,
        }
        try:
            prediction = parse_result(payload, request.model_id, request.body, provenance=provenance)
            check_answer(prediction, request.model_id, request.body)
            return prediction
        except ResultError as error:
            raise ResultError(f"the answer to the query {query_id} cannot be used: {error}") from error

    def _undelivered(self, result: Lost | Damaged | Gone, query_id: str) -> ResultError | TransportError:
        message = f"the answer to the query {query_id} could not be downloaded: "
        if isinstance(result, Damaged):
            return ResultError(f"{message}it {result.reason}; {resume_hint(query_id)}")
        return TransportError(f"{message}{result.reason}; {resume_hint(query_id)}", query_id=query_id)

    def _token(self) -> Token | None:
        """The token, if there is one and it may go to the server."""
        token = self.account.token()
        if token is None and is_hosted(self.base_url):
            raise AuthenticationError(
                f"{self._place} wants a token, and there is none: {where_tokens_come_from()}"
            )
        if token is not None and self.base_url.startswith("http://") and not is_private(self.base_url):
            raise TransportError(
                f"the token would travel to {self._place} unencrypted, where others can read it; "
                f"use https://{self.base_url.removeprefix('http://')}"
            )
        return token

    def _check_open(self, query_id: str | None = None) -> None:
        if self._closed.is_set():
            tail = f"; {resume_hint(query_id)}" if query_id else ""
            raise TransportError(f"the transport is closed{tail}", query_id=query_id)

    def _tell(
        self,
        stage: Any,
        query_id: str,
        request: Request,
        deadline: Deadline,
        message: str = "",
        done: int = 0,
        total: int | None = None,
    ) -> None:
        self._on_progress(
            JobProgress(stage, query_id, request.model_id, deadline.spent, message, done, total)
        )

    @property
    def _place(self) -> str:
        return host(self.base_url)
