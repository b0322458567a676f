"""`synthquery validate`: many files, formats, settings, waivers, baselines, exit codes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done
from tests.validation.queries import WRONG_CASE, WRONG_CASE_AND_RACE, query, write

Cli = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "q" / "clean.json")
    write(tmp_path / "q" / "faulty.json", WRONG_CASE_AND_RACE)
    write(tmp_path / "q" / "package.json", {"name": "no query"})
    return tmp_path


def test_a_folder_ends_in_a_summary_and_names_what_was_skipped(cli: Cli, folder: Path) -> None:
    done = cli("validate", "q")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "2 files checked: 1 error in 1 of them, 1 warning"
    assert "package.json" in done.err


@pytest.mark.parametrize(
    ("format_", "start"),
    [
        ("json", "["),
        ("jsonl", '{"file"'),
        ("sarif", "{"),
        ("junit", "<?xml"),
        ("github", "::error"),
        ("markdown", "**2 files"),
        ("html", "<!DOCTYPE html>"),
        ("text", "q"),
    ],
)
def test_every_format_is_printed_alone_on_standard_output(
    cli: Cli, folder: Path, format_: str, start: str
) -> None:
    done = cli("validate", "q", "--format", format_)
    assert done.code == 1
    assert done.out.startswith(start)


def test_an_output_file_holds_the_reports_and_the_summary_is_still_shown(cli: Cli, folder: Path) -> None:
    done = cli("validate", "q", "--format", "sarif", "-o", "problems.sarif")
    assert done.out == ""
    assert "2 files checked" in done.err
    assert json.loads((folder / "problems.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ((), ["value.case", "value.enum"]),
        (("--select", "value.enum"), ["value.enum"]),
        (("--select", "value,id", "--ignore", "value.case"), ["value.enum"]),
        (("--ignore", "value.*"), []),
        (("--severity", "error"), ["value.case"]),
        (("--severity", "value.case=info", "--severity", "warning"), ["value.enum"]),
    ],
)
def test_options_choose_what_is_reported(
    cli: Cli, folder: Path, options: tuple[str, ...], codes: list[str]
) -> None:
    done = cli("validate", "q/faulty.json", "--json", *options)
    assert [issue["code"] for issue in done.data[0]["issues"]] == codes
    assert done.code == int("value.case" in codes)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--select", "value.enumm"), "value.enum"),
        (("--severity", "fatal"), "warning"),
        (("--format", "xml"), "sarif"),
        (("--baseline", "none.json"), "--write-baseline"),
        (("--write-baseline",), "--baseline"),
        (("--config", "none.toml"), "none.toml"),
    ],
)
def test_wrong_usage_is_named_and_exits_with_2(
    cli: Cli, folder: Path, options: tuple[str, ...], named: str
) -> None:
    done = cli("validate", "q", *options)
    assert done.code == 2
    assert named in done.err


def test_standard_input_is_checked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for content, code in ((query(), 0), (WRONG_CASE, 1), ("{", 1)):
        data = content if isinstance(content, str) else json.dumps(content)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
        done = cli("validate", "-")
        assert done.code == code
        assert done.out.startswith("-: ")


def test_exit_codes_tell_clean_faulty_and_unreadable_apart(cli: Cli, folder: Path) -> None:
    assert cli("validate", "q/clean.json").code == 0
    assert cli("validate", "q/clean.json", "missing.json").code == 3
    assert cli("validate", "q/faulty.json", "missing.json").code == 1


def test_an_old_repository_adopts_a_baseline_and_new_issues_are_still_found(cli: Cli, folder: Path) -> None:
    done = cli("validate", "q", "--baseline", "known.json", "--write-baseline")
    assert done.code == 0
    assert "2 known issues" in done.err
    assert cli("validate", "q", "--baseline", "known.json").code == 0
    write(folder / "q" / "new.json", WRONG_CASE)
    again = cli("validate", "q", "--baseline", "known.json")
    assert again.code == 1
    assert "new.json" in again.out


def test_the_baseline_of_the_settings_is_used(cli: Cli, folder: Path) -> None:
    write(folder / "synthquery.toml", 'baseline = "known.json"\n')
    assert cli("validate", "q").code == 1
    assert cli("validate", "q", "--write-baseline").code == 0
    assert cli("validate", "q").code == 0


def test_settings_of_another_file_can_be_given(cli: Cli, folder: Path) -> None:
    write(folder / "strict.toml", 'severity = {"value.enum" = "error"}\nignore = ["value.case"]\n')
    done = cli("validate", "q/faulty.json", "--config", "strict.toml", "--json")
    assert done.code == 1
    assert [issue["code"] for issue in done.data[0]["issues"]] == ["value.enum"]


def test_explain_shows_one_code_or_lists_all(cli: Cli) -> None:
    assert "A query with the problem" in cli("explain", "value.case").out
    assert cli("explain", "value.case", "--json").data["severity"] == "error"
    assert "term.obsolete" in cli("explain").out
    unknown = cli("explain", "value.caes")
    assert unknown.code == 2
    assert "value.case" in unknown.err


def test_schema_is_printed_or_written(cli: Cli, tmp_path: Path) -> None:
    assert cli("schema", "gem-1-bulk").data["title"] == "Query for gem-1-bulk"
    assert cli("schema", "gem-1-sc", "-o", "sc.schema.json").code == 0
    assert json.loads((tmp_path / "sc.schema.json").read_text())["type"] == "object"


def test_what_build_and_predict_leave_beside_a_query_is_no_query(
    cli: Cli, recipe: Path, tmp_path: Path
) -> None:
    cli("build", recipe, "-o", "query.json")
    cli("predict", "query.json", "-o", "results")
    done = cli("validate", ".")
    assert done.code == 0
    assert "3 files checked: 1 note" in done.out  # the query, its copy among the results, and the recipe
    assert "recipe.yaml" in done.out + done.err
