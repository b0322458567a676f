"""Answers kept on disk: the cache of `requests-cache`, in a form that holds facts only and cannot run code.

`requests-cache` pickles whole responses. Here an entry is the status, the address and the body: no headers,
no cookies, no credentials, and nothing that a tampered file could make Python execute.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from requests import Response
from requests.structures import CaseInsensitiveDict
from requests_cache.backends.sqlite import SQLiteCache
from requests_cache.models.request import CachedRequest
from requests_cache.models.response import CachedResponse
from requests_cache.serializers import SerializerPipeline, Stage

_FORGET_AFTER: Final = (
    180 * 24 * 3600.0
)  # seconds past its expiry until an answer no longer serves in an emergency
_HEAD_END: Final = b"\n"


def pack(response: CachedResponse) -> bytes:
    """An answer as bytes: a line of facts, then the body."""
    facts = {
        "status": response.status_code,
        "url": response.url,
        "type": response.headers.get("Content-Type", ""),
        "created": response.created_at.timestamp(),
        "expires": response.expires.timestamp() if response.expires else None,
    }
    return json.dumps(facts).encode() + _HEAD_END + (response.content or b"")


def unpack(data: bytes) -> CachedResponse:
    """The answer that was packed."""
    head, _, body = bytes(data).partition(_HEAD_END)
    facts = json.loads(head)
    expires = facts["expires"]
    return CachedResponse(
        content=body,
        status_code=facts["status"],
        url=facts["url"],
        headers=CaseInsensitiveDict({"Content-Type": facts["type"]}),
        request=CachedRequest(method="GET", url=facts["url"]),
        created_at=datetime.fromtimestamp(facts["created"], UTC),
        expires=datetime.fromtimestamp(expires, UTC) if expires is not None else None,
    )


class AnswerCache(SQLiteCache):
    """A cache on disk whose troubles are never the caller's.

    Parameters
    ----------
    path
        The database.
    keep_miss
        How long a "there is no such thing" is kept.
    """

    def __init__(self, path: Path, keep_miss: timedelta) -> None:
        form = SerializerPipeline([Stage(dumps=pack, loads=unpack)], name="answers", is_binary=True)
        # fast_save does not wait for the disk: after a power cut an answer may be missing and is asked again
        super().__init__(path, serializer=form, fast_save=True)
        self._keep_miss = keep_miss
        # All threads share a connection, and from Python 3.12 on one that asks the same at the same time as another
        # may be given the answer to that one's question.
        self._reading = threading.RLock()

    def fresh(self, key: str) -> tuple[int, bytes] | None:
        """Status and body of a kept answer that need not be asked again.

        A tenth of the work of a whole response, which is what makes a list of identifiers that were looked up
        before as quick as reading them.
        """
        try:
            with self._reading, self.responses.connection() as database:
                row = database.execute("SELECT value FROM responses WHERE key = ?", (key,)).fetchone()
            head, _, body = bytes(row[0]).partition(_HEAD_END) if row else (b"{}", b"", b"")
            facts = json.loads(head)
            expires = facts.get("expires")
            return (facts["status"], body) if expires is not None and expires > time.time() else None
        except (sqlite3.Error, ValueError, KeyError, AttributeError, TypeError):
            return None

    def get_response(self, key: str, default: Any = None) -> CachedResponse | None:
        """The kept answer; a database that cannot be read has none."""
        try:
            with self._reading:
                return super().get_response(key, default)
        except sqlite3.Error:
            return None

    def save_response(
        self, response: Response, cache_key: str | None = None, expires: datetime | None = None
    ) -> None:
        """Keep an answer, if the disk allows."""
        if response.status_code != 200 and expires is not None:
            expires = min(expires, datetime.now(UTC) + self._keep_miss)
        with contextlib.suppress(sqlite3.Error):
            super().save_response(response, cache_key, expires)


def open_cache(folder: Path, keep_miss: timedelta) -> AnswerCache | None:
    """The cache of all services in a folder; None where none can be kept.

    A damaged database is thrown away. requests-cache waits for ever for a database that it may not write to,
    so that is found out here.
    """
    path = folder / "answers.sqlite"
    for _ in range(2):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                return None
            _try_out(path)
            return AnswerCache(path, keep_miss)
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError:
            return None
    return None


def _try_out(path: Path) -> None:
    """Write to the database, and forget what is too old to be of use."""
    with contextlib.closing(sqlite3.connect(path, timeout=5.0)) as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, value BLOB, expires INTEGER)"
        )
        database.execute("DELETE FROM responses WHERE expires < ?", (time.time() - _FORGET_AFTER,))
        database.execute("PRAGMA user_version = 1")
        database.commit()
