"""A server for each test that asks for one, and a caller that shows everything of an answer."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from synthquery.web import SimulatorServer

LIVER = "UBERON:0002107"


def asking(*, tissue: str = LIVER, seed: int | None = 1, **more: Any) -> dict[str, Any]:
    """A query for one single-cell sample."""
    body = {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"tissue_ontology_id": tissue}, "num_samples": 1}],
        "seed": seed,
        **more,
    }
    return {key: value for key, value in body.items() if value is not None}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Caller:
    """Asks one server; a connection a request."""

    server: SimulatorServer

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        where = urlsplit(self.server.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(
                method, path, sent, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, **headers)

    def predict(self, body: Any, model_id: str = "gem-1-sc", **headers: str) -> Answer:
        return self("POST", f"/api/models/{model_id}/predict", body, **headers)

    def submit(self, body: Any, model_id: str = "gem-1-sc", **headers: str) -> str:
        answer = self.predict(body, model_id, **headers)
        assert answer.status == 200, answer.body
        return answer.json["modelQueryId"]

    def status(self, job: str, **headers: str) -> Any:
        return self.get(f"/api/model-queries/{job}/status", **headers).json

    def ended(self, job: str, **headers: str) -> Any:
        """The status of a job once it is ready or has failed."""
        for _ in range(2_000):
            status = self.status(job, **headers)
            if status["status"] != "running":
                return status
            time.sleep(0.01)
        raise AssertionError("the job did not end")

    def result(self, job: str) -> Any:
        return self.get(urlsplit(self.ended(job)["downloadUrl"]).path).json


@pytest.fixture
def serve() -> Iterator[Callable[..., Caller]]:
    """Starts servers with the given settings; they end with the test."""
    with ExitStack() as servers:
        yield lambda **settings: Caller(servers.enter_context(SimulatorServer(**settings)))


@pytest.fixture
def call(serve: Callable[..., Caller]) -> Caller:
    """A caller of a server with no special settings."""
    return serve()
