"""A file server on this machine, with everything that goes wrong with file servers."""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_BLOCK = 1 << 14


@dataclass
class Files:
    """What the server has.

    Attributes
    ----------
    content
        Path without its first slash -> bytes.
    cut_after
        The next answers tear the connection down after so many bytes each; then they are whole.
    pause
        Set while the server may send; cleared, it stops after the first blocks of every file.
    page
        Answer every request with a web page and status 200.
    endless
        Announce this many bytes of zeros whatever is asked for, and send them.
    validators
        Send an ETag.
    asked
        Path and Range header of every request.
    """

    url: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    pause: threading.Event = field(default_factory=threading.Event)
    started: threading.Event = field(default_factory=threading.Event)
    page: bool = False
    endless: int = 0
    announce: bool = True
    validators: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: Files

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        files, path = self.files, self.path.lstrip("/")
        files.asked.append((path, self.headers.get("Range", "")))
        if files.page:
            self._whole(
                200, b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html; charset=utf-8"
            )
        elif files.endless:
            self._zeros(files.endless)
        elif path not in files.content:
            self._whole(404, b"<html>no such file</html>", "text/html")
        else:
            self._file(files.content[path])

    def _whole(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _zeros(self, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        if self.files.announce:
            self.send_header("Content-Length", str(size))
        self.send_header("Connection", "close")
        self.end_headers()
        self._send(bytes(size) if size < 1 << 20 else b"", size)

    def _file(self, body: bytes) -> None:
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and self.headers.get("If-Range") == tag else 0
        if start and start >= len(body):
            self._whole(416, b"", "text/plain")
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body) - start))
        if self.files.validators:
            self.send_header("ETag", tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        rest = body[start:]
        cut = self.files.cut_after.pop(0) if self.files.cut_after else None
        self._send(rest if cut is None else rest[:cut], len(rest))
        if cut is not None:
            # An abrupt end: a reset instead of the polite goodbye.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

    def _send(self, body: bytes, size: int) -> None:
        zeros = bytes(1 << 20)
        try:
            if not body:
                for _ in range(size >> 20):
                    self.wfile.write(zeros)
                    self.files.sent += len(zeros)
            for at in range(0, len(body), _BLOCK):
                self.wfile.write(body[at : at + _BLOCK])
                self.wfile.flush()
                self.files.sent += _BLOCK
                self.files.started.set()
                self.files.pause.wait(30)
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that are killed leave in the middle


@contextmanager
def file_server() -> Iterator[Files]:
    """A server on a port of this machine; `Files` says what it has and how it behaves."""
    files = Files()
    files.pause.set()
    handler = type("Handler", (_Handler,), {"files": files})
    server = _Server(("127.0.0.1", 0), handler)
    files.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield files
    finally:
        files.pause.set()
        server.shutdown()
        server.server_close()
        thread.join()
