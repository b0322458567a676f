"""One server: requests out, answers in. The token goes to its host, and nowhere else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from synthquery.transport.http.addresses import is_loopback, origin
from synthquery.transport.http.losses import Lost, lost
from synthquery.transport.http.pauses import Deadline
from synthquery.transport.http.quiet import QuietAdapter, patience, silence
from synthquery.transport.tokens import Token

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes of an answer that is not a result: a status, an error, a list of models."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 5
_KEPT_OPEN: Final = 128
_DIGITS: Final = 18
"""Of the length of a body at most: nothing is as long as that."""
_LONGEST_WAIT: Final = 2e6
"""Seconds that a socket is told to wait at most, some weeks: it takes no infinite ones."""


class Body(Protocol):
    """What is sent: its pieces, as often as asked, and how many bytes they are."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def data(self) -> Any:
        """The JSON of the body; None when it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


class Connection:
    """Sends requests to one server, and fetches files from wherever it says they are.

    Safe to use from several threads.
    """

    def __init__(self, url: str, connect_timeout: float, read_timeout: float) -> None:
        self.url = url
        self._timeouts = (connect_timeout, read_timeout)
        self._session = _session()
        self._proxies: dict[tuple[str, str | None, int | None], dict[str, str]] = {}

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()

    def ask(self, path: str, token: Token | None, deadline: Deadline) -> Answer | Lost:
        """GET a path of the server and read the answer."""
        url = self.url + path
        for _ in range(_MOST_REDIRECTS):
            question = _Outgoing("GET", url, {"Accept": "application/json"}, token)
            with self._sent(question, deadline) as reply:
                if isinstance(reply, Lost):
                    return reply
                if reply.status_code not in _REDIRECTS:
                    return read_answer(reply, deadline)
                target = urljoin(url, reply.headers.get("Location", ""))
            if origin(target) != origin(self.url):
                return _away(target)
            url = target
        return Lost("it sends from one address to the next without end", sent=False, final=True)

    def tell(
        self,
        path: str,
        body: Body,
        headers: Mapping[str, str],
        token: Token | None,
        deadline: Deadline,
        *,
        fresh: bool = False,
    ) -> Answer | Lost:
        """POST to a path of the server and read the answer. Never repeated, for it may act twice.

        Parameters
        ----------
        fresh
            Use a new connection. One that has idled may be closed by the server in the very moment it is used
            again, and nobody knows then whether the request arrived.
        """
        with self.posted(path, body, headers, token, deadline, fresh=fresh) as reply:
            return reply if isinstance(reply, Lost) else read_answer(reply, deadline)

    @contextmanager
    def posted(
        self,
        path: str,
        body: Body,
        headers: Mapping[str, str],
        token: Token | None,
        deadline: Deadline,
        *,
        fresh: bool = False,
    ) -> Iterator[requests.Response | Lost]:
        """POST to a path of the server as `tell` does; the answer is still to be read."""
        url = self.url + path
        told = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        with self._sent(_Outgoing("POST", url, told, token, body, fresh=fresh), deadline) as reply:
            if isinstance(reply, Lost) or reply.status_code not in _REDIRECTS:
                yield reply
                return
            yield _away(urljoin(url, reply.headers.get("Location", "")))

    @contextmanager
    def opened(self, url: str, deadline: Deadline) -> Iterator[requests.Response | Lost]:
        """GET a file from any host, without the token; the body is still to be read."""
        secure = urlsplit(self.url).scheme == "https"
        for _ in range(_MOST_REDIRECTS):
            scheme = urlsplit(url).scheme
            if scheme != "https" and (secure or scheme != "http"):
                yield Lost("the address of the answer is not https", sent=False, final=True)
                return
            with self._sent(_Outgoing("GET", url, {}, quiet=True), deadline) as reply:
                if isinstance(reply, Lost) or reply.status_code not in _REDIRECTS:
                    yield reply
                    return
                url = urljoin(url, reply.headers.get("Location", ""))
        yield Lost("it sends from one address to the next without end", sent=False, final=True)

    @contextmanager
    def _sent(self, outgoing: _Outgoing, deadline: Deadline) -> Iterator[requests.Response | Lost]:
        connect, read = (max(0.001, min(seconds, deadline.left, _LONGEST_WAIT)) for seconds in self._timeouts)
        session = _session(kept_open=1) if outgoing.fresh else self._session
        reply: requests.Response | Lost | None = _without_certificates(session, outgoing.url)
        try:
            if reply is None:
                with silence(outgoing.quiet), patience(read):
                    reply = session.request(
                        outgoing.method,
                        outgoing.url,
                        headers=dict(outgoing.headers),
                        data=outgoing.body,
                        auth=_Login(outgoing.token),
                        timeout=(connect, read),
                        allow_redirects=False,
                        stream=True,
                        proxies=self._proxies_for(outgoing.url),
                    )
        except (requests.RequestException, OSError, ValueError) as error:
            reply = lost(error)
        # Outside the except block: the errors of requests hold headers and addresses, and must not hang on ours.
        try:
            yield reply
        finally:
            if isinstance(reply, requests.Response):
                reply.close()
            if session is not self._session:
                session.close()

    def _proxies_for(self, url: str) -> dict[str, str]:
        """The proxies of the environment, read once for each host; none for this machine, which they cannot reach."""
        place = origin(url)
        if place not in self._proxies:
            self._proxies[place] = {} if is_loopback(url) else dict(get_environ_proxies(url))
        return self._proxies[place]


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A request on its way; `quiet` when its address is signed, `fresh` when it needs a connection of its own."""

    method: str
    url: str
    headers: Mapping[str, str]
    token: Token | None = None
    body: Body | None = None
    quiet: bool = False
    fresh: bool = False


