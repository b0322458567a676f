"""The token of an account: where it comes from, and how it is kept out of everything that is written."""

from __future__ import annotations

import html
import json
import os
import re
import threading
from contextlib import suppress
from typing import Final, NoReturn, Self
from urllib.parse import quote

from synthquery.errors import AuthenticationError
from synthquery.resources import load_toml

_HIDDEN: Final = "***"
_SECRET: Final = 8
"""Characters from which a token is nothing but itself. A shorter one, such as the ``x`` that is given to a server which
wants any, is a part of other words too, and counts only where it is a word."""
_SIGNED: Final = re.compile(
    r"""(https?://[^\s?"'<>]+)\?[^\s"'<>]*(?:signature|sig|token|x-amz-|x-goog-|key)[^\s"'<>=]*=[^\s"'<>]*""",
    re.IGNORECASE,
)


class Token:
    """A secret that shows itself nowhere by accident: not in reprs, texts, pickles or comparisons.

    Parameters
    ----------
    value
        The token; blanks and line ends around it, as files and prompts leave them, are dropped.
    origin
        Where it comes from, for messages.

    Raises
    ------
    AuthenticationError
        When it cannot be a token: it is empty, or has blanks or other characters no header can carry.
    """

    __slots__ = ("_value", "origin")

    def __init__(self, value: str, origin: str = "the argument 'token'") -> None:
        value = value.strip()
        if not value or not all("!" <= character <= "~" for character in value):
            what = "is empty" if not value else "has blanks or characters outside ASCII"
            raise AuthenticationError(f"the token from {origin} {what}; it is not shown here")
        self._value = value
        self.origin = origin

    @classmethod
    def of_others(cls, value: str, origin: str) -> Self:
        """One that another client may send, whatever it is: only to be kept out of what is said."""
        token = cls.__new__(cls)
        token._value, token.origin = value.strip(), origin
        return token

    def reveal(self) -> str:
        """The token itself, for the header of a request and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return f"Token({_HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not pickled: it would be written somewhere")


class Account:
    """The token of a transport, looked for when it is first needed: a keyring takes a moment to open.

    Safe to use from several threads.
    """

    def __init__(self, token: str | Token | None = None) -> None:
        if token is not None and not isinstance(token, str | Token):
            raise AuthenticationError(f"a token is text, not a {type(token).__name__}")
        self._token = Token(token) if isinstance(token, str) else token
        self._looked = token is not None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "Account()"

    def token(self) -> Token | None:
        """The token; None when there is none."""
        with self._lock:
            if not self._looked:
                self._token, self._looked = find_token(), True
            return self._token


def find_token(given: str | Token | None = None) -> Token | None:
    """The token of the account; nobody is asked for it.

    The argument comes first, then ``SYNTHESIZE_API_KEY``, then the keyring entry that pysynthbio writes (when
    the package keyring is installed: ``pip install "synthquery[keyring]"``).

    Returns
    -------
    Token or None
        None when there is none anywhere.

    Raises
    ------
    AuthenticationError
        When what is found cannot be a token.
    """
    if isinstance(given, Token):
        return given
    if given is not None:
        return Token(given)
    found = token_of_environment()
    if found is not None:
        return found
    stored = _stored()
    return Token(stored, "the keyring") if stored and stored.strip() else None


def token_of_environment() -> Token | None:
    """The token in ``SYNTHESIZE_API_KEY``; None when it is not set or empty."""
    variable = load_toml("hosted.toml")["variables"]["token"]
    value = os.environ.get(variable, "")
    return Token(value, variable) if value.strip() else None


def token_to_hide() -> Token | None:
    """What is in ``SYNTHESIZE_API_KEY``, to be kept out of what others say; also what could be no token of ours."""
    variable = load_toml("hosted.toml")["variables"]["token"]
    value = os.environ.get(variable, "")
    return Token.of_others(value, variable) if value.strip() else None


def where_tokens_come_from() -> str:
    """The ways to give a token, for messages."""
    table = load_toml("hosted.toml")
    entry = table["keyring"]
    return (
        f"set {table['variables']['token']}, or store it once with "
        f"`keyring set {entry['service']} {entry['user']}`; tokens are made at {table['keys_page']}"
    )


def scrub(text: str, token: Token | None) -> str:
    """`text` without the token, however it is written, and without the signatures of web addresses."""
    if token is not None:
        value = token.reveal()
        forms = {value, html.escape(value), json.dumps(value)[1:-1], quote(value, safe="")}
        for form in sorted(forms, key=len, reverse=True):
            if len(value) >= _SECRET:
                text = text.replace(form, _HIDDEN)
            else:
                text = re.sub(rf"(?<![^\W_]){re.escape(form)}(?![^\W_])", _HIDDEN, text)
    return _SIGNED.sub(r"\1?" + _HIDDEN, text)


def _stored() -> str | None:
    """The token in the system's keyring; None when there is no keyring, or none that answers by itself."""
    try:
        import keyring
    except ImportError:
        return None
    entry = load_toml("hosted.toml")["keyring"]
    # Whatever a backend raises (locked, no service, no bus): there is no token to be had from it.
    with suppress(Exception):
        ring = keyring.get_keyring()
        for one in getattr(ring, "backends", None) or [ring]:  # a chain has all the keyrings there are
            with suppress(Exception):
                if _asks(one):
                    continue
                if found := one.get_password(entry["service"], entry["user"]):
                    return str(found)
    return None


def _asks(ring: object) -> bool:
    """True for a keyring that would ask for its password in the terminal (EncryptedKeyring, CryptFileKeyring)."""
    return "crypt" in type(ring).__name__.casefold()
