"""The copy of an answer under way: whole, in memory or in a file, and gone in the end."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from synthquery.transport import raw_copy
from synthquery.transport.raw_copy import RawCopy

PIECES = [b"ARROW1", b"", b"x" * 40, b"y" * 40, b"z"]
WHOLE = b"".join(PIECES)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def content(received: bytes | Path) -> bytes:
    return received.read_bytes() if isinstance(received, Path) else received


@pytest.mark.parametrize("held", [0, 10, 50, 1_000])
def test_all_that_came_is_received_at_any_moment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(raw_copy, "_HELD", held)
    with RawCopy() as copy:
        for number, piece in enumerate(PIECES, start=1):
            copy.write(piece)
            assert content(copy.received()) == b"".join(PIECES[:number])
        assert isinstance(copy.received(), bytes if held >= len(WHOLE) else Path)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("held", [10, 1_000])
def test_what_came_before_is_forgotten_when_it_comes_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(raw_copy, "_HELD", held)
    with RawCopy() as copy:
        copy.write(b"the first half of an answer")
        copy.clear()
        assert not list(folder.iterdir())
        for piece in PIECES:
            copy.write(piece)
        assert content(copy.received()) == WHOLE


def test_nobody_else_can_read_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_copy, "_HELD", 10)
    with RawCopy() as copy:
        copy.write(WHOLE)
        (path,) = folder.iterdir()
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_the_file_is_gone_after_an_error_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_copy, "_HELD", 10)

    def fails() -> None:
        with RawCopy() as copy:
            copy.write(WHOLE)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert not list(folder.iterdir())
