"""A baseline hides what was there, and nothing that is new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthquery.errors import ConfigError
from synthquery.validation import Report, validate
from synthquery.validation.baseline import read_baseline, without_known, write_baseline
from tests.validation.queries import WRONG_CASE, WRONG_CASE_AND_RACE, query


def known_after(old: dict[str, object], new: dict[str, object], folder: Path) -> list[str]:
    file = folder / "baseline.json"
    write_baseline([(str(folder / "a.json"), validate(old))], file)
    ((_, report),) = without_known([(str(folder / "a.json"), validate(new))], read_baseline(file), folder)
    return [issue.code for issue in report.issues]


def test_what_was_there_is_not_reported(tmp_path: Path) -> None:
    assert known_after(WRONG_CASE, WRONG_CASE, tmp_path) == []


def test_what_is_new_is(tmp_path: Path) -> None:
    assert known_after(WRONG_CASE, WRONG_CASE_AND_RACE, tmp_path) == ["value.enum"]
    assert known_after(WRONG_CASE, query(sex="Female"), tmp_path) == ["value.case"]


def test_an_issue_may_move_and_may_not_multiply(tmp_path: Path) -> None:
    moved = {**WRONG_CASE, "inputs": [*query()["inputs"], *WRONG_CASE["inputs"]]}
    assert known_after(WRONG_CASE, moved, tmp_path) == []
    twice = {**WRONG_CASE, "inputs": WRONG_CASE["inputs"] * 2}
    assert known_after(WRONG_CASE, twice, tmp_path).count("value.case") == 1


def test_the_same_results_write_the_same_bytes(tmp_path: Path) -> None:
    results = [(name, validate(WRONG_CASE_AND_RACE)) for name in ("b.json", "a.json")]
    write_baseline(results, tmp_path / "one.json")
    write_baseline(results[::-1], tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_missing_baseline_knows_nothing(tmp_path: Path) -> None:
    assert read_baseline(tmp_path / "none.json") == {}
    assert without_known([("a.json", Report())], {}, tmp_path) == [("a.json", Report())]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 2}', json.dumps({"version": 1, "files": {"a": 3}})]
)
def test_a_file_that_is_no_baseline_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "b.json").write_text(content)
    with pytest.raises(ConfigError, match="no baseline"):
        read_baseline(tmp_path / "b.json")
