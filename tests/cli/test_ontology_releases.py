"""`synthquery ontology` update, use, diff, remove and add, as people type them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synthquery.ontology import in_use
from synthquery.ontology.snapshot import manifest
from tests.ontology.updates.file_server import Files, file_server
from tests.ontology.updates.releases import graph_json, next_release

from .conftest import Done

PACKAGED = manifest()["HsapDv"].release


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "cache"))
    in_use.changed()
    yield
    monkeypatch.undo()
    in_use.changed()


@pytest.fixture
def server() -> Iterator[Files]:
    with file_server() as files:
        files.content["hsapdv.json"] = graph_json("HsapDv", "2026-06-02", next_release("HsapDv"))
        yield files


def test_update_use_diff_remove(cli: Callable[..., Done], server: Files, tmp_path: Path) -> None:
    done = cli("ontology", "update", "HsapDv", "--mirror", server.url)
    assert (done.code, done.out) == (0, f"HsapDv v2026-06-02 is in use (before: {PACKAGED}): 261 terms\n")
    done = cli("ontology", "update", "HsapDv", "--mirror", server.url)
    assert (done.code, done.out) == (0, "HsapDv v2026-06-02 is in use already: 261 terms\n")
    done = cli("ontology", "diff", "HsapDv")
    assert done.code == 0
    assert "1 new\n  HsapDv:9900001 (entirely new stage)" in done.out
    assert "1 renamed\n  HsapDv:0000008 (Carnegie stage 04) -> Carnegie stage 04 (revised)" in done.out
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "one.json").write_text('{"stage": "HsapDv:0000007"}')
    done = cli("ontology", "diff", "HsapDv", "--queries", "queries")
    assert (done.code, "queries/one.json: HsapDv:0000007: 'Carnegie stage 03' is obsolete" in done.out) == (
        1,
        True,
    )
    assert cli("ontology", "diff", "HsapDv", "--json").data["obsoleted"][0]["id"] == "HsapDv:0000007"
    done = cli("ontology", "use", "HsapDv@packaged")
    assert (done.code, done.out) == (0, f"HsapDv {PACKAGED} (packaged) is in use\n")
    assert "also here: HsapDv@v2026-06-02" in cli("ontology", "status").err
    assert cli("ontology", "use", "HsapDv@v2026-06-02").code == 0
    assert cli("ontology", "remove", "HsapDv@v2026-06-02").code == 0
    assert cli("ontology", "remove", "HsapDv").code == 3
    assert cli("ontology", "use", "HsapDv").code == 2


def test_one_failure_does_not_stop_the_others(cli: Callable[..., Done], server: Files) -> None:
    done = cli("ontology", "update", "PATO", "HsapDv", "--mirror", server.url)
    assert done.code == 3
    assert "error: PATO was not updated" in done.err
    assert "HsapDv v2026-06-02 is in use" in done.out


def test_what_a_lock_file_names_is_downloaded_on_another_machine(
    cli: Callable[..., Done], server: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.content["v2026-06-02/hsapdv.json"] = server.content["hsapdv.json"]
    (tmp_path / "r.yaml").write_text("model: gem-1-bulk\nsamples:\n  - {tissue: UBERON:0002107}\n")
    assert cli("ontology", "update", "HsapDv", "--mirror", server.url).code == 0
    assert cli("build", "r.yaml", "-o", "q.json", "--lock").code == 0
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "another machine"))
    in_use.changed()
    done = cli("validate", "q.json", "--locked")
    assert (done.code, "`synthquery ontology update HsapDv@v2026-06-02` downloads it" in done.err) == (
        1,
        True,
    )
    done = cli("ontology", "update", "--from-lock", "synthquery.lock", "--mirror", server.url)
    assert (done.code, "HsapDv v2026-06-02 is in use" in done.out) == (0, True)
    assert cli("validate", "q.json", "--locked").code == 0
    done = cli("ontology", "update", "--from-lock", "synthquery.lock", "--mirror", server.url)
    assert (done.code, "is here" in done.err) == (0, True)


def test_other_bytes_than_the_locked_ones_are_refused(
    cli: Callable[..., Done], server: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = server.content["hsapdv.json"]
    (tmp_path / "r.yaml").write_text("model: gem-1-bulk\nsamples:\n  - {tissue: UBERON:0002107}\n")
    cli("ontology", "update", "HsapDv", "--mirror", server.url)
    cli("build", "r.yaml", "-o", "q.json", "--lock")
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "another machine"))
    in_use.changed()
    for name in ("hsapdv.json", "v2026-06-02/hsapdv.json"):
        server.content[name] = stages.replace(b"entirely", b"somewhat")
    done = cli("ontology", "update", "--from-lock", "synthquery.lock", "--mirror", server.url)
    assert (done.code, "its SHA-256 is" in done.err) == (3, True)


def test_a_hash_belongs_to_one_ontology(cli: Callable[..., Done]) -> None:
    assert cli("ontology", "update", "--sha256", "ab").code == 2


def test_add_a_file(cli: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "lab.obo").write_text(
        "format-version: 1.2\nontology: lab\n\n[Term]\nid: LAB:0000001\nname: chip liver\n"
    )
    done = cli("ontology", "add", "lab.obo", "--field", "tissue")
    assert (done.code, "beside the packaged ontologies: 1 terms" in done.out) == (0, True)
    assert "LAB:0000001" in cli("resolve", "tissue", "chip liver").out
    assert "chip liver" in cli("term", "LAB:0000001").out
    assert cli("ontology", "add", "missing.obo").code == 3
    assert cli("ontology", "add", "lab.obo", "--field", "color").code == 2


def test_status_as_json_says_where_a_release_is_from(cli: Callable[..., Done], server: Files) -> None:
    cli("ontology", "update", "HsapDv", "--mirror", server.url)
    rows = {row["name"]: row for row in cli("ontology", "status", "--json").data}
    assert rows["HsapDv"]["origin"] == "updated"
    assert rows["HsapDv"]["source_url"] == f"{server.url}/hsapdv.json"
    assert rows["HsapDv"]["others"] == [PACKAGED]
    assert rows["CL"]["origin"] == "packaged"
    assert cli("ontology", "verify").code == 0


MAPPINGS = """\
# mapping_set_title: Mappings of a lab
# mapping_set_version: 2026-06-02
subject_id\tpredicate_id\tobject_id
HsapDv:0000001\tskos:exactMatch\tEFO:0000001
UBERON:0002107\tskos:exactMatch\tBTO:0000759
UBERON:0002107\tskos:exactMatch\tUMLS:C0023884
"""


def test_a_table_of_mappings_is_added_listed_and_removed(cli: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "lab.sssom.tsv").write_text(MAPPINGS, encoding="utf-8")
    done = cli("ontology", "add", "lab.sssom.tsv")
    assert done.code == 0
    assert done.out == (
        "lab 2026-06-02 is in use, beside the packaged ontologies: 2 mappings from lab.sssom.tsv\n"
    )
    assert "mended or left out: 1\n  line 4: " in done.err
    assert "2 mappings" in cli("ontology", "status").out
    assert [
        row["n_mappings"] for row in cli("ontology", "status", "--json").data if row["name"] == "lab"
    ] == [2]
    assert "lab 2026-06-02" in cli("ontology", "verify").out
    done = cli("resolve", "tissue", "BTO:0000759")
    assert (done.code, "UBERON:0002107  liver  bridge" in done.out) == (0, True)
    assert "an exact match (skos:exactMatch in Mappings of a lab 2026-06-02)" in done.out
    assert cli("ontology", "remove", "lab").out == "removed lab 2026-06-02\n"
    assert cli("resolve", "tissue", "BTO:0000759").code == 1


def test_what_was_mended_in_an_added_file_is_listed(cli: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "lab.obo").write_text(
        "format-version: 1.2\n\n[Term]\nid: LAB:0000001\nname: lab organ\nis_a: LAB:0000009\nxref: :odd thing\n"
    )
    done = cli("ontology", "add", "lab.obo")
    assert "mended or left out: 2" in done.err
    assert "line 7: xref: :odd thing: left out: not well formed" in done.err
    repairs = cli("ontology", "add", "lab.obo", "--json").data["repairs"]
    assert {repair["line"] for repair in repairs} == {6, 7}


def test_a_lock_records_the_table_that_an_id_was_mapped_with(
    cli: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "lab.sssom.tsv").write_text(MAPPINGS, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        "model: gem-1-bulk\nsampling_strategy: mean estimation\nsamples:\n  - tissue: UMLS:C0023884\n"
    )
    cli("ontology", "add", "lab.sssom.tsv")
    assert cli("build", "recipe.yaml", "-o", "q.json", "--lock").code == 0
    lock = (tmp_path / "synthquery.lock").read_text()
    assert '[ontologies."lab"]\nrelease = "2026-06-02"\norigin = "added"\nsha256 = "' in lock
    first = (tmp_path / "q.json").read_bytes()
    assert cli("build", "recipe.yaml", "-o", "q.json", "--locked").code == 0
    assert (tmp_path / "q.json").read_bytes() == first
    cli("ontology", "remove", "lab")
    done = cli("build", "recipe.yaml", "-o", "q.json", "--locked")
    assert (done.code, "lab 2026-06-02" in done.err) == (1, True)


def test_what_was_added_after_the_lock_was_written_is_left_out_and_named(
    cli: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "lab.sssom.tsv").write_text(MAPPINGS, encoding="utf-8")
    recipe = "model: gem-1-bulk\nsampling_strategy: mean estimation\nsamples:\n  - tissue: {}\n"
    (tmp_path / "liver.yaml").write_text(recipe.format("liver"))
    (tmp_path / "mapped.yaml").write_text(recipe.format("BTO:0000759"))
    assert cli("build", "liver.yaml", "-o", "q.json", "--lock").code == 0
    cli("ontology", "add", "lab.sssom.tsv")
    done = cli("build", "mapped.yaml", "-o", "q.json")
    assert done.code == 1
    assert "synthquery.lock does not lock lab: left out until" in done.err
    assert cli("build", "mapped.yaml", "-o", "q.json", "--lock").code == 0


def test_a_release_that_vanished_is_one_line_of_warning(
    cli: Callable[..., Done], server: Files, tmp_path: Path
) -> None:
    cli("ontology", "update", "HsapDv", "--mirror", server.url)
    (tmp_path / "cache" / "releases" / "HsapDv" / "v2026-06-02" / "terms.tsv.xz").unlink()
    environment = {**os.environ, "SYNTHQUERY_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "synthquery", "ontology", "status"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("warning: HsapDv v2026-06-02 is not in ")
    assert line.endswith("synthquery ontology use HsapDv@RELEASE chooses again")
