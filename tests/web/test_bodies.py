"""Bodies of requests: long ones, chunked ones, and those that are not what they say."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from synthquery.simulator import example_query
from tests.web.conftest import asking

PATH = "/api/models/gem-1-sc/predict"


def raw(call, text: bytes) -> bytes:
    """What a server answers to bytes as they are, until it closes the connection."""
    where = urlsplit(call.server.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def head(*lines: str) -> bytes:
    return "\r\n".join([f"POST {PATH} HTTP/1.1", "Host: here", *lines, "", ""]).encode()


def test_a_body_may_come_in_chunks(call):
    where = urlsplit(call.server.url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
    text = json.dumps(asking()).encode()
    pieces = [text[start : start + 10] for start in range(0, len(text), 10)]
    connection.request(
        "POST", PATH, iter(pieces), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    answer = connection.getresponse()
    assert answer.status == 200
    assert json.loads(answer.read())["modelQueryId"]
    connection.close()


def test_chunks_may_have_extensions_and_trailers(call):
    text = json.dumps(asking()).encode()
    chunk = f"{len(text):X};name=value\r\n".encode() + text + b"\r\n0\r\nTrailer: x\r\n\r\n"
    assert b"modelQueryId" in raw(call, head("Transfer-Encoding: chunked", "Connection: close") + chunk)


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-5\r\nhello\r\n", b"\r\n", b"2\r\nhello\r\n0\r\n\r\n"])
def test_broken_chunks_are_a_bad_request(call, chunk):
    assert raw(call, head("Transfer-Encoding: chunked") + chunk).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("lines", "body"), [(["Content-Length: 90"], b"{"), (["Transfer-Encoding: chunked"], b"90\r\n{")]
)
def test_a_body_that_ends_early_is_none(call, lines, body):
    assert raw(call, head(*lines) + body).startswith(b"HTTP/1.1 408")


def test_a_length_is_a_number(call):
    for length in ("many", "9" * 5_000):
        assert raw(call, head(f"Content-Length: {length}")).startswith(b"HTTP/1.1 400")


def test_a_body_that_is_too_large_is_refused_and_the_caller_told(serve):
    call = serve(largest_body=100_000)
    answer = call.predict(b" " * 5_000_000)
    assert answer.status == 413
    assert "100,000 bytes" in answer.json["error"]


def test_a_chunked_body_that_is_too_large_is_refused(serve):
    call = serve(largest_body=1_000)
    chunks = b"1000\r\n" + b" " * 0x1000 + b"\r\n0\r\n\r\n"
    assert raw(call, head("Transfer-Encoding: chunked") + chunks).startswith(b"HTTP/1.1 413")


def test_who_asks_first_is_told_before_sending(serve):
    call = serve(largest_body=1_000)
    answer = raw(call, head("Content-Length: 2000", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 413")
    answer = raw(call, head("Content-Length: 2", "Expect: 100-continue") + b"[]")
    assert answer.startswith(b"HTTP/1.1 100")


def test_a_large_query_is_taken(call):
    body = example_query("gem-1-bulk_predict-metadata")
    body["inputs"] *= 20
    text = json.dumps(body, indent=1).encode()
    assert len(text) > 5_000_000
    assert call.predict(text, "gem-1-bulk_predict-metadata").status == 200
