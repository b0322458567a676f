from __future__ import annotations

import errno
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from synthquery.simulator import example_query
from synthquery.web import SimulatorServer
from tests.cli.conftest import Done

Cli = Callable[..., Done]


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SYNTHESIZE_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def query(tmp_path: Path) -> Path:
    path = tmp_path / "query.json"
    path.write_text(json.dumps({"model_id": "gem-1-sc", **example_query("gem-1-sc")}))
    return path


def test_transports_lists_each_with_whether_it_can_be_used(cli: Cli) -> None:
    done = cli("transports")
    assert done.code == 0
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert " yes " in lines["simulator"]
    assert " no " in lines["synthesize"]
    assert "SYNTHESIZE_API_KEY" in lines["synthesize"]


def test_transports_as_json(cli: Cli) -> None:
    rows = {row["name"]: row for row in cli("transports", "--json").data}
    assert {"name", "title", "needs", "origin", "usable", "reason"} == set(rows["replay"])
    assert rows["simulator"]["usable"] is True


def test_predict_goes_through_the_hosted_protocol(cli: Cli, query: Path) -> None:
    with SimulatorServer() as server:
        done = cli("predict", query, "--transport", "synthesize", "--base-url", server.url, "-o", "out")
    assert done.code == 0, done.err
    assert "sent to gem-1-sc; the query is " in done.err
    provenance = json.loads(Path("out/prediction.json").read_text())["provenance"]
    assert provenance["transport"] == "synthesize"


def test_predict_goes_to_a_container(cli: Cli, query: Path) -> None:
    with SimulatorServer() as server:
        done = cli("predict", query, "--transport", "self-hosted", "--base-url", server.url, "-o", "out")
    assert done.code == 0, done.err


def test_what_is_recorded_is_replayed(cli: Cli, query: Path) -> None:
    with SimulatorServer() as server:
        options = ["--transport", "synthesize", "--base-url", server.url, "--record", "recordings"]
        assert cli("predict", query, *options, "-o", "one").code == 0
    done = cli("predict", query, "--transport", "replay", "--recordings", "recordings", "-o", "other")
    assert done.code == 0, done.err
    one, other = (Path(name, "expression.csv.gz").read_bytes() for name in ("one", "other"))
    assert one == other


def test_a_missing_recording_says_how_to_record(cli: Cli, query: Path) -> None:
    done = cli("predict", query, "--transport", "replay", "--recordings", "none", "-o", "out")
    assert done.code == 3
    assert "--record none" in done.err


@pytest.mark.parametrize(
    ("options", "word", "code"),
    [
        (["--transport", "replay"], "--recordings", 2),
        (["--transport", "simulator", "--base-url", "http://localhost:1"], "takes no option --base-url", 2),
        (
            ["--transport", "synthesize", "--base-url", "localhost"],
            "given by --base-url is no web address",
            2,
        ),
        (["--transport", "synthesize"], "SYNTHESIZE_API_KEY", 3),
        (["--transport", "self-hosted"], "SYNTHESIZE_API_BASE_URL", 3),
        (["--transport", "synthesise"], "synthesize", 2),
    ],
)
def test_what_cannot_be_used_is_said(cli: Cli, query: Path, options: list[str], word: str, code: int) -> None:
    done = cli("predict", query, *options, "-o", "out")
    assert done.code == code
    assert word in done.err


def test_a_query_that_the_service_does_not_answer_in_time_is_named(cli: Cli, query: Path) -> None:
    with SimulatorServer(latency=30.0) as server:
        options = ["--transport", "synthesize", "--base-url", server.url, "--timeout", "0.5"]
        done = cli("predict", query, *options, "-o", "out")
    assert done.code == 3
    assert "synthquery jobs resume" in done.err


def test_what_cannot_be_written_is_said_before_anything_is_sent(
    cli: Cli, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with SimulatorServer() as server:
        where = ["--transport", "synthesize", "--base-url", server.url]
        assert cli("predict", query, *where, "-o", "file").code == 3
        assert "synthquery[arrow]" in cli("predict", query, *where, "-o", "out", "--format", "parquet").err
        assert server.summary()["jobs"]["taken"] == 0


def test_an_answer_that_could_not_be_written_can_be_fetched_again(
    cli: Cli, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with SimulatorServer() as server:
        where = ["--transport", "synthesize", "--base-url", server.url]
        with monkeypatch.context() as patch:
            patch.setattr("synthquery.prediction.result.save_prediction", full)
            done = cli("predict", query, *where, "-o", "out")
        assert done.code == 3
        assert "No space left" in done.err
        (command,) = re.findall(r"`synthquery (jobs resume [^`]*)`", done.err)
        again = cli(*shlex.split(command), "-o", "again")
    assert again.code == 0, again.err
    assert Path("again/expression.csv.gz").is_file()


@pytest.mark.parametrize(
    ("options", "files"),
    [([], {"prediction.json", "metadata.csv"}), (["--format", "h5ad"], {"prediction.h5ad"})],
)
def test_results_go_into_a_folder_whatever_it_is_called(
    cli: Cli, query: Path, options: list[str], files: set[str]
) -> None:
    assert cli("predict", query, "-o", "results.h5ad", *options).code == 0
    assert files | {"query.json", "report.json"} <= {path.name for path in Path("results.h5ad").iterdir()}


def on_screen(*words: str) -> str:
    """What a command writes on a terminal as its standard error."""
    terminal, screen = pty.openpty()
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-m", "synthquery", *words],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.DEVNULL,
        stderr=screen,
    ) as process:
        os.close(screen)
        with suppress(OSError):  # the end of a terminal is an error
            while piece := os.read(terminal, 1 << 16):
                shown += piece
    os.close(terminal)
    assert process.returncode == 0, shown
    return shown.decode()


def test_a_terminal_gets_a_line_that_lives_and_the_id_of_the_query(tmp_path: Path, query: Path) -> None:
    with SimulatorServer() as server:
        options = ["--transport", "synthesize", "--base-url", server.url]
        shown = on_screen("predict", str(query), *options, "-o", str(tmp_path / "out"))
        (job,) = {entry["job"] for entry in server.log.entries if entry.get("job")}
    assert f"sent to gem-1-sc; the query is {job}" in shown
    assert "━" in shown


def test_a_token_is_no_option(cli: Cli, query: Path) -> None:
    assert cli("predict", query, "--token", "sk-1", "-o", "out").code == 2
