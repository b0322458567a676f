"""The page of codes shows the table of codes, and its examples do what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthquery.catalog import get_model
from synthquery.ontology import Lookup, Term
from synthquery.recipe.files import validate, validate_files
from synthquery.recipe.fixing import fix
from synthquery.resources import load_toml
from synthquery.validation import Issue, Report, codes
from synthquery.validation.own_rules import other_codes
from synthquery.vocab import add_vocabulary

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = {
    f"{group}.{name}": example
    for group, rows in load_toml("rule_examples.toml").items()
    for name, example in rows.items()
}


class NewRelease:
    """A service with a release in which every identifier is a term."""

    def lookup(self, identifier: str) -> Lookup:
        release = "v2026-10-01"
        term = Term(identifier, "a term of the new release", "UBERON", release)
        return Lookup(identifier, "found", term, f"UBERON {release} (OLS)")


def checked(text: str, folder: Path, model: str | None = None, online: NewRelease | None = None) -> Report:
    if "..." in text:
        body = yaml.safe_load(text)
        return validate(with_all_counts(body), model)
    file = folder / "query.yaml"
    file.write_text(text, encoding="utf-8")
    return validate(file, model, online=online)


def with_all_counts(body: dict[str, Any]) -> dict[str, Any]:
    for one in body["inputs"]:
        if one["counts"][-1] == "...":
            given = one["counts"][:-1]
            rest = get_model(body["model_id"]).n_genes - len(given)
            one["counts"] = given + [0 if given[-1] == 0 else 1] * rest
    return body


@pytest.mark.parametrize("code", list(codes()))
def test_the_failing_query_has_this_one_problem_and_the_fixed_one_none(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "vocabulary" in EXAMPLES[code]:
        monkeypatch.setenv("SYNTHQUERY_DATA_DIR", str(tmp_path / "data"))
        (tmp_path / "vocabulary.json").write_text(EXAMPLES[code]["vocabulary"], encoding="utf-8")
        add_vocabulary("gem-1-bulk", tmp_path / "vocabulary.json")
    model = "gem-1-sc" if code == "model.mismatch" else None
    online = NewRelease() if code == "id.newer-than-release" else None
    failing = checked(EXAMPLES[code]["failing"], tmp_path, model, online)
    assert {issue.code for issue in told(failing, code)} == {code}, str(failing)
    assert {issue.severity for issue in told(failing, code)} == {codes()[code].severity}
    fixed = checked(EXAMPLES[code]["fixed"], tmp_path, model)
    assert not told(fixed, code), str(fixed)


def told(report: Report, code: str) -> list[Issue]:
    """The issues of an example; every report on GEM-2 says beside them that not all of it could be checked."""
    gem_2 = "operation:" in EXAMPLES[code]["failing"] and code != "model.unchecked"
    return [issue for issue in report.issues if not (gem_2 and issue.code == "model.unchecked")]


@pytest.mark.parametrize("code", [code for code in other_codes() if code in EXAMPLES])
def test_the_failing_query_has_this_problem_under_its_settings_and_the_fixed_one_none(
    code: str, tmp_path: Path
) -> None:
    example = EXAMPLES[code]
    for text, settings, expected in (
        (example["failing"], example.get("settings", ""), {code}),
        (example["fixed"], example.get("settings_fixed", example.get("settings", "")), set()),
    ):
        (tmp_path / "synthquery.toml").write_text(settings, encoding="utf-8")
        (tmp_path / "query.yaml").write_text(text, encoding="utf-8")
        ((_, report),) = validate_files([tmp_path / "query.yaml"]).results
        assert {issue.code for issue in report.issues} == expected, str(report)


def test_every_code_has_an_example_and_every_example_a_code() -> None:
    of_a_service = {"service.rejected"}  # no query shows it
    assert set(EXAMPLES) == {*codes(), *other_codes()} - of_a_service


def test_the_table_of_the_page_has_every_code_with_its_severity_and_a_section() -> None:
    page = (ROOT / "docs" / "issues.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`(\S+)`\]\(#\S+\) \| (\w+) \| (.+) \|$", page, re.MULTILINE)
    known = {**codes(), **other_codes()}
    assert rows == [(name, str(code.severity), code.title) for name, code in known.items()]
    sections = re.findall(r"^## (\S+)$", page, re.MULTILINE)
    assert sections == list(known)
    for name, text in zip(sections, re.split(r"^## \S+$", page, flags=re.MULTILINE)[1:], strict=True):
        assert known[name].why in text


@pytest.mark.parametrize("code", [code for code in EXAMPLES if "..." not in EXAMPLES[code]["failing"]])
def test_fix_leaves_of_the_failing_query_only_what_needs_a_person(code: str, tmp_path: Path) -> None:
    model = "gem-1-sc" if code == "model.mismatch" else None
    file = tmp_path / "query.yaml"
    file.write_text(EXAMPLES[code]["failing"], encoding="utf-8")
    fixed, left = fix(file, model)
    assert not [issue for issue in left.issues if issue.fix is not None]
    if fixed.changed and not left.issues:
        assert fixed.after.decode() == EXAMPLES[code]["fixed"]
    if not fixed.changed:
        assert left == validate(file, model)


def test_the_page_is_what_the_tables_say() -> None:
    script = ROOT / "scripts" / "build_issues.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_code_in_the_source_is_in_the_table() -> None:
    source = ROOT / "src" / "synthquery"
    files = [file for part in ("validation", "recipe", "builder") for file in (source / part).rglob("*.py")]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    groups = "|".join(sorted({code.partition(".")[0] for code in codes()}))
    used = set(re.findall(rf'"((?:{groups})\.[a-z]+(?:-[a-z]+)*)"', text))
    assert used == set(codes())
