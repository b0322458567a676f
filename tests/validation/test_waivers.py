"""Comments that waive an issue: at their place only, of their codes only."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.validation import Severity
from synthquery.validation.batch import validate_files
from synthquery.validation.waivers import read_waivers
from tests.validation.queries import YAML, write


def codes(folder: Path, text: str) -> list[str]:
    return [code for code in all_codes(folder, text) if code != "waiver.unused"]


def all_codes(folder: Path, text: str, name: str = "query.yaml") -> list[str]:
    ((_, report),) = validate_files([write(folder / name, text)]).results
    return [issue.code for issue in report.issues]


def test_without_a_comment_both_issues_are_there(tmp_path: Path) -> None:
    assert codes(tmp_path, YAML) == ["value.case", "value.enum"]


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("sex: Male", "sex: Male  # synthquery: ignore[value.case]", ["value.enum"]),
        (
            "sex: Male",
            "sex: Male  # synthquery: ignore[value.case, id.unknown] from the registry",
            ["value.enum"],
        ),
        ("sex: Male", "sex: Male  # synthquery: ignore", ["value.enum"]),
        ("sex: Male", "sex: Male  #synthquery:ignore[value]", ["value.enum"]),
        ("      sex", "      # synthquery: ignore[value.case]\n      sex", ["value.enum"]),
        ("- metadata:", "- metadata:  # synthquery: ignore[value]", []),
        ("model_id", "# synthquery: ignore-file[value.enum]\nmodel_id", ["value.case"]),
        ("    num_samples: 1", "    num_samples: 1\n# synthquery: ignore-file", []),
        ("sex: Male", "sex: Male  # synthquery: ignore[value.enum]", ["value.case", "value.enum"]),
        ("race: Martian", 'race: "x # synthquery: ignore[value]"', ["value.case", "value.enum"]),
        ("num_samples: 1", "num_samples: 1  # synthquery: ignore[value]", ["value.case", "value.enum"]),
    ],
)
def test_a_comment_waives_its_codes_at_its_place(tmp_path: Path, old: str, new: str, left: list[str]) -> None:
    assert codes(tmp_path, YAML.replace(old, new)) == left


def test_a_comment_on_the_first_key_of_an_item_does_not_waive_its_neighbours(tmp_path: Path) -> None:
    text = YAML.replace("    num_samples: 1\n", "").replace(
        "- metadata:", "- num_samples: 0  # synthquery: ignore\n    metadata:"
    )
    assert codes(tmp_path, text) == ["value.case", "value.enum"]


def test_what_an_item_lacks_is_waived_on_its_first_line(tmp_path: Path) -> None:
    text = YAML.replace("    num_samples: 1\n", "")
    assert "structure.missing" in codes(tmp_path, text)
    waived = text.replace("- metadata:", "- metadata:  # synthquery: ignore[structure.missing]")
    assert codes(tmp_path, waived) == ["value.case", "value.enum"]


def test_text_without_a_comment_has_no_waivers() -> None:
    assert not read_waivers(YAML, "yaml").comments
    assert read_waivers("a: [ # synthquery: ignore-file", "yaml").comments


@pytest.mark.parametrize(
    ("old", "new", "unused"),
    [
        ("sex: Male", "sex: Male  # synthquery: ignore[value.case]", []),
        ("sex: Male", "sex: Male  # synthquery: ignore[value.case, id.unknown]", ["id.unknown"]),
        ("sex: Male", "sex: male  # synthquery: ignore[value.case]", ["value.case"]),
        ("num_samples: 1", "num_samples: 1  # synthquery: ignore", ["*"]),
        ("model_id", "# synthquery: ignore-file[legacy]\nmodel_id", ["legacy"]),
    ],
)
def test_a_comment_that_waives_nothing_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, unused: list[str]
) -> None:
    text = YAML.replace(old, new)
    ((_, report),) = validate_files([write(tmp_path / "query.yaml", text)]).results
    told = [issue for issue in report.issues if issue.code == "waiver.unused"]
    assert [issue.value for issue in told] == unused
    line = next(at for at, row in enumerate(text.splitlines(), 1) if "# synthquery" in row)
    assert {issue.line for issue in told} <= {line}
    assert all(issue.severity is Severity.INFO for issue in told)


TOML = """\
# synthquery: ignore-file[value.enum]
model_id = "gem-1-bulk"
sampling_strategy = "mean estimation"
[[inputs]]
num_samples = 0  # synthquery: ignore[value.range] a placeholder
[inputs.metadata]
genotype = "# synthquery: ignore"
race = "Martian"
# synthquery: ignore[value.case]
sex = "Male"
age_years = "forty"
"""


def test_comments_of_toml_waive_as_those_of_yaml(tmp_path: Path) -> None:
    assert all_codes(tmp_path, TOML, "query.toml") == ["value.format"]
    without = "\n".join(line.partition("  # ")[0] for line in TOML.splitlines() if not line.startswith("#"))
    found = all_codes(tmp_path, without, "query.toml")
    assert sorted(found) == ["value.case", "value.enum", "value.format", "value.range"]


def test_what_an_item_of_toml_lacks_is_waived_in_its_header(tmp_path: Path) -> None:
    lacking = TOML.replace("num_samples = 0  # synthquery: ignore[value.range] a placeholder\n", "")
    assert "structure.missing" in all_codes(tmp_path, lacking, "query.toml")
    waived = lacking.replace("[[inputs]]", "[[inputs]]  # synthquery: ignore[structure.missing]")
    assert "structure.missing" not in all_codes(tmp_path, waived, "query.toml")
