"""How a service is asked: where it is and how gently, from ``data/services.toml``."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from synthquery.errors import OntologyError
from synthquery.resources import load_toml


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service is asked.

    Attributes
    ----------
    name, title
        The service: its key in the table, and its name for messages.
    url
        Where it is, without a user name or password.
    accept
        The media type asked for.
    misses
        Status codes that, with a JSON body, say that there is no such thing.
    per_second
        Most requests in any second; 0 is no limit.
    at_once
        Most requests under way at the same time.
    connect_timeout, read_timeout
        Seconds.
    attempts
        How often a request is tried.
    keep_days, keep_miss_days
        How long an answer, or the answer that there is no such thing, is used without asking again.
    login
        User name and password that stood in the address; never shown.
    """

    name: str
    title: str
    url: str
    accept: str
    misses: frozenset[int]
    per_second: float
    at_once: int
    connect_timeout: float
    read_timeout: float
    attempts: int
    keep_days: float
    keep_miss_days: float
    login: tuple[str, str] | None = None

    @property
    def host(self) -> str:
        """The host, for messages; never the whole address, which may hold a key."""
        return urlsplit(self.url).hostname or self.url

    def __repr__(self) -> str:
        return f"Settings({self.name!r}, {self.url!r})"


def service_settings(name: str, url: str | None = None, **changes: Any) -> Settings:
    """Settings of a service.

    Parameters
    ----------
    name
        A table of ``data/services.toml``.
    url
        Another host; by default what the service's environment variable names, or the official one.
    **changes
        Attributes of `Settings` to set differently, for example ``per_second=0``.

    Raises
    ------
    OntologyError
        When the address is none.
    """
    table = load_toml("services.toml")
    row = {**table["defaults"], **table[name]}
    variable = row.pop("variable")
    given = url or os.environ.get(variable) or row["url"]
    row["misses"] = frozenset(row["misses"])
    row["url"], login = split_login(given, variable)
    if name == "ols":
        row["url"] = row["url"].removesuffix("/api")  # the address of OLS is given with it and without
    return replace(Settings(name=name, login=login, **row), **changes)


def split_login(url: str, origin: str) -> tuple[str, tuple[str, str] | None]:
    """An address without the user name and password in it, and these.

    Raises
    ------
    OntologyError
        When it is no web address; what it is is not repeated, for it may hold a password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OntologyError(f"the address given for {origin} is no http:// or https:// address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{host}:{port}" if port else host
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", "")), login
