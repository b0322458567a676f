"""`predict` over many files, and `jobs list`, `show` and `resume`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synthquery.cli.many import resume_command
from synthquery.jobs.many import outcomes_in
from tests.cli.conftest import Done
from tests.jobs.scripted import query
from tests.servers.simulator import Served, serving

Cli = Callable[..., Done]

# The command line as it is in a terminal: what is started in the background ignores Ctrl-C.
HEARING_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from synthquery.cli import entry_point
entry_point()
"""


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """Three queries, one of them twice, and a file that is none."""
    folder = tmp_path / "queries"
    (folder / "more").mkdir(parents=True)
    for name, body in {
        "liver": query(1),
        "lung": query(2, tissue="UBERON:0002048"),
        "more/brain": query(3, tissue="UBERON:0000955", n_samples=3),
        "more/liver": query(1),
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(body))
    (folder / "liver.provenance.json").write_text('{"matches": [], "releases": {}}')
    return folder


def test_a_folder_is_answered_and_every_query_has_a_folder_of_results(cli: Cli, queries: Path) -> None:
    done = cli("predict", "queries", "-o", "out")
    assert done.code == 0, done.err
    assert "4 queries: 4 saved" in done.out
    assert "skipped 1" in done.err
    names = {path.name for path in Path("out").iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert names == {"liver", "lung", "brain"}
    assert {"metadata.csv", "query.json", "report.json"} <= {path.name for path in Path("out/lung").iterdir()}


@pytest.mark.parametrize("paths", [["queries/*.json"], ["queries/liver.json", "queries/lung.json"]])
def test_patterns_and_several_files_are_taken(cli: Cli, queries: Path, paths: list[str]) -> None:
    done = cli("predict", *paths, "-o", "out", "--json", "--skip-invalid", "--format", "h5ad")
    rows = {row["query"]: row for row in done.data["queries"]}
    assert rows["queries/lung.json"]["state"] == "saved"
    assert Path(rows["queries/lung.json"]["path"], "prediction.h5ad").is_file()


def test_one_file_is_answered_as_ever(cli: Cli, queries: Path) -> None:
    done = cli("predict", "queries/liver.json", "-o", "out")
    assert done.code == 0
    assert "saved in out: metadata.csv" in done.out
    assert not Path("out/jobs.sqlite").exists()


def test_large_queries_are_sent_in_parts(cli: Cli, queries: Path) -> None:
    cli("predict", "queries", "-o", "out", "--max-samples-per-job", "1")
    assert json.loads(Path("out/brain/prediction.json").read_text())["n_samples"] == 3


def test_all_problems_are_shown_and_nothing_is_sent(cli: Cli, queries: Path) -> None:
    for name in ("one", "two"):
        (queries / f"{name}.json").write_text(json.dumps(query(1, tissue="UBERON:9999999")))
    done = cli("predict", "queries", "-o", "out")
    assert done.code == 1
    assert "2 of 6 queries have errors, nothing was sent" in done.err
    assert "queries/one.json" in done.err
    assert "queries/two.json" in done.err
    assert not Path("out").exists()


def test_queries_with_errors_can_be_left_out(cli: Cli, queries: Path) -> None:
    (queries / "bad.json").write_text(json.dumps(query(1, tissue="UBERON:9999999")))
    done = cli("predict", "queries", "-o", "out", "--skip-invalid")
    assert done.code == 1
    assert "4 saved, 1 invalid" in done.out
    assert "errors in the query: 1" in done.out


@pytest.mark.parametrize("others", [[], ["queries"]])
def test_an_empty_folder_is_no_query_with_errors(
    cli: Cli, queries: Path, tmp_path: Path, others: list[str]
) -> None:
    (tmp_path / "empty").mkdir()
    done = cli("predict", "empty", *others, "-o", "out")
    assert done.code == 3
    assert "could not be checked, nothing was sent\nempty: the folder holds no query file" in done.err
    assert "have errors" not in done.err
    assert not Path("out").exists()


def test_a_folder_of_recipes_is_to_be_built_first(cli: Cli, recipe: Path, queries: Path) -> None:
    recipe.rename("queries/more/recipe.yaml")
    (queries / "more" / "brain.json").unlink()
    (queries / "more" / "liver.json").unlink()
    done = cli("predict", "queries/more", "-o", "out")
    assert done.code == 2
    assert "build makes the query of it" in done.err
    done = cli("predict", "queries/more/recipe.yaml", "queries/lung.json", "-o", "out")
    assert done.code == 1
    assert "build makes the query of it" in done.err


def test_standard_input_is_no_one_of_many(cli: Cli, queries: Path) -> None:
    done = cli("predict", "queries", "-", "-o", "out")
    assert done.code == 2
    assert "has to be a file" in done.err


def test_results_inside_the_folder_of_queries_are_no_queries(cli: Cli, queries: Path) -> None:
    for _ in range(2):
        done = cli("predict", "queries", "-o", "queries/out")
        assert done.code == 0
        assert "4 queries: 4 saved" in done.out


@pytest.mark.parametrize("paths", [["queries"], ["queries/liver.json", "queries/lung.json"]])
@pytest.mark.parametrize("out", [".", "queries"])
def test_the_folder_of_results_may_hold_the_queries(
    cli: Cli, queries: Path, paths: list[str], out: str
) -> None:
    before = {path: path.read_bytes() for path in queries.rglob("*.json")}
    for _ in range(2):
        done = cli("predict", *paths, "-o", out, "--json")
        assert done.code == 0, done.err
        assert {row["query"] for row in done.data["queries"]} >= {"queries/liver.json", "queries/lung.json"}
        assert len(done.data["queries"]) == (4 if paths == ["queries"] else 2)
        assert "that are no queries" not in done.err
    assert all(path.read_bytes() == content for path, content in before.items())


def test_results_alone_are_no_queries(cli: Cli, queries: Path) -> None:
    cli("predict", "queries", "-o", "out")
    done = cli("predict", "out", "-o", "out")
    assert done.code == 2
    assert "results of an earlier run" in done.err


def test_list_shows_where_every_query_stands(cli: Cli, queries: Path) -> None:
    cli("predict", "queries", "-o", "out")
    shown = cli("jobs", "list", "out")
    assert shown.code == 0
    assert re.search(r"queries/lung\.json +saved +gem-1-sc +1 ", shown.out)
    assert "saved (as queries/liver.json)" in shown.out
    assert cli("jobs", "list", "out", "--json").data["counts"] == {"saved": 4}


@pytest.mark.parametrize("by", ["name", "query", "hash"])
def test_show_finds_a_query_by_name_file_or_hash(cli: Cli, queries: Path, by: str) -> None:
    cli("predict", "queries", "-o", "out")
    row = next(row for row in cli("jobs", "list", "out", "--json").data["queries"] if row["name"] == "lung")
    (shown,) = cli("jobs", "show", "out", row[by][:12] if by == "hash" else row[by], "--json").data
    assert shown == row
    assert "queries/lung.json" in cli("jobs", "show", "out", "lung").out


def test_show_names_the_list_when_there_is_no_such_query(cli: Cli, queries: Path) -> None:
    cli("predict", "queries", "-o", "out")
    done = cli("jobs", "show", "out", "kidney")
    assert done.code == 2
    assert "synthquery jobs list out" in done.err


@pytest.mark.parametrize("command", [["list", "."], ["show", ".", "lung"], ["resume", "."]])
def test_a_folder_without_a_journal_is_said_to_be_one(cli: Cli, command: list[str]) -> None:
    done = cli("jobs", *command)
    assert done.code == 3
    assert "no journal" in done.err


@pytest.mark.parametrize("path", ["results/", "runs/results", "./results"])
def test_a_path_that_is_not_there_is_not_asked_for_as_an_id(cli: Cli, path: str) -> None:
    done = cli("jobs", "resume", path, "--transport", "synthesize", "--base-url", "http://127.0.0.1:9")
    assert done.code == 3
    assert "no such folder of results" in done.err


def test_a_damaged_journal_is_one_clear_message(cli: Cli, queries: Path) -> None:
    cli("predict", "queries", "-o", "out")
    Path("out/jobs.sqlite").write_bytes(b"no database" * 1000)
    for command in (["predict", "queries", "-o", "out"], ["jobs", "list", "out"], ["jobs", "resume", "out"]):
        done = cli(*command)
        assert done.code == 3
        assert "out/jobs.sqlite is damaged" in done.err


def test_resume_of_a_finished_run_has_nothing_to_do(cli: Cli, queries: Path) -> None:
    cli("predict", "queries", "-o", "out")
    done = cli("jobs", "resume", "out")
    assert done.code == 0
    assert "4 saved" in done.out


def test_the_command_that_resumes_can_be_typed_as_it_is_shown() -> None:
    assert resume_command(Path("my results")) == "synthquery jobs resume 'my results'"


def test_a_run_goes_on_when_nobody_reads_how_far_it_is(
    cli: Cli, queries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("synthquery.cli.many._Lines.__call__", gone)
    done = cli("predict", "queries", "-o", "out")
    assert "4 queries: 4 saved" in done.out


class TestAgainstAServer:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Served]:
        with serving(tmp_path, "--latency", "0.3", "--queue", "2") as server:
            yield server

    def test_ctrl_c_says_how_to_go_on_and_resume_finishes(
        self, cli: Cli, server: Served, tmp_path: Path
    ) -> None:
        (tmp_path / "queries").mkdir()
        for seed in range(12):
            (tmp_path / "queries" / f"q{seed:02}.json").write_text(json.dumps(query(seed)))
        command = ["predict", "queries", "-o", "out", "--transport", "synthesize", "--base-url", server.url]
        process = subprocess.Popen(
            [sys.executable, "-c", HEARING_CTRL_C, *command],
            cwd=tmp_path,
            env=os.environ | {"SYNTHESIZE_API_KEY": "sk-test"},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        while not (tmp_path / "out" / "q00").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 3, err
        assert "synthquery jobs resume out" in err
        assert 0 < outcomes_in(tmp_path / "out").counts["saved"] < 12
        done = cli("jobs", "resume", "out")
        assert done.code == 0, done.err
        assert "12 saved" in done.out
        assert len({entry["body"] for entry in server.entries("job")}) == len(server.entries("job")) == 12

    def test_one_query_is_fetched_by_the_id_that_an_error_named(
        self, cli: Cli, server: Served, queries: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "sk-test")
        where = ["--transport", "synthesize", "--base-url", server.url]
        late = cli("predict", "queries/lung.json", "-o", "out", *where, "--timeout", "0.05")
        assert late.code == 3
        found = re.search(r"synthquery jobs resume (\w+)", late.err)
        assert found, late.err
        done = cli("jobs", "resume", found[1], "-o", "out", *where, "--query", "queries/lung.json")
        assert done.code == 0, done.err
        assert "saved in out" in done.out
        assert json.loads(Path("out/prediction.json").read_text())["model_id"] == "gem-1-sc"
        assert len(server.entries("job")) == 1
        assert cli("jobs", "resume", found[1], "-o", "two", *where, "--model", "gem-1-sc").code == 0
        wrong = cli("jobs", "resume", found[1], "-o", "three", *where, "--query", "queries/more/brain.json")
        assert wrong.code == 3
        assert "samples" in wrong.err
        unsaid = cli("jobs", "resume", found[1], *where)
        assert unsaid.code == 0, unsaid.err
        assert "looks like one of gem-1-sc" in unsaid.err
        assert Path(f"results-{found[1]}", "prediction.json").is_file()

    def test_an_id_that_nobody_knows_is_an_error(
        self, cli: Cli, server: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SYNTHESIZE_API_KEY", "sk-test")
        where = ["--transport", "synthesize", "--base-url", server.url]
        done = cli("jobs", "resume", "0123456789abcdef", *where, "--model", "gem-1-sc")
        assert done.code == 3
        assert "does not know" in done.err
