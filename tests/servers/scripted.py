"""A server that says what a test tells it to say, for the answers that a well-behaved one never gives.

::

    with Scripted() as server:
        server.says("GET", "/api/models", Say(503), Say(200, {"models": []}))
        server.asked  # what came in
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Say:
    """One answer.

    Attributes
    ----------
    status, body, headers
        What is sent; a body that is no text or bytes is written as JSON.
    announced
        Content-Length to claim; that of the body when left out.
    reset
        Tear the connection down instead of answering.
    late
        Seconds before anything is sent.
    drip
        Seconds between the bytes of the body.
    stall
        Seconds that the connection stays open after the body, and nothing more comes.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    reset: bool = False
    late: float = 0.0
    drip: float = 0.0
    stall: float = 0.0

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Asked:
    """One request that came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    caller: tuple[str, int] = ("", 0)


Script = Say | Callable[[Asked], Say]


class Scripted:
    """The server. What a path has no more answers for gets its last one again; an unknown path gets 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._said: dict[tuple[str, str], list[Script]] = defaultdict(list)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.script = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def says(self, method: str, path: str, *answers: Script) -> None:
        """Answer so, one after the other."""
        with self._lock:
            self._said[method, path] = list(answers)

    def times(self, method: str, path: str) -> int:
        """How often a path was asked for."""
        return sum((one.method, one.path.partition("?")[0]) == (method, path) for one in self.asked)

    def reply(self, asked: Asked) -> Say:
        with self._lock:
            self.asked.append(asked)
            left = self._said.get((asked.method, asked.path.partition("?")[0]))
            if not left:
                return Say(404, {"error": "Not Found"})
            said = left.pop(0) if len(left) > 1 else left[0]
        return said if isinstance(said, Say) else said(asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    script: Scripted

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the base class)
        """Keep the output of the tests clean."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        said = self.server.script.reply(
            Asked(self.command, self.path, dict(self.headers), body, self.client_address)
        )
        time.sleep(said.late)
        if said.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.rfile.close()
            self.wfile.close()
            self.connection.close()
            return
        self.send_response(said.status)
        length = len(said.content) if said.announced is None else said.announced
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(length),
            **said.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if said.drip:
            for byte in said.content:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(said.drip)
        else:
            self.wfile.write(said.content)
        self.wfile.flush()
        time.sleep(said.stall)
        if length != len(said.content):
            self.close_connection = True
