"""Rules of others: written with a decorator, found by name, and never able to take a run down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from synthquery import rule
from synthquery.validation import Severity, rule_loading, validate
from synthquery.validation.batch import validate_files
from synthquery.validation.explain import explain
from synthquery.validation.formats import render
from tests.validation.queries import query, write

RULES = '''
import synthquery as sq

@sq.rule(code="study.liver-only", severity="warning")
def liver_only(body):
    """Another tissue than the liver."""
    for at, one in enumerate(body["inputs"]):
        if one["metadata"]["tissue_ontology_id"] != "UBERON:0002107":
            yield ("inputs", at, "metadata", "tissue_ontology_id"), "this is a study of the liver", ["UBERON:0002107"]
'''
KIDNEY = query(tissue_ontology_id="UBERON:0002113")


@rule(code="study.adults", title="A donor who is no adult")
def adults(body: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for at, one in enumerate(body["inputs"]):
        if float(one["metadata"].get("age_years", 18)) < 18:
            yield ("inputs", at, "metadata", "age_years"), "this study is of adults"


@rule(code="study.broken")
def broken(body: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    yield ("inputs",), "found before it broke"
    raise KeyError("no such thing")


def codes(folder: Path, settings: str, body: Any = KIDNEY) -> list[str]:
    write(folder / "synthquery.toml", settings)
    ((_, report),) = validate_files([write(folder / "query.json", body)]).results
    return [issue.code for issue in report.issues]


def test_a_rule_says_where_and_what_in_the_order_of_the_query() -> None:
    young = query(age_years="5", sex="Male")
    issues = validate(young, rules=[adults]).issues
    assert [issue.code for issue in issues] == ["study.adults", "value.case"]
    assert issues[0].pointer == "/inputs/0/metadata/age_years"
    assert issues[0].value == "5"
    assert issues[0].severity is Severity.ERROR
    assert validate(query(age_years="50"), rules=[adults]).issues == ()


def test_a_rule_of_a_file_is_placed_in_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "query.yaml", "model_id: gem-1-bulk\nsampling_strategy: mean estimation\ninputs:\n"
                 "  - metadata: {age_years: 5}\n    num_samples: 1\n")  # fmt: skip
    (issue,) = validate(file, rules=[adults]).issues
    assert issue.line == 4


def test_a_broken_rule_is_reported_and_the_others_are_run() -> None:
    issues = validate(query(age_years="5"), rules=[broken, adults]).issues
    assert {issue.code for issue in issues} == {"rule.failed", "study.adults"}
    assert "study.broken" in issues[0].message
    assert "no such thing" in issues[0].message


def test_a_rule_is_not_asked_about_a_body_whose_structure_is_wrong() -> None:
    assert "rule.failed" not in [
        issue.code for issue in validate({"inputs": [3]}, "gem-1-bulk", rules=[adults]).issues
    ]


@pytest.mark.parametrize(
    ("code", "severity", "why"),
    [("Adults", "error", "small"), ("value.case", "error", "itself"), ("a.b", "bad", "info")],
)
def test_a_code_or_severity_that_cannot_be_used_is_refused(code: str, severity: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        rule(code=code, severity=severity)


@pytest.mark.parametrize("name", ["checks/ours.py", "ours_for_test:liver_only", "ours_for_test"])
def test_settings_name_rules_by_file_module_and_function(tmp_path: Path, name: str) -> None:
    write(tmp_path / "checks" / "ours.py", RULES)
    write(tmp_path / "ours_for_test.py", RULES)
    assert codes(tmp_path, f'rules = ["{name}"]') == ["study.liver-only"]
    assert codes(tmp_path, f'rules = ["{name}"]', query()) == []


def test_settings_may_name_the_codes_of_their_rules(tmp_path: Path) -> None:
    write(tmp_path / "ours.py", RULES)
    assert codes(tmp_path, 'ignore = ["study.liver-only"]\nrules = ["ours.py"]') == []


@pytest.mark.parametrize(
    "content", [None, "import nothing_like_this", "raise SystemExit(1)", "x = (", "no_rules = 1"]
)
def test_rules_that_cannot_be_loaded_are_reported(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write(tmp_path / "bad.py", content)
    assert codes(tmp_path, 'rules = ["bad.py"]', query()) == ["rule.failed"]


def test_installed_packages_bring_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = EntryPoint("ours", f"{__name__}:adults", rule_loading.GROUP)
    bad = EntryPoint("theirs", "nothing_like_this:rules", rule_loading.GROUP)
    monkeypatch.setattr(
        rule_loading, "entry_points", lambda group: (good, bad) if group == "synthquery.rules" else ()
    )
    rule_loading._installed.cache_clear()
    try:
        assert codes(tmp_path, "", query(age_years="5")) == ["rule.failed", "study.adults"]
    finally:
        rule_loading._installed.cache_clear()


def test_processes_run_the_rules_too(tmp_path: Path) -> None:
    write(tmp_path / "ours.py", RULES)
    write(tmp_path / "synthquery.toml", 'rules = ["ours.py"]\n[study]\nrequired = ["sex"]\n')
    for number in range(130):
        write(tmp_path / "q" / f"{number}.json", KIDNEY)
    results = validate_files([tmp_path / "q"], jobs=2).results
    assert all(
        {issue.code for issue in report.issues} == {"study.liver-only", "study.required"}
        for _, report in results
    )


def test_the_codes_beside_the_table_are_explained() -> None:
    assert explain("rule.failed")["why"]
    assert explain("study.required")["severity"] == "error"


@pytest.mark.parametrize("format_", ["html", "markdown"])
def test_formats_tell_what_a_rule_of_ours_is_about(format_: str) -> None:
    results = [("query.json", validate(query(age_years="5"), rules=[adults]))]
    assert "A donor who is no adult" in render(results, format_)
