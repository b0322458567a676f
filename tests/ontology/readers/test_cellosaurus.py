"""``cellosaurus.txt``: what a record says, and records that are not whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology import OntologySource, OntologyStore, load_ontology
from synthquery.ontology.progress import set_progress
from synthquery.ontology.readers import CellLines, load_cell_lines
from synthquery.ontology.readers.cellosaurus import Reference
from synthquery.ontology.store import compile_store

PREAMBLE = """\
----------------------------------------------------------------------------
        CALIPHO group at the SIB - Swiss Institute of Bioinformatics
----------------------------------------------------------------------------

 Description: Cellosaurus: a controlled vocabulary of cell lines
 Name:        cellosaurus.txt
 Version:     56.0
 Last update: 06-Jun-2026

 ID         Identifier (cell line name)     Once; starts an entry
____________________________________________________________________________
"""
HELA = """\
ID   HeLa
AC   CVCL_0030
AS   CVCL_9Z99
SY   HELA; Hela; He La; Henrietta Lacks cells; Helacyton gartleri
DR   ATCC; CCL-2
CC   Problematic cell line: Possibly contaminated elsewhere, but not here.
CC   Derived from site: In situ; Uterus, cervix; UBERON=UBERON_0000002.
CC   Cell type: Epithelial cell of cervix; CL=CL_0002535.
CC   Transformant: NCBI_TaxID; 333761; Human papillomavirus type 18 (HPV18).
DI   NCIt; C27677; Human papillomavirus-related endocervical adenocarcinoma
DI   ORDO; Orphanet_213767; Carcinoma of the cervix
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
SX   Female
AG   30Y6M
CA   Cancer cell line
DT   Created: 04-04-12; Last updated: 10-04-25; Version: 43
//
"""
HEP2 = """\
ID   HEp-2
AC   CVCL_1906
SY   Hep-2; HEP-2
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
HI   CVCL_0030 ! HeLa
SX   Female
CA   Cancer cell line
//
"""
HYBRID = """\
ID   #16-15
AC   CVCL_KA96
OX   NCBI_TaxID=10090; ! Mus musculus (Mouse)
OX   NCBI_TaxID=10116; ! Rattus norvegicus (Rat)
HI   CVCL_4032 ! P3X63Ag8.653
CA   Hybridoma
//
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cellosaurus.txt"
    path.write_text(PREAMBLE + HELA + HEP2 + HYBRID, encoding="utf-8")
    return path


def test_a_record_carries_its_facts(path: Path) -> None:
    lines = load_cell_lines(path)
    hela = lines.cell_line("CVCL_0030")
    assert hela is not None
    assert (hela.name, hela.secondary, lines.release) == ("HeLa", ("CVCL_9Z99",), "56.0")
    assert hela.synonyms == ("HELA", "Hela", "He La", "Henrietta Lacks cells", "Helacyton gartleri")
    assert (hela.sex, hela.age, hela.category) == ("Female", "30Y6M", "Cancer cell line")
    assert hela.species == (Reference("NCBITAXON:9606", "Homo sapiens (Human)"),)
    assert hela.sites == (Reference("UBERON:0000002", "Uterus, cervix"),)
    assert hela.cell_types == (Reference("CL:0002535", "Epithelial cell of cervix"),)
    assert [disease.id for disease in hela.diseases] == ["NCIT:C27677", "Orphanet:213767"]
    assert hela.diseases[1].label == "Carcinoma of the cervix"
    assert hela.problematic
    assert hela.problem == "Possibly contaminated elsewhere, but not here."


def test_a_hybrid_has_two_species_and_no_sex(path: Path) -> None:
    hybrid = load_cell_lines(path).cell_line("CVCL_KA96")
    assert hybrid is not None
    assert [species.id for species in hybrid.species] == ["NCBITAXON:10090", "NCBITAXON:10116"]
    assert (hybrid.sex, hybrid.age, hybrid.problematic, hybrid.parents) == ("", "", False, ("CVCL_4032",))


