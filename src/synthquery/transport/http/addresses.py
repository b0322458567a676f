"""Where the service or a container is: argument, environment, default."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from synthquery.errors import TransportError, TransportOptionError
from synthquery.resources import load_toml


def service_url(given: str | None = None) -> str:
    """Address of a server of the hosted protocol: the argument, ``SYNTHESIZE_API_BASE_URL`` or the service.

    Raises
    ------
    TransportError
        When it is no web address.
    """
    table = load_toml("hosted.toml")
    variable = table["variables"]["base_url"]
    if given:
        return checked_url(given, "base_url")
    return checked_url(os.environ.get(variable, "").strip() or table["url"], variable)


def container_url(model_id: str, given: str | None = None) -> str:
    """Address of the container that answers for a model.

    The argument comes first, then the model's own variable (``SYNTHESIZE_ENDPOINT_GEM_1_BULK`` or
    ``SYNTHESIZE_API_BASE_URL__GEM_1_BULK``), then ``SYNTHESIZE_API_BASE_URL``.

    Raises
    ------
    TransportError
        When none of them says where it is, or it is no web address.
    """
    if given:
        return checked_url(given, "base_url")
    variables = container_variables(model_id)
    for variable in variables:
        if value := os.environ.get(variable, "").strip():
            return checked_url(value, variable)
    raise TransportError(
        f"no address of a container that answers for {model_id}: set {variables[1]} (or {variables[-1]} for "
        "all models), for example to http://localhost:8000, or give base_url"
    )


def container_variables(model_id: str) -> tuple[str, ...]:
    """The variables that may say where a model's container is, the one that counts most first."""
    table = load_toml("hosted.toml")
    names = table["variables"]
    base = model_id
    for suffix in table["containers"]["suffixes"]:
        base = base.removesuffix(suffix)
    key = re.sub(r"[^A-Z0-9]+", "_", base.upper())
    return f"{names['endpoint']}_{key}", f"{names['base_url']}__{key}", names["base_url"]


def self_hosted() -> bool:
    """True when ``SYNTHESIZE_SELF_HOSTED`` says that models run in containers of one's own."""
    variable: str = load_toml("hosted.toml")["variables"]["self_hosted"]
    return os.environ.get(variable, "").strip().lower() in {"1", "true", "yes", "on"}


def checked_url(url: str, origin: str) -> str:
    """An address without a slash at its end.

    Raises
    ------
    TransportOptionError
        When it is no http:// or https:// address, or has a user name or anything behind its path in it. The address
        is not repeated then: it may hold a password.
    """
    parts = _split(url.strip()) if isinstance(url, str) else None
    if parts is None:
        raise TransportOptionError(
            f"the address given by {origin!r} is no web address; https://app.synthesize.bio is one"
        )
    if parts.username or parts.password:
        raise TransportOptionError(
            f"the address given by {origin!r} has a user name or password in it; a token is given by "
            f"{load_toml('hosted.toml')['variables']['token']} instead"
        )
    if parts.query or parts.fragment:
        raise TransportOptionError(
            f"the address given by {origin!r} goes on behind its path, with ? or #, where the paths of the service are "
            "to be added; leave that out"
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def host(url: str) -> str:
    """The host, and its port where one is given, for messages; never the whole address, which may be signed."""
    return urlsplit(url).netloc.rpartition("@")[2] or "the server"


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: where a token may go and where not. Of what is no address, nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:  # an address that is none, as a server may send it
        return "", None, None
    return parts.scheme, parts.hostname, port


def is_hosted(url: str) -> bool:
    """True for the hosted service itself, which answers nobody without a token."""
    return origin(url) == origin(load_toml("hosted.toml")["url"])


def is_loopback(url: str) -> bool:
    """True for an address on this machine, which no proxy can reach."""
    name = urlsplit(url).hostname or ""
    found = _ip(name)
    return name == "localhost" or name.endswith(".localhost") or (found is not None and found.is_loopback)


def is_private(url: str) -> bool:
    """True for an address inside a machine or a local network: names without a dot, private ranges."""
    name = urlsplit(url).hostname or ""
    found = _ip(name)
    if found is not None:
        return bool(found.is_private or found.is_loopback or found.is_link_local)
    return "." not in name or name.endswith((".localhost", ".local", ".internal", ".lan"))


def _ip(name: str) -> Any:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
