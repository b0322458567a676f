"""Connections that tell nobody what they carry.

The standard library prints the headers of a request, the token among them, when its debug level is set; urllib3 logs
the address of every request, which for a download is signed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class _QuietHTTP(HTTPConnection):
    debuglevel = 0

    def connect(self) -> None:
        super().connect()
        _be_patient(self)


class _QuietHTTPS(HTTPSConnection):
    debuglevel = 0

    def connect(self) -> None:
        super().connect()
        _be_patient(self)


def _be_patient(connection: HTTPConnection) -> None:
    """Once a server is reached, the time to reach it counts no more: one that is busy reads a large body late."""
    seconds = getattr(_here, "patience", None)
    if seconds is not None and connection.sock is not None:
        connection.sock.settimeout(seconds)


class _QuietHTTPPool(HTTPConnectionPool):
    ConnectionCls = _QuietHTTP


class _QuietHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _QuietHTTPS


class QuietAdapter(HTTPAdapter):
    """Makes connections whose debug level stays 0, whatever the standard library's is."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        _quieten(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        _quieten(manager)
        return manager


def _quieten(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _QuietHTTPPool, "https": _QuietHTTPSPool}


_here = threading.local()


@contextmanager
def silence(wanted: bool) -> Iterator[None]:
    """Log nothing of what this thread asks for, if `wanted`."""
    before = getattr(_here, "silent", False)
    _here.silent = wanted
    try:
        yield
    finally:
        _here.silent = before


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Give servers so long to take each piece of what this thread sends them."""
    _here.patience = seconds
    try:
        yield
    finally:
        _here.patience = None


def _audible(_: logging.LogRecord) -> bool:
    return not getattr(_here, "silent", False)


for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_audible)
