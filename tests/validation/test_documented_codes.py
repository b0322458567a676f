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
from synthquery.resources import load_toml
from synthquery.validation import Issue, Report, codes, validate
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


def test_every_code_has_an_example_and_every_example_a_code() -> None:
    assert list(EXAMPLES) == list(codes())


def test_the_page_is_what_the_tables_say() -> None:
    script = ROOT / "scripts" / "build_issues.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_code_in_the_source_is_in_the_table() -> None:
    source = ROOT / "src" / "synthquery" / "validation"
    text = "".join(file.read_text(encoding="utf-8") for file in source.rglob("*.py"))
    groups = "|".join(sorted({code.partition(".")[0] for code in codes()}))
    used = set(re.findall(rf'"((?:{groups})\.[a-z]+(?:-[a-z]+)*)"', text))
    assert used == set(codes())
