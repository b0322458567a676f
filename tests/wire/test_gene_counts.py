"""Counts by gene without a string for each gene: the same object as `json` reads, or left to it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthquery.errors import ResultError
from synthquery.wire import parse_result, read_result
from synthquery.wire.gene_counts import GeneColumns, GeneCounts, gene_counts, name_of
from synthquery.wire.number_lists import loads

LAYOUTS = st.sampled_from([{}, {"separators": (",", ":")}, {"separators": (", ", ":")}, {"indent": 1}])
TP53, BRCA1, LARGEST = "ENSG00000141510", "ENSG00000012048", "ENSG99999999999"


def read(text: str) -> GeneCounts | None:
    return gene_counts(np.frombuffer(text.encode(), dtype=np.uint8))


MANY = {name_of(at): at % 7 for at in range(500_000, 500_101)}  # what makes an object large enough

names = st.integers(0, 400_000).map(name_of) | st.sampled_from([LARGEST, TP53])
whole = st.integers(0, 10) | st.integers(0, 10**18 - 1)
strange = st.integers(-3, 10**20) | st.floats() | st.none() | st.just("3")
odd_names = st.sampled_from(
    ["TP53", "ENSG0000014151", TP53 + ".18", "ENSMUSG0000001234", "a}", 'b"', "é", "x" * 15]
)


@given(st.dictionaries(names, whole, max_size=60), LAYOUTS)
@settings(deadline=None)
def test_counts_by_ensembl_id_are_what_json_reads(content, layout):
    content = MANY | content
    found = loads(json.dumps({"counts": content, "more": [content, 1]}, **layout).encode())
    for counts in (found["counts"], found["more"][0]):
        assert isinstance(counts, dict if "indent" in layout else GeneCounts)
        assert list(counts) == list(content)
        assert dict(counts.items()) == dict(counts) == content
        assert list(counts.values()) == list(content.values())


@given(st.dictionaries(names | odd_names, whole | strange, max_size=40), LAYOUTS)
@settings(deadline=None)
def test_whatever_else_an_object_holds_is_what_json_reads(content, layout):
    content = MANY | content
    text = json.dumps({"counts": content}, **layout)
    found = loads(text.encode())["counts"]
    assert str(dict(found)) == str(json.loads(text)["counts"])


@given(st.dictionaries(names, whole, min_size=9, max_size=12), st.data())
@settings(deadline=None)
def test_a_changed_text_is_read_or_refused_as_json_does(content, data):
    text = json.dumps(content)
    at = data.draw(st.integers(1, len(text) - 2))
    changed = (
        text[:at] + data.draw(st.sampled_from(["", " ", ",", ":", '"', "0", "x", "{", "}"])) + text[at + 1 :]
    )
    try:
        expected = json.loads(changed)
    except ValueError:
        expected = None
    found = read(changed)
    assert found is None or dict(found.items()) == expected


NOT_PLAIN = (
    "|A: 01|A: -1|A: 1.5|A: |A 1| A: 1|A: 1, A: 2|A: 1 B: 2|A:1,B: 2|A: 1,|A; 1|A: 1; B: 2|A: 1,  B: 2|A:  1"
    '|A: 1,B: 2, A: 3|A: 10000000000000000000|"ENSG0000014151x": 1|"TP53": 1|\nA: 1|A: 1\n|A: 1 |,A: 1|A: 1, 2'
)


@pytest.mark.parametrize("inside", NOT_PLAIN.split("|"))
def test_what_is_not_plain_is_left_to_json(inside):
    text = inside.replace("A", f'"{TP53}"').replace("B", f'"{BRCA1}"')
    assert read("{" + text + "}") is None


def test_a_small_object_is_a_dict():
    assert loads(json.dumps({"counts": {TP53: 1, BRCA1: 2}}).encode()) == {"counts": {TP53: 1, BRCA1: 2}}


def test_one_gene_can_be_asked_for():
    counts = read(f'{{"{TP53}": 12, "{BRCA1}": 0}}')
    assert counts is not None
    assert counts[TP53] == 12
    assert counts.get(BRCA1) == 0
    assert len(counts) == 2
    assert repr(counts) == "<counts of 2 genes>"
    for other in (LARGEST, "TP53", "counts", 3):
        assert counts.get(other) is None


def test_columns_are_those_of_the_order():
    columns = GeneColumns(["TP53", BRCA1, LARGEST, TP53])
    numbers = np.array([141510, 12048, 5, 99_999_999_999])
    assert columns.of(numbers).tolist() == [3, 1, -1, -1]
    assert GeneColumns([]).of(numbers).tolist() == [-1] * 4


@pytest.mark.parametrize(
    "odd",
    [
        [],
        ["TP53"],
        ["TP53\u00e9"],
        [f"{TP53}\n{BRCA1}", ""],
        [TP53 + "\n"],
        ["ENSG0000001204x"],
        ["ENSG\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661"],
    ],
)
def test_only_whole_names_are_found_whatever_stands_beside_them(odd):
    order = [*ORDER[:100], *odd, *ORDER[100:]]
    numbers = np.array([*range(1_000, 1_300), 141510, 12048])
    expected = [*range(100), *range(100 + len(odd), 300 + len(odd)), -1, -1]
    assert GeneColumns(order).of(numbers).tolist() == expected


ORDER = [name_of(at) for at in range(1_000, 1_300)]


def cells(order=ORDER, **more):
    outputs = [
        {"counts": dict.fromkeys(ORDER[at : at + 150], at + 1) | more, "metadata": {}} for at in range(3)
    ]
    return json.dumps({"gene_order": order, "outputs": outputs, "model_version": 1}).encode()


def test_a_prediction_has_them_in_their_columns():
    prediction = parse_result(read_result(cells()), "gem-1-sc")
    expected = np.zeros((3, 300), dtype=np.int64)
    for at in range(3):
        expected[at, at : at + 150] = at + 1
    assert np.array_equal(np.asarray(prediction.counts), expected)


def test_genes_of_large_number_are_found_too():
    order = [*ORDER, LARGEST]
    prediction = parse_result(read_result(cells(order, **{LARGEST: 7})), "gem-1-sc")
    assert np.asarray(prediction.counts)[:, -1].tolist() == [7, 7, 7]


def test_a_gene_that_is_not_in_the_order_is_named():
    with pytest.raises(ResultError, match=TP53):
        parse_result(read_result(cells(**{TP53: 1})), "gem-1-sc")
