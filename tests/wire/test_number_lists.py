"""JSON with arrays for long lists of numbers: the same numbers, the same rest, the same complaints as `json`."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import synthquery.wire.number_lists as number_lists_module
from synthquery.wire.number_lists import LONG, loads, number_lists
from synthquery.wire.numbers import whole_numbers
from synthquery.wire.stand_ins import TextFault, loads_around

COMPACT, SPACED, PRETTY = {"separators": (",", ":")}, {}, {"indent": 2}
LAYOUTS = pytest.mark.parametrize("layout", [COMPACT, SPACED, PRETTY], ids=["compact", "spaced", "pretty"])


def plain(value: Any) -> Any:
    """Arrays as lists, wherever they are."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Equal in value and type, and NaN equals NaN."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or (one == other and str(one) == str(other))
    return type(one) is type(other) and bool(one == other)


def exactly(text: bytes, hook: Any = None) -> Any:
    """What is read with arrays only for what they hold exactly, as lists."""
    return plain(loads_around(text, number_lists(text, exact=True), hook))


def array_of(text: str) -> np.ndarray[Any, Any] | None:
    return whole_numbers(np.frombuffer(text.encode(), dtype=np.uint8))


@LAYOUTS
@pytest.mark.parametrize("high", [10, 10_000, 10**8, 10**12, 10**18 - 1])
def test_whole_numbers_of_any_size_are_read_as_they_stand(layout, high):
    numbers = np.random.default_rng(0).integers(0, high, 60_000, endpoint=True).tolist()
    read = array_of(json.dumps(numbers, **layout))
    assert read is not None
    assert read.dtype == np.int64
    assert read.tolist() == numbers


@given(
    st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1), st.sampled_from([COMPACT, SPACED, PRETTY])
)
def test_negative_numbers_are_read_too(numbers, layout):
    read = array_of(json.dumps(numbers, **layout))
    assert read is not None
    assert read.tolist() == numbers


NOT_PLAIN = (
    "[]|[ ]|[,]|[1,]|[1, ]|[,1]|[1,,2]|[1 2]|[1, 2 3]|[1 2,,3]|[1 2,]|[01]|[-01]|[00,1]|[-]|[1-2]|[--1]|[- 1]|[1 -]"
    "|[1.0]|[1e3]|[+1]|[0x1]|[1\f,2]|[NaN]|[true]|[9223372036854775808]|[1;2]|[1,2\x00]|[1,\n,2 3]|[/1]|[1:2]"
)


@pytest.mark.parametrize("text", NOT_PLAIN.split("|"))
def test_what_is_not_plain_is_left_to_json(text):
    assert array_of(text) is None


@given(st.text(alphabet="0123456789,,, \n-.e", max_size=30))
@settings(max_examples=500)
def test_a_list_is_read_as_json_reads_it_or_not_at_all(inside):
    read = array_of(f"[{inside}]")
    if read is not None:
        assert read.tolist() == json.loads(f"[{inside}]")


