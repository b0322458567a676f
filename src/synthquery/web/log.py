"""What a server was asked and did, one line of JSON each; never a token."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_KEPT: Final = 100_000


class RequestLog:
    """The log of a server: in memory the newest entries, in a file all. Safe to use from several threads.

    Parameters
    ----------
    path
        The file, which is begun anew; None for none. Every line is on its way to the disk when it is written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = path.open("w", encoding="utf-8") if path else None
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._statuses: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._authorized_downloads = 0

    @property
    def entries(self) -> tuple[dict[str, Any], ...]:
        """The newest entries, oldest first."""
        with self._lock:
            return tuple(self._entries)

    def add(self, event: str, **details: Any) -> None:
        """Write one entry; details that are None are left out."""
        entry: dict[str, Any] = {"event": event, "at": round(time.monotonic() - self._began, 4)}
        entry |= {name: value for name, value in details.items() if value is not None}
        with self._lock:
            self._events[event] += 1
            if event == "request":
                self._statuses[str(entry.get("status", "none"))] += 1
                self._faults.update([entry["fault"]] if "fault" in entry else [])
                self._authorized_downloads += "authorization" in entry and entry["path"].startswith(
                    "/results/"
                )
            self._entries.append(entry)
            self._write(entry)

    def totals(self) -> dict[str, Any]:
        """How many requests there were, by status and by fault, and how many for a result carried a token."""
        with self._lock:
            return {
                "requests": self._events["request"],
                "statuses": dict(sorted(self._statuses.items())),
                "faults": dict(sorted(self._faults.items())),
                "authorized_downloads": self._authorized_downloads,
            }

    def close(self, summary: Mapping[str, Any]) -> None:
        """Write the summary and close the file; more than once does nothing."""
        with self._lock:
            if self._file is not None and not self._file.closed:
                self._write({"event": "summary", **summary})
                self._file.close()

    def _write(self, entry: Mapping[str, Any]) -> None:
        if self._file is not None and not self._file.closed:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
