"""What holds for every format, and what people and scripts read."""

from __future__ import annotations

import json

import pytest

from synthquery.validation import Report
from synthquery.validation.formats import FORMATS, Results, render
from tests.validation.formats.conftest import ODD


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_every_code_and_the_file_that_cannot_be_read(results: Results, name: str) -> None:
    shown = render(results, name)
    assert "missing.json" in shown
    assert name == "junit" or all(code in shown for code in ("id.noncanonical", "value.enum", "study.rule"))


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_lets_a_file_steer_the_terminal(results: Results, name: str) -> None:
    assert "\x1b" not in render(results, name)


@pytest.mark.parametrize("name", FORMATS)
def test_no_results_are_no_error(name: str) -> None:
    assert isinstance(render([], name), str)


def test_an_unknown_format_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="sarif"):
        render([], "xml")


def test_text_ends_in_one_line_about_all_files(results: Results) -> None:
    last = render(results, "text").splitlines()[-1]
    assert last == "4 files checked: 2 errors in 1 of them, 1 warning, 1 note, 1 could not be read"


def test_text_about_one_file_is_its_report() -> None:
    assert render([("a.json", Report())], "text") == f"a.json: {Report()}"


def test_text_names_clean_files_only_when_there_are_few() -> None:
    many = [(f"query{number}.json", Report()) for number in range(100)]
    assert render(many, "text") == "100 files checked: no problems"
    assert "query3.json" in render(many[:5], "text")


def test_colours_are_of_the_severity_and_only_when_wanted(results: Results) -> None:
    assert "\x1b[31merror\x1b[0m" in render(results, "text", colour=True)


def test_json_is_the_whole_of_every_report(results: Results) -> None:
    rows = json.loads(render(results, "json"))
    assert [row["file"] for row in rows] == [name for name, _ in results]
    assert rows[0]["issues"] == [issue.to_dict() for issue in results[0][1].issues]


def test_json_lines_hold_one_issue_each(results: Results) -> None:
    rows = [json.loads(line) for line in render(results, "jsonl").split("\n")]
    assert [row.get("code") for row in rows] == [
        "id.noncanonical", "value.enum", "value.case", "study.rule", None
    ]  # fmt: skip
    assert "unreadable" in rows[-1]


def test_github_gives_each_issue_a_command_on_a_line_of_its_own(results: Results) -> None:
    *commands, last = render(results, "github").split("\n")
    assert commands[0].startswith("::error file=queries/a liver.json,title=id.noncanonical::")
    assert [line.split(" ")[0] for line in commands] == [
        "::error",
        "::warning",
        "::error",
        "::notice",
        "::error",
    ]
    assert "%25" in commands[3]
    assert last.startswith("4 files checked")


def test_markdown_keeps_its_table_whatever_a_value_holds(results: Results) -> None:
    rows = [line for line in render(results, "markdown").splitlines() if line.startswith("| info")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 6


def test_json_holds_what_stood_there_unchanged(results: Results) -> None:
    assert json.loads(render(results, "json"))[2]["issues"][0]["message"] == ODD
