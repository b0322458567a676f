"""Every file of the corpus: each planted fault is named in its line, nothing else is, and fixes do what they should."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from synthquery.recipe.files import validate_files
from synthquery.recipe.fixing import fix_files
from synthquery.validation import Issue, codes
from synthquery.validation.own_rules import other_codes
from synthquery.vocab import add_vocabulary
from tests.validation.cases import cases
from tests.validation.file_cases import FileCase, file_cases
from tests.validation.test_documented_codes import NewRelease

CASES = file_cases()
BODIES = [*cases("broken.yaml"), *cases("broken_together.yaml")]
OF_A_SERVICE = {"service.rejected"}  # said by an answer, of no file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTHQUERY_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def written(case: FileCase, folder: Path) -> Path:
    for name, text in case.others.items():
        (folder / name).write_text(text, encoding="utf-8")
    if "vocabulary.json" in case.others:
        add_vocabulary("gem-1-bulk", folder / "vocabulary.json")
    file = folder / case.name
    file.write_text(case.text, encoding="utf-8")
    return file


def issues(file: Path, case: FileCase) -> tuple[Issue, ...]:
    online = NewRelease() if case.online else None
    ((_, report),) = validate_files([file], model_id=case.model, online=online).results
    return report.issues


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_fault_is_named_in_its_line_and_nothing_else_is(case: FileCase, folder: Path) -> None:
    found = issues(written(case, folder), case)
    told = sorted((issue.code, issue.pointer, issue.line or 0) for issue in found)
    assert told == sorted((code, pointer, line or 0) for code, pointer, line, _ in case.expected), found
    suggested = {(issue.code, issue.pointer): issue.suggestions[:1] for issue in found}
    for code, pointer, _, suggestion in case.expected:
        if suggestion is not None:
            assert suggested[code, pointer] == (suggestion,)


@pytest.mark.parametrize("case", [case for case in CASES if not case.online], ids=str)
def test_what_fix_makes_of_it_is_what_the_block_says_and_stays(case: FileCase, folder: Path) -> None:
    file = written(case, folder)
    ((fixed, _),) = fix_files([file], model_id=case.model).results
    assert fixed.after.decode() == case.fixed
    gone = {(issue.code, issue.pointer) for issue in fixed.fixed}
    fixed.write()
    assert not gone & {(issue.code, issue.pointer) for issue in issues(file, case)}
    ((again, _),) = fix_files([file], model_id=case.model).results
    assert not again.changed


def test_every_code_has_three_failing_bodies_and_a_near_miss() -> None:
    failing = Counter(code for case in CASES for code in {code for code, *_ in case.expected})
    failing += Counter(code for case in BODIES for code in {code for code, *_ in case.expected})
    wanted = {*codes(), *other_codes()} - OF_A_SERVICE
    assert {code: failing[code] for code in wanted if failing[code] < 3} == {}
    assert wanted - {case.code for case in CASES if case.near} == set()
    assert set(failing) <= wanted
    broken = [case for case in CASES if not case.near]
    assert len({json.dumps([case.text, case.others]) for case in broken}) == len(broken)