def _session(kept_open: int = _KEPT_OPEN) -> requests.Session:
    from synthquery import __version__

    session = requests.Session()
    # What the environment says is read once, as requests reads it each time: proxies (see _proxies_for), certificates.
    # A .netrc is not: its password would be sent in the place of a token.
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, QuietAdapter(pool_connections=4, pool_maxsize=kept_open))
    session.headers["User-Agent"] = f"synthquery/{__version__} (python-requests)"
    return session


def _without_certificates(session: requests.Session, url: str) -> Lost | None:
    """Why nothing is sent, where the file of certificates is not there: requests says so in an error like any other."""
    given = session.verify
    if not isinstance(given, str) or urlsplit(url).scheme != "https" or Path(given).exists():
        return None
    reason = f"the certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names are not there: {given}"
    return Lost(reason, sent=False, final=True)


class _Login(AuthBase):
    """Sets the token, if there is one."""

    def __init__(self, token: Token | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


def read_answer(reply: requests.Response, deadline: Deadline) -> Answer | Lost:
    """The whole of a small answer."""
    blocks: list[bytes] = []
    size = 0
    try:
        while block := read_piece(reply, 1 << 16):
            blocks.append(block)
            size += len(block)
            if size > LARGEST_ANSWER:
                return Lost("its answer is larger than any real one", sent=True, final=True)
            if not deadline.left:
                return Lost("its answer did not end in time", sent=True)
        short = missing(reply)
    except (HTTPError, OSError) as error:
        return lost(error)
    if short:
        return Lost(short, sent=True)
    return Answer(reply.status_code, reply.headers, b"".join(blocks))


def read_piece(reply: requests.Response, size: int) -> bytes:
    """What has come of a body, `size` bytes at most; empty at its end.

    It does not wait until there are `size` bytes: whoever reads can look at the time meanwhile. Raises the errors of
    urllib3.
    """
    # What is to be decoded goes through a queue of urllib3, which copies it twice.
    piece: bytes | None = reply.raw.read1(size, decode_content="Content-Encoding" in reply.headers)
    return piece or b""


def why_ended(reply: requests.Response, error: Exception) -> str:
    """Why a body ended early, in words: an error of urllib3 came in its place."""
    reason = lost(error).reason
    if isinstance(error, ReadTimeoutError):
        return f"{reason}, after {reply.raw.tell():,} bytes"
    # What cannot be decoded is not read to its end: that bytes are missing says nothing.
    return reason if isinstance(error, DecodeError) else missing(reply) or reason


def missing(reply: requests.Response) -> str:
    """What a body that was read lacks of the announced length; empty when nothing does."""
    length, came = announced(reply), reply.raw.tell()
    return "" if length in (None, came) else f"its answer ended after {came:,} of {length:,} bytes"


def announced(reply: requests.Response) -> int | None:
    """How many bytes a body has, as its header says; None where it does not say, or no number that could be."""
    length = reply.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and len(length) <= _DIGITS else None


def _away(target: str) -> Lost:
    where = urlsplit(target)
    place = f"{where.scheme}://{where.netloc.rpartition('@')[2]}" if where.netloc else "nowhere"
    return Lost(
        f"it sends requests on to {place}, where they are not followed; if that is right, give it as base_url",
        sent=False,
        final=True,
    )
