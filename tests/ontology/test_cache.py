"""Compiled files: built once, whole or not at all, repaired when damaged, elsewhere when home is no use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology.cache import cache_root, cached_artifact, discard_artifact, find_artifact
from synthquery.ontology.progress import set_progress

CONTENT = b"compiled " * 1000
LOOK_UP = """
import warnings
from synthquery.ontology import term
from synthquery.ontology.progress import set_progress
set_progress(lambda message: print("PROGRESS", message))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("TERM", term("CL:0000540"), term("HsapDv:0000096"))
for warning in caught:
    print("WARNING", warning.category.__name__, warning.message)
"""


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """A build that counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / "terms.bin").write_bytes(CONTENT)
        (folder / "names.bin").write_bytes(CONTENT[:100])


@pytest.fixture
def builder() -> Builder:
    return Builder()


def artifact(build: Callable[[Path], None], fingerprint: str = "a1" * 32) -> Path:
    return cached_artifact("CL", fingerprint, build, describe="Cell Ontology")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own; SYNTHQUERY_CACHE_DIR only as given."""
    inherited = {
        key: text for key, text in os.environ.items() if key not in {"SYNTHQUERY_CACHE_DIR", "XDG_CACHE_HOME"}
    }
    return subprocess.run(
        [sys.executable, "-c", code], env=inherited | environment, capture_output=True, text=True, check=False
    )


def test_an_artifact_is_built_once(builder: Builder, fresh_cache: Path) -> None:
    assert find_artifact("CL", "a1" * 32) is None
    folder = artifact(builder)
    assert folder.is_relative_to(fresh_cache)
    assert (folder / "terms.bin").read_bytes() == CONTENT
    assert artifact(builder) == folder
    assert find_artifact("CL", "a1" * 32) == folder
    assert builder.calls == 1


def test_another_fingerprint_is_another_artifact(builder: Builder) -> None:
    first, second = artifact(builder), artifact(builder, "b2" * 32)
    assert first != second
    assert builder.calls == 2
    assert artifact(builder) == first
    assert builder.calls == 2


def test_building_is_announced_and_finding_is_not(builder: Builder) -> None:
    said: list[str] = []
    set_progress(said.append)
    try:
        artifact(builder)
        artifact(builder)
    finally:
        set_progress(None)
    assert said == ["preparing Cell Ontology (once)"]


def _truncate(folder: Path) -> None:
    (folder / "terms.bin").write_bytes(CONTENT[:4000])


def _overwrite_the_middle(folder: Path) -> None:
    with (folder / "terms.bin").open("r+b") as file:
        file.seek(4000)
        file.write(b"\x00garbage\xff")


def _overwrite_and_set_the_time_back(folder: Path) -> None:
    before = (folder / "terms.bin").stat()
    _overwrite_the_middle(folder)
    os.utime(folder / "terms.bin", ns=(before.st_atime_ns, before.st_mtime_ns))


def _delete_a_file(folder: Path) -> None:
    (folder / "names.bin").unlink()


def _delete_the_stamp(folder: Path) -> None:
    (folder / "stamp.json").unlink()


def _write_a_garbage_stamp(folder: Path) -> None:
    (folder / "stamp.json").write_bytes(b"\xff\xfe{{{")


def _write_an_empty_stamp(folder: Path) -> None:
    (folder / "stamp.json").write_text("{}")


def _write_a_stamp_of_something_else(folder: Path) -> None:
    (folder / "stamp.json").write_text('{"terms.bin": [1, 2]}')


@pytest.mark.parametrize(
    "damage",
    [
        _truncate,
        _overwrite_the_middle,
        _overwrite_and_set_the_time_back,
        _delete_a_file,
        _delete_the_stamp,
        _write_a_garbage_stamp,
        _write_an_empty_stamp,
        _write_a_stamp_of_something_else,
        discard_artifact,
    ],
)
def test_damage_is_noticed_and_repaired(
    builder: Builder, damage: Callable[[Path], None], fresh_cache: Path
) -> None:
    damage(artifact(builder))
    assert find_artifact("CL", "a1" * 32) is None
    folder = artifact(builder)
    assert builder.calls == 2
    assert (folder / "terms.bin").read_bytes() == CONTENT
    assert (folder / "names.bin").exists()
    artifact(builder)
    assert builder.calls == 2
    assert [path.name for path in (fresh_cache / "CL").iterdir() if path.name.startswith(".")] == []


def test_a_file_in_the_place_of_the_folder_gives_way(builder: Builder, fresh_cache: Path) -> None:
    folder = artifact(builder)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    assert (artifact(builder) / "terms.bin").read_bytes() == CONTENT


def test_a_restored_cache_is_compared_with_its_checksums_and_kept(builder: Builder) -> None:
    folder = artifact(builder)
    for name in ("terms.bin", "names.bin"):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / name).write_bytes(content)
        os.utime(folder / name, (0, 0))
    assert artifact(builder) == folder
    assert artifact(builder) == folder
    assert builder.calls == 1


def test_a_build_that_fails_leaves_nothing(builder: Builder, fresh_cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "terms.bin").write_bytes(CONTENT)
        raise OntologyError("two terms with one identifier")

    with pytest.raises(OntologyError, match="two terms"):
        artifact(fail)
    assert [path.name for path in (fresh_cache / "CL").iterdir()] == ["lock"]
    assert artifact(builder)


def test_what_a_killed_build_left_is_removed(builder: Builder, fresh_cache: Path) -> None:
    code = """
