"""Every value of a file is found where it stands, in JSON, YAML and TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from synthquery.errors import QueryFormatError
from synthquery.wire import Document, parse_document, read_document
from synthquery.wire.places import Place, find_places, locations, nearest

JSON = """{
  "sampling_strategy": "mean estimation",
  "inputs": [
    {"metadata": {"sex": "male", "genotype": "a \\"quoted\\" {[, word"}, "num_samples": 1},
    {"counts": [1, 22 ,333,4], "num_samples":2}
  ]
}
"""
YAML = """# liver, twice
sampling_strategy: mean estimation
inputs:
  - metadata: &liver
      sex: male     # a comment
      genotype: 'it''s {[, wild'
    num_samples: 1
  - {metadata: {sex: !!str "female"}, num_samples: 2}
  - metadata: *liver
    num_samples: 3
  - metadata:
      <<: *liver
      sex: female
    num_samples: 4
"""
TOML = '''# liver, twice
sampling_strategy = "mean estimation"
model_id = 'gem-1-bulk'

[[inputs]]
num_samples = 1
metadata.sex = "male"   # a comment
metadata.genotype = """
several ""quoted"" lines"""

[[inputs]]
metadata = { sex = "female", "age_years" = 61 }
num_samples = 2
counts = [
  1, # one
  22,
]
[inputs.more]
study = "PRJNA1"
'''


def document(text: str, suffix: str) -> Document:
    return parse_document(text.encode(), name=f"query{suffix}")


def paths_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from paths_of(child, (*path, key))


def shown(text: str, place: Place) -> str:
    return text[place.value.start : place.value.end]


def test_each_value_of_a_json_file_is_found_whole() -> None:
    everything = dict(paths_of(json.loads(JSON)))
    places = find_places(document(JSON, ".json"), everything)
    assert places.keys() == everything.keys()
    for path, value in everything.items():
        assert json.loads(shown(JSON, places[path])) == value


def test_each_scalar_of_a_yaml_file_is_found_whole() -> None:
    everything = dict(paths_of(yaml.safe_load(YAML)))
    places = find_places(document(YAML, ".yaml"), everything)
    assert places.keys() == everything.keys()
    for path, value in everything.items():
        if not isinstance(value, dict | list):
            assert yaml.safe_load(shown(YAML, places[path])) == value


def test_each_value_of_a_toml_file_is_found() -> None:
    everything = dict(paths_of(tomllib.loads(TOML)))
    places = find_places(document(TOML, ".toml"), everything)
    assert places.keys() == everything.keys()
    for path, value in everything.items():
        if not isinstance(value, dict | list):
            assert tomllib.loads(f"x = {shown(TOML, places[path])}") == {"x": value}


@pytest.mark.parametrize(
    ("text", "suffix", "path", "place"),
    [
        (JSON, ".json", ("inputs", 0, "metadata", "sex"), "4:26"),
        (JSON, ".json", ("inputs", 1, "counts", 2), "5:24"),
        (YAML, ".yaml", ("inputs", 0, "metadata", "sex"), "5:12"),
        (YAML, ".yaml", ("inputs", 1, "metadata", "sex"), "8:28"),
        (TOML, ".toml", ("inputs", 0, "metadata", "sex"), "7:16"),
        (TOML, ".toml", ("inputs", 1, "metadata", "age_years"), "12:44"),
        (TOML, ".toml", ("inputs", 1, "more", "study"), "19:9"),
    ],
)
def test_line_and_column_are_those_of_an_editor(
    text: str, suffix: str, path: tuple[str | int, ...], place: str
) -> None:
    span = find_places(document(text, suffix), [path])[path].value
    assert str(locations(text, [span])[span]) == place


def test_what_is_missing_is_located_where_it_should_stand() -> None:
    path = ("inputs", 1, "metadata", "sex")
    places = find_places(document(JSON, ".json"), [path])
    assert path not in places
    assert shown(JSON, nearest(places, path)) == "{"
    assert nearest(places, path).value.start == JSON.index('{"counts"')


def test_values_that_several_places_share_are_known() -> None:
    paths = [("inputs", at, "metadata", "genotype") for at in (0, 2, 3)]
    places = find_places(document(YAML, ".yaml"), paths)
    assert [places[path].shared for path in paths] == [False, True, True]
    assert len({places[path].value for path in paths}) == 1


def test_of_a_key_that_stands_twice_the_last_is_found() -> None:
    for text, suffix in (('{"a": {"c": 1}, "a": {"b": 2}}', ".json"), ("a: {c: 1}\na: {b: 2}\n", ".yaml")):
        places = find_places(document(text, suffix), [("a", "b"), ("a", "c")])
        assert shown(text, places["a", "b"]) == "2"
        assert ("a", "c") not in places


def test_a_long_line_is_cut_around_the_caret() -> None:
    text = json.dumps({"inputs": [{"counts": list(range(5_000))}]})
    path = ("inputs", 0, "counts", 4_000)
    span = find_places(document(text, ".json"), [path])[path].value
    found = locations(text, [span])[span]
    assert found.line == 1
    assert text[found.column - 1 :].startswith("4000")
    assert found.excerpt[found.caret : found.caret + found.width] == "4000"
    assert len(found.excerpt) <= 110


def test_windows_line_ends_and_letters_beyond_ascii_do_not_shift_columns() -> None:
    for suffix in (".json", ".yaml"):
        text = '{"genotype": "µ🧬",\r\n "größe": 1, "sex": "male"}\r\n'
        span = find_places(document(text, suffix), [("sex",)])["sex",].value
        found = locations(text, [span])[span]
        assert (found.line, found.column) == (2, 21)
        assert found.excerpt.endswith("}")


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("query.json", '{\n  "seed": 1,\n  "inputs": [1, 2\n}', "4:1"),
        ("query.yaml", "seed: 1\ninputs: [1, 2\n", "3:1"),
        ("query.toml", "seed = 1\ninputs = [1, 2\n[a]\n", "3:1"),
    ],
)
def test_an_error_of_syntax_has_its_place(tmp_path: Path, name: str, text: str, place: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(QueryFormatError) as caught:
        read_document(tmp_path / name)
    assert str(caught.value.location) == place


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=25,
)
bodies = st.dictionaries(st.text(max_size=5), values, min_size=1, max_size=4)


@settings(deadline=None, max_examples=200)
@given(body=bodies, indent=st.sampled_from([None, 0, 3]), ascii_only=st.booleans())
def test_any_json_value_is_found(body: dict[str, Any], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(body, indent=indent, ensure_ascii=ascii_only)
    if "\\ud" in text or "\0" in text:
        return
    everything = dict(paths_of(body))
    places = find_places(document(text, ".json"), everything)
    assert places.keys() == everything.keys()
    for path, value in everything.items():
        assert json.loads(shown(text, places[path])) == value


@settings(deadline=None, max_examples=100)
@given(body=bodies, flow=st.sampled_from([None, True, False]))
def test_any_yaml_scalar_is_found(body: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(body, allow_unicode=True, default_flow_style=flow)
    everything = dict(paths_of(yaml.safe_load(text)))
    places = find_places(document(text, ".yaml"), everything)
    assert places.keys() == everything.keys()
    for path, value in everything.items():
        if isinstance(value, int | float) or (isinstance(value, str) and value.isascii() and value.isalnum()):
            assert yaml.safe_load(shown(text, places[path])) == value
