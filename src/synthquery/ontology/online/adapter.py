"""One request to a service: tried again while that may help, and given back only when it is a real answer.

This sits below the cache. What the cache holds costs nothing and waits for nothing, and what is no answer
(a page of a gateway, half a document) never gets into it.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from synthquery.ontology.online.gate import Gate
from synthquery.ontology.online.settings import Settings

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes. A page of 500 terms of OLS has about 2 MB."""
LONGEST_PAUSE: Final = 20.0
"""Seconds. A service that asks for a longer break is not waited for."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_BACK_OFF: Final = 3.0
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class UnansweredError(requests.RequestException):
    """A service gave no answer; the text says why, in words, and repeats no address."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a try failed, whether another may help, and how long the service asks to wait."""

    reason: str
    final: bool = False
    pause: float | None = None


class PoliteAdapter(HTTPAdapter):
    """Sends requests through a gate.

    Attributes
    ----------
    sent
        How many requests went out, repeated ones among them.
    """

    def __init__(self, settings: Settings, gate: Gate) -> None:
        super().__init__(pool_connections=2, pool_maxsize=settings.at_once, max_retries=0)
        self._settings = settings
        self._gate = gate
        self._lock = threading.Lock()
        self.sent = 0

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 (a body that is not read has not been checked)
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request; raises UnansweredError when that brings no answer."""
        options = {"timeout": timeout, "verify": verify, "cert": cert, "proxies": proxies}
        reason = "it keeps failing; it is tried again in half a minute"
        for attempt in range(self._settings.attempts):
            with self._gate.place() as admitted:
                if not admitted:
                    break
                result = self._try(request, options)
            if isinstance(result, requests.Response):
                return result
            reason = result.reason
            if result.final or attempt + 1 == self._settings.attempts or self._gate.circuit.is_open:
                break
            self._pause(attempt, result.pause)
        raise UnansweredError(reason, request=request)

    def _try(
        self, request: requests.PreparedRequest, options: dict[str, Any]
    ) -> requests.Response | _Failure:
        started = time.monotonic()
        with self._lock:
            self.sent += 1
        try:
            response = super().send(request, stream=True, **options)
            try:
                _read(response, started + 3 * self._settings.read_timeout)
            finally:
                response.close()
            failure = self._fault(response)
        except (requests.RequestException, OSError) as error:
            failure = _Failure(_in_words(error), final=isinstance(error, requests.exceptions.SSLError))
        if failure is None:
            self._gate.circuit.succeeded()
            return response
        self._gate.circuit.failed(started)
        return failure

    def _fault(self, response: requests.Response) -> _Failure | None:
        """What keeps a response from being an answer."""
        status = response.status_code
        if status in _REDIRECTS:
            return None
        if status in _BUSY:
            pause = _asked_pause(response)
            return _Failure(
                f"it is busy or out of order (status {status})",
                pause is not None and pause > LONGEST_PAUSE,
                pause,
            )
        if status != 200 and status not in self._settings.misses:
            return _Failure(f"it refused the request (status {status})", final=True)
        try:
            body = json.loads(response.content)
        except ValueError:
            if status == 200:
                return _Failure("it answered with something that is not JSON, or only half of it")
            return _Failure(f"something else than the service answered (status {status})", final=True)
        if status != 200 and not isinstance(body, dict):
            return _Failure(f"something else than the service answered (status {status})", final=True)
        return None

    def _pause(self, attempt: int, asked: float | None) -> None:
        """Wait before the next try: ever longer, and not at the same moment as everybody else."""
        if asked is not None:
            self._gate.limiter.hold(asked)
            return
        longest = min(_LONGEST_BACK_OFF, _FIRST_PAUSE * 2**attempt)
        time.sleep(random.uniform(longest / 2, longest))


def _read(response: requests.Response, deadline: float) -> None:
    """Read the body, as long and as large as an answer may be."""
    blocks = []
    size = 0
    for block in response.iter_content(1 << 16):
        size += len(block)
        if size > LARGEST_ANSWER:
            raise UnansweredError("its answer is larger than any real one")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout
        blocks.append(block)
    response._content = b"".join(blocks)


def _asked_pause(response: requests.Response) -> float | None:
    """Seconds of ``Retry-After``: a number, which Ensembl gives with decimals, or a date."""
    text = response.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None  # noqa: PLR0124 (not a number)


def _in_words(error: Exception) -> str:
    """Why a request failed. The texts of the library hold addresses, and these may hold passwords."""
    if isinstance(error, UnansweredError):
        return str(error)
    for kind, words in (
        (requests.exceptions.ProxyError, "the proxy cannot be reached or refuses the connection"),
        (requests.exceptions.SSLError, "its certificate cannot be verified"),
        (requests.exceptions.ConnectTimeout, "it cannot be reached (timeout)"),
        (requests.exceptions.Timeout, "it did not answer in time"),
        (requests.exceptions.ChunkedEncodingError, "the connection broke off in the middle of the answer"),
        (requests.exceptions.ContentDecodingError, "its answer is damaged"),
        (requests.exceptions.ConnectionError, "no connection"),
    ):
        if isinstance(error, kind):
            return words
    return f"the request failed ({type(error).__name__})"
