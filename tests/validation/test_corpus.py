"""Every planted fault is named, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from synthquery.validation import validate

from .cases import Case, cases, line_of, written_with_lines

BROKEN = [*cases("broken.yaml"), *cases("broken_together.yaml")]
CLEAN = [*cases("clean.yaml"), *cases("clean_together.yaml")]


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_every_planted_fault_is_named_and_nothing_else(case: Case) -> None:
    report = validate(case.query, case.model)
    found = [(issue.code, issue.pointer) for issue in report.issues]
    assert sorted(found) == sorted((code, pointer) for code, pointer, _ in case.expected), str(report)


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_the_likeliest_correction_is_suggested_first(case: Case) -> None:
    report = validate(case.query, case.model)
    suggested = {(issue.code, issue.pointer): issue.suggestions[:1] for issue in report.issues}
    for code, pointer, suggestion in case.expected:
        if suggestion is not None:
            assert suggested[code, pointer] == (suggestion,)


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_every_planted_fault_is_named_in_its_line(case: Case, tmp_path: Path) -> None:
    text, lines = written_with_lines(case.query)
    file = tmp_path / "query.json"
    file.write_text(text, encoding="utf-8")
    found = sorted((issue.code, issue.pointer, issue.line) for issue in validate(file, case.model).issues)
    expected = [(code, pointer, line_of(pointer, lines)) for code, pointer, _ in case.expected]
    assert found == sorted(expected)


@pytest.mark.parametrize("case", CLEAN, ids=str)
def test_a_near_miss_is_clean(case: Case) -> None:
    report = validate(case.query, case.model)
    assert not report.issues, str(report)
    assert report.ok


@pytest.mark.parametrize("case", [case for case in BROKEN if "counts" not in str(case.query)], ids=str)
def test_a_file_says_the_same_as_the_body_in_it(case: Case, tmp_path: Path) -> None:
    for name, text in (
        ("query.json", json.dumps(case.query)),
        ("query.yaml", yaml.safe_dump(case.query, sort_keys=False)),
    ):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        assert validate(file, case.model) == validate(case.query, case.model)
