"""The files that other programs read: the pre-commit hook and the GitHub Action."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthquery.cli.app import app
from synthquery.cli.validate import Format
from synthquery.validation.formats import FORMATS

ROOT = Path(__file__).parent.parent


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_hook_runs_a_command_there_is() -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    program, command = shlex.split(hook["entry"])
    assert program == "synthquery"
    assert command in {each.callback.__name__ for each in app.registered_commands if each.callback}


@pytest.mark.parametrize(
    ("file", "taken"),
    [
        ("queries/liver.json", True),
        ("study/queries/deep/liver.yml", True),
        ("liver.query.yaml", True),
        ("package.json", False),
        ("queries.json", False),
        ("queries/notes.md", False),
    ],
)
def test_the_hook_takes_query_files(file: str, taken: bool) -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    assert bool(re.search(hook["files"], file)) is taken


def test_the_action_puts_no_input_into_a_script() -> None:
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_command_has_every_format() -> None:
    assert tuple(Format) == FORMATS
