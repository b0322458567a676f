"""The real pysynthbio, guarded: a script keeps its lines, and the server never sees what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pysynthbio
import pytest
from pysynthbio import predict_query as ask

from synthquery import guard
from synthquery.errors import InvalidQueryError
from synthquery.web import SimulatorServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorServer]:
    for name in [name for name in os.environ if name.startswith("SYNTHESIZE_")]:
        monkeypatch.delenv(name)
    with SimulatorServer(hold=20) as running:
        monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", running.url)
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "any")
        yield running


def liver(tissue: str = "UBERON:0002107", **parameters: Any) -> dict[str, Any]:
    inputs = [{"metadata": {"tissue_ontology_id": tissue}, "num_samples": 1}]
    return {"sampling_strategy": "mean estimation", "inputs": inputs, **parameters}


def test_nothing_of_a_wrong_query_reaches_the_server(server):
    with guard(pysynthbio):
        for predict in (pysynthbio.predict_query, ask):
            with pytest.raises(InvalidQueryError, match="UBERON:9999999"):
                predict(liver("UBERON:9999999"), model_id="gem-1-sc")
        with pytest.raises(InvalidQueryError, match="total_count"):
            pysynthbio.predict_query(liver(), "gem-1-sc", self_hosted=True, total_count=0)
    assert server.log.entries == ()


def test_a_right_query_is_answered_as_without_a_guard(server):
    query = liver(seed=5)
    free = pysynthbio.predict_query(query, "gem-1-sc", poll_interval_seconds=1)
    assert query["source"] == "pysynthbio"
    with guard(pysynthbio):
        guarded = ask(query, "gem-1-sc", poll_interval_seconds=1)
    assert guarded.keys() == free.keys()
    assert guarded["expression"].equals(free["expression"])


def test_errors_of_pysynthbio_stay_its_own(server, monkeypatch):
    @guard(pysynthbio)
    def script() -> Any:
        return pysynthbio.predict_query(liver(), "gem-1-sc", auto_authenticate=False)

    monkeypatch.delenv("SYNTHESIZE_API_KEY")
    with pytest.raises(KeyError, match="No API token"):
        script()
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "any")
    monkeypatch.setenv("SYNTHESIZE_API_BASE_URL", f"{server.url}/elsewhere")
    with pytest.raises(pysynthbio.NotFoundError):
        script()


def test_the_client_is_as_it_was(server):
    real = ask
    with guard(pysynthbio):
        assert pysynthbio.predict_query is not real
    assert pysynthbio.predict_query is real
    assert pysynthbio.call_model_api.predict_query is real
    assert globals()["ask"] is real