import os
from synthquery.ontology.cache import cached_artifact
def build(folder):
    (folder / "terms.bin").write_bytes(b"half")
    os._exit(9)
cached_artifact("CL", "a1" * 32, build, describe="Cell Ontology")
"""
    assert python(code, SYNTHQUERY_CACHE_DIR=str(fresh_cache)).returncode == 9
    assert list((fresh_cache / "CL").glob(".building-*"))
    assert (artifact(builder) / "terms.bin").read_bytes() == CONTENT
    assert not list((fresh_cache / "CL").glob(".building-*"))


def test_processes_that_start_at_once_build_once(fresh_cache: Path) -> None:
    command = [sys.executable, "-c", LOOK_UP]
    environment = os.environ | {"SYNTHQUERY_CACHE_DIR": str(fresh_cache)}
    running = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(6)
    ]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * 6
    assert all("TERM CL:0000540 (neuron) HsapDv:0000096" in output for output in outputs)
    built = [line for output in outputs for line in output.splitlines() if line.startswith("PROGRESS")]
    assert sorted(built) == [
        "PROGRESS preparing Cell Ontology v2026-03-26, 3,596 terms (once)",
        "PROGRESS preparing Human Developmental Stages v2025-01-23, 260 terms (once)",
    ]


@pytest.mark.parametrize("where", ["below a file", "home below a file", "no home"])
def test_an_unusable_cache_directory_falls_back_to_a_temporary_folder_with_one_warning(
    tmp_path: Path, where: str
) -> None:
    (tmp_path / "file").write_text("not a directory")
    (tmp_path / "tmp").mkdir()
    environment = {
        "below a file": {"SYNTHQUERY_CACHE_DIR": str(tmp_path / "file" / "cache")},
        "home below a file": {"HOME": "/dev/null/x"},
        "no home": {"HOME": str(tmp_path / "nowhere")},
    }[where]
    for attempt in ("first", "second"):
        ran = python(LOOK_UP, TMPDIR=str(tmp_path / "tmp"), **environment)
        assert (ran.returncode, ran.stderr) == (0, "")
        lines = ran.stdout.splitlines()
        assert "TERM CL:0000540 (neuron) HsapDv:0000096 (2-year-old stage)" in lines
        (warning,) = [line for line in lines if line.startswith("WARNING")]
        assert warning.startswith("WARNING UserWarning the cache directory ")
        assert "SYNTHQUERY_CACHE_DIR" in warning
        # the temporary folder is the user's own and is found again: only the first command compiles
        assert any(line.startswith("PROGRESS") for line in lines) == (attempt == "first")
    assert not (tmp_path / "nowhere").exists()


def test_a_temporary_folder_that_others_can_write_to_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    planted = tmp_path / f"synthquery-{os.getuid()}"
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    ran = python(LOOK_UP, TMPDIR=str(tmp_path), SYNTHQUERY_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert "TERM CL:0000540 (neuron)" in ran.stdout
    assert list(planted.iterdir()) == []


def test_nowhere_to_write_at_all_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a directory")
    code = """
import tempfile
tempfile.tempdir = {file!r} + "/tmp"
from synthquery.ontology import term
from synthquery.errors import OntologyError
try:
    term("CL:0000540")
except OntologyError as error:
    print("ERROR", error)
"""
    cache = str(tmp_path / "file" / "cache")
    ran = python(code.format(file=str(tmp_path / "file")), SYNTHQUERY_CACHE_DIR=cache)
    assert ran.stdout.startswith("ERROR no directory can be written to")
    assert ran.stdout.count("\n") == 1


def test_the_cache_is_where_the_platform_has_caches_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_root() == tmp_path / "cache"
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", "somewhere")
    assert cache_root() == Path.cwd() / "somewhere"
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", "")
    assert cache_root().name == "synthquery"


def test_a_file_system_without_locks_will_do(
    builder: Builder, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", no_locks)
    (fresh_cache / "CL" / ".building-elsewhere").mkdir(parents=True)
    _truncate(artifact(builder))
    assert (artifact(builder) / "terms.bin").read_bytes() == CONTENT
    assert (fresh_cache / "CL" / ".building-elsewhere").exists()  # another machine may be at work in it
