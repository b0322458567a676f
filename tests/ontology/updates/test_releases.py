"""Choosing, comparing and removing releases, and files of the user that answer beside the packaged ontologies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synthquery import ancestors, is_a, load_ontology, parents, resolve, term, validate
from synthquery.errors import OntologyError, UnknownTermError
from synthquery.ontology import default_ontologies, in_use, status, verify
from synthquery.ontology.snapshot import manifest
from synthquery.ontology.updates import (
    add_ontology,
    compare_releases,
    remove_release,
    touched_files,
    use_release,
)
from tests.ontology.updates.releases import graph_json, next_release

PACKAGED, NEXT = manifest()["HsapDv"].release, "v2026-06-02"
LAB = """\
format-version: 1.2
data-version: 2026-11-01
ontology: lab

[Term]
id: LAB:0000001
name: chip liver
is_a: UBERON:0002107

[Term]
id: UBERON:0002107
name: liver
synonym: "the big brown one" EXACT []
synonym: "zzyzx lump" BROAD []

[Term]
id: UBERON:9900001
name: liver of the chip
is_a: UBERON:0002107
"""


@pytest.fixture
def updated(tmp_path: Path, stages: bytes) -> Path:
    """The next release of the stages of development, in use."""
    file = tmp_path / "hsapdv.json"
    file.write_bytes(stages)
    add_ontology(file)
    return file


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    file = tmp_path / "lab.obo"
    file.write_text(LAB, encoding="utf-8")
    return file


def test_a_file_that_is_a_whole_release_takes_the_place_of_the_packaged_one(updated: Path) -> None:
    assert default_ontologies().releases()["HsapDv"] == NEXT
    row = next(row for row in status() if row.name == "HsapDv")
    assert (row.origin, row.source_url) == ("added", str(updated))
    assert verify()[f"HsapDv {NEXT}"] is None


@pytest.mark.usefixtures("updated")
def test_back_to_the_packaged_release_and_forth() -> None:
    for wanted in ("packaged", PACKAGED, PACKAGED.removeprefix("v")):
        assert use_release("HSAPDV", wanted).release == PACKAGED
        with pytest.raises(UnknownTermError):
            term("HsapDv:9900001")
        assert use_release("HsapDv", NEXT).release == NEXT
        assert term("HsapDv:9900001").label == "entirely new stage"


@pytest.mark.usefixtures("updated")
def test_what_is_not_there_cannot_be_used_and_the_message_lists_what_is() -> None:
    with pytest.raises(OntologyError, match=f"there are {PACKAGED}, {NEXT}"):
        use_release("HsapDv", "v1999-01-01")
    with pytest.raises(OntologyError, match="there is no ontology 'SNOMED'"):
        use_release("SNOMED", "packaged")
    for name in ("../HsapDv", "HsapDv/..", ""):
        with pytest.raises(OntologyError):
            use_release(name, NEXT)


@pytest.mark.usefixtures("updated")
def test_another_process_sees_the_choice() -> None:
    code = "import synthquery as sq; print(sq.term('HsapDv:0000008').release)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == NEXT


@pytest.mark.usefixtures("updated")
def test_pinned_releases_answer_here_and_in_processes_started_here() -> None:
    code = "import synthquery as sq; print(sq.term('HsapDv:0000008').release)"
    with in_use.pinned({"HsapDv": PACKAGED}):
        assert term("HsapDv:0000008").release == PACKAGED
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == PACKAGED
    assert term("HsapDv:0000008").release == NEXT
    assert "SYNTHQUERY_RELEASES" not in os.environ


@pytest.mark.usefixtures("updated")
def test_the_difference_between_releases() -> None:
    found = compare_releases("hsapdv")
    assert (found.old, found.new) == (PACKAGED, NEXT)
    assert [item.id for item in found.added] == ["HsapDv:9900001"]
    assert [(item.id, item.replaced_by) for item in found.obsoleted] == [("HsapDv:0000007", "HsapDv:0000008")]
    assert [new.label for _, new in found.renamed] == ["Carnegie stage 04 (revised)"]
    assert found.removed == ()
    back = compare_releases("HsapDv", NEXT, PACKAGED)
    assert [item.id for item in back.removed] == ["HsapDv:9900001"]
    json.dumps(found.to_dict())


def test_one_release_cannot_be_compared() -> None:
    with pytest.raises(OntologyError, match="one release of HsapDv only"):
        compare_releases("HsapDv")


@pytest.mark.usefixtures("updated")
def test_which_files_a_difference_touches(tmp_path: Path) -> None:
    folder = tmp_path / "queries" / "deep"
    folder.mkdir(parents=True)
    (folder / "withdrawn.json").write_text('{"stage": "HsapDv:0000007", "tissue": "UBERON:0002107"}')
    (folder / "renamed.yaml").write_text("stage: http://purl.obolibrary.org/obo/HsapDv_0000008\n")
    (folder / "untouched.json").write_text('{"stage": "HsapDv:9900001", "other": "HsapDv:0000001"}')
    (folder / "picture.json").write_bytes(b"\xff\xfe\x00 HsapDv:0000007")
    found = touched_files(compare_releases("HsapDv"), tmp_path / "queries")
    assert found == {
        str(folder / "renamed.yaml"): {
            "HsapDv:0000008": "'Carnegie stage 04' is called 'Carnegie stage 04 (revised)'"
        },
        str(folder / "withdrawn.json"): {
            "HsapDv:0000007": "'Carnegie stage 03' is obsolete, replaced by HsapDv:0000008"
        },
    }


@pytest.mark.usefixtures("updated")
def test_a_removed_release_gives_way_to_the_packaged_one(own_cache: Path) -> None:
    assert [entry.release for entry in remove_release("HsapDv", NEXT)] == [NEXT]
    assert term("HsapDv:0000008").release == PACKAGED
    assert not (own_cache / "releases" / "HsapDv" / NEXT).exists()
    with pytest.raises(OntologyError, match="what is packaged stays"):
        remove_release("HsapDv")
    with pytest.raises(OntologyError, match="what is packaged stays"):
        remove_release("HsapDv", PACKAGED)


def test_a_file_of_ones_own_answers_beside_the_packaged_ontologies(lab: Path) -> None:
    assert resolve("the big brown one", "tissue").status != "resolved"
    add_ontology(lab)
    assert term("LAB:0000001").label == "chip liver"
    assert term("UBERON:9900001").ontology == "lab"
    assert term("lab_0000001") == term("LAB:0000001")
    assert parents("LAB:0000001") == ("UBERON:0002107",)
    assert is_a("LAB:0000001", "UBERON:0002107")
    assert is_a("LAB:0000001", "UBERON:0000062")  # the liver is an organ
    assert not is_a("UBERON:0002107", "LAB:0000001")
    assert term("UBERON:0002107").ontology == "UBERON"  # the packaged ontology has the first word
    assert "UBERON:0000062" in ancestors("UBERON:0002107")


def test_its_names_and_terms_are_resolved(lab: Path) -> None:
    add_ontology(lab)
    for label, wanted in (("the big brown one", "UBERON:0002107"), ("liver of the chip", "UBERON:9900001")):
        found = resolve(label, "tissue").term
        assert found is not None
        assert found.id == wanted
    liver = resolve("liver", "tissue").term
    assert liver is not None
    assert liver.id == "UBERON:0002107"
    # A broader name is no name of the term, and LAB belongs to no field unless it is said to.
    assert resolve("zzyzx lump", "tissue").term is None
    assert resolve("chip liver", "tissue").term != term("LAB:0000001")
    remove_release("lab")
    assert resolve("the big brown one", "tissue").term is None


def test_its_terms_are_searched_for_the_fields_that_are_named(lab: Path) -> None:
    add_ontology(lab, "benches", ["tissue"])
    found = resolve("chip liver", "tissue").term
    assert found is not None
    assert (found.id, found.ontology) == ("LAB:0000001", "benches")


def test_validation_knows_its_terms(lab: Path) -> None:
    query = {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:9900001"}, "num_samples": 1}],
    }
    assert [issue.code for issue in validate(query, "gem-1-bulk").issues] == ["id.unknown"]
    add_ontology(lab)
    assert not validate(query, "gem-1-bulk").issues


def test_an_extract_is_no_release_even_when_it_is_called_like_one(tmp_path: Path) -> None:
    file = tmp_path / "uberon.obo"
    file.write_text(LAB.replace("ontology: lab", "ontology: uberon"), encoding="utf-8")
    assert load_ontology(file).name == "UBERON"
    assert add_ontology(file).entry.name == "uberon-extract"
    with pytest.raises(OntologyError, match="this is no full release"):
        add_ontology(file, "UBERON")
    assert term("UBERON:0002107").release == manifest()["UBERON"].release


def test_the_same_file_twice_is_added_once(updated: Path) -> None:
    assert not add_ontology(updated).new
    assert len(list(in_use.installed_entries("HsapDv"))) == 1


def test_a_file_that_is_no_ontology_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("liver is brown\n")
    with pytest.raises(OntologyError, match="is no ontology"):
        add_ontology(file)


def test_names_that_lead_elsewhere_stay_in_the_cache(tmp_path: Path, own_cache: Path, lab: Path) -> None:
    entry = add_ontology(lab, "../../elsewhere").entry
    assert entry.path.resolve().is_relative_to((own_cache / "releases").resolve())
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "lab.obo"}
    assert not [path for path in own_cache.iterdir() if path.name == "elsewhere"]
    assert term("LAB:0000001").label == "chip liver"


def test_next_release_of_a_larger_ontology_keeps_its_shape(tmp_path: Path) -> None:
    file = tmp_path / "pato.json"
    file.write_bytes(graph_json("PATO", "2026-06-02", next_release("PATO")))
    entry = add_ontology(file).entry
    packaged = manifest()["PATO"]
    assert (entry.n_terms, entry.n_obsolete) == (packaged.n_terms + 1, packaged.n_obsolete + 1)


def test_aliases_of_genes_are_names_once_the_hgnc_table_is_added(tmp_path: Path) -> None:
    table = tmp_path / "hgnc_complete_set.txt"
    columns = (
        "hgnc_id",
        "symbol",
        "name",
        "status",
        "alias_symbol",
        "prev_symbol",
        "date_modified",
        "ensembl_gene_id",
    )
    rows = [
        (
            "HGNC:11998",
            "TP53",
            "tumor protein p53",
            "Approved",
            "p53|LFS1",
            "",
            "2026-01-05",
            "ENSG00000141510",
        ),
        (
            "HGNC:3430",
            "ERBB2",
            "erb-b2",
            "Approved",
            "NEU|HER-2|HER2",
            "NGL",
            "2026-01-05",
            "ENSG00000141736",
        ),
    ]
    table.write_text("\n".join("\t".join(row) for row in (columns, *rows)) + "\n", encoding="utf-8")
    assert resolve("LFS1", "gene").term is None
    found = add_ontology(table)
    assert (found.entry.name, found.entry.release) == ("hgnc_complete_set", "HGNC 2026-01-05")
    for label, wanted in (
        ("LFS1", "ENSG00000141510"),
        ("HER2", "ENSG00000141736"),
        ("NGL", "ENSG00000141736"),
    ):
        answer = resolve(label, "gene").term
        assert answer is not None, label
        assert (answer.id, answer.ontology, answer.biotype) == (wanted, "ENSG", "protein_coding")