def test_it_is_an_ontology_whose_parents_are_the_lines_it_came_from(path: Path) -> None:
    source = load_ontology(path)
    assert isinstance(source, CellLines)
    assert isinstance(source, OntologySource)
    assert (source.name, source.release, len(source)) == ("CVCL", "56.0", 4)
    assert source.parents("CVCL_1906") == source.ancestors("CVCL_1906") == ("CVCL_0030",)
    assert source.descendants("CVCL_0030") == ("CVCL_1906",)
    assert source.parents("CVCL_KA96") == ()  # its parent is not in this file
    assert ("CVCL_1906", "Hep-2", "synonym", False) in list(source.names())


def test_a_secondary_accession_leads_to_its_line(path: Path) -> None:
    lines = load_cell_lines(path)
    merged = lines["CVCL_9Z99"]
    assert (merged.obsolete, merged.replaced_by) == (True, "CVCL_0030")
    found = lines.cell_line("CVCL_9Z99")
    assert found is not None
    assert found.name == "HeLa"
    assert lines.cell_line("CVCL_0000") is None


def test_it_compiles_to_a_store_with_the_same_terms(path: Path, tmp_path: Path) -> None:
    lines = load_cell_lines(path)
    compile_store(lines.terms(), tmp_path, name=lines.name, release=lines.release)
    assert list(OntologyStore(lambda: tmp_path).terms()) == list(lines.terms())


def test_a_compressed_file_with_windows_line_ends_says_the_same(path: Path, tmp_path: Path) -> None:
    packed = tmp_path / "lines.gz"
    packed.write_bytes(gzip.compress(path.read_bytes().replace(b"\n", b"\r\n")))
    assert list(load_cell_lines(packed).cell_lines()) == list(load_cell_lines(path).cell_lines())


def test_several_sites_and_one_without_identifier_are_kept(tmp_path: Path) -> None:
    record = HEP2.replace(
        "HI   ",
        "CC   Derived from site: Metastatic; Lymph node; UBERON=UBERON_0000029.\n"
        "CC   Derived from site: In situ; Left big toe.\nHI   ",
    )
    (tmp_path / "cellosaurus.txt").write_text(record, encoding="utf-8")
    lines = load_cell_lines(tmp_path / "cellosaurus.txt")
    line = lines.cell_line("CVCL_1906")
    assert line is not None
    assert line.sites == (Reference("UBERON:0000029", "Lymph node"), Reference("", "Left big toe"))
    assert lines.release == ""  # it has no preamble


@pytest.mark.parametrize(
    ("broken", "action"),
    [
        (HEP2.replace("AC   CVCL_1906\n", ""), "left out: it has no accession"),
        (HEP2.replace("AC   CVCL_1906\n", "AC   CVCL-1906\n"), "left out: it has no accession"),
        (HEP2.replace("ID   HEp-2\n", "ID\n"), "left out: it has no name"),
        (HELA, "left out: a record above has this accession"),
        (HEP2.removesuffix("//\n"), "read as far as it goes: the file ends in it"),
        (HEP2.replace("Hep-2;", "Hep\xe9;"), "bytes that are not UTF-8 were read as Latin-1"),
    ],
)
def test_a_record_that_is_not_whole_is_reported_and_the_others_are_read(
    tmp_path: Path, broken: str, action: str
) -> None:
    (tmp_path / "cellosaurus.txt").write_bytes((PREAMBLE + HELA + broken).encode("latin-1"))
    lines = load_cell_lines(tmp_path / "cellosaurus.txt")
    assert lines["CVCL_0030"].label == "HeLa"
    (repair,) = lines.repairs
    assert repair.action == action
    assert repair.line is not None
    assert repair.line > (PREAMBLE + HELA).count("\n")


def test_a_file_without_records_is_refused(tmp_path: Path) -> None:
    record = "ID   HEp-2\nAC   CVCL_19\n//\n"
    (tmp_path / "cellosaurus.txt").write_text(PREAMBLE + record, encoding="utf-8")
    with pytest.raises(OntologyError, match="has no cell lines"):
        load_cell_lines(tmp_path / "cellosaurus.txt")


def test_progress_is_told_while_a_large_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthquery.ontology.readers.cellosaurus._STEP", 2)
    (tmp_path / "cellosaurus.txt").write_text(HELA + HEP2 + HYBRID, encoding="utf-8")
    said: list[str] = []
    set_progress(said.append)
    try:
        load_cell_lines(tmp_path / "cellosaurus.txt")
    finally:
        set_progress(None)
    assert said == ["reading cellosaurus.txt", "reading cellosaurus.txt: 2 cell lines"]
