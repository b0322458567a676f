"""Settings: what they say, and what is said when they cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.errors import ConfigError
from synthquery.validation import Severity
from synthquery.validation.config import Config, find_config, load_config
from tests.validation.queries import write


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert find_config(tmp_path) == Config()


def test_every_setting_is_read(tmp_path: Path) -> None:
    text = (
        'select = ["id", "value.case"]\nignore = ["*.unchecked"]\nleast-severity = "warning"\nexclude = ["a"]\n'
        'severity = {"value" = "error"}\nmodel = "gem-1-sc"\nbaseline = "known.json"\n'
        '[per-file-ignores]\n"a/*.json" = ["legacy"]\n'
    )
    found = load_config(write(tmp_path / "synthquery.toml", text))
    assert found.select == ("id", "value.case")
    assert found.least is Severity.WARNING
    assert found.severity == {"value": Severity.ERROR}
    assert found.per_file_ignores == {"a/*.json": ("legacy",)}
    assert found.baseline == tmp_path / "known.json"


def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.synthquery]\nmodel = "gem-1-sc"\n')
    write(tmp_path / "sub" / "pyproject.toml", "[tool.ruff]\n")
    assert find_config(tmp_path / "sub").model == "gem-1-sc"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('selct = ["id"]', "select"),
        ('select = ["id.unknwon"]', "id.unknown"),
        ('select = "id"', "list"),
        ('severity = {"id" = "fatal"}', "warning"),
        ('least-severity = "fatal"', "info"),
        ('model = "gem-1-bluk"', "gem-1-bulk"),
        ("per-file-ignores = 3", "table"),
        ("select = [", "TOML"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_was_expected(
    tmp_path: Path, text: str, named: str
) -> None:
    file = write(tmp_path / "synthquery.toml", text)
    with pytest.raises(ConfigError, match=named) as caught:
        find_config(tmp_path)
    assert str(file) in str(caught.value)
