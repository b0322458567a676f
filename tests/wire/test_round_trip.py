"""Properties: what is written is what is read, for every query there can be."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from synthquery.errors import SynthQueryError
from synthquery.query import METADATA_KEYS
from synthquery.query.vocabularies import vocabularies
from synthquery.wire import load_query, parse_query, save_query

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
COUNT = st.integers(0, 2**63 - 1)
COUNTS = st.lists(COUNT, max_size=8)
SEED = st.integers(-(2**70), 2**70)
NUMBER = st.integers(1, 10**6)
FLAG = st.booleans()


def value_of(key: str) -> st.SearchStrategy[Any]:
    if key == "age_years":
        return st.one_of(TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    known = vocabularies().get(key)
    return st.sampled_from(known.values) if known and known.closed else TEXT


def metadata(keys: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: value_of(key) for key in keys})


PERTURBATION = metadata(tuple(key for key in METADATA_KEYS if key.startswith("perturbation_")))
CONDITION = st.fixed_dictionaries({"metadata": metadata(METADATA_KEYS), "num_samples": NUMBER})
REFERENCE = st.fixed_dictionaries({"counts": COUNTS, "metadata": PERTURBATION, "num_samples": NUMBER})
DRAWS = {"total_count": NUMBER, "deterministic_latents": FLAG, "seed": SEED}
STRATEGY = st.sampled_from(["sample generation", "mean estimation"])


def some(inputs: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(inputs, min_size=1, max_size=3)


BODIES = st.one_of(
    st.fixed_dictionaries(
        {"model_id": st.just("gem-1-bulk"), "sampling_strategy": STRATEGY, "inputs": some(CONDITION)},
        optional=DRAWS,
    ),
    st.fixed_dictionaries(
        {
            "model_id": st.just("gem-1-sc"),
            "sampling_strategy": st.just("mean estimation"),
            "inputs": some(CONDITION),
        },
        optional=DRAWS,
    ),
    st.fixed_dictionaries(
        {
            "model_id": st.sampled_from(
                ["gem-1-bulk_reference-conditioning", "gem-1-sc_reference-conditioning"]
            ),
            "sampling_strategy": STRATEGY,
            "inputs": some(REFERENCE),
        },
        optional={
            **DRAWS,
            "fixed_total_count": FLAG,
            "conditioning": st.lists(st.sampled_from(["biological", "technical"]), unique=True),
        },
    ),
    st.fixed_dictionaries(
        {
            "model_id": st.sampled_from(["gem-1-bulk_predict-metadata", "gem-1-sc_predict-metadata"]),
            "inputs": some(st.fixed_dictionaries({"counts": COUNTS})),
        },
        optional={"seed": SEED},
    ),
)

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["inputs", "counts", "metadata", "num_samples", "seed", "sampling_strategy", "modality", "sex"]
)


@given(BODIES)
def test_a_query_is_its_body(body: dict[str, Any]) -> None:
    query = parse_query(body)
    assert {"model_id": query.model_id, **query.to_dict()} == body
    assert parse_query(query.to_dict(), query.model_id) == query
    assert parse_query(query.to_dict(counts="array"), query.model_id) == query
    assert parse_query(json.loads(query.to_json()), query.model_id) == query


@given(BODIES)
@settings(deadline=None)
def test_a_saved_query_is_the_loaded_one(body: dict[str, Any]) -> None:
    query = parse_query(body)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "query.json")
        save_query(query, path)
        assert load_query(path) == query


@given(st.dictionaries(KEYS, st.one_of(JSON, st.lists(st.dictionaries(KEYS, JSON), max_size=2))))
def test_any_body_is_a_query_or_gets_our_error(body: dict[str, Any]) -> None:
    for model_id in (None, "gem-1-bulk", "gem-1-sc_reference-conditioning", "gem-1-bulk_predict-metadata"):
        with suppress(SynthQueryError):
            parse_query(body, model_id)
