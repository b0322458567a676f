"""Many files in one call: which are checked, in which order, and with which settings."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from synthquery.validation.batch import validate_files
from synthquery.validation.report import Report
from tests.validation.queries import WRONG_CASE, YAML, query, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str) -> list[str]:
    return [name for name, _ in validate_files(paths).results]


def codes(*paths: str) -> dict[str, list[str]]:
    return {name: [issue.code for issue in report.issues] for name, report in validate_files(paths).results}


def test_a_folder_is_searched_at_any_depth_in_a_stable_order(folder: Path) -> None:
    for name in ("b.json", "a.yaml", "deep/er/c.yml", "deep/notes.txt", ".git/d.json", "node_modules/e.json"):
        write(folder / "queries" / name, YAML if name.endswith("ml") else None)
    assert names("queries") == [str(Path("queries", name)) for name in ("a.yaml", "b.json", "deep/er/c.yml")]


def test_a_pattern_stands_for_its_files(folder: Path) -> None:
    for name in ("one.json", "sub/two.json", "three.yaml"):
        write(folder / name)
    assert names("**/*.json") == ["one.json", str(Path("sub/two.json"))]


def test_a_file_that_is_given_twice_is_checked_once(folder: Path) -> None:
    write(folder / "one.json")
    assert names("one.json", "*.json", "one.json") == ["one.json"]


@pytest.mark.parametrize("nothing", ["missing.json", "*.json", "empty"])
def test_what_is_not_there_is_unreadable_and_not_clean(folder: Path, nothing: str) -> None:
    (folder / "empty").mkdir()
    ((name, report),) = validate_files([nothing]).results
    assert name == nothing
    assert report.unreadable
    assert not report.ok


def test_a_file_of_a_folder_that_is_plainly_no_query_is_skipped_and_named(folder: Path) -> None:
    write(folder / "q" / "query.json")
    write(folder / "q" / "package.json", {"name": "study", "version": "1"})
    write(folder / "q" / "list.json", "[1, 2]")
    batch = validate_files(["q"])
    assert [name for name, _ in batch.results] == [str(Path("q/query.json"))]
    assert [Path(name).name for name in batch.skipped] == ["list.json", "package.json"]


@pytest.mark.parametrize(
    "content", ["{", "", '{"model_id": "gem-1-bulk"}', '{"sampling_strategy": "mean estimation"}']
)
def test_a_broken_query_of_a_folder_is_never_skipped(folder: Path, content: str) -> None:
    write(folder / "q" / "query.json", content)
    batch = validate_files(["q"])
    assert batch.skipped == ()
    assert not batch.results[0][1].ok


def test_a_file_that_is_named_is_checked_whatever_it_holds(folder: Path) -> None:
    write(folder / "package.json", {"name": "study"})
    assert "structure.missing" in codes("package.json")["package.json"]


def test_toml_queries_are_checked(folder: Path) -> None:
    head = 'model_id = "gem-1-bulk"\nsampling_strategy = "mean estimation"\n'
    write(folder / "q.toml", head + '[[inputs]]\nnum_samples = 1\nmetadata = {sex = "Male"}\n')
    write(folder / "broken.toml", "inputs = [")
    assert codes("q.toml", "broken.toml") == {"q.toml": ["value.case"], "broken.toml": ["structure.json"]}


class HearingCtrlC:
    """Says of every file whether the process that checks it hears Ctrl-C."""

    def takes(self, name: str) -> bool:
        return True

    def of_file(self, name: str, model_id: str | None, **_: object) -> Report:
        hears = signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return Report(unreadable=f"{os.getpid() != int(name.partition('-')[0])} {hears}")

    def of_document(self, *_: object, **__: object) -> None: ...


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
def test_ctrl_c_is_for_the_process_that_was_started_alone(folder: Path) -> None:
    files = [f"{os.getpid()}-{number}.json" for number in range(130)]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    checked = validate_files(files, jobs=2, others=HearingCtrlC())
    assert {report.unreadable for _, report in checked.results} == {"True False"}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_processes_give_what_one_process_gives(folder: Path) -> None:
    for number in range(150):
        write(folder / "q" / f"{number:03}.json", WRONG_CASE if number % 3 else None)
    assert validate_files(["q"], jobs=2) == validate_files(["q"], jobs=1)


def test_settings_are_those_of_the_nearest_file(folder: Path) -> None:
    write(folder / "pyproject.toml", '[tool.synthquery]\nignore = ["value"]\n')
    write(folder / "sub" / "synthquery.toml", 'severity = {"value.case" = "warning"}\n')
    write(folder / "one.json", WRONG_CASE)
    write(folder / "sub" / "two.json", WRONG_CASE)
    (_, one), (_, two) = validate_files(["one.json", "sub/two.json"]).results
    assert one.issues == ()
    assert two.ok
    assert [issue.code for issue in two.warnings] == ["value.case"]


def test_codes_are_ignored_for_some_files_and_other_files_are_not_looked_at(folder: Path) -> None:
    settings = 'exclude = ["archive"]\n[per-file-ignores]\n"old/**" = ["value.case"]\n"*.yaml" = ["value"]\n'
    write(folder / "synthquery.toml", settings)
    for name in ("q/new.json", "q/archive/a.json"):
        write(folder / name, WRONG_CASE)
    write(folder / "old" / "deep" / "one.json", WRONG_CASE)
    write(folder / "q" / "two.yaml", YAML)
    assert list(codes("q", "old").values()) == [["value.case"], [], []]


def test_the_model_of_the_settings_is_for_queries_that_name_none(folder: Path) -> None:
    write(folder / "synthquery.toml", 'model = "gem-1-sc"\n')
    unnamed = query()
    del unnamed["model_id"]
    write(folder / "unnamed.json", unnamed)
    write(folder / "named.json")
    reports = dict(validate_files(["unnamed.json", "named.json"]).results)
    assert reports["unnamed.json"].model_id == "gem-1-sc"
    assert reports["named.json"].model_id == "gem-1-bulk"
    assert reports["named.json"].issues == ()
