"""The hosted protocol: hand a query over, ask how it is getting on, fetch the answer."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any, Final

from synthquery.errors import JobTimeoutError, ResultError, SynthQueryError, TransportError
from synthquery.resources import load_toml
from synthquery.transport.base import JobStatus, Request
from synthquery.transport.http.addresses import host, service_url
from synthquery.transport.http.connection import Connection
from synthquery.transport.http.download import Damaged, Gone, download, raw_file
from synthquery.transport.http.losses import Lost
from synthquery.transport.http.patience import Patience
from synthquery.transport.http.pauses import Deadline, growing
from synthquery.transport.http.progress import Announcer, JobProgress, OnProgress
from synthquery.transport.http.refusals import failure
from synthquery.transport.http.service import Service
from synthquery.transport.tokens import Account, Token, scrub
from synthquery.wire.arrival import keeping_raw
from synthquery.wire.asked import check_answer
from synthquery.wire.results import parse_result

if TYPE_CHECKING:
    from synthquery.prediction import Prediction


_LAST_QUESTION: Final = (
    1.0,
    0.05,
)  # most seconds, and share of the time allowed, that are left to its answer


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
        When `base_url` is no web address, or a number is not above 0.
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
        patience = Patience.make(
            "service",
            timeout=timeout,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            attempts=attempts,
            back_off=back_off,
        )
        self.base_url = service_url(base_url)
        self.timeout = patience.total
        self.account = Account(token)
        self._poll = growing("poll", poll, load_toml("hosted.toml")["patience"]["poll"], factor=1.5)
        self._attempts, self._back_off = patience.attempts, patience.back_off
        self._on_progress = on_progress or Announcer()
        self._connection = Connection(self.base_url, patience.connect, patience.read)
        self._service = Service(self._connection, self.account, self._attempts, self._back_off)
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
            When it cannot be reached or not understood, or the token would travel unencrypted through the
            internet. ``.submission`` says whether it may have the query.
        ResultError
            When the answer is damaged or does not fit the query; the message says where the raw file is kept.
        """
        deadline = self._deadline()
        query_id = self._service.submit(request, uuid.uuid4().hex, deadline)
        try:
            self._tell("submitted", query_id, request, deadline)
            status = self._wait(query_id, request, deadline)
            return self._fetch(query_id, request, status, deadline)
        except SynthQueryError:
            raise
        except BaseException as end:  # Ctrl-C, no memory, an error of on_progress: the query goes on
            end.add_note(self._service.hint(query_id))
            raise

    def submit(self, request: Request, *, key: str | None = None, waits: bool = True) -> str:
        """Send a query and return its ID. See `JobTransport.submit`."""
        return self._service.submit(request, key or uuid.uuid4().hex, self._deadline(), waits=waits)

    def status(self, query_id: str) -> JobStatus:
        """Where a query stands, asked once. See `JobTransport.status`."""
        return self._service.status(query_id, self._deadline())

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
        return self._fetch(query_id, request, status or self._service.status(query_id, deadline), deadline)

    def keeps_keys(self) -> bool:
        """True when the server is known to take a query under one key only once; it is asked to find out.

        A query whose submission broke off can then be submitted again under the same key.
        """
        return self._service.keeps_keys(self._deadline())

    def models(self) -> list[str]:
        """IDs of the models that the account may use, as the server lists them."""
        return self._service.models(self._deadline())

    def _deadline(self) -> Deadline:
        return Deadline(self.timeout, self._closed)

    def _wait(self, query_id: str, request: Request, deadline: Deadline) -> JobStatus:
        number = 0
        while True:
            status = self._service.status(query_id, deadline)
            if status.state != "running":
                return status
            self._tell("waiting", query_id, request, deadline, message=status.message)
            # The last question comes before the time is out, not a whole pause earlier.
            seconds, share = _LAST_QUESTION
            pause = min(self._poll.pause(number), deadline.left - min(seconds, share * deadline.seconds))
            if pause <= 0 or not deadline.sleep(pause):
                self._service.check_open(deadline, query_id)
                raise JobTimeoutError(
                    f"{request.model_id} has not answered in {deadline.seconds:,.0f} s; {self._service.hint(query_id)}",
                    query_id=query_id,
                )
            number += 1

    def _fetch(self, query_id: str, request: Request, status: JobStatus, deadline: Deadline) -> Prediction:
        def advance(done: int, total: int | None) -> None:
            self._tell("downloading", query_id, request, deadline, done=done, total=total)

        with raw_file() as path, keeping_raw(path):
            number = 0
            while True:
                url = self._ready(query_id, request, status)
                try:
                    result = download(self._connection, url, path, deadline, advance)
                except OSError as error:
                    result = Lost(f"it cannot be kept on disk ({error})", sent=True, final=True)
                if isinstance(result, dict):
                    return self._parsed(result, query_id, request)
                number += 1
                asked = result.pause if isinstance(result, Lost) else None
                final = isinstance(result, Lost) and result.final
                patient = asked is not None or number < self._attempts
                if final or not patient or not deadline.sleep(self._back_off.pause(number - 1, asked)):
                    raise self._undelivered(result, query_id)
                if isinstance(result, Gone):
                    status = self._service.status(query_id, deadline)

    def _ready(self, query_id: str, request: Request, status: JobStatus) -> str:
        if status.state == "failed":
            raise failure(status.message, query_id, request, self.account.token())
        if status.download_url is None:
            raise TransportError(
                f"the query {query_id} is not answered yet; {self._service.hint(query_id)}", query_id=query_id
            )
        return status.download_url

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
            reason = scrub(str(error), self.account.token())
        # Outside the except block: an answer may repeat the token, and then the error that says so has it.
        raise _of(query_id, f"the answer to the query {query_id} cannot be used: {reason}")

    def _undelivered(self, result: Lost | Damaged | Gone, query_id: str) -> ResultError | TransportError:
        message = f"the answer to the query {query_id} could not be downloaded: "
        if isinstance(result, Damaged):
            return _of(query_id, f"{message}it {result.reason}; {self._service.hint(query_id)}")
        return TransportError(f"{message}{result.reason}; {self._service.hint(query_id)}", query_id=query_id)

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


def _of(query_id: str, message: str) -> ResultError:
    error = ResultError(message)
    error.query_id = query_id
    return error
