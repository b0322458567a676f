"""Long lists of texts in a result: what `json` reads, also the second time, and whatever the texts hold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthquery.wire import text_lists
from synthquery.wire.gene_counts import name_of
from synthquery.wire.number_lists import loads
from synthquery.wire.stand_ins import TextFault
from synthquery.wire.text_lists import text_list

GENES = [name_of(at) for at in range(3_000)]
LAYOUTS = st.sampled_from([{}, {"separators": (",", ":")}, {"indent": 1}, {"ensure_ascii": False}])
texts = st.sampled_from(
    ["]", "[", "{", "}", '"', "\\", '["', '"]', "é", "\n", "", "ENSG00000141510", "0e0", "NaN", "x" * 300]
)
values = texts | st.text(max_size=20) | st.integers() | st.none() | st.booleans() | st.floats(allow_nan=False)
LONG_ONES = st.lists(values, max_size=20).map(lambda some: ["ENSG00000141510" * 20, *some])


@given(st.lists(LONG_ONES | LONG_ONES.map(lambda some: {"genes": some}) | values, max_size=5), LAYOUTS)
@example([["x" * 300, "]"], ["x" * 300, "["], ["x" * 300, '\\"]']], {})
@settings(deadline=None)
def test_lists_of_texts_are_what_json_reads(content: Any, layout: Any) -> None:
    text = json.dumps({"outputs": content, "gene_order": GENES, "counts": [1] * 300}, **layout).encode()
    for _ in range(2):
        found = loads(text)
        assert found["counts"].tolist() == [1] * 300
        assert (found["outputs"], found["gene_order"]) == (content, GENES)
        assert repr(found["outputs"]) == repr(json.loads(text)["outputs"])


@given(st.data())
@settings(deadline=None)
def test_a_changed_text_is_read_or_refused_as_json_does(data: st.DataObject) -> None:
    text = json.dumps({"gene_order": GENES[:40], "more": ["a" * 250, "b"]}).encode()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = (
        text[:at]
        + data.draw(st.sampled_from([b"", b'"', b"[", b"]", b"\\", b"{", b"\xff", b","]))
        + text[at + 1 :]
    )
    try:
        expected = json.loads(changed.decode("utf-8", "surrogatepass"))
    except ValueError:
        with pytest.raises(TextFault):
            loads(changed)
    else:
        assert loads(changed) == expected


def test_a_list_that_was_read_before_is_not_read_again_and_is_a_list_of_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letters = np.frombuffer(json.dumps(GENES).encode(), dtype=np.uint8)
    first = text_list(letters)
    assert first == GENES
    first[0] = "changed"
    monkeypatch.setattr(text_lists.json, "loads", lambda _: pytest.fail("it is read again"))
    assert text_list(letters) == GENES


def test_many_brackets_in_quotes_do_not_make_reading_slow() -> None:
    text = json.dumps(["[" * 150 + "x" * 100] * 20_000).encode()
    assert loads(text) == json.loads(text)
