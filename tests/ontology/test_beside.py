"""Tables of gene names and records of cell lines: added once, they feed resolve and validate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthquery.ontology import default_ontologies, in_use, load_ontology
from synthquery.ontology.readers import load_cell_lines
from synthquery.ontology.updates import add_ontology
from synthquery.resolver import resolve
from synthquery.validation import validate

GENES = (
    "hgnc_id symbol status alias_symbol prev_symbol ensembl_gene_id date_modified",
    'HGNC:3430 ERBB2 Approved "HER2|zzalias" zzshared ENSG00000141736 2026-02-01',
    "HGNC:29504 LRRC4C Approved zzshared|zzsame - ENSG00000148948 2026-03-01",
    "HGNC:11998 TP53 Approved p53|zzsame - ENSG00000141510 2026-01-01",
)
LINES = """\
 Version: 56.0
ID   QQX-9
AC   CVCL_ZZZ9
AS   CVCL_ZZZ8
SY   quxline; QX nine
CC   Problematic cell line: Misclassified. Not a glioblastoma but a fibroblast.
CC   Derived from site: In situ; Brain; UBERON=UBERON_0000955.
DI   NCIt; C3058; Glioblastoma
OX   NCBI_TaxID=9606; ! Homo sapiens (Human)
SX   Male
AG   61Y
CA   Cancer cell line
//
ID   WWX-1
AC   CVCL_ZZZ7
OX   NCBI_TaxID=10090; ! Mus musculus (Mouse)
SX   Female
//
"""


@pytest.fixture(autouse=True)
def own_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Releases of this test alone, beside databases that are compiled once for all tests."""
    for module in ("in_use", "updates.choose", "updates.locks"):
        monkeypatch.setattr(f"synthquery.ontology.{module}.releases_root", lambda: tmp_path / "releases")
    in_use.changed()
    yield
    monkeypatch.undo()
    in_use.changed()


@pytest.fixture
def genes(tmp_path: Path) -> Path:
    path = tmp_path / "hgnc_complete_set.txt"
    rows = (row.replace(" - ", "  ").replace(" ", "\t") for row in GENES)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "cellosaurus.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_aliases_and_former_symbols_resolve_once_the_table_is_added(genes: Path) -> None:
    assert resolve("zzalias", "gene").term is None
    added = add_ontology(genes)
    assert (added.entry.release, added.entry.n_terms) == ("HGNC 2026-03-01", 3)
    found = resolve("zzalias", "gene")
    assert found.term is not None
    assert (found.term.id, found.term.label) == ("ENSG00000141736", "ERBB2")
    shared = resolve("zzshared", "gene")  # a former symbol of one gene outranks the alias of another
    assert shared.term is not None
    assert shared.term.label == "ERBB2"
    assert resolve("zzsame", "gene").status == "ambiguous"


def test_names_that_several_genes_share_are_reported(genes: Path) -> None:
    assert add_ontology(genes).collisions == (
        "zzsame names LRRC4C (alias), TP53 (alias): none of them is preferred",
        "zzshared names ERBB2 (previous), LRRC4C (alias): read as ERBB2",
    )


def test_the_table_keeps_former_symbols_apart_from_aliases(genes: Path) -> None:
    read = load_ontology(genes)["ENSG00000141736"]
    assert (read.synonyms, read.previous) == (("zzshared", "HER2", "zzalias"), ("zzshared",))
    add_ontology(genes)
    kept = default_ontologies().store("hgnc_complete_set").get("ENSG00000141736")
    assert kept is not None
    assert (kept.synonyms, kept.previous) == (read.synonyms, read.previous)
    others = default_ontologies().store("hgnc_complete_set").get("ENSG00000141510")
    assert others is not None
    assert others.previous == ()


def test_synonyms_and_merged_accessions_of_an_added_cell_line_resolve(lines: Path) -> None:
    assert resolve("quxline", "cell_line").term is None
    add_ontology(lines)
    for label in ("quxline", "QQX-9", "CVCL_ZZZ9", "CVCL_ZZZ8"):
        found = resolve(label, "cell_line")
        assert found.term is not None
        assert found.term.id == "CVCL_ZZZ9"
    assert resolve("CVCL_ZZZ8", "cell_line").candidates[0].how == "id (replaces CVCL_ZZZ8)"


@pytest.mark.parametrize("label", ["quxline", "CVCL_ZZZ9", "CVCL_ZZZ8"])
def test_resolving_a_problematic_line_says_so(lines: Path, label: str) -> None:
    add_ontology(lines)
    found = resolve(label, "cell_line")
    assert found.status == "resolved"
    assert "Cellosaurus calls it a problematic line: Misclassified." in found.reason
    assert "problematic" not in resolve("WWX-1", "cell_line").reason


def test_the_record_survives_the_way_into_the_cache(lines: Path) -> None:
    add_ontology(lines)
    assert default_ontologies().cell_line("CVCL_ZZZ9") == load_cell_lines(lines).cell_line("CVCL_ZZZ9")
    assert default_ontologies().cell_line("CVCL_0030") is None


def messages(**metadata: Any) -> list[tuple[str, str]]:
    sample = {"metadata": {"sample_type": "cell line", **metadata}, "num_samples": 1}
    body = {"sampling_strategy": "mean estimation", "inputs": [sample]}
    return [(issue.code, issue.message) for issue in validate(body, "gem-1-bulk").issues]


def test_validate_knows_the_donor_and_the_problem_of_an_added_line(lines: Path) -> None:
    assert [code for code, _ in messages(cell_line_ontology_id="CVCL_ZZZ9")] == ["id.unknown"]
    add_ontology(lines)
    ((code, message),) = messages(cell_line_ontology_id="CVCL_ZZZ9")
    assert (code, "is a problematic line" in message) == ("coherence.cell-line-donor", True)
    ((code, message),) = messages(cell_line_ontology_id="CVCL_ZZZ7")
    assert (code, "Mouse" in message) == ("coherence.cell-line-donor", True)
