"""The journal and its lock: safe with several processes, clear about what it cannot use."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from synthquery.errors import JournalError
from synthquery.jobs.journal import FILE, Journal
from synthquery.jobs.lock import only_run
from synthquery.jobs.rows import InputRow, Part, QueryRow

HASH = "a1" * 32


def filled(path: Path | None) -> Journal:
    journal = Journal(path)
    parts = (Part(HASH, 0, 0, 2), Part(HASH, 1, 2, 4))
    journal.add_query(QueryRow(HASH, "liver", "gem-1-sc", 4, saved=False, parts=parts), b"body", "{}")
    journal.add_inputs([InputRow(0, "liver.json", HASH)])
    return journal


def test_what_is_written_is_there_when_it_is_opened_again(tmp_path):
    with filled(tmp_path / FILE) as journal:
        (query,) = journal.queries()
        journal.change(query.parts[1], "submitted", query_id="job-1", key="key", attempts=2)
    with Journal(tmp_path / FILE) as journal:
        (query,) = journal.queries()
        assert [(part.state, part.query_id) for part in query.parts] == [
            ("waiting", None),
            ("submitted", "job-1"),
        ]
        assert query.state == "waiting"
        assert journal.inputs() == [InputRow(0, "liver.json", HASH)]


def test_a_saved_query_needs_its_body_no_more():
    with filled(None) as journal:
        journal.saved(HASH)
        assert journal.body(HASH) is None
        assert journal.queries()[0].state == "saved"


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (("saved", "failed", "waiting"), "failed"),
        (("saved", "unknown"), "unknown"),
        (("saved", "waiting", "ready"), "waiting"),
        (("ready", "saved"), "ready"),
    ],
)
def test_a_query_is_where_its_slowest_part_is(states, state):
    parts = tuple(Part(HASH, place, 0, 1, state=one) for place, one in enumerate(states))
    assert QueryRow(HASH, "liver", "gem-1-sc", 1, saved=False, parts=parts).state == state


def test_all_of_a_transaction_or_nothing(tmp_path):
    with filled(tmp_path / FILE) as journal:
        with suppress(RuntimeError), journal.transaction():
            journal.set_settings({"transport": "synthesize"})
            raise RuntimeError
        assert journal.settings() == {}


def test_it_can_be_read_while_a_run_writes(tmp_path):
    with (
        filled(tmp_path / FILE) as journal,
        Journal(tmp_path / FILE, read_only=True) as other,
        journal.transaction(),
    ):
        journal.saved(HASH)
        assert other.queries()[0].state == "waiting"


def test_reading_makes_no_journal_where_there_is_none(tmp_path):
    with pytest.raises(JournalError, match="no journal"):
        Journal(tmp_path / FILE, read_only=True)
    assert not any(tmp_path.iterdir())


def test_it_can_be_read_in_a_folder_that_cannot_be_written(tmp_path):
    filled(tmp_path / FILE).close()
    (tmp_path / f"{FILE}-wal").mkdir()  # SQLite can make no file of that name, as in such a folder
    with Journal(tmp_path / FILE, read_only=True) as journal:
        assert [query.name for query in journal.queries()] == ["liver"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE inputs SET hash = 'b2'",
        "DELETE FROM parts",
        "UPDATE parts SET state = 'wanting'",
        "UPDATE parts SET hash = 'b2'",
    ],
)
def test_rows_that_no_run_writes_are_damage(tmp_path, change):
    filled(tmp_path / FILE).close()
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute(change)
    database.close()
    with pytest.raises(JournalError, match=r"damaged.*move the file away"):
        Journal(tmp_path / FILE)


def test_damage_in_the_names_of_tables_is_no_other_error(tmp_path):
    filled(tmp_path / FILE).close()
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(data.replace(b"sqlite_autoindex", b"sqlite_\xeautoindex"))
    with pytest.raises(JournalError, match="damaged"):
        Journal(tmp_path / FILE)


def test_a_setting_can_be_forgotten(tmp_path):
    with filled(tmp_path / FILE) as journal:
        journal.set_settings({"transport": "synthesize", "base_url": "http://127.0.0.1:1"})
        journal.set_settings({"transport": "simulator", "base_url": None})
        assert journal.settings() == {"transport": "simulator"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"this is no database, " * 100,
        lambda data: data[:4096] + os.urandom(len(data) - 4096),
        lambda data: data[: len(data) // 2],
    ],
    ids=["text", "garbage", "cut off"],
)
def test_a_damaged_journal_is_an_error_that_says_what_to_do(tmp_path, damage):
    filled(tmp_path / FILE).close()
    (tmp_path / FILE).write_bytes(damage((tmp_path / FILE).read_bytes()))
    with pytest.raises(JournalError, match=r"jobs\.sqlite.*(move|cannot be used|another program)"):
        Journal(tmp_path / FILE).queries()


@pytest.mark.parametrize(("version", "words"), [(1, "an older synthquery"), (3, "a newer synthquery")])
def test_a_journal_of_another_version_is_left_alone(tmp_path, version, words):
    filled(tmp_path / FILE).close()
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute(f"PRAGMA user_version = {version}")
    database.close()
    with pytest.raises(JournalError, match=words):
        Journal(tmp_path / FILE)


def test_a_database_of_another_program_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("CREATE TABLE recipes (name)")
    database.close()
    with pytest.raises(JournalError, match="another program"):
        Journal(tmp_path / FILE)


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path):
    with filled(tmp_path / FILE) as journal:
        (pages,) = journal._database.execute("PRAGMA page_count").fetchone()
        journal._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JournalError, match="full"):
            journal.add_query(QueryRow("b2" * 32, "lung", "gem-1-sc", 1, False, ()), os.urandom(50_000), "")
        assert [query.name for query in journal.queries()] == ["liver"]


HOLDING = """
import sys, time
from pathlib import Path
from synthquery.jobs.lock import only_run
with only_run(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_run_is_refused_and_told_who_works_there(tmp_path, holder):
    with pytest.raises(JournalError, match=rf"process {holder.pid} .*works on"), only_run(tmp_path):
        pass


def test_the_lock_of_a_run_that_was_killed_is_free(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_run(tmp_path):
        pass


def test_a_second_run_may_wait_for_the_first(tmp_path, holder):
    holder.kill()
    with only_run(tmp_path, wait=30):
        pass


def test_one_process_cannot_run_twice_on_a_folder_either(tmp_path):
    with only_run(tmp_path), pytest.raises(JournalError, match="works on"), only_run(tmp_path):
        pass
    with only_run(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(JournalError, match=r"nowhere.*cannot be written"), only_run(tmp_path / "nowhere"):
        pass
