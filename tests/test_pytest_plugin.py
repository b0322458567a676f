"""The pytest plugin, used in a run of its own."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.validation.queries import WRONG_CASE, YAML, query, write


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """pytest in a folder that knows nothing of this repository, with the plugin as an installation has it."""
    installed = any(point.name == "synthquery" for point in entry_points(group="pytest11"))
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    words += [] if installed else ["-p", "synthquery.pytest_plugin"]
    return subprocess.run(
        [sys.executable, *words, str(folder)], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_query_files_are_tests_and_a_faulty_one_shows_its_report(tmp_path: Path) -> None:
    write(tmp_path / "good.query.json", query())
    write(tmp_path / "sub" / "bad.query.yaml", YAML)
    write(tmp_path / "other.yaml", YAML)
    done = run(tmp_path)
    assert "1 failed, 1 passed" in done.stdout
    assert "value.case" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_fixture_passes_valid_queries_and_fails_others_with_their_report(tmp_path: Path) -> None:
    write(tmp_path / "bad.json", WRONG_CASE)
    write(
        tmp_path / "test_queries.py",
        f"def test_good(assert_valid_query):\n    assert assert_valid_query({query()!r}).ok\n"
        "def test_bad(assert_valid_query):\n    assert_valid_query('bad.json')\n",
    )
    done = run(tmp_path)
    assert "1 failed, 1 passed" in done.stdout
    assert "'Male' is written 'male'" in done.stdout


def test_settings_near_the_file_count(tmp_path: Path) -> None:
    write(tmp_path / "synthquery.toml", 'ignore = ["value.case"]\n')
    write(tmp_path / "odd.query.yaml", YAML)
    assert "1 passed" in run(tmp_path).stdout


def test_the_plugin_is_an_entry_point() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert project["entry-points"]["pytest11"] == {"synthquery": "synthquery.pytest_plugin"}


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    program = "import sys, pytest, synthquery.pytest_plugin; print({'pydantic', 'numpy', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["assert_valid_query"])
def test_what_the_plugin_offers_is_documented(name: str) -> None:
    assert name in (Path(__file__).parent.parent / "docs" / "ci.md").read_text(encoding="utf-8")
