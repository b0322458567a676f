"""The files that other programs read: the pre-commit hook and the GitHub Action."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
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


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A scratch repository whose commits run the hook as pre-commit does: its command, on the staged files it takes."""
    (hook,) = read(".pre-commit-hooks.yaml")
    program, *arguments = shlex.split(hook["entry"])
    assert program == "synthquery"
    command = [sys.executable, "-m", program, *arguments, *hook.get("args", ())]
    script = (
        "#!/bin/sh\n"
        f"files=$(git diff --cached --name-only --diff-filter=ACM | grep -E {shlex.quote(hook['files'])}) || exit 0\n"
        f"exec {shlex.join(command)} $files\n"
    )
    git(tmp_path, "init", "--quiet")
    installed = tmp_path / ".git" / "hooks" / "pre-commit"
    installed.parent.mkdir(exist_ok=True)
    installed.write_text(script, encoding="utf-8")
    installed.chmod(0o755)
    return tmp_path


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    who = (
        "-c",
        "user.name=A person",
        "-c",
        "user.email=person@example.org",
        "-c",
        "core.hooksPath=.git/hooks",
    )
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("git") is None or os.name == "nt", reason="needs git and a shell")
def test_a_commit_with_a_wrong_query_is_refused_until_it_is_put_right(repository: Path) -> None:
    query = repository / "queries" / "liver.yaml"
    query.parent.mkdir()
    query.write_text(
        "model_id: gem-1-bulk\nsampling_strategy: mean estimation\n"
        "inputs: [{metadata: {tissue_ontology_id: UBERON_0002107}, num_samples: 1}]\n"
    )
    (repository / "package.json").write_text("{ not even JSON")
    git(repository, "add", ".")
    refused = git(repository, "commit", "-m", "a liver")
    assert refused.returncode == 1
    assert (
        "id.noncanonical at /inputs/0/metadata/tissue_ontology_id (line 3, column 42)"
        in refused.stdout + refused.stderr
    )
    assert "package.json" not in refused.stdout + refused.stderr
    fix = [sys.executable, "-m", "synthquery", "fix", "queries/", "--write"]
    assert subprocess.run(fix, cwd=repository, capture_output=True, check=False).returncode == 0
    git(repository, "add", ".")
    taken = git(repository, "commit", "-m", "a liver")
    assert taken.returncode == 0, taken.stderr
    assert git(repository, "log", "--oneline").stdout.count("a liver") == 1


def test_the_action_puts_no_input_into_a_script() -> None:
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_command_has_every_format() -> None:
    assert tuple(Format) == FORMATS
