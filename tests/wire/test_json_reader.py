"""Large JSON files with arrays for counts: the same body, the same report at the same places, the same faults."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthquery.errors import QueryFormatError
from synthquery.validation import validate
from synthquery.validation.validate import check_document
from synthquery.wire import load_query, parse_document, read
from synthquery.wire.json_reader import parse
from tests.wire.test_number_lists import plain, same

MODEL = "gem-1-bulk_predict-metadata"
N_GENES = 44_592
LAYOUTS = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 2}])


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch):
    monkeypatch.setattr(read, "_LARGE", 0)


counts = (
    st.lists(st.integers(0, 50_000), min_size=100, max_size=120)
    | st.lists(st.integers(-3, 3), min_size=100, max_size=120)
    | st.lists(st.floats(0, 100), min_size=60, max_size=80)
    | st.lists(st.floats() | st.integers(0, 10), min_size=60, max_size=80)
    | st.lists(st.integers(0, 9) | st.none() | st.booleans() | st.just(2**70), min_size=100, max_size=110)
    | st.just([0] * 120)
    | st.just([float(at) for at in range(120)])
    | st.just(list(range(120)))
)
inputs = st.fixed_dictionaries(
    {},
    optional={
        "counts": counts
        | st.fixed_dictionaries({"counts": counts}, optional={"more": st.just(1)})
        | st.just({}),
        "metadata": st.just({"sex": "Female"}) | counts,
        "num_samples": st.just(1) | counts,
    },
)
bodies = st.fixed_dictionaries(
    {"inputs": st.lists(inputs | counts, max_size=4) | counts},
    optional={
        "seed": st.just(1) | counts,
        "model_id": st.just(MODEL) | counts,
        "extra": st.just([[0] * 150]),
    },
)
MODELS = st.sampled_from([None, MODEL, "gem-1-sc_reference-conditioning", "gem-1-bulk", "gem-2"])


@given(bodies, LAYOUTS, MODELS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_report_is_the_same_through_arrays_and_lists(body, layout, model):
    data = json.dumps(body, **layout).encode()
    fast = parse_document(data, name="query.json", arrays=True)
    slow = parse_document(data, name="query.json")
    assert same(plain(fast.body), slow.body)
    assert repr(check_document(fast, model)) == repr(check_document(slow, model))


def faulty_samples():
    draw = np.random.default_rng(2)
    good = draw.poisson(np.minimum(draw.lognormal(2, 2.5, N_GENES), 10**6)).tolist()
    changed = {
        "negative": {7: -1, 44_000: -20},
        "fraction": {0: 0.5},
        "null": {N_GENES - 1: None},
        "text": {9: "12"},
        "too large": {9: 2**64},
        "not finite": {11: float("nan"), 12: float("-inf")},
    }
    yield "good", good
    for name, places in changed.items():
        yield name, [places.get(at, count) for at, count in enumerate(good)]
    yield "short", good[:-1]
    yield "zeros", [0] * N_GENES
    yield "sorted", sorted(good)
    yield "fractions", [count / 7 for count in good]
    yield "whole fractions", [float(count) for count in good]
    yield "logarithms", np.round(np.log2(np.array(good) + 1), 3).tolist()


@pytest.mark.parametrize(
    ("name", "sample"), list(faulty_samples()), ids=lambda value: value if isinstance(value, str) else ""
)
@pytest.mark.parametrize("layout", [{}, {"indent": 1}], ids=["one line", "pretty"])
def test_samples_of_a_model_have_the_same_issues_at_the_same_places(name, sample, layout, tmp_path):
    path = tmp_path / "query.json"
    path.write_text(json.dumps({"inputs": [{"counts": sample}, {"counts": sample}]}, **layout))
    report = validate(path, MODEL)
    slow = check_document(parse_document(path.read_bytes(), name=str(path)), MODEL)
    assert repr(report.issues) == repr(
        slow.issues
    )  # a value that is no number equals nothing, not even itself
    assert all(issue.location for issue in report.issues)
    assert report.issues  # both samples say the same, at least


def test_counts_of_a_query_file_are_not_numbers_of_python(tmp_path):
    path = tmp_path / "query.json"
    numbers = np.random.default_rng(0).integers(0, 900, N_GENES)
    path.write_text(json.dumps({"model_id": MODEL, "inputs": [{"counts": numbers.tolist()}]}))
    body = parse_document(path.read_bytes(), name="query.json", arrays=True).body
    assert body["inputs"][0]["counts"].dtype == np.int64
    assert np.array_equal(load_query(path).inputs[0].counts, numbers)


@given(bodies, LAYOUTS, st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_broken_file_is_refused_with_the_same_words_and_place(body, layout, data):
    text = "é" + json.dumps(body, **layout)
    at = data.draw(st.integers(0, len(text)))
    broken = (
        text[1:at] + data.draw(st.sampled_from(["", ",", "]", '"', "é", "x"])) + text[at + 1 :]
    ).encode()
    faults = []
    for arrays in (True, False):
        try:
            parse_document(broken, name="query.json", arrays=arrays)
            faults.append(None)
        except QueryFormatError as error:
            faults.append((str(error), error.location))
    assert faults[0] == faults[1]


def test_keys_that_stand_twice_are_told_and_the_last_value_holds():
    sample = "[" + "1, " * 100 + "2]"
    text = f'{{"inputs": [{{"counts": {sample}, "counts": [3]}}], "seed": {sample}, "seed": {sample}}}'
    found: list[object] = []
    content = parse(text, found, memoryview(text.encode()))
    assert content == {"inputs": [{"counts": [3]}], "seed": [1] * 100 + [2]}
    assert [one.path for one in found] == [("inputs", 0, "counts"), ("seed",)]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_no_part_of_the_text(mark):
    data = mark + json.dumps({"inputs": [{"counts": list(range(300))}]}).encode()
    document = parse_document(data, name="query.json", arrays=True)
    assert isinstance(document.body["inputs"][0]["counts"], np.ndarray)
    assert document.encoded(document.text) == data


def test_text_in_utf_16_is_read_with_lists():
    data = json.dumps({"inputs": [{"counts": list(range(300))}]}).encode("utf-16")
    assert parse_document(data, name="q.json", arrays=True).body == {"inputs": [{"counts": list(range(300))}]}
