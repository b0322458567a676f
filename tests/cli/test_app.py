"""The command line as a whole: help, versions, exit codes, and processes that start from nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import synthquery
from tests.cli.conftest import Done

Cli = Callable[..., Done]
COMMANDS = ["resolve", "term", "search", "build", "validate", "predict", "models", "example"]


def test_help_names_every_command_and_the_exit_codes(cli: Cli) -> None:
    shown = cli("--help").out
    assert all(command in shown for command in [*COMMANDS, "ontology"])
    assert "3 could not be checked" in shown


@pytest.mark.parametrize("command", [*COMMANDS, "ontology status", "ontology verify"])
def test_help_of_each_command_has_an_example(cli: Cli, command: str) -> None:
    assert f"synthquery {command}" in cli(*command.split(), "--help").out.partition("Example")[2]


def test_version(cli: Cli) -> None:
    assert cli("--version").out.strip() == f"synthquery {synthquery.__version__}"


def test_an_unknown_option_is_wrong_usage(cli: Cli) -> None:
    assert cli("resolve", "--nonsense").code == 2


def test_ontology_status_lists_release_and_size(cli: Cli) -> None:
    rows = {row["name"]: row for row in cli("ontology", "status", "--json").data}
    assert rows["UBERON"]["n_terms"] == 16_358
    assert "MONDO" in cli("ontology", "status").out


def test_ontology_verify_finds_the_snapshot_intact(cli: Cli) -> None:
    done = cli("ontology", "verify")
    assert done.code == 0
    assert "intact" in done.out


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "synthquery", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_first_use_says_what_takes_its_time(tmp_path: Path) -> None:
    first = run("resolve", "tissue", "liver", SYNTHQUERY_CACHE_DIR=str(tmp_path))
    assert first.returncode == 0
    assert "preparing tissue names" in first.stderr
    second = run("resolve", "tissue", "liver", SYNTHQUERY_CACHE_DIR=str(tmp_path))
    assert second.stderr == ""
    assert second.stdout == first.stdout


def test_a_home_that_cannot_be_written_still_answers() -> None:
    done = run("resolve", "tissue", "liver", "--json", SYNTHQUERY_CACHE_DIR="/dev/null/nowhere")
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["id"] == "UBERON:0002107"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m synthquery search cell --limit 200 | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=120, env=dict(os.environ)
    )
    assert "Traceback" not in done.stderr
