"""Real processes that are killed, run twice at once, or find the disk full: the old release still works."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthquery.ontology.snapshot import manifest
from tests.ontology.updates.file_server import Files
from tests.ontology.updates.releases import graph_json, next_release

PACKAGED = manifest()["HsapDv"].release
NEW = "v2026-06-02"


def start(*words: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "synthquery", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]  # what a test adds
    )


def run(*words: str) -> str:
    process = start(*words)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return out


def release() -> str:
    """What a new process finds in use."""
    row = next(line for line in run("ontology", "status").splitlines() if line.startswith("HsapDv"))
    shown = run("term", "HsapDv:0000008")
    assert "Carnegie stage 04" in shown
    assert ("revised" in shown) == (NEW in row)
    return NEW if NEW in row else PACKAGED


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def test_killed_while_it_downloads_then_run_again(server: Files, stages: bytes) -> None:
    server.pause.clear()
    process = start("ontology", "update", "HsapDv", "--mirror", server.url)
    assert server.started.wait(30)
    time.sleep(0.2)
    kill(process)
    assert release() == PACKAGED
    server.pause.set()
    run("ontology", "update", "HsapDv", "--mirror", server.url)
    assert release() == NEW


@pytest.mark.parametrize("delay", [0.05, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0])
def test_killed_at_any_moment(server: Files, delay: float, own_cache: Path) -> None:
    process = start("ontology", "update", "HsapDv", "--mirror", server.url)
    time.sleep(delay)
    kill(process)
    assert release() in (PACKAGED, NEW)
    run("ontology", "update", "HsapDv", "--mirror", server.url)
    assert release() == NEW
    assert not list(own_cache.glob("releases/.work/*/building-*"))
    assert not list(own_cache.glob("releases/.work/*/*.part"))


def test_killed_while_it_compiles(tmp_path: Path, own_cache: Path) -> None:
    file = tmp_path / "pato.json"  # ten times the stages: the compile takes long enough to be met
    file.write_bytes(graph_json("PATO", "2026-06-02", next_release("PATO")))
    process = start("ontology", "add", str(file))
    until = time.monotonic() + 30
    while not list(own_cache.glob("releases/.work/PATO/building-*")) and time.monotonic() < until:
        time.sleep(0.002)
    kill(process)
    assert "v2025-05-14" in run("ontology", "status")
    assert "normal" in run("term", "PATO:0000461")
    run("ontology", "add", str(file))
    assert "entirely new stage" in run("term", "PATO:9900001")


def test_two_updates_at_once(server: Files) -> None:
    both = [start("ontology", "update", "HsapDv", "--mirror", server.url) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert release() == NEW


def test_updates_of_two_ontologies_at_once_both_count(server: Files) -> None:
    server.content["pato.json"] = graph_json("PATO", "2026-06-02", next_release("PATO"))
    names = ("HsapDv", "PATO")
    both = [start("ontology", "update", name, "--mirror", server.url) for name in names]
    for process in both:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert run("ontology", "status").count(NEW) == 2


@pytest.mark.parametrize("room", [1_000, 30_000, 70_000])
def test_a_full_disk_is_one_line_and_the_old_release_stays(server: Files, room: int) -> None:
    run("term", "HsapDv:0000008")

    def nothing_larger() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    words = ("ontology", "update", "HsapDv", "--mirror", server.url)
    process = start(*words, preexec_fn=nothing_larger, env=env)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "error: " in err
    assert "Traceback" not in err
    assert release() == PACKAGED
    run(*words)
    assert release() == NEW


def test_a_release_that_vanished_gives_way_to_the_packaged_one(server: Files, own_cache: Path) -> None:
    run("ontology", "update", "HsapDv", "--mirror", server.url)
    (own_cache / "releases" / "HsapDv" / NEW / "terms.tsv.xz").unlink()
    process = start("term", "HsapDv:0000008")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "revised" not in out
    assert f"{PACKAGED}, the packaged one, answers" in err


def test_a_damaged_choice_is_no_choice(own_cache: Path) -> None:
    (own_cache / "releases").mkdir(parents=True)
    for text in ("", "{", "[]", '{"HsapDv": 3}', '{"HsapDv": "../../.."}'):
        (own_cache / "releases" / "chosen.json").write_text(text)
        assert release() == PACKAGED
