"""OLS4, Ensembl, HGNC, MyGene.info and Cellosaurus on this machine, with faults to order.

In a test, in a thread of its own::

    with OntologyServices({"uberon": store}) as services:
        OnlineSources(services.urls)

As a process of its own, which shares no interpreter lock with the client; it prints its address::

    python -m tests.servers.ontology_services --ontology UBERON --faults 0.3
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from synthquery.ontology import OntologySource, default_ontologies
from tests.servers import gene_shapes
from tests.servers.faults import Faults
from tests.servers.ols_shapes import Ols, Reply

_GATEWAY_PAGE = (
    b"<html><head><title>503 Service Temporarily Unavailable</title></head><body>nginx</body></html>"
)
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 503: "Unavailable"}


class OntologyServices:
    """The services, at one address with a path each.

    Attributes
    ----------
    ols
        How OLS behaves.
    faults
        What goes wrong; may be replaced at any time.
    requests
        Method and target of every request, in order.
    headers
        Headers of the last request.
    most_at_once
        The largest number of requests that were under way together.
    """

    def __init__(
        self, sources: dict[str, OntologySource] | None = None, faults: Faults | None = None
    ) -> None:
        self.ols = Ols(sources or {})
        self.faults = faults or Faults()
        self.requests: list[str] = []
        self.times: list[float] = []
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.most_at_once = 0
        self._at_once = 0
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.services = self
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def urls(self) -> dict[str, str]:
        """Addresses of the services, by name."""
        return {
            name: f"{self.address}/{name}" for name in ("ols", "ensembl", "hgnc", "mygene", "cellosaurus")
        }

    def serve(self) -> None:
        """Serve until the process ends."""
        self._server.serve_forever()

    @contextlib.contextmanager
    def under_way(self) -> Any:
        """Count the requests under way."""
        with self.lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self.lock:
                self._at_once -= 1

    def reply(self, method: str, target: str, body: Any) -> Reply:
        """The answer to a request that goes well."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/moved/"):
            return 302, target.removeprefix("/moved")
        service, _, rest = parts.path.removeprefix("/").partition("/")
        path = f"/{rest}"
        if service == "ols" and path.startswith("/api/"):
            return self.ols.reply(path.removeprefix("/api"), query)
        if service == "ensembl":
            return gene_shapes.ensembl(method, path, body)
        if service == "hgnc":
            return gene_shapes.hgnc(path)
        if service == "mygene" and path == "/query":
            return gene_shapes.mygene(query)
        if service == "cellosaurus":
            return gene_shapes.cellosaurus(path, query)
        if target == "/traffic":
            return 200, len(self.requests)
        return 404, b"<html><body>404 Not Found</body></html>"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    services: OntologyServices

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0")))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base class)
        """Keep the output of the tests clean."""

    def _answer(self, body: Any) -> None:
        services = self.server.services
        with services.under_way():
            if self.path != "/traffic":
                with services.lock:
                    services.requests.append(f"{self.command} {self.path}")
                    services.times.append(time.monotonic())
                    services.headers = dict(self.headers)
            time.sleep(services.delay)
            fault = services.faults.next() if self.path != "/traffic" else None
            if fault in ("reset", "timeout"):
                self._break(fault, services.faults.stall)
                return
            status, content = services.reply(self.command, self.path, body)
            if status == 302:
                self._send(status, "text/plain", b"", None, f"Location: {content}\r\n")
                return
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            kind = "text/html" if isinstance(content, bytes) else "application/json;charset=UTF-8"
            self._send(status, kind, data, fault)

    def _break(self, fault: str, stall: float) -> None:
        if fault == "timeout":
            time.sleep(stall)
        else:  # closing with a linger of zero seconds sends a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _send(self, status: int, kind: str, data: bytes, fault: str | None, extra: str = "") -> None:
        if fault in ("503", "429", "401", "403"):
            status, kind, data = int(fault), "text/html", _GATEWAY_PAGE
            wait = self.server.services.faults.retry_after
            extra = f"Retry-After: {wait}\r\n" if wait else ""
        elif fault == "html":
            status, kind, data = 200, "text/html", _GATEWAY_PAGE
        elif fault == "truncated":
            data = data[: len(data) // 2]
        length = len(data)
        if fault == "cut off":
            data = data[: length // 2]
            self.close_connection = True
        head = (
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {length}\r\n{extra}\r\n"
        )
        self.wfile.write(head.encode() + data)


def main() -> None:
    """Serve the snapshot's ontologies until the process ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ontology", action="append", default=[])
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--stall", type=float, default=1.0)
    options = parser.parse_args()
    stores: dict[str, OntologySource] = {
        name.lower(): default_ontologies().store(name) for name in options.ontology
    }
    services = OntologyServices(stores, Faults(options.faults, stall=options.stall))
    print(services.address, flush=True)
    services.serve()


if __name__ == "__main__":
    main()
