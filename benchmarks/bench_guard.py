"""What `sq.guard` adds to a call: the same call with and without it, to a client that answers at once.

    python benchmarks/bench_guard.py

Two kinds of ten-input calls: described samples (a baseline model) and counts (metadata prediction, ten vectors of
44,592 Python integers, all of which are looked at). Beside the second stands what Python takes to add these
integers up, the least that any look at all of them takes, and to write them as JSON, which a client does to send them.
"""

from __future__ import annotations

import copy
import json
import statistics
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import synthquery as sq

TISSUES = [f"UBERON:{number:07d}" for number in (2107, 955, 2371, 178, 945, 1155, 2048, 948, 2113, 1264)]


def client() -> types.ModuleType:
    """A module with a `predict_query` that sends nothing."""
    module = types.ModuleType("instant_client")

    def predict_query(query: dict[str, Any], model_id: str, **kwargs: Any) -> dict[str, Any]:
        query["source"] = model_id
        query.update(kwargs)
        return {}

    module.predict_query = predict_query  # type: ignore[attr-defined]
    sys.modules["instant_client"] = module
    return module


def ten_described() -> dict[str, Any]:
    """Ten inputs of described samples."""
    inputs = [
        {
            "metadata": {
                "tissue_ontology_id": tissue,
                "disease_ontology_id": "MONDO:0007256",
                "sample_type": "primary tissue",
                "sex": "female" if place % 2 else "male",
                "age_years": str(40 + place),
            },
            "num_samples": 5,
        }
        for place, tissue in enumerate(TISSUES)
    ]
    return {"sampling_strategy": "mean estimation", "seed": 11, "inputs": inputs}


def ten_counted() -> dict[str, Any]:
    """Ten vectors of counts."""
    counts = (
        sq.Client(seed=1)
        .predict(sq.BulkQueryBuilder().add(tissue="liver", num_samples=10).build())
        .counts_array
    )
    assert counts is not None
    return {"inputs": [{"counts": row.tolist()} for row in counts]}


def milliseconds(call: Callable[[], object], times: int) -> float:
    """The median time of a call."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        spent.append(1_000 * (time.perf_counter() - began))
    return statistics.median(spent)


def main() -> None:
    """Print what the guard adds."""
    module = client()
    print(f"{'ten inputs of':24}{'bare ms':>10}{'guarded ms':>12}{'added ms':>10}")
    for name, query, model_id, times in (
        ("described samples", ten_described(), "gem-1-bulk", 300),
        ("counts", ten_counted(), "gem-1-bulk_predict-metadata", 20),
    ):
        sent = copy.deepcopy(query)

        def call(sent: dict[str, Any] = sent, model_id: str = model_id) -> object:
            return module.predict_query(sent, model_id)

        bare = milliseconds(call, times)
        with sq.guard(module, on_warnings=lambda _: None):
            call()  # opening the ontologies is not part of a call
            guarded = milliseconds(call, times)
        print(f"{name:24}{bare:10.3f}{guarded:12.3f}{guarded - bare:10.3f}")
    rows = [one["counts"] for one in ten_counted()["inputs"]]
    print(f"{'sum() of the counts':24}{milliseconds(lambda: [sum(row) for row in rows], 20):10.3f}")
    print(
        f"{'json.dumps of the counts':24}{milliseconds(lambda: [json.dumps(row) for row in rows], 5):10.3f}"
    )

    guarding = sq.guard(module)
    with guarding:
        pass

    def enter() -> None:
        with guarding:
            pass

    print(
        f"entering and leaving a guard: {milliseconds(enter, 200):.3f} ms ({len(sys.modules):,} modules loaded)"
    )


if __name__ == "__main__":
    main()
