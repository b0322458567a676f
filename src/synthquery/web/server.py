"""The server: a socket, its threads, and what they share."""

from __future__ import annotations

import socket
import tempfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self

from synthquery.web.faults import Faults
from synthquery.web.handler import Handler
from synthquery.web.jobs import Job, Jobs
from synthquery.web.log import RequestLog
from synthquery.web.rate import RateLimit
from synthquery.web.service import Service
from synthquery.web.settings import Settings


class Listener(ThreadingHTTPServer):
    """Accepts connections, a thread each, and ends them when it is closed."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, settings: Settings, service: Service, log: RequestLog) -> None:
        self.settings, self.service, self.log = settings, service, log
        self.faults = Faults(settings.faults, settings.fault_kinds, settings.seed)
        self.rate = RateLimit(settings.rate_limit)
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._torn: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        super().__init__((settings.host, settings.port), Handler)

    def server_bind(self) -> None:
        """Take the address, without asking a name server what it is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def origin(self) -> str:
        """Host and port, as they stand in an address."""
        host = f"[{self.server_name}]" if self.address_family == socket.AF_INET6 else self.server_name
        return f"{host}:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def tear(self, connection: socket.socket) -> None:
        """Let a connection end in a reset."""
        with self._lock:
            self._torn.add(connection)

    def shutdown_request(self, request: Any) -> None:
        """End a connection: in order, or torn."""
        with self._lock:
            self._open.discard(request)
            torn = request in self._torn
            self._torn.discard(request)
        if torn:
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news."""

    def end_connections(self) -> None:
        """Wake the threads that wait for callers."""
        self.stopping.set()
        with self._lock:
            waiting = tuple(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has ended by itself
                continue


class SimulatorServer:
    """The simulator behind the hosted service's protocol, on this machine.

    Parameters
    ----------
    **settings
        Those of `Settings`, for example ``token="..."``, ``latency=0.1``, ``faults=0.3``.

    Attributes
    ----------
    url
        Where it is, for example ``"http://127.0.0.1:40213"``.
    log
        What it was asked: a `RequestLog`.

    Raises
    ------
    ConfigError
        When a setting cannot be used.
    OSError
        When the address is taken or cannot be listened at.

    Examples
    --------
    >>> import requests
    >>> with SimulatorServer() as server:
    ...     len(requests.get(f"{server.url}/api/models", timeout=10).json()["models"])
    6
    """

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self._folder = tempfile.TemporaryDirectory(prefix="synthquery-simulator-")
        self.log = RequestLog(self.settings.log)
        self.jobs = Jobs(self.settings, Path(self._folder.name), self._ended)
        try:
            self._listener = Listener(self.settings, Service(self.settings, self.jobs), self.log)
        except BaseException as error:
            self.jobs.stop()
            self._folder.cleanup()
            if isinstance(error, OSError) and error.filename is None:
                error.filename = f"{self.settings.host}:{self.settings.port}"
            raise
        self._thread: threading.Thread | None = None
        self.url = f"http://{self._listener.origin}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Serve in a thread of its own, until `close`."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._listener.serve_forever, args=(0.05,), name="simulator-server", daemon=True
            )
            self._thread.start()

    def close(self) -> dict[str, Any]:
        """End the server and return its summary; answers that were not fetched are gone."""
        if self._thread is not None:
            self._listener.shutdown()
            self._thread.join()
            self._thread = None
        self._listener.end_connections()
        self._listener.server_close()
        self.jobs.stop()
        summary = self.summary()
        self.log.close(summary)
        self._folder.cleanup()
        return summary

    def summary(self) -> dict[str, Any]:
        """What happened so far.

        Returns
        -------
        dict
            ``requests``, ``statuses`` and ``faults`` (how many of each), ``jobs`` (by state; ``lost`` are those
            that failed on purpose), ``run_twice`` (queries that were answered or are being answered under more
            than one ID) and ``authorized_downloads`` (requests for a result that carried a token).
        """
        return {**self.log.totals(), **self.jobs.totals()}

    def _ended(self, job: Job) -> None:
        self.log.add("job", job=job.id, state=job.state, key=job.key, body=job.body[:16])
