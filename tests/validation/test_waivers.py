"""Comments that waive an issue: at their place only, of their codes only."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.validation.batch import validate_files
from synthquery.validation.waivers import read_waivers
from tests.validation.queries import YAML, write


def codes(folder: Path, text: str) -> list[str]:
    ((_, report),) = validate_files([write(folder / "query.yaml", text)]).results
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
    assert read_waivers(YAML) is None
    assert read_waivers("a: [ # synthquery: ignore") is not None
