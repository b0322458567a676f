"""Shared set-up: one compiled ontology cache for the whole run, and no way out to the network."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Compiling the snapshot takes seconds; every worker and every subprocess of the run shares one compiled copy.
_CACHE = Path(__file__).parent.parent / ".pytest_cache" / "synthquery"
os.environ["SYNTHQUERY_CACHE_DIR"] = str(_CACHE)
os.environ["SYNTHQUERY_DATA_DIR"] = str(_CACHE.parent / "synthquery-data")  # never this user's own
os.environ["NO_COLOR"] = "1"
os.environ["COLUMNS"] = "120"

# The same examples in every run, so that a change and not chance makes a test fail; no deadline, for machines differ.
# HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that opens a connection to anything but this machine."""
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(address, tuple) and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)
