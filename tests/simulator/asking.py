"""Queries and metadata that the simulator's tests share."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthquery.prediction import Prediction
from synthquery.simulator import simulate
from synthquery.wire import parse_query

LIVER, BRAIN, LUNG = "UBERON:0002107", "UBERON:0000955", "UBERON:0002048"
HEPATOCYTE = "CL:0000182"


def ask(model_id: str, *inputs: dict[str, Any], **parameters: Any) -> Prediction:
    """The answer to a body; baseline inputs may be bare metadata."""
    body: dict[str, Any] = {"inputs": list(inputs), **parameters}
    if not model_id.endswith("_predict-metadata"):
        body.setdefault("sampling_strategy", "mean estimation")
    return simulate(parse_query(body, model_id))


def sample(metadata: dict[str, Any], num_samples: int = 1) -> dict[str, Any]:
    """A baseline input."""
    return {"metadata": metadata, "num_samples": num_samples}


def similarity(one: Any, other: Any) -> float:
    """Correlation of log expression."""
    return float(np.corrcoef(np.log1p(one), np.log1p(other))[0, 1])


def profile(**metadata: Any) -> Any:
    """Expected bulk counts of a sample with some metadata."""
    counts = ask("gem-1-bulk", sample(metadata), deterministic_latents=True).counts_array
    assert counts is not None
    return counts[0]
