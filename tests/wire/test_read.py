"""Reading files: whatever they hold, an answer or one clear message."""

from __future__ import annotations

import codecs
import math
import random
from pathlib import Path

import pytest

from synthquery.errors import QueryFormatError
from synthquery.wire import parse_body, read_body, read_document
from synthquery.wire.document import Duplicate

BODY = '{"inputs": [{"metadata": {"sex": "male"}, "num_samples": 1}]}'
PARSED = {"inputs": [{"metadata": {"sex": "male"}, "num_samples": 1}]}


def message_of(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(QueryFormatError) as caught:
        read_body(path)
    assert not caught.value.unreadable
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message) < len(str(path)) + 300
    return message


@pytest.mark.parametrize(
    "name", ["query.json", "query.yaml", "query.yml", "QUERY.JSON", "query", "query.txt"]
)
def test_json_is_read_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(BODY)
    assert read_body(tmp_path / name) == PARSED
    assert read_body(str(tmp_path / name)) == PARSED


@pytest.mark.parametrize("name", ["query.yaml", "query"])
def test_yaml_is_read_by_its_suffix_or_its_look(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("inputs:\n- metadata: {sex: male}\n  num_samples: 1\n")
    assert read_body(tmp_path / name) == PARSED


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + BODY.encode(),
        BODY.encode("utf-16"),
        codecs.BOM_UTF16_BE + BODY.encode("utf-16-be"),
        BODY.encode("utf-32"),
    ],
    ids=["utf-8", "utf-16", "utf-16-be", "utf-32"],
)
@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"query{suffix}"
    path.write_bytes(content)
    assert read_body(path) == PARSED


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.json", b"", "is empty"),
        ("q.yaml", b"", "is empty"),
        ("q.json", b" \n\t ", "is empty"),
        ("q.json", codecs.BOM_UTF8, "is empty"),
        ("q.json", b"\x1f\x8b\x08\x00rest", "gzip"),
        ("q.json", b"\x89HDF\r\n", "HDF5"),
        ("q.json", b"{\x00}", "binary"),
        ("q.json", '{"genotype": "é"}'.encode("latin-1"), "UTF-8"),
        ("q.json", b"[1, 2]", "holds a list"),
        ("q.json", b"null", "holds nothing"),
        ("q.json", b'"text"', "holds text"),
        ("q.json", b"5", "holds a number"),
        ("q.json", b"true", "holds true or false"),
        ("q.yaml", b"just words", "holds text"),
        ("q.yaml", b"2020-01-01", "holds date"),
        ("q.yaml", b"# only a remark\n", "holds nothing"),
        ("q.json", b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        ("q.json", b"{'a': 1}", "line 1, column 2"),
        ("q.json", b'{"a": ' + b"9" * 5000 + b"}", "more digits"),
        ("q.yaml", b"a: " + b"9" * 5000, "cannot be read"),
        ("q.yaml", b"a: [1\nb: 2", "line 2, column 2"),
        ("q.yaml", b"a: 2020-99-99", "cannot be read"),
        ("q.yaml", b"a: \x01", "#x0001"),
        ("q.yaml", b"a: 1\n---\nb: 2", "another document"),
        ("q.yaml", b"a: *nowhere", "undefined alias"),
        ("q.yaml", b"a: !!python/object/apply:os.system [ls]", "constructor"),
    ],
)
def test_what_is_no_object_gets_one_clear_message(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    assert said in message_of(tmp_path / name, content)


@pytest.mark.parametrize("name", ["deep.json", "deep.yaml", "deep"])
@pytest.mark.parametrize("text", ["[", "{", '{"a":', "[{"])
def test_a_million_brackets_are_refused(tmp_path: Path, name: str, text: str) -> None:
    message = message_of(tmp_path / name, text.encode() * 1_000_000)
    assert "not valid" in message


def test_nested_blocks_of_yaml_are_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in message_of(tmp_path / "deep.yaml", b"- " * 100_000 + b"x")


def test_a_hundred_megabytes_of_brackets_are_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in message_of(tmp_path / "deep.json", b"[" * 100_000_000)


def test_random_bytes_never_get_past(tmp_path: Path) -> None:
    source = random.Random(1)
    for number in range(200):
        content = source.randbytes(source.randrange(1, 400))
        for suffix in ("json", "yaml"):
            path = tmp_path / f"{number}.{suffix}"
            path.write_bytes(content)
            with pytest.raises(QueryFormatError):
                read_body(path)


def test_a_missing_file_is_unreadable_and_not_wrong(tmp_path: Path) -> None:
    with pytest.raises(QueryFormatError, match="no such file") as caught:
        read_body(tmp_path / "absent.json")
    assert caught.value.unreadable


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(QueryFormatError, match="is a folder") as caught:
        read_body(tmp_path)
    assert caught.value.unreadable


def test_a_file_without_permission_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")  # what the superuser of a test machine never meets

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(QueryFormatError, match="permission denied") as caught:
        read_body(tmp_path / "secret.json")
    assert caught.value.unreadable


def test_a_name_that_cannot_be_one_is_unreadable() -> None:
    with pytest.raises(QueryFormatError) as caught:
        read_body("a\0b")
    assert caught.value.unreadable


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_left_to_the_rules(tmp_path: Path, constant: str) -> None:
    path = tmp_path / "q.json"
    path.write_text(f'{{"counts": [{constant}]}}')
    (number,) = read_body(path)["counts"]
    assert not math.isfinite(number)


def test_repeated_keys_of_json_are_found_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    twice = '{"metadata": {"sex": "male", "sex": "female", "sex": "male"}}'
    path.write_text(f'{{"seed": 1, "inputs": [{{}}, {twice}], "seed": 2}}')
    document = read_document(path)
    assert document.body["seed"] == 2
    assert set(document.duplicates) == {Duplicate(("seed",)), Duplicate(("inputs", 1, "metadata", "sex"))}


def test_repeated_keys_of_yaml_are_found_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text(
        "seed: 1\ninputs:\n- {}\n- metadata:\n    sex: male\n    age: [1, {a: 1}]\n    sex: female\nseed: 2\n"
    )
    assert read_document(path).duplicates == (
        Duplicate(("inputs", 1, "metadata", "sex"), 7),
        Duplicate(("seed",), 8),
    )


def test_a_file_of_repeated_keys_is_broken(tmp_path: Path) -> None:
    text = "sex: male\n" * 20_002
    assert "20,000 keys stand twice, the last at line 20002" in message_of(tmp_path / "a.yaml", text.encode())


def test_merged_keys_of_yaml_are_no_repetition(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_text("base: &b {sex: male}\none:\n  <<: *b\n  <<: *b\n  age: 5\n")
    document = read_document(path)
    assert document.duplicates == ()
    assert document.body["one"] == {"sex": "male", "age": 5}


def test_bytes_are_read_under_the_name_they_are_given() -> None:
    assert parse_body(BODY.encode()) == PARSED
    with pytest.raises(QueryFormatError, match=r"^standard input: the file is empty"):
        parse_body(b"", name="standard input")
