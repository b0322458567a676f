"""Containers of one's own: one request, and the answer comes back in it as an Arrow stream."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Final

import numpy as np
import requests
from urllib3.exceptions import HTTPError

from synthquery.errors import ResultError, TransportError
from synthquery.prediction.extras import import_extra
from synthquery.transport.base import Request
from synthquery.transport.http.addresses import checked_url, container_url, host
from synthquery.transport.http.body import JsonBody
from synthquery.transport.http.connection import (
    Answer,
    Connection,
    announced,
    missing,
    read_answer,
    read_piece,
    why_ended,
)
from synthquery.transport.http.download import Advance
from synthquery.transport.http.losses import Lost
from synthquery.transport.http.patience import Patience
from synthquery.transport.http.pauses import Deadline
from synthquery.transport.http.progress import Announcer, JobProgress, OnProgress
from synthquery.transport.http.refusals import said
from synthquery.transport.http.submit import (
    KEY_HEADER,
    Retries,
    Trouble,
    hand_over,
    keeps_keys,
    predict_path,
    trouble,
)
from synthquery.transport.raw_copy import RawCopy
from synthquery.transport.tokens import Account, Token, scrub
from synthquery.wire.arrival import keeping_raw
from synthquery.wire.arrow_results import read_arrow
from synthquery.wire.asked import check_answer

if TYPE_CHECKING:
    from synthquery.prediction import Prediction

ARROW: Final = "application/vnd.apache.arrow.stream"
"""Media type of an Arrow IPC stream, as the container of the service's owner is asked for it (pysynthbio 4.2.4)."""

_BLOCK: Final = 1 << 18


