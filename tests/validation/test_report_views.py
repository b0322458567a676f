"""A report as a library object: filtered, grouped, as a table."""

from __future__ import annotations

import subprocess
import sys

import pytest

from synthquery.recipe.files import validate as validate_any
from synthquery.validation import Report, validate
from tests.validation.queries import WRONG_CASE_AND_RACE, query


@pytest.fixture
def report() -> Report:
    inputs = [*query()["inputs"], *WRONG_CASE_AND_RACE["inputs"], *query(sex="Female")["inputs"]]
    return validate({**query(), "seed": -1, "inputs": inputs})


def codes(report: Report) -> list[str]:
    return [issue.code for issue in report.issues]


def test_all_issues_are_there_to_begin_with(report: Report) -> None:
    assert codes(report) == ["value.case", "value.enum", "value.case", "value.range"]


def test_a_report_is_filtered_by_code_severity_and_place(report: Report) -> None:
    assert codes(report.filter(select=["value.enum"])) == ["value.enum"]
    assert codes(report.filter(select=["value"], ignore=["*.case"])) == ["value.enum", "value.range"]
    assert codes(report.filter(least="error")) == ["value.case", "value.case", "value.range"]
    assert codes(report.filter(under=("inputs", 1))) == ["value.case", "value.enum"]
    assert report.filter(select=["term"]).ok
    assert report.filter() == report


def test_an_unknown_severity_is_an_error(report: Report) -> None:
    with pytest.raises(ValueError, match="fatal"):
        report.filter(least="fatal")


def test_a_report_is_grouped_by_code_and_by_input(report: Report) -> None:
    assert {code: len(issues) for code, issues in report.by_code().items()} == {
        "value.case": 2, "value.enum": 1, "value.range": 1
    }  # fmt: skip
    assert {at: len(issues) for at, issues in report.by_input().items()} == {1: 2, 2: 1, None: 1}


def test_a_report_becomes_a_table_with_a_row_an_issue(report: Report) -> None:
    frame = report.to_frame()
    assert list(frame["code"]) == codes(report)
    assert frame.loc[0, "input"] == 1
    assert frame.loc[0, "key"] == "sex"
    assert frame.loc[0, "suggestion"] == "male"
    assert frame["input"].isna().tolist() == [False, False, False, True]
    assert frame["line"].isna().all()


def test_a_clean_report_is_a_table_without_rows(report: Report) -> None:
    empty = Report().to_frame()
    assert len(empty) == 0
    assert list(empty.columns) == list(report.to_frame().columns)


def test_validating_does_not_load_pandas() -> None:
    program = "import sys, synthquery as sq; sq.validate({}); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_notebook_shows_a_table_that_no_value_can_break(report: Report) -> None:
    shown = validate(query(genotype="<script>", sex="<b>"))._repr_html_()
    assert "<table>" in shown
    assert "<b>'" not in shown
    assert "value.case" in report._repr_html_()


def test_samples_of_recipes_and_items_of_gem_2_are_grouped_as_inputs_are() -> None:
    recipe = {"model": "gem-1-bulk", "samples": [{"tissue": "liver"}, {"sex": "both"}]}
    assert list(validate_any(recipe).by_input()) == [1]
    items = [{"metadata": {}}, {"metadata": {"sex": "both"}}]
    gem_2 = {"operation": "predict-expression", "inputs": {"modality": "bulk", "items": items}}
    assert list(validate_any(gem_2).by_input()) == [None, 1]
