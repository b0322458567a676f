"""What a file is, told by what is in it; and files that are nothing of the kind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from synthquery.errors import MissingExtraError, OntologyError
from synthquery.ontology import load_ontology
from synthquery.ontology.progress import set_progress
from synthquery.ontology.readers import load_bridges, load_cell_lines, load_gene_names
from tests.ontology.obo import LIVER_OBO

OBO = LIVER_OBO.encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}


def noise(size: int) -> bytes:
    return random.Random(0).randbytes(size)


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("name", ["uberon.obo.packed", "uberon.json"])
def test_a_packed_file_is_read_like_a_plain_one_whatever_its_name(
    tmp_path: Path, packer: str, name: str
) -> None:
    (tmp_path / "uberon.obo").write_bytes(OBO)
    (tmp_path / name).write_bytes(PACKERS[packer](OBO))
    plain, packed = load_ontology(tmp_path / "uberon.obo"), load_ontology(tmp_path / name)
    assert list(plain.terms()) == list(packed.terms())
    assert len(plain) == 10


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_packed_file_that_ends_early_is_refused(tmp_path: Path, packer: str, part: float) -> None:
    packed = PACKERS[packer](OBO + b"! " + noise(300_000).hex().encode())
    (tmp_path / "uberon.obo").write_bytes(packed[: int(len(packed) * part)])
    with pytest.raises(
        OntologyError, match=r"uberon\.obo is no ontology that can be read: damaged"
    ) as raised:
        load_ontology(tmp_path / "uberon.obo")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("packer", PACKERS)
def test_a_packed_file_with_a_damaged_middle_is_refused(tmp_path: Path, packer: str) -> None:
    packed = bytearray(PACKERS[packer](OBO + b"! " + noise(300_000).hex().encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = noise(40)
    (tmp_path / "uberon.obo").write_bytes(packed)
    with pytest.raises(OntologyError, match=r"uberon\.obo"):
        load_ontology(tmp_path / "uberon.obo")


def test_zstandard_frames_may_follow_each_other(tmp_path: Path) -> None:
    half = len(OBO) // 2
    (tmp_path / "uberon.obo.zst").write_bytes(zstandard.compress(OBO[:half]) + zstandard.compress(OBO[half:]))
    assert len(load_ontology(tmp_path / "uberon.obo.zst")) == 10


def test_zstandard_without_its_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uberon.obo.zst").write_bytes(zstandard.compress(OBO))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingExtraError, match=r"synthquery\[zst\]"):
        load_ontology(tmp_path / "uberon.obo.zst")


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("uberon.obo"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\n<HTML><body>503 Service Unavailable</body>", "web page"),
        (b'<?xml version="1.0"?><Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', "OWL/XML; save it as"),
        (b'<?xml version="1.0"?><svg/>', "XML that holds no OWL"),
        (b"@prefix owl: <http://www.w3.org/2002/07/owl#> .", "Turtle; save it as"),
        (b"Prefix(:=<http://x/>)\nOntology(<http://x/>)", "functional syntax; save it as"),
        (b'{"inputs": [{"metadata": {}}]}', "JSON without graphs"),
        (b'[{"inputs": []}]', "JSON without graphs"),
        (b'{"graphs": [{' + b'"a": {' * 200_000, "JSON nested too deeply|Expecting"),
        (b"PK\x03\x04" + noise(100), "archive of files; unpack it"),
        (tar(), "archive of files; unpack it"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "binary"),
        (b"model_id: gem-1-bulk\ninputs: []\n", "no terms"),
        (b"hello world\n", "neither OBO nor OWL"),
        (b"id,label\n1,liver\n", "neither OBO nor OWL"),
    ],
)
def test_what_is_no_ontology_is_refused_in_one_line_that_says_what_it_is(
    tmp_path: Path, content: bytes, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "uberon.obo").write_bytes(content)
    with pytest.raises(
        OntologyError, match=rf"uberon\.obo is no ontology that can be read: .*({reason})"
    ) as raised:
        load_ontology(tmp_path / "uberon.obo")
    assert "\n" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_a_first_line_that_is_not_well_formed_does_not_hide_an_ontology(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_bytes(b"for}mat: 1.2\x00\n" + OBO.partition(b"\n")[2])
    assert len(load_ontology(tmp_path / "uberon.obo")) == 10


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    for seed in range(40):
        (tmp_path / "file").write_bytes(random.Random(seed).randbytes(5_000))
        with pytest.raises(OntologyError):
            load_ontology(tmp_path / "file")


def test_each_reader_says_what_a_file_of_another_kind_is(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_bytes(OBO)
    for load, wanted in (
        (load_cell_lines, "a Cellosaurus file"),
        (load_gene_names, "a table of HGNC genes"),
        (load_bridges, "a table of mappings"),
    ):
        with pytest.raises(OntologyError, match=f"is not {wanted}.*: it is an OBO ontology"):
            load(tmp_path / "uberon.obo")
    (tmp_path / "empty").touch()
    with pytest.raises(OntologyError, match="is not a Cellosaurus file: it is empty"):
        load_cell_lines(tmp_path / "empty")


def test_reading_is_announced(tmp_path: Path) -> None:
    (tmp_path / "uberon.obo").write_bytes(OBO)
    said: list[str] = []
    set_progress(said.append)
    try:
        load_ontology(tmp_path / "uberon.obo")
    finally:
        set_progress(None)
    assert said == ["reading uberon.obo"]
