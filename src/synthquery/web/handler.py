"""One connection of the server: requests off the wire, replies onto it, and what goes wrong on purpose."""

from __future__ import annotations

import io
import math
import shutil
import socket
import struct
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import urlsplit

from synthquery.web.bodies import BodyError, read_body, stated_length, too_large
from synthquery.web.faults import Fault
from synthquery.web.service import Call, Reply, said

if TYPE_CHECKING:
    from synthquery.web.server import Listener

_IDLE: Final = 120.0
_DISCARDED: Final = 64_000_000
_PIECE: Final = 1 << 18
_PAGE: Final = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"


class Handler(BaseHTTPRequestHandler):
    """Serves the requests of one connection, which stays open between them."""

    protocol_version = "HTTP/1.1"
    server_version = "synthquery-simulator"
    sys_version = ""
    timeout = _IDLE
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Listener

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def handle_expect_100(self) -> bool:
        """Refuse a body that is too large before it is sent."""
        try:
            length = stated_length(self.headers)
        except BodyError:
            length = 0  # refused with its reason when it is read
        if length > self.server.settings.largest_body:
            self.close_connection = True
            self._send(said(413, {"error": str(too_large(self.server.settings.largest_body))}), None)
            return False
        return super().handle_expect_100()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Say that a request is none, in the shape of all our errors."""
        self.close_connection = True
        self._send(said(code, {"error": message or HTTPStatus(code).phrase}), None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the log of the server is another."""

    def _serve(self) -> None:
        server = self.server
        try:
            path = urlsplit(self.path).path
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST, f"{self.path[:200]} is no address")
            return
        call = Call(self.command, path, self.headers, self._origin())
        fault = server.faults.next(predicts=call.predicts)
        if fault is not None and fault.kind == "reset-before":
            self._record(call, fault, None)
            self._tear()
            return
        reply: Reply | None = None
        try:
            reply = self._reply(call, fault)
            if fault is not None and fault.kind == "slow":
                server.stopping.wait(server.settings.stall)
        finally:
            # Before the answer, so that a caller who has it finds it in the log.
            self._record(call, fault, reply)
        self._answer(reply, fault)

    def _reply(self, call: Call, fault: Fault | None) -> Reply:
        try:
            body = read_body(self.rfile, self.headers, self.server.settings.largest_body)
        except BodyError as error:
            self.close_connection = True
            return said(error.status, {"error": str(error)})
        if fault is not None and fault.before:
            return _gone_wrong(fault, self.server.settings.retry_after)
        wait = self.server.rate.wait() if call.path.startswith("/api/") else 0.0
        if wait:
            whole = str(max(1, math.ceil(wait)))
            return said(429, {"error": "Too many requests"}, Retry_After=whole)
        whole_call = Call(call.method, call.path, call.headers, call.origin, body)
        try:
            lose_job = fault is not None and fault.kind == "failed-job"
            reply = self.server.service.reply(whole_call, lose_job=lose_job)
        except Exception as error:  # a mistake of ours is an answer too, and no end of the connection
            reply = said(500, {"error": f"Internal error: {type(error).__name__}: {error}"})
        if fault is not None and fault.kind == "5xx":
            wrong = _gone_wrong(fault, self.server.settings.retry_after)
            return Reply(
                wrong.status, wrong.content, wrong.content_type, headers=wrong.headers, job=reply.job
            )
        return reply

    def _answer(self, reply: Reply, fault: Fault | None) -> None:
        kind = fault.kind if fault else None
        if kind == "reset-after":
            self._tear()
        elif kind == "bad-json":
            self._send(Reply(200, _PAGE.format("Sign in").encode(), "text/html"), kind)
        else:
            self._send(reply, kind)
            if reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                self._discard()

    def _send(self, reply: Reply, kind: str | None) -> None:
        try:
            content = reply.file.open("rb") if reply.file else io.BytesIO(reply.content)
        except FileNotFoundError:  # dropped since it was looked up
            self._send(said(404, {"error": "this answer is not kept any more"}, job=reply.job), kind)
            return
        with content:
            self._send_content(reply, content, kind)

    def _send_content(self, reply: Reply, content: BinaryIO, kind: str | None) -> None:
        length = content.seek(0, io.SEEK_END)
        content.seek(0)
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Idempotency-Keys", "kept")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        sent = length
        if kind == "truncated":
            sent, self.close_connection = length // 2, True
        if sent == length:
            shutil.copyfileobj(content, self.wfile, _PIECE)
        else:
            self.wfile.write(content.read(sent))
        self.wfile.flush()

    def _tear(self) -> None:
        """Close the connection so that the other side sees a reset, not an end."""
        self.close_connection = True
        at_once = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self.server.tear(self.connection)

    def _discard(self) -> None:
        """Read on for a while after a refusal: closing at once would reset it away before it is read."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(2.0)
        left = _DISCARDED
        try:
            while left > 0 and (piece := self.rfile.read1(_PIECE)):
                left -= len(piece)
        except OSError:
            return

    def _origin(self) -> str:
        return f"http://{self.headers.get('Host') or self.server.origin}"

    def _record(self, call: Call, fault: Fault | None, reply: Reply | None) -> None:
        self.server.log.add(
            "request",
            method=call.method,
            path=call.shown_path,
            status=reply.status if reply else None,
            fault=fault.kind if fault else None,
            key=call.headers.get("Idempotency-Key"),
            job=reply.job if reply else None,
            authorization="Authorization" in call.headers or None,
        )


def _gone_wrong(fault: Fault, retry_after: int) -> Reply:
    if fault.kind == "429":
        return said(429, {"error": "Too many requests"}, Retry_After=str(retry_after))
    page = _PAGE.format(f"{fault.status} {HTTPStatus(fault.status).phrase}")
    return Reply(fault.status, page.encode(), "text/html")
