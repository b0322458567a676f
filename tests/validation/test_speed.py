"""Ten thousand inputs are validated in a small multiple of the time it takes to read them.

``benchmarks/bench_validation.py`` measures more, and better; here only the bound of the project is held.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from synthquery.ontology import default_ontologies
from synthquery.validation import validate

N_INPUTS = 10_000


class BareInput(BaseModel):
    metadata: dict[str, str]
    num_samples: int


class BareQuery(BaseModel):
    sampling_strategy: str
    inputs: list[BareInput]


def live_ids(ontology: str, number: int) -> list[str]:
    return [term.id for term in default_ontologies().store(ontology).terms() if not term.obsolete][:number]


def body(n_tissues: int, n_diseases: int) -> dict[str, Any]:
    tissues, diseases = live_ids("UBERON", n_tissues), live_ids("MONDO", n_diseases)
    inputs = [
        {
            "metadata": {
                "tissue_ontology_id": tissues[at % len(tissues)],
                "disease_ontology_id": diseases[at % len(diseases)],
                "sample_type": "primary tissue",
                "library_layout": "PAIRED",
                "age_years": str(at % 90),
                "study": f"PRJNA{at}",
            },
            "num_samples": 1,
        }
        for at in range(N_INPUTS)
    ]
    return {"sampling_strategy": "mean estimation", "inputs": inputs}


def median(call: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@pytest.mark.parametrize(("n_tissues", "n_diseases"), [(40, 30), (N_INPUTS, N_INPUTS)], ids=["few", "many"])
def test_validation_takes_at_most_five_times_as_long_as_bare_reading(n_tissues: int, n_diseases: int) -> None:
    query = body(n_tissues, n_diseases)
    text = json.dumps(query)
    assert not validate(query, "gem-1-bulk").errors
    bare = median(lambda: BareQuery.model_validate(json.loads(text)))
    ours = median(lambda: validate(json.loads(text), "gem-1-bulk"))
    assert ours <= 5 * bare
