"""A scripted service, and transports that do not wait long for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from synthquery.transport import HttpTransport, Request, SimulatorTransport
from synthquery.transport.http.pauses import Deadline
from synthquery.wire.results import result_to_payload
from tests.servers.scripted import Say, Scripted

TOKEN = "sk-canary-3f9a61c27be84d05"
SIGNATURE = "sig-canary-77b1e9"
MODEL = "gem-1-sc"
REQUEST = Request(
    MODEL,
    {
        "inputs": [
            {"metadata": {"tissue_ontology_id": "UBERON:0002107", "age_years": "41"}, "num_samples": 1}
        ],
        "sampling_strategy": "mean estimation",
        "seed": 1,
    },
)
PREDICT = f"/api/models/{MODEL}/predict"
STATUS = "/api/model-queries/q-1/status"
FILE = "/files/q-1.json"
TAKEN = Say(200, {"modelQueryId": "q-1"})
KEPT = {"Idempotency-Keys": "kept"}
RUNNING = Say(200, {"status": "running"})

Open = Callable[..., HttpTransport]


@cache
def payload() -> dict[str, Any]:
    """The answer to REQUEST, as the service sends it."""
    return result_to_payload(SimulatorTransport(seed=1).predict(REQUEST))


def ready(server: Scripted) -> Say:
    return Say(200, {"status": "ready", "downloadUrl": f"{server.url}{FILE}?X-Amz-Signature={SIGNATURE}"})


def failed(message: str) -> Say:
    return Say(200, {"status": "failed", "message": message})


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the service's clients, no keyring, and a place for answers that cannot be used."""
    for name in list(os.environ):
        if name.startswith("SYNTHESIZE_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr("synthquery.wire.arrival.cache_root", lambda: tmp_path / "cache")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause that was wanted, in order; none is made."""
    wanted: list[float] = []

    def sleep(deadline: Deadline, pause: float) -> bool:
        wanted.append(pause)
        return pause < deadline.left

    monkeypatch.setattr(Deadline, "sleep", sleep)
    return wanted


@pytest.fixture
def server() -> Iterator[Scripted]:
    """A service that takes REQUEST and answers it at once; a test scripts what shall be different."""
    with Scripted() as running:
        running.says("POST", PREDICT, TAKEN)
        running.says("GET", STATUS, ready(running))
        running.says("GET", FILE, Say(200, payload()))
        running.says("GET", "/api/models", Say(200, {"models": [{"model_id": MODEL}]}))
        yield running


@pytest.fixture
def connect(server: Scripted) -> Iterator[Open]:
    """Transports to the service with short pauses; closed at the end."""
    opened: list[HttpTransport] = []

    def connect(url: str | None = None, **options: Any) -> HttpTransport:
        soon = {"poll": (0.005, 0.02), "back_off": (0.005, 0.02), "timeout": 20.0}
        opened.append(HttpTransport(url or server.url, **{"token": TOKEN, **soon, **options}))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()
