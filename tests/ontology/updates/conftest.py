"""Every test here has a cache directory of its own, and a file server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from synthquery.ontology import in_use
from tests.ontology.updates.file_server import Files, file_server
from tests.ontology.updates.releases import graph_json, next_release


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "cache"))
    in_use.changed()
    yield tmp_path / "cache"
    monkeypatch.undo()
    in_use.changed()


@pytest.fixture(scope="session")
def stages() -> bytes:
    """The next release of the stages of human development, as OBO graph JSON."""
    return graph_json("HsapDv", "2026-06-02", next_release("HsapDv"))


@pytest.fixture
def server(stages: bytes) -> Iterator[Files]:
    with file_server() as files:
        files.content["hsapdv.json"] = stages
        yield files
