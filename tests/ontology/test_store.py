"""A compiled ontology: answers fast, from threads and forked processes, and survives damage."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from synthquery.errors import OntologyError, UnknownTermError
from synthquery.ontology import Ontologies, OntologyStore, Term, default_ontologies
from synthquery.ontology.snapshot import manifest
from synthquery.ontology.store import compile_store


@pytest.fixture(scope="module")
def uberon() -> OntologyStore:
    return default_ontologies().store("UBERON")


def test_indexing_raises_and_get_does_not(uberon: OntologyStore) -> None:
    assert uberon["UBERON:0002107"].label == "liver"
    assert uberon.get("UBERON:9999999") is None
    with pytest.raises(UnknownTermError, match=r"^UBERON:9999999 is not in UBERON v2026-04-01$"):
        uberon["UBERON:9999999"]


def test_many_terms_come_in_the_order_they_were_asked_for(uberon: OntologyStore) -> None:
    every = [term.id for term in uberon.terms()]
    wanted = [*reversed(every[:1_500]), "UBERON:9999999", every[0]]
    found = uberon.get_many(wanted)
    assert list(found) == list(reversed(every[:1_500]))
    assert all(term.id == identifier for identifier, term in found.items())
    assert uberon.get_many([]) == {}


def test_live_terms_are_those_the_release_has_not_withdrawn(uberon: OntologyStore) -> None:
    assert uberon.live(["UBERON:0002107", "UBERON:0000027", "UBERON:9999999"]) == {"UBERON:0002107"}


def test_known_relatives_of_the_liver(uberon: OntologyStore) -> None:
    assert {"UBERON:0000062", "UBERON:0001062", "UBERON:0002423"} <= set(uberon.ancestors("UBERON:0002107"))
    assert len(uberon.descendants("UBERON:0000062")) > 1_000


def test_threads_share_a_store() -> None:
    store = Ontologies(manifest()).store("CL")
    identifiers = [term.id for term in store.terms()][:400]
    barrier = threading.Barrier(8)

    def work(_: int) -> list[tuple[str, ...]]:
        barrier.wait()
        return [store.ancestors(identifier) for identifier in identifiers]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(8)))
    assert all(answer == answers[0] for answer in answers)


def test_threads_open_an_ontology_once() -> None:
    ontologies = Ontologies(manifest())
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(ontologies.store, ["HsapDv"] * 8))
    assert len({id(store) for store in stores}) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_process_opens_the_file_for_itself() -> None:
    code = """
import os, sys
from synthquery.ontology import default_ontologies
store = default_ontologies().store("CL")
assert store["CL:0000540"].label == "neuron"
store._database._lock.acquire()  # as if another thread were asking at the moment of the fork
child = os.fork()
if child == 0:
    os._exit(0 if store["CL:0000540"].label == "neuron" else 1)
store._database._lock.release()
assert os.waitpid(child, 0)[1] == 0
assert store["CL:0000000"].label == "cell"
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")


LIVER = [
    Term("UBERON:0000062", "organ", "UBERON", "v1"),
    Term("UBERON:0002107", "liver", "UBERON", "v1", parents=("UBERON:0000062", "UBERON:0002423")),
]


def test_a_parent_the_ontology_does_not_have_is_kept_as_a_fact_but_is_no_relative(tmp_path: Path) -> None:
    compile_store(LIVER, tmp_path, name="UBERON", release="v1")
    store = OntologyStore(lambda: tmp_path)
    assert store["UBERON:0002107"].parents == ("UBERON:0000062", "UBERON:0002423")
    assert store.parents("UBERON:0002107") == ("UBERON:0000062",)


def test_two_terms_with_one_identifier_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="two terms with one identifier"):
        compile_store([*LIVER, LIVER[0]], tmp_path, name="UBERON", release="v1")


def test_a_place_that_cannot_be_written_to_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be written"):
        compile_store(LIVER, tmp_path / "nowhere", name="UBERON", release="v1")


def test_a_database_that_proves_damaged_is_compiled_anew_once(tmp_path: Path) -> None:
    folders = []

    def locate() -> Path:
        folder = tmp_path / str(len(folders))
        folder.mkdir()
        compile_store(LIVER, folder, name="UBERON", release="v1")
        folders.append(folder)
        return folder

    repaired: list[Path] = []
    store = OntologyStore(locate, repaired.append)
    store.close()
    (folders[0] / "terms.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(5_000))
    assert store["UBERON:0002107"].label == "liver"
    assert repaired == [folders[0]]
    assert len(folders) == 2


def test_a_database_that_stays_damaged_is_one_clear_error(tmp_path: Path) -> None:
    compile_store(LIVER, tmp_path, name="UBERON", release="v1")
    store = OntologyStore(lambda: tmp_path)
    store.close()
    (tmp_path / "terms.sqlite").write_bytes(b"garbage" * 1_000)
    with pytest.raises(OntologyError, match="cannot be read"):
        store.get("UBERON:0002107")


def test_damage_to_the_cache_of_a_real_ontology_is_repaired_while_it_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path))
    store = Ontologies(manifest()).store("HsapDv")
    (database,) = tmp_path.rglob("terms.sqlite")
    store.close()
    database.write_bytes(b"garbage")
    assert store["HsapDv:0000096"].label == "2-year-old stage"


def test_a_closed_store_opens_again(uberon: OntologyStore) -> None:
    uberon.close()
    uberon.close()
    assert "UBERON:0002107" in uberon


def test_the_database_is_never_written_to(uberon: OntologyStore) -> None:
    with pytest.raises(OntologyError, match="readonly"):
        uberon._database.ask("DELETE FROM term")


@pytest.mark.skipif(sys.platform != "linux", reason="counts resident pages as Linux does")
def test_compiling_and_asking_the_largest_ontology_stays_small(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from synthquery.ontology import term
assert term("CHEBI:15377").label == "water"
# not getrusage: its maximum begins with the size of the process that started this one
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""
    for _ in ("compiling", "compiled"):
        environment = os.environ | {"SYNTHQUERY_CACHE_DIR": str(tmp_path)}
        ran = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert int(ran.stdout) < 150
