"""Bodies written from arrays: to the byte what `json` writes from lists, and only one sample at a time."""

from __future__ import annotations

import json
import tracemalloc
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from synthquery.query import MetadataPredictionQuery
from synthquery.wire import body_chunks, body_size, query_text, save_query
from tests.wire.test_number_lists import plain

INT_KINDS = [np.int64, np.int32, np.uint8, np.uint64, np.int16]


def written(body, **options):
    chunks = list(body_chunks(body, **options))
    text = b"".join(chunks)
    assert body_size(body, **options) == len(text)
    return text.decode()


def compact(body, **options):
    return json.dumps(body, separators=(",", ":"), **options)


whole = st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 20_000), max_size=60)
signed = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60)
fractions = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=60)
arrays = (
    (whole | signed).map(lambda numbers: np.array(numbers, dtype=np.int64))
    | fractions.map(lambda numbers: np.array(numbers, dtype=np.float64))
    | st.lists(st.booleans(), max_size=9).map(lambda flags: np.array(flags, dtype=bool))
)
texts = st.text(max_size=12) | st.sampled_from(["\x000\x00", "\\u00000\\u0000", "[1,2]", "NaN"])
leaves = texts | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none() | st.booleans()
bodies = st.dictionaries(
    texts,
    st.recursive(
        leaves | arrays,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=10,
    ),
    max_size=5,
)


@given(bodies)
@settings(deadline=None)
def test_any_body_is_written_as_json_writes_the_lists(body):
    assert written(body) == compact(plain(body))
    assert written(body, spaced=True) == json.dumps(plain(body))


@given(bodies)
@settings(deadline=None)
def test_text_may_stay_as_it_is(body):
    try:
        expected = compact(plain(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert b"".join(body_chunks(body, ensure_ascii=False)) == expected


@pytest.mark.parametrize("kind", INT_KINDS)
@pytest.mark.parametrize("size", [0, 1, 2, 100, 16_384, 16_385, 50_000])
def test_whole_numbers_of_every_kind_and_number_are_written(kind, size):
    most = int(np.iinfo(kind).max)
    draw = np.random.default_rng(size)
    numbers = draw.integers(0, most, size, dtype=kind, endpoint=True) >> draw.integers(0, 8, size).astype(
        kind
    )
    assert written({"counts": numbers}) == compact({"counts": numbers.tolist()})


def test_a_zero_before_and_behind_wide_numbers_is_written():
    numbers = np.array([0, 10**18, 0, 9, 10, 99, 100, 2**32, 2**32 - 1, 0])
    assert written({"a": numbers}) == compact({"a": numbers.tolist()})


@pytest.mark.parametrize("make", [sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.coo_matrix])
def test_sparse_rows_are_written_with_their_zeros(make):
    matrix = sp.random(3, 4_000, density=0.02, random_state=1, format="csr")
    matrix.data = np.ceil(matrix.data * 5_000).astype(np.int64)
    matrix = matrix.astype(np.int64)
    expected = compact({"inputs": [{"counts": row} for row in matrix.toarray().tolist()]})
    assert written({"inputs": [{"counts": make(matrix[[at]])} for at in range(3)]}) == expected


def test_series_matrices_and_numpy_numbers_are_written():
    body = {
        "inputs": MappingProxyType({"counts": pd.Series([1, 2, 3])}),
        "matrix": np.arange(6).reshape(2, 3),
        "sparse": sp.csr_matrix(np.eye(2, dtype=int)),
        "seed": np.int64(7),
        "share": np.float32(0.5),
    }
    expected = {
        "inputs": {"counts": [1, 2, 3]},
        "matrix": [[0, 1, 2], [3, 4, 5]],
        "sparse": [[1, 0], [0, 1]],
        "seed": 7,
        "share": 0.5,
    }
    assert written(body) == compact(expected)


@pytest.mark.parametrize("value", [np.array([1.0, np.nan]), np.array([np.inf]), float("nan")])
def test_what_json_does_not_have_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        list(body_chunks({"inputs": [{"counts": value}]}))


def test_what_is_no_data_is_refused():
    with pytest.raises(TypeError, match="cannot hold a Python object"):
        list(body_chunks({"inputs": object()}))


def test_many_samples_are_never_in_memory_as_text_together():
    row = sp.csr_matrix(np.full((1, 44_592), 12_345))
    body = {"inputs": [{"counts": row} for _ in range(120)]}
    size = body_size(body)
    tracemalloc.start()
    try:
        assert sum(map(len, body_chunks(body))) == size
        assert tracemalloc.get_traced_memory()[1] < size / 4
    finally:
        tracemalloc.stop()


def test_a_query_file_holds_the_text_that_query_text_gives(tmp_path):
    counts = np.random.default_rng(0).integers(0, 10**6, 500)
    query = MetadataPredictionQuery(
        model_id="gem-1-bulk_predict-metadata", seed=3, inputs=[{"counts": counts}]
    )
    save_query(query, tmp_path / "query.json")
    text = (tmp_path / "query.json").read_text(encoding="utf-8")
    content = {"model_id": query.model_id, "seed": 3, "inputs": [{"counts": counts.tolist()}]}
    assert text == query_text(query) == json.dumps(content) + "\n"
