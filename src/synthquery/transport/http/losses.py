"""Requests without an answer: why, and whether the server may have them all the same."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import requests
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError, ReadTimeoutError

_HANDSHAKE: Final = (
    "CERTIFICATE",
    "HANDSHAKE",
    "WRONG_VERSION",
    "PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "NO_PROTOCOLS",
    "HTTP_REQUEST",
    "UNKNOWN_CA",
    "UNRECOGNIZED_NAME",
)
"""Words in the reasons for which OpenSSL gives up before anything is sent (openssl/sslerr.h)."""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came.

    Attributes
    ----------
    reason
        Why, in words; it repeats no address.
    sent
        True when the server may have the request all the same.
    final
        True when another try would end the same way.
    pause
        Seconds the server asked to wait.
    """

    reason: str
    sent: bool
    final: bool = False
    pause: float | None = None


def lost(error: Exception) -> Lost:
    """What an error of requests means. Its text is not used: it holds addresses, which may be signed."""
    known = requests.exceptions
    if isinstance(error, known.SSLError):
        return _insecure(error)
    for kind, words, sent, final in (
        # Addresses are http or https by now: it is the proxy whose kind requests does not know.
        (
            known.InvalidSchema,
            "the proxy is none for HTTP; one for SOCKS takes the package PySocks",
            False,
            True,
        ),
        (known.ProxyError, "the proxy cannot be reached or refuses the connection", False, False),
        (known.ConnectTimeout, "it cannot be reached in time", False, False),
        (known.Timeout, "it did not answer in time", True, False),
        (ReadTimeoutError, "it did not answer in time", True, False),
        (DecodeError, "its answer is damaged", True, False),
        (HTTPError, "the connection broke off in the middle of the answer", True, False),
    ):
        if isinstance(error, kind):
            return Lost(words, sent, final)
    if _not_reached(error):
        return Lost("it cannot be reached", sent=False)
    if isinstance(error, known.ConnectionError | OSError) and not isinstance(error, known.InvalidURL):
        return Lost("the connection broke off", sent=True)
    return Lost(f"the request could not be made ({type(error).__name__})", sent=False, final=True)


def _insecure(error: BaseException) -> Lost:
    """An encrypted connection that did not come about, or that broke off later."""
    for inner in _inside(error):
        reason = (getattr(inner, "reason", None) or "") if isinstance(inner, ssl.SSLError) else ""
        if isinstance(inner, ssl.CertificateError) or any(word in reason for word in _HANDSHAKE):
            return Lost("its certificate or encryption cannot be verified", sent=False, final=True)
    return Lost("the encrypted connection broke off", sent=True)


def _not_reached(error: BaseException) -> bool:
    """True when no connection came about: not a byte was sent."""
    return any(isinstance(inner, NewConnectionError) for inner in _inside(error))


def _inside(error: BaseException) -> Iterator[BaseException]:
    """An error of requests and those it was made from, which it carries in two ways."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = seen.args[0] if seen.args else None
        seen = inner if isinstance(inner, BaseException) else None
