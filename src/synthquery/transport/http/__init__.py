"""The hosted protocol over HTTP: submit, poll, download."""

from __future__ import annotations

from synthquery.transport.http.progress import JobProgress
from synthquery.transport.http.transport import HttpTransport

__all__ = ["HttpTransport", "JobProgress"]
