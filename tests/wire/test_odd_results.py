"""Damaged answers: whatever a server sends, it is a prediction or a `ResultError`, and nothing else."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthquery.errors import ResultError
from synthquery.prediction import LabelProbabilities, Prediction
from synthquery.wire import parse_result, read_arrow, write_arrow

GENES = ["ENSG00000000003", "ENSG00000000005", "ENSG00000000419"]
EXPRESSION = {
    "gene_order": GENES,
    "model_version": 2,
    "outputs": [
        {
            "counts": [904, 0, 16_777_217],
            "metadata": {"tissue_ontology_id": "UBERON:0002107", "age_years": "61"},
            "latents": {"biological": [0.1, 0.2], "technical": [0.3]},
            "classifier_probs": {"sex": {"female": 0.25, "male": 0.75}},
        }
    ]
    * 2,
}
SPARSE = {
    "gene_order": GENES,
    "outputs": [{"counts": {GENES[0]: 3}, "metadata": {}}, {"counts": {"counts": [1, 2, 3]}}],
}
PREDICTED = {
    "outputs": [
        {
            "metadata": {"tissue": "UBERON:0000955"},
            "classifier_probs": {"tissue": {"UBERON:0000955": 0.9}},
            "latents": {"biological": [0.1]},
            "decoder_sample": {"counts": [10, 20, 30]},
        }
    ]
}
GEM_2 = {
    "outputs": [{"predicted_metadata": {"age_years": None}, "classifier_probabilities": {}, "latents": None}]
}
ANSWERS = [
    ("gem-1-bulk", EXPRESSION),
    ("gem-1-sc", SPARSE),
    ("gem-1-sc_predict-metadata", PREDICTED),
    ("gem-2", GEM_2),
]
BODY = {"inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 2}]}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(["", "counts", "UBERON:0002107", "|", "\ud800", "nan", *GENES]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["counts", "sex", "tissue", "biological", "path", *GENES]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
arrays = st.sampled_from(
    [
        np.array([1, 2, 3]),
        np.array([1.0, np.nan, 3.0]),
        np.array([[1, 2, 3]]),
        np.array(5),
        np.array([True, False, True]),
        np.array(["1", "2", "3"]),
        np.array([1, 2, 2**63], dtype=np.uint64),
        np.array([], dtype=np.int64),
        np.array([1, 2, 3])[::-1],
    ]
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, inner in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        yield from places(inner, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.copy(node)
    changed[path[0]] = replaced(node[path[0]], path[1:], value)
    return changed


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_one_odd_value_anywhere_is_an_answer_or_an_error_of_ours(data: st.DataObject) -> None:
    model_id, payload = data.draw(st.sampled_from(ANSWERS))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(sorted(places(payload), key=str)))
        payload = replaced(payload, path, data.draw(st.one_of(values, arrays)))
    try:
        found = parse_result(payload, model_id, data.draw(st.sampled_from([None, BODY])))
    except ResultError:
        return
    assert found.n_samples == len(found.metadata) == len(payload["outputs"])
    if found.counts_array is not None:
        assert found.counts_array.dtype == np.int64
        assert (found.counts_array >= 0).all()
    assert found._repr_html_()


def _stream() -> bytes:
    pytest.importorskip("pyarrow")
    sink = io.BytesIO()
    write_arrow(
        Prediction(
            "gem-1-bulk_predict-metadata",
            "metadata",
            [{"sex": "male"}, {"sex": ""}],
            np.array([[1, 2, 3], [4, 5, 6]]),
            GENES,
            {"biological": np.array([[0.1], [0.2]])},
            {"sex": LabelProbabilities(("male", "female"), np.array([[0.5, 0.5], [1.0, 0.0]]))},
        ),
        sink,
    )
    return sink.getvalue()


@settings(max_examples=300)
@given(st.data())
def test_flipped_bytes_of_a_stream_are_an_answer_or_an_error_of_ours(data: st.DataObject) -> None:
    raw = bytearray(_stream())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_arrow(bytes(raw), "gem-1-bulk_predict-metadata")
    except ResultError:
        return
    assert found.counts_array is None or (found.counts_array >= 0).all()
