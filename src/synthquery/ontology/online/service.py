"""A service on the network: paths in, JSON out, through the cache and the gate."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import requests
from requests_cache import CachedSession
from requests_cache.models.response import CachedResponse

from synthquery.errors import SourceUnavailableError
from synthquery.ontology.cache import cache_root
from synthquery.ontology.online.adapter import PoliteAdapter, UnansweredError
from synthquery.ontology.online.answers import open_cache
from synthquery.ontology.online.gate import Gate
from synthquery.ontology.online.settings import Settings

# The cache logs a warning with a traceback when it serves an old answer; without a handler Python prints it.
logging.getLogger("requests_cache").addHandler(logging.NullHandler())

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered: the parsed body, and whether it found what was asked for."""

    found: bool
    body: Any


@dataclass(frozen=True, slots=True)
class Traffic:
    """What asking has cost.

    Attributes
    ----------
    sent
        Requests that went out, repeated ones among them.
    hits
        Answers that came from the cache and are still fresh.
    stale
        Answers that are past their time, used because the service could not be asked.
    """

    sent: int
    hits: int
    stale: int


class Service:
    """One service.

    Safe to use from several threads. Close it, or use it as a context manager.

    Parameters
    ----------
    settings
        Where it is and how gently it is asked.
    cache_folder
        Where answers are kept; by default in the user's cache directory.
    """

    def __init__(self, settings: Settings, cache_folder: Path | None = None) -> None:
        self.settings = settings
        folder = cache_folder or cache_root() / "online"
        cache = open_cache(folder, timedelta(days=settings.keep_miss_days))
        self._cache = cache
        self._session: requests.Session = CachedSession(
            backend=cache or "memory",
            expire_after=timedelta(days=settings.keep_days),
            allowable_codes=(200, *sorted(settings.misses)),
            allowable_methods=("GET", "POST"),
            stale_if_error=True,
            key_fn=_key,
        )
        self._adapter = PoliteAdapter(settings, Gate(settings.per_second, settings.at_once))
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)
        self._session.headers.update({"User-Agent": _user_agent(), "Accept": settings.accept})
        self._session.auth = settings.login
        self._lock = threading.Lock()
        self._hits = 0
        self._stale = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{self.settings.title} at {self.settings.url}>"

    def close(self) -> None:
        """Close connections and the cache."""
        self._session.close()

    @property
    def traffic(self) -> Traffic:
        """What asking has cost so far."""
        return Traffic(self._adapter.sent, self._hits, self._stale)

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Ask for a path below the service's address.

        Raises
        ------
        SourceUnavailableError
            When there is no answer; the message says why. That there is no such thing is an answer.
        """
        query = f"?{urlencode(params)}" if params else ""
        return self._ask("GET", self.settings.url + path + query, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Send a JSON body; raises as `get` does."""
        return self._ask("POST", self.settings.url + path, json.dumps(body).encode())

    def unavailable(self, reason: str) -> SourceUnavailableError:
        """The error that says that this service could not be asked."""
        return SourceUnavailableError(
            f"{self.settings.title} ({self.settings.host}) could not be asked: {reason}"
        )

    def each(self, ask: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """`ask` of every item, as many at once as the service allows; results in the order of the items."""
        wanted = list(items)
        if len(wanted) < 2 or self.settings.at_once < 2:
            return [ask(item) for item in wanted]
        pool = ThreadPoolExecutor(self.settings.at_once, thread_name_prefix="synthquery-online")
        try:
            return list(pool.map(ask, wanted))
        finally:
            pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C the rest is not asked any more

    def _ask(self, method: str, url: str, content: bytes | None) -> Answer:
        kept = self._kept(_digest(method, url, content))
        if kept is not None:
            return kept
        try:
            response = self._session.request(
                method,
                url,
                data=content,
                headers={"Content-Type": "application/json"} if content is not None else None,
                timeout=(self.settings.connect_timeout, self.settings.read_timeout),
            )
            body = json.loads(response.content)
        except UnansweredError as error:
            raise self.unavailable(str(error)) from None
        except (requests.RequestException, ValueError) as error:
            raise self.unavailable(f"the request failed ({type(error).__name__})") from None
        if isinstance(response, CachedResponse):
            with self._lock:
                self._hits += not response.is_expired
                self._stale += response.is_expired
        return Answer(response.status_code == 200, body)

    def _kept(self, key: str) -> Answer | None:
        """The answer in the cache, if it is there and fresh."""
        kept = self._cache.fresh(key) if self._cache is not None else None
        if kept is None:
            return None
        try:
            body = json.loads(kept[1])
        except ValueError:
            return None
        with self._lock:
            self._hits += 1
        return Answer(kept[0] == 200, body)


def _key(request: requests.PreparedRequest, **_: object) -> str:
    """What makes two requests the same, for the session."""
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return _digest(request.method or "", request.url or "", body if isinstance(body, bytes) else None)


def _digest(method: str, url: str, content: bytes | None) -> str:
    return hashlib.sha256(f"{method} {url}\n".encode() + (content or b"")).hexdigest()[:32]


def _user_agent() -> str:
    from synthquery import __version__

    return f"synthquery/{__version__} (python-requests)"