class ArrowTransport:
    """Sends queries to self-hosted containers and reads the record batches of their answers as they come.

    Safe to use from several threads.

    Parameters
    ----------
    base_url
        Where the container of every model is. By default the variables say, for each model:
        ``SYNTHESIZE_ENDPOINT_GEM_1_BULK``, ``SYNTHESIZE_API_BASE_URL__GEM_1_BULK`` (``gem-1-bulk`` and its
        variants), then ``SYNTHESIZE_API_BASE_URL``.
    token
        By default ``SYNTHESIZE_API_KEY`` or the keyring's entry; a container without accounts needs none.
    timeout
        Seconds for a query in all.
    connect_timeout, read_timeout
        Seconds to reach the container, and until it sends the next piece; the first comes when the model is done.
    attempts, back_off
        How often a query is tried that the container did not take, and the first and longest pause in seconds.
    on_progress
        Called with `JobProgress` as the answer comes.

    Raises
    ------
    MissingExtraError
        When pyarrow is not installed (``pip install "synthquery[arrow]"``).
    TransportError
        When `base_url` is no web address, or a number is not above 0.
    """

    name = "self-hosted"

    def __init__(
        self,
        base_url: str | None = None,
        *,
        token: str | Token | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        attempts: int | None = None,
        back_off: tuple[float, float] | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        import_extra("pyarrow", "arrow", "the answer of a self-hosted container")
        self._patience = Patience.make(
            "container",
            timeout=timeout,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            attempts=attempts,
            back_off=back_off,
        )
        self.base_url = checked_url(base_url, "base_url") if base_url else None
        self.timeout = self._patience.total
        self.account = Account(token)
        self._on_progress = on_progress or Announcer()
        self._connections: dict[str, Connection] = {}
        self._kept: set[str] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def close(self) -> None:
        """Close connections. See `Transport.close`."""
        self._closed.set()
        with self._lock:
            for connection in self._connections.values():
                connection.close()

    def predict(self, request: Request) -> Prediction:
        """Send a request and read its answer. See `Transport.predict`.

        Raises
        ------
        AuthenticationError
            When the container wants a token, or another one.
        RejectedQueryError
            When it refuses the query; ``.report`` has an issue on each field it names.
        TransportError
            When no address is known for the model, or the container cannot be reached or fails.
            ``.submission`` says whether it may be at work on the query.
        ResultError
            When the answer is cut off, is no Arrow stream or does not fit the query.
        """
        if self._closed.is_set():
            raise TransportError("the transport is closed")
        url = container_url(request.model_id, self.base_url)
        connection = self._connection(url)
        token = self.account.token()
        deadline = Deadline(self.timeout, self._closed)
        body = JsonBody(request.body)
        headers = {KEY_HEADER: uuid.uuid4().hex, "Accept": ARROW}

        retries = Retries(
            self._patience.attempts,
            self._patience.back_off,
            lambda: self._keeps_keys(connection, token, deadline),
        )
        with RawCopy() as copy, keeping_raw(copy, form="arrow"):

            def attempt() -> Prediction | Trouble:
                path = predict_path(request.model_id)
                fresh = url not in self._kept
                with connection.posted(path, body, headers, token, deadline, fresh=fresh) as reply:
                    return self._answer(reply, request, url, token, deadline, copy)

            return hand_over(attempt, retries, deadline)

    def _answer(
        self,
        reply: requests.Response | Lost,
        request: Request,
        url: str,
        token: Token | None,
        deadline: Deadline,
        copy: RawCopy,
    ) -> Prediction | Trouble:
        if isinstance(reply, Lost):
            return trouble(reply, request, url, token)
        if keeps_keys(reply.headers):
            self._kept.add(url)
        if reply.status_code != 200:
            return trouble(read_answer(reply, deadline), request, url, token)
        kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        if "json" in kind or kind.startswith("text/"):
            return self._no_stream(read_answer(reply, deadline), kind, url)
        copy.clear()
        incoming = _Incoming(reply, copy, deadline, lambda *done: self._tell(request, deadline, *done))
        return self._read(incoming, request, url)

    def _read(self, incoming: _Incoming, request: Request, url: str) -> Prediction | Trouble:
        message = f"the answer of {host(url)} for {request.model_id} "
        try:
            prediction = read_arrow(incoming, request.model_id, request.body)
            check_answer(prediction, request.model_id, request.body)
            came = {"transport": self.name, "server": url}
            return prediction.replace(provenance={**prediction.provenance, **came})
        except ResultError as error:
            reason = scrub(str(error), self.account.token())  # an answer may repeat the token
        except TransportError as error:
            return Trouble(error, taken=True)
        except OSError as error:
            raise TransportError(f"{message}could not be kept on disk: {error}", submission="done") from error
        try:
            while incoming.read():  # what is still to come is kept too, and tells whether anything is missing
                pass
        except TransportError:  # no time is left, or nobody waits
            pass
        except OSError as error:
            told = f"{message}cannot be used: {reason}; it could not be kept on disk: {error}"
            raise TransportError(told, submission="done") from error
        if incoming.broken:
            return Trouble(ResultError(f"{message}was cut off: {incoming.broken}"), taken=True)
        return Trouble(ResultError(f"{message}cannot be used: {reason}"), taken=True, final=True)

    def _no_stream(self, answer: Answer | Lost, kind: str, url: str) -> Trouble:
        if isinstance(answer, Lost):
            return Trouble(TransportError(f"{host(url)}: {answer.reason}", submission="unknown"), taken=True)
        told = said(answer, self.account.token())
        hint = f". It says: {told}" if told else ""
        hosted = isinstance(answer.data, dict) and "modelQueryId" in answer.data
        if hosted:
            hint = "; it speaks the protocol of the hosted service, which is the transport 'synthesize'"
        message = f"{host(url)} answered with {kind}, not with an Arrow stream{hint}"
        return Trouble(TransportError(message, submission="unknown"), taken=True, final=hosted)

    def _connection(self, url: str) -> Connection:
        with self._lock:
            if url not in self._connections:
                self._connections[url] = Connection(url, self._patience.connect, self._patience.read)
            return self._connections[url]

    def _keeps_keys(self, connection: Connection, token: Token | None, deadline: Deadline) -> bool:
        """True when the container is known to take a query under one key only once; it is asked to find out."""
        for number in range(self._patience.attempts):
            if connection.url in self._kept:
                break
            answer = connection.ask("/api/models", token, deadline)
            if isinstance(answer, Answer) and keeps_keys(answer.headers):
                self._kept.add(connection.url)
                break
            told = (
                answer.final
                if isinstance(answer, Lost)
                else not (answer.status == 429 or answer.status >= 500)
            )
            if told or not deadline.sleep(self._patience.back_off.pause(number)):
                break
        return connection.url in self._kept

    def _tell(self, request: Request, deadline: Deadline, done: int, total: int | None) -> None:
        self._on_progress(
            JobProgress("downloading", "", request.model_id, deadline.spent, done=done, total=total)
        )


class _Incoming:
    """The body of a response as a file: copied as it is read, so that an answer that does not fit is not lost.

    Attributes
    ----------
    broken
        Why it ended early; empty while it has not.
    """

    def __init__(self, reply: requests.Response, copy: RawCopy, deadline: Deadline, advance: Advance) -> None:
        self._reply, self._copy, self._deadline, self._advance = reply, copy, deadline, advance
        self._total = announced(reply)
        self.broken = ""

    def read(self, size: int = -1, /) -> bytes | memoryview:
        """What comes next: `size` bytes at most, and fewer only when it has ended, broken off, or is too much to hold.

        Raises
        ------
        TransportError
            When the time is out, or the transport closed.
        """
        piece = self._piece(_BLOCK if size < 0 else min(size, _BLOCK))
        if 0 < len(piece) < size and (room := _room(size)):
            return self._fill(room, piece)
        self._copy.write(piece)
        return piece

    def _fill(self, room: memoryview, piece: bytes) -> memoryview:
        """Put pieces where they are to lie; they are small, and so the same memory serves for each of them."""
        end = 0
        while piece:
            start, end = end, end + len(piece)
            room[start:end] = piece
            piece = self._piece(min(len(room) - end, _BLOCK)) if end < len(room) else b""
        self._copy.write(room[:end])
        return room[:end]

    def _piece(self, size: int) -> bytes:
        if self._deadline.closed:
            raise TransportError("the transport was closed while the answer came", submission="unknown")
        if not self._deadline.left:
            raise TransportError("the answer did not come in the time allowed", submission="unknown")
        try:
            piece = read_piece(self._reply, size)
        except (HTTPError, OSError) as error:
            self.broken = self.broken or why_ended(self._reply, error)
            return b""
        self._advance(self._reply.raw.tell(), self._total)
        if not piece:
            self.broken = self.broken or missing(self._reply)
        return piece


def _room(size: int) -> memoryview | None:
    """Memory for as much; None when there is not so much, for a damaged answer may say any number."""
    try:
        return np.empty(size, dtype=np.uint8).data
    except (MemoryError, ValueError):
        return None
