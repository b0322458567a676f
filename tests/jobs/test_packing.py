"""A query as a hash and as bytes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthquery.jobs.packing import pack, query_hash, unpack
from synthquery.transport import ReplayTransport, Request
from synthquery.wire import parse_query
from tests.jobs.scripted import query


def hash_of(body, model_id="gem-1-sc"):
    return query_hash(Request(model_id, {key: value for key, value in body.items() if key != "model_id"}))


def test_the_order_of_keys_does_not_matter():
    body = query(7)
    assert hash_of(dict(reversed(body.items()))) == hash_of(body)


@pytest.mark.parametrize(
    "other",
    [
        query(8),
        query(7, n_samples=2),
        query(7, tissue="UBERON:0000955"),
        query(None),
        query(7, deterministic_latents=True),
    ],
)
def test_whatever_differs_makes_another_query(other):
    assert hash_of(other) != hash_of(query(7))


def test_the_model_is_a_part_of_the_query():
    assert hash_of(query(7), "gem-1-bulk") != hash_of(query(7), "gem-1-sc")


@pytest.mark.parametrize(
    "counts",
    [
        np.array([0, 3, 10**12]),
        np.array([0.0, 3.0, 1e12]),
        (0, 3.0, 10**12),
        np.array([0, 3, 10**12], dtype=">i8"),
        np.array([0, 1, 3, 1, 10**12])[::2],
    ],
)
def test_counts_are_the_same_in_any_form(counts):
    as_list = {"inputs": [{"counts": [0, 3, 10**12]}]}
    assert hash_of({"inputs": [{"counts": counts}]}) == hash_of(as_list)


def test_one_read_more_is_another_query():
    assert hash_of({"inputs": [{"counts": [1, 2, 3]}]}) != hash_of({"inputs": [{"counts": [1, 2, 4]}]})


def test_a_typed_query_is_the_same_as_its_body():
    typed = parse_query(query(7))
    assert query_hash(Request(typed.model_id, typed.to_dict(counts="array"))) == hash_of(query(7))


def test_a_recording_of_a_query_has_the_digits_of_its_hash(tmp_path):
    body = query(7)
    request = Request(body.pop("model_id"), body)
    ReplayTransport(tmp_path, "simulator", mode="record").predict(request)
    assert (tmp_path / f"gem-1-sc_{query_hash(request)[:20]}.json").is_file()


def test_a_hash_is_the_same_next_year():
    assert hash_of(query(7)).startswith("71b784d56442")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text().filter(lambda key: key not in {"counts", "$array"}), values, max_size=4))
def test_what_is_packed_comes_back(tree):
    plain = json.loads(json.dumps(tree))
    if "counts" not in json.dumps(plain) and "$array" not in json.dumps(plain):
        assert unpack(pack(tree)) == plain


def test_arrays_come_back_as_they_were():
    counts, latents = np.array([[0, 5], [2**40, 1]]), np.array([0.1, -1e-300])
    back = unpack(pack({"kept": counts, "inside": [{"latents": latents}]}))
    np.testing.assert_array_equal(back["kept"], counts)
    np.testing.assert_array_equal(back["inside"][0]["latents"], latents)
    assert back["kept"].dtype == counts.dtype


def test_lists_of_counts_come_back_as_arrays():
    back = unpack(pack({"inputs": [{"counts": [1, 2, 3.0]}]}))
    assert back["inputs"][0]["counts"].tolist() == [1, 2, 3]
