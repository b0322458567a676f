"""The folder of results: what a run puts there, and what of others it leaves alone."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

import synthquery as sq
from synthquery.errors import ConfigError, RunStoppedError
from synthquery.jobs import many
from synthquery.jobs.shelf import Folder
from tests.jobs.scripted import QUICK, Killed, Service, query


def run(out: Path, service: Service | None = None) -> sq.Outcomes:
    return sq.Client(service or Service()).predict_many(
        {"liver": query(1), "lung": query(2)}, out=out, max_in_flight=1, **QUICK
    )


def test_a_folder_of_somebody_else_with_the_name_of_a_query_stays_as_it_is(tmp_path):
    (tmp_path / "liver").mkdir()
    (tmp_path / "liver" / "slides.txt").write_text("precious")
    (tmp_path / "lung").write_text("a file")
    outcomes = run(tmp_path)
    assert outcomes.ok
    assert [path.name for path in (tmp_path / "liver").iterdir()] == ["slides.txt"]
    assert (tmp_path / "lung").read_text() == "a file"
    assert [one.name for one in outcomes] == [f"liver-{outcomes[0].hash[:8]}", f"lung-{outcomes[1].hash[:8]}"]


def test_results_of_another_question_in_a_folder_without_a_journal_stay_as_they_are(tmp_path):
    sq.Client().predict(query(7)).save(tmp_path / "liver")
    before = (tmp_path / "liver" / "prediction.json").read_bytes()
    assert run(tmp_path)[0].prediction.provenance["seed"] == 1
    assert (tmp_path / "liver" / "prediction.json").read_bytes() == before


def test_what_takes_a_name_during_a_run_ends_it_and_is_not_touched(tmp_path):
    def appears(method, *_):
        if method == "fetch":
            (tmp_path / "liver").mkdir(exist_ok=True)
            (tmp_path / "liver" / "slides.txt").write_text("precious")

    service = Service(before=appears)
    with pytest.raises(RunStoppedError, match="something else than the answer"):
        run(tmp_path, service)
    assert (tmp_path / "liver" / "slides.txt").read_text() == "precious"
    service.before = lambda *_: None
    (tmp_path / "liver").rename(tmp_path / "slides")
    assert run(tmp_path, service).ok
    assert set(service.taken.values()) == {1}


def test_an_answer_that_a_killed_run_had_just_put_there_is_replaced(tmp_path, monkeypatch):
    finish = Folder.finish

    def dies_behind(folder, row, answer):
        finish(folder, row, answer)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "finish", dies_behind)
        with pytest.raises(Killed):
            run(tmp_path)
    assert [one.name for one in run(tmp_path)] == ["liver", "lung"]


@pytest.mark.parametrize("content", ['{"name": "my site"}', "[]", "not JSON"])
def test_an_index_of_somebody_else_is_not_written_over(tmp_path, content):
    (tmp_path / "index.json").write_text(content)
    service = Service()
    with pytest.raises(ConfigError, match="no index of results"):
        run(tmp_path, service)
    assert (tmp_path / "index.json").read_text() == content
    assert not service.jobs


def test_an_index_that_cannot_be_written_ends_the_run_which_says_where_it_stands(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "_INDEX_EVERY", 0.0)

    def blocks(method, *_):
        if method == "fetch":
            (tmp_path / "index.json").unlink(missing_ok=True)
            (tmp_path / "index.json").mkdir()
            watched.wait(30)  # until somebody has wanted to write it

    watched = threading.Event()
    threading.Timer(1.0, watched.set).start()
    with pytest.raises(RunStoppedError, match=r"cannot be written.*index\.json") as caught:
        run(tmp_path, Service(before=blocks))
    assert len(caught.value.outcomes) == 2


def test_the_index_of_a_run_whose_journal_is_gone_is_written_anew(tmp_path):
    run(tmp_path)
    (tmp_path / "jobs.sqlite").unlink()
    assert run(tmp_path).ok
    assert json.loads((tmp_path / "index.json").read_text())["counts"] == {"saved": 2}


def test_what_a_killed_run_left_half_written_goes_away(tmp_path):
    (tmp_path / ".jobs").mkdir()
    left = [tmp_path / ".liver.0123.unfinished", tmp_path / ".jobs" / ".part.npz.0123.unfinished"]
    for path in left:
        path.write_bytes(b"half")
    Folder(tmp_path, "csv").tidy()
    assert not any(path.exists() for path in left)
