"""A query of each model to start from."""

from __future__ import annotations

from typing import Any, Final

from synthquery.catalog import ModelSpec, find_model, get_model
from synthquery.resources import load_toml
from synthquery.simulator.answers import simulate
from synthquery.wire import parse_query

_SEED: Final = 11


def example_query(model_id: str) -> dict[str, Any]:
    """A body that a model accepts, to change as wanted.

    Parameters
    ----------
    model_id
        One of the catalog, for example ``"gem-1-bulk_predict-metadata"``.

    Returns
    -------
    dict
        A new object at every call. Counts in it are simulated, not biology.

    Raises
    ------
    UnknownModelError
        When there is no such model.
    """
    spec = get_model(model_id)
    row = load_toml("examples.toml")[spec.model_id]
    body = {key: list(value) if isinstance(value, list) else value for key, value in row.items()}
    body["inputs"] = [_input(one, spec) for one in row["inputs"]]
    return body


def _input(row: dict[str, Any], spec: ModelSpec) -> dict[str, Any]:
    filled = {key: dict(value) if isinstance(value, dict) else value for key, value in row.items()}
    if "counts_of" in filled:
        filled["counts"] = _counts(filled.pop("counts_of"), spec)
    # In the order of the documentation: R makes a table of the inputs, and `inputs[[1]]` is its first column.
    return {key: filled[key] for key in sorted(filled, key=spec.input_keys.index)}


def _counts(metadata: dict[str, Any], spec: ModelSpec) -> list[int]:
    baseline = find_model("baseline", spec.modality)
    body = {
        "sampling_strategy": baseline.default_strategy,
        "inputs": [{"metadata": metadata, "num_samples": 1}],
        "seed": _SEED,
    }
    counts = simulate(parse_query(body, baseline.model_id)).counts_array
    assert counts is not None
    numbers: list[int] = counts[0].tolist()
    return numbers
