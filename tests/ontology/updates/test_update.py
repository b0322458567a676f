"""A release is downloaded, checked, installed and chosen; whatever goes wrong, the old one stays."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import zipfile
from pathlib import Path

import pytest
import zstandard

from synthquery import resolve, term, validate
from synthquery.errors import OntologyError, UnknownTermError
from synthquery.ontology import default_ontologies, status
from synthquery.ontology.snapshot import manifest
from synthquery.ontology.updates import update_ontology
from tests.ontology.updates.file_server import Files

NEW, RELEASE = "HsapDv:9900001", "v2026-06-02"
PACKAGED = manifest()["HsapDv"].release


def in_use() -> str:
    return default_ontologies().releases()["HsapDv"]


def update(server: Files, **options: str) -> None:
    update_ontology("HsapDv", mirror=server.url, **options)


def refused(server: Files, because: str, **options: str) -> None:
    """The update fails with a line that says why, and the packaged release still answers."""
    with pytest.raises(OntologyError) as caught:
        update(server, **options)
    message = str(caught.value)
    assert because in message
    assert f"{PACKAGED} stays in use" in message
    assert "Traceback" not in message
    assert all(len(line) < 300 for line in message.splitlines())
    assert in_use() == PACKAGED
    assert term("HsapDv:0000007").obsolete is False


def test_a_new_release_answers_everywhere(server: Files) -> None:
    assert resolve("entirely new stage", "developmental_stage").status != "resolved"
    found = update_ontology("hsapdv", mirror=server.url)
    assert (found.entry.release, found.before, found.new) == (RELEASE, PACKAGED, True)
    assert term(NEW).label == "entirely new stage"
    assert term(NEW).release == RELEASE
    answer = resolve("entirely new stage", "developmental_stage")
    assert answer.term is not None
    assert (answer.term.id, answer.term.release) == (NEW, RELEASE)
    assert term("HsapDv:0000007").obsolete
    row = next(row for row in status() if row.name == "HsapDv")
    assert (row.release, row.origin, row.others) == (RELEASE, "updated", (PACKAGED,))


def test_the_same_release_again_changes_nothing(server: Files) -> None:
    update(server)
    again = update_ontology("HsapDv", mirror=server.url)
    assert (again.new, again.entry.release) == (False, RELEASE)


def test_other_bytes_under_the_same_release_name_are_another_release(server: Files, stages: bytes) -> None:
    update(server)
    server.content["hsapdv.json"] = stages.replace(b"entirely new stage", b"quite another stage")
    again = update_ontology("HsapDv", mirror=server.url)
    assert again.entry.release.startswith(f"{RELEASE}+")
    assert term(NEW).label == "quite another stage"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_packed_files_are_unpacked_whatever_they_are_called(server: Files, stages: bytes, pack) -> None:
    server.content["hsapdv.json"] = pack(stages)
    update(server)
    assert in_use() == RELEASE


def test_json_is_asked_for_first_then_owl_then_obo(server: Files) -> None:
    server.content.clear()
    refused(server, "hsapdv.json could not be downloaded: the server says 404")
    assert [path for path, _ in server.asked] == ["hsapdv.json", "hsapdv.owl", "hsapdv.obo"]


def test_the_next_address_is_asked_when_one_gives_rubbish(server: Files, stages: bytes) -> None:
    server.content["hsapdv.json"], server.content["hsapdv.owl"] = b"%PDF-1.4 nothing of use", stages
    update(server)
    assert in_use() == RELEASE


def test_a_named_release_is_asked_for_by_its_name(server: Files, stages: bytes) -> None:
    server.content = {f"{RELEASE}/hsapdv.json": stages, "v2026-09-09/hsapdv.json": stages}
    update(server, release=RELEASE)
    assert in_use() == RELEASE
    with pytest.raises(OntologyError, match=r"it is release .*2026-06-02, not v2026-09-09"):
        update(server, release="v2026-09-09")


@pytest.mark.parametrize("cuts", [[40_000], [1, 0], [20_000, 20_000]])
def test_a_download_that_is_cut_off_goes_on_where_it_stopped(server: Files, cuts: list[int]) -> None:
    server.cut_after = list(cuts)
    update(server)
    assert in_use() == RELEASE
    received = [asked for path, asked in server.asked if path.endswith(".json")]
    assert len(received) == len(cuts) + 1
    assert received[-1].startswith("bytes=") or cuts == [1, 0]


def test_without_a_validator_a_download_starts_again(server: Files) -> None:
    server.validators, server.cut_after = False, [20_000]
    update(server)
    assert in_use() == RELEASE
    assert not any(asked for _, asked in server.asked)


def test_a_file_that_changed_in_between_is_not_glued_together(server: Files, stages: bytes) -> None:
    server.cut_after = [20_000, 0, 0]
    refused(server, "could not be downloaded")
    server.content["hsapdv.json"] = stages.replace(b"entirely new stage", b"quite another stage")
    update(server)
    assert term(NEW).label == "quite another stage"


def test_a_wrong_hash_is_refused(server: Files, stages: bytes) -> None:
    refused(server, "its SHA-256 is", sha256="0" * 64)
    update(server, sha256=hashlib.sha256(stages).hexdigest())
    assert in_use() == RELEASE


def test_a_hash_published_beside_the_file_counts(server: Files) -> None:
    server.content["hsapdv.json.sha256"] = b"f" * 64 + b"  hsapdv.json\n"
    refused(server, f"not {'f' * 64}")


def test_a_web_page_is_refused(server: Files) -> None:
    server.page = True
    refused(server, "gave a web page, not a file")


def test_a_web_page_that_claims_to_be_a_file_is_refused(server: Files) -> None:
    server.content["hsapdv.json"] = b"<!DOCTYPE html><html><body>Log in</body></html>"
    refused(server, "web page")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.compress])
def test_a_truncated_archive_is_refused(server: Files, stages: bytes, pack) -> None:
    packed = pack(stages)
    server.content["hsapdv.json"] = packed[: len(packed) // 2]
    refused(server, "damaged compressed file")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.compress])
def test_a_bomb_is_refused(server: Files, pack) -> None:
    server.content["hsapdv.json"] = pack(b'{"graphs": [' + b" " * (80 << 20))
    refused(server, "unpack")


def test_packed_zeros_are_refused(server: Files) -> None:
    server.content["hsapdv.json"] = gzip.compress(bytes(10 << 20))
    refused(server, "no ontology")


def test_a_zip_archive_is_refused_unopened(server: Files) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("hsapdv.json", bytes(50 << 20))
    server.content["hsapdv.json"] = archive.getvalue()
    refused(server, "archive")


@pytest.mark.parametrize("announced", [True, False])
def test_two_gigabytes_of_zeros_are_given_up_at_once(server: Files, own_cache: Path, announced: bool) -> None:
    server.endless, server.announce = 2 << 30, announced
    refused(server, "too large" if announced else "no ontology")
    assert server.sent < 64 << 20
    assert sum(path.stat().st_size for path in own_cache.rglob("*") if path.is_file()) < 1 << 20


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"graphs": []}', b"[1, 2]", b"\x00" * 100, b'{"graphs": [{"nodes": [], "edges": []}]}'],
)
def test_what_is_no_ontology_is_refused(server: Files, content: bytes) -> None:
    server.content["hsapdv.json"] = content
    refused(server, "hsapdv.json")


def test_a_release_with_far_too_few_terms_is_refused(server: Files) -> None:
    few = b'{"graphs": [{"nodes": [{"id": "http://purl.obolibrary.org/obo/HsapDv_0000001", "lbl": "stage",'
    server.content["hsapdv.json"] = few + b'"type": "CLASS"}], "edges": []}]}'
    refused(server, "no full release")


def test_a_server_that_is_not_there_is_said_in_one_line(server: Files) -> None:
    with pytest.raises(OntologyError, match="could not be downloaded"):
        update_ontology("HsapDv", mirror="http://127.0.0.1:9")
    assert in_use() == PACKAGED


def test_genes_and_unknown_names_are_not_updated() -> None:
    with pytest.raises(OntologyError, match="the models were trained with"):
        update_ontology("ENSG")
    with pytest.raises(OntologyError, match="there are UBERON, CL, MONDO"):
        update_ontology("SNOMED")


def test_proxy_variables_are_honoured(server: Files, stages: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    # A proxy is asked for the whole address.
    server.content["http://releases.example.org/obo/hsapdv.json"] = stages
    update_ontology("HsapDv", mirror="http://releases.example.org/obo")
    assert in_use() == RELEASE


def test_validation_names_the_release_that_answered(server: Files) -> None:
    update(server)
    assert validate({"inputs": []}, "gem-1-bulk").releases == {}
    with pytest.raises(UnknownTermError, match=RELEASE):
        term("HsapDv:9900002")


def test_a_mirror_of_one_folder_has_the_release_that_is_asked_for(server: Files) -> None:
    assert update_ontology("HsapDv", RELEASE, mirror=server.url).entry.release == RELEASE


def test_a_mirror_of_one_folder_with_another_release_is_refused(server: Files) -> None:
    refused(server, "not v2020-01-01", release="v2020-01-01")


def test_a_damaged_file_is_refused_in_a_whole_sentence(server: Files, stages: bytes) -> None:
    server.content["hsapdv.json"] = stages[: len(stages) // 2]
    refused(server, "hsapdv.json was refused: it is no ontology that can be read")


def test_a_dead_proxy_is_named_in_plain_words(server: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(OntologyError, match=r"could not be downloaded: .*refused") as caught:
        update_ontology("HsapDv", mirror="http://mirror.invalid/files")
    assert "NewConnectionError" not in str(caught.value)
