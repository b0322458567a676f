"""Files from the network: resumed where they were cut off, watched while they come in.

A download grows in a ``.part`` file beside a note of where it is from and which version of the file it is.
An interrupted one goes on where it stopped if the server still has that version; what does not look like an
ontology from its first bytes on, or grows beyond all measure, is given up at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from synthquery.errors import OntologyError
from synthquery.ontology.updates.inspect import check_start

if TYPE_CHECKING:
    import requests

Advance = Callable[[int, int | None], None]
"""Told how many bytes there are, and how many there will be where the server says so."""

_BLOCK: Final = 1 << 14  # what is lost of a connection that is torn down
_TIMEOUT: Final = (15.0, 60.0)  # seconds to connect, and between two pieces
_ATTEMPTS: Final = 3
_PAGE_TYPES: Final = ("text/html", "application/xhtml")


class DownloadError(OntologyError):
    """One address did not give the file; another may."""


@dataclass(frozen=True, slots=True)
class Download:
    """A complete file.

    Attributes
    ----------
    path, sha256
        The file and the SHA-256 of its bytes.
    url
        Where it was asked for.
    version
        ETag or Last-Modified of the server; empty where it gives none.
    """

    path: Path
    sha256: str
    url: str
    version: str


@dataclass(slots=True)
class _Note:
    url: str
    version: str


def download(url: str, folder: Path, largest: int, advance: Advance | None = None) -> Download:
    """Download a file into `folder`.

    Parameters
    ----------
    url
        Its address; the proxy variables of the environment are honoured.
    folder
        Where unfinished files are kept for the next attempt.
    largest
        Bytes beyond which it cannot be the file.
    advance
        For a progress bar.

    Raises
    ------
    DownloadError
        When it cannot be had or is no ontology; one line says why.
    OSError
        When it cannot be written.
    """
    import requests

    stem = hashlib.sha256(url.encode()).hexdigest()[:16]
    part, note = folder / f"{stem}.part", folder / f"{stem}.json"
    for attempt in range(_ATTEMPTS):
        try:
            with requests.Session() as session:
                version = _fetch(session, url, part, note, largest, advance)
            break
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            if attempt == _ATTEMPTS - 1:
                raise DownloadError(f"{url} could not be downloaded: {_reason(error)}") from error
        except requests.RequestException as error:
            raise DownloadError(f"{url} could not be downloaded: {_reason(error)}") from error
        except DownloadError:
            discard(part, note)
            raise
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Download(part, digest, url, version)


def fetch_checksum(url: str) -> str | None:
    """The SHA-256 that is published beside a file, as ``URL.sha256``; None when there is none."""
    import requests

    try:
        with requests.get(f"{url}.sha256", timeout=_TIMEOUT, stream=True) as answer:
            if answer.status_code != 200:
                return None
            text = answer.raw.read(512, decode_content=True).decode("ascii", "replace")
    except requests.RequestException:
        return None
    word = text.split()[0].lower() if text.split() else ""
    return word if len(word) == 64 and set(word) <= set("0123456789abcdef") else None


def discard(*files: Path) -> None:
    """Forget what was downloaded."""
    for file in files:
        file.unlink(missing_ok=True)


def forget_downloads(folder: Path) -> None:
    """Forget every download of an ontology, once it is installed or has proved wrong."""
    discard(*folder.glob("*.part"), *folder.glob("*.json"))


def _fetch(
    session: requests.Session, url: str, part: Path, note: Path, largest: int, advance: Advance | None
) -> str:
    """One attempt; gives the version of the file."""
    had, known = _had_before(url, part, note)
    headers = {"Accept-Encoding": "identity", "User-Agent": "synthquery (ontology update)"}
    if had:
        headers |= {"Range": f"bytes={had}-", "If-Range": known}
    with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        if answer.status_code == 416 and had:  # nothing is left to send
            return known
        _check_answer(answer, url)
        start = had if answer.status_code == 206 else 0
        total = _total(answer, start)
        if total is not None and total > largest:
            raise DownloadError(
                f"{url} is {total / 1e6:,.0f} MB, too large to be a release ({largest / 1e6:,.0f} MB)"
            )
        version = answer.headers.get("ETag", "") or answer.headers.get("Last-Modified", "")
        note.write_text(json.dumps(asdict(_Note(url, version))))
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for size in _pieces(answer, file, start):
                if size > largest:
                    raise DownloadError(
                        f"{url} goes on beyond {largest / 1e6:,.0f} MB; no release is that large"
                    )
                if size <= _BLOCK:
                    _look_at(url, part)
                if advance is not None:
                    advance(size, total)
    _check_size(url, part, total)
    return version


def _check_answer(answer: requests.Response, url: str) -> None:
    if answer.status_code not in (200, 206):
        raise DownloadError(f"{url} could not be downloaded: the server says {answer.status_code}")
    if answer.headers.get("Content-Type", "").startswith(_PAGE_TYPES):
        raise DownloadError(f"{url} gave a web page, not a file; a login or a proxy may stand before it")


def _check_size(url: str, part: Path, total: int | None) -> None:
    import requests

    found = part.stat().st_size
    if not found:
        raise DownloadError(f"{url} gave an empty file")
    if total is not None and found != total:
        raise requests.ConnectionError(f"it ended after {found:,} of {total:,} bytes")


def _pieces(answer: requests.Response, file: BinaryIO, start: int) -> Iterator[int]:
    """Write what comes in; gives the size after each piece."""
    size = start
    for block in answer.iter_content(_BLOCK):
        file.write(block)
        size += len(block)
        if size <= _BLOCK:
            file.flush()  # its first bytes are looked at
        yield size


def _look_at(url: str, part: Path) -> None:
    try:
        check_start(part)
    except OntologyError as error:
        raise DownloadError(f"{url} is no ontology: {error}") from error


def _had_before(url: str, part: Path, note: Path) -> tuple[int, str]:
    """How many bytes of which version are there already; 0 when it cannot be told whether they still fit."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        before = _Note(**json.loads(note.read_text()))
        # A weak ETag does not promise the same bytes (RFC 9110, 8.8.1), and If-Range does not take it.
        if before.url == url and before.version and not before.version.startswith("W/"):
            return part.stat().st_size, before.version
    return 0, ""


def _total(answer: requests.Response, start: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _reason(error: Exception) -> str:
    """The innermost reason of an error of requests, on one line and without its addresses of objects."""
    inner: object = error
    while getattr(inner, "args", ()):
        args = inner.args  # type: ignore[attr-defined]  # the loop asked for it
        # urllib3 says "Unable to connect to proxy" first, and why after it
        first = args[1] if len(args) > 1 and isinstance(args[1], Exception) else args[0]
        deeper = getattr(first, "reason", None) or first
        if not isinstance(deeper, BaseException):
            break
        inner = deeper
    text = str(inner)
    return text.rpartition(">: ")[2] or type(error).__name__