def test_a_list_longer_than_one_piece_is_read_whole():
    numbers = np.random.default_rng(1).integers(0, 10**6, 300_000).tolist()
    for spaces in ("", " ", "\n" * 400):
        read = array_of("[" + f",{spaces}".join(map(str, numbers[: 300_000 // (len(spaces) + 1)])) + "]")
        assert read is not None
        assert read.tolist() == numbers[: len(read)]


def test_a_fault_in_a_later_piece_is_not_overlooked():
    text = "[" + ",".join(["1234"] * 200_000) + ",12 34]"
    assert array_of(text) is None


number = (
    st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.sampled_from([0, -1, 10**18, 2**63, 2**63 - 1, -(2**63), 2**53 + 1, 10**25, 1e3, 1.5, -0.0])
)
lists = (
    st.lists(st.integers(0, 10**6), max_size=2_000)
    | st.lists(st.floats(), max_size=200)
    | st.lists(number, max_size=200)
    | st.lists(number | st.none() | st.booleans(), max_size=100)
)
texts = st.text(max_size=20) | st.sampled_from(
    ["[1,2,3", "]", "\\", '"', '\\"[1,2', "NaN", "Infinity", "-Infinity", "[" + "1," * 300, "\ud800", "0e0"]
)
values = st.recursive(
    lists | texts | number | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=12,
)
layouts = st.sampled_from([COMPACT, SPACED, PRETTY, {"ensure_ascii": False}])


@pytest.fixture(params=[0, 3_000], ids=["all by us", "long ones by us"])
def few(request, monkeypatch):
    """Bytes of a list up to which it is left to another parser."""
    monkeypatch.setattr(number_lists_module, "_FEW", request.param)


same_for_all = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(values, layouts)
@example([["NaN", "Infinity", "-Infinity", "0e0", 0.5], [1] * 999, [1.5] * 999], COMPACT)
@example({"a": [1] * 999, "b": float("nan"), "c": [2] * 999}, COMPACT)
@same_for_all
def test_any_json_is_read_as_json_reads_it(few, value, layout):
    text = json.dumps(value, **layout).encode("utf-8", "surrogatepass")
    assert same(exactly(text), json.loads(text))


@given(values, layouts, st.data())
@same_for_all
def test_broken_json_is_refused_where_and_why_json_refuses_it(few, value, layout, data):
    text = json.dumps(value, **layout)
    at = data.draw(st.integers(0, len(text)))
    broken = text[:at] + data.draw(st.sampled_from(["", ",", "]", "[", '"', "-", "x", " 1 ", "}"]))
    broken += text[at + data.draw(st.integers(0, 3)) :] if data.draw(st.booleans()) else ""
    coded = broken.encode("utf-8", "surrogatepass")
    fault = None
    try:
        expected = json.loads(coded)
    except json.JSONDecodeError as error:
        fault = (error.msg, error.pos, len(broken[: error.pos].encode("utf-8", "surrogatepass")))
    if fault is None:
        assert same(exactly(coded), expected)
        return
    with pytest.raises(TextFault) as raised:
        loads(coded)
    assert (raised.value.reason, raised.value.at, raised.value.byte) == fault


@pytest.mark.parametrize("before", ["-", "1", "N", "Na", '"a" ', "x", "[1] "])
def test_a_list_in_the_wrong_place_is_refused_there(before):
    text = f'{{"é": {before}[{"1," * 500}1]}}'
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(text)
    with pytest.raises(TextFault) as raised:
        loads(text.encode())
    assert raised.value.at == expected.value.pos


def test_only_long_lists_of_numbers_are_arrays():
    content = {
        "counts": list(range(1_000)),
        "latents": [at / 7 for at in range(1_000)],
        "mixed": [0, 0.5] * 500,
        "short": [1, 2, 3],
        "with null": [1, None] * 500,
        "beyond 64 bits": [2**63] * 500,
        "beyond floats": [2**53 + 1, 0.5] * 500,
    }
    read = loads(json.dumps(content).encode())
    kinds = {key: value.dtype if isinstance(value, np.ndarray) else list for key, value in read.items()}
    assert kinds == {
        "counts": np.int64,
        "latents": np.float64,
        "mixed": np.float64,
        "short": list,
        "with null": list,
        "beyond 64 bits": list,
        "beyond floats": list,
    }
    assert plain(read) == content
    for text in (b"1," * LONG + b"0.5", b"0.5," * LONG + b"NaN", b"0.5," * LONG + b"-Infinity"):
        assert isinstance(loads(b"[%s]" % text), np.ndarray)
        (part,) = number_lists(b"[%s]" % text, exact=True)
        assert isinstance(part.value, list)


def test_repeated_keys_are_told_to_the_hook():
    seen = []

    def hook(pairs):
        seen.append([key for key, _ in pairs])
        return dict(pairs)

    read = exactly(b'{"a": [%s1], "a": [%s2]}' % (b"1," * 900, b"2," * 900), hook)
    assert seen == [["a", "a"]]
    assert read["a"] == [2] * 901


@pytest.mark.parametrize(
    "text",
    [
        "[1," * 100_000,
        "[" * 100_000,
        '["' * 100_000,
        ("[" + "1," * 150) * 20_000,
        "[" + "1," * 500_000,
        '"' + "[1," * 99_999,
    ],
    ids=["lists in lists", "brackets", "quotes", "long lists in lists", "cut off", "in quotes"],
)
def test_hostile_text_is_refused_and_not_pondered(text):
    with pytest.raises(TextFault):
        loads(text.encode())


def test_text_that_is_no_utf_8_is_refused_at_its_byte():
    text = b'{"a": [%s1], "b": "\xff"}' % (b"1," * 900)
    with pytest.raises(TextFault, match="UTF-8") as raised:
        loads(text)
    assert raised.value.byte == text.index(b"\xff")
