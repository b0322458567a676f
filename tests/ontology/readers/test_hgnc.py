"""``hgnc_complete_set.txt``: names of genes, their ranks, and names that several genes share."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.errors import OntologyError
from synthquery.ontology import OntologySource, load_ontology
from synthquery.ontology.readers import GeneNames, load_gene_names

COLUMNS = (
    "hgnc_id\tsymbol\tname\tlocus_group\tstatus\talias_symbol\tprev_symbol\tdate_modified\tensembl_gene_id"
)
ROWS = (
    'HGNC:11998\tTP53\ttumor protein p53\tprotein-coding gene\tApproved\t"p53|LFS1"\t\t2026-05-01\tENSG00000141510',
    "HGNC:1097\tBRAF\tB-Raf proto-oncogene\tprotein-coding gene\tApproved\tBRAF1\t\t2026-06-02\tENSG00000157764",
    'HGNC:3430\tERBB2\terb-b2\tprotein-coding gene\tApproved\t"NEU|HER-2|HER2|CD340"\tNGL\t\tENSG00000141736',
    "HGNC:29504\tLRRC4\tleucine rich repeat\tprotein-coding gene\tApproved\tNGL-2\t\t\tENSG00000128594",
    "HGNC:28337\tC9orf72\tC9orf72-SMCR8\tprotein-coding gene\tApproved\tMGC23980\t\t\tENSG00000147894",
    'HGNC:6137\tITGA2B\tintegrin\tprotein-coding gene\tApproved\t"CD41|TAR"\tGP2B\t\tENSG00000005961',
    "HGNC:9905\tRBM8A\tRNA binding motif\tprotein-coding gene\tApproved\tTAR\tRBM8\t\tENSG00000265241",
    "HGNC:5\tA1BG\talpha-1-B\tprotein-coding gene\tApproved\t\t\t\tENSG00000121410",
    "HGNC:99901\tNGL\ta later gene\tother\tApproved\t\t\t\t",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "hgnc_complete_set.txt"
    path.write_text("\n".join((COLUMNS, *ROWS)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def names(path: Path) -> GeneNames:
    return load_gene_names(path)


@pytest.mark.parametrize(
    ("text", "ensembl_id", "kind"),
    [
        ("TP53", "ENSG00000141510", "approved"),
        ("tp53", "ENSG00000141510", "approved"),
        ("p53", "ENSG00000141510", "alias"),
        ("HER2", "ENSG00000141736", "alias"),
        (" CD340 ", "ENSG00000141736", "alias"),
        ("GP2B", "ENSG00000005961", "previous"),
        ("C9ORF72", "ENSG00000147894", "approved"),
    ],
)
def test_a_name_finds_its_gene(names: GeneNames, text: str, ensembl_id: str, kind: str) -> None:
    gene = names.find(text)
    assert gene is not None
    assert gene.ensembl_id == ensembl_id
    assert names.matches(text)[0].kind == kind


def test_an_unknown_name_finds_nothing(names: GeneNames) -> None:
    assert names.find("NOTAGENE") is None
    assert names.matches("") == ()


def test_an_approved_symbol_outranks_a_previous_one_even_without_an_ensembl_identifier(
    names: GeneNames,
) -> None:
    assert [(match.gene.symbol, match.kind) for match in names.matches("NGL")] == [
        ("NGL", "approved"),
        ("ERBB2", "previous"),
    ]
    gene = names.find("NGL")
    assert gene is not None
    assert (gene.hgnc_id, gene.ensembl_id) == ("HGNC:99901", "")


def test_an_alias_of_two_genes_finds_neither_and_is_reported(names: GeneNames) -> None:
    assert names.find("TAR") is None
    collisions = {collision.text: collision for collision in names.collisions}
    assert set(collisions) == {"NGL", "TAR"}
    assert {match.gene.symbol for match in collisions["TAR"].matches} == {"ITGA2B", "RBM8A"}
    assert collisions["TAR"].chosen is None
    chosen = collisions["NGL"].chosen
    assert chosen is not None
    assert chosen.hgnc_id == "HGNC:99901"


def test_the_release_is_the_newest_change(names: GeneNames) -> None:
    assert names.release == "HGNC 2026-06-02"


def test_its_genes_are_an_ontology_with_aliases_as_synonyms(path: Path) -> None:
    source = load_ontology(path)
    assert isinstance(source, OntologySource)
    assert (source.name, len(source)) == ("ENSG", 8)
    erbb2 = source["ENSG00000141736"]
    assert (erbb2.label, erbb2.synonyms) == ("ERBB2", ("NGL", "NEU", "HER-2", "HER2", "CD340"))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("HGNC:7\t\tno symbol\t\tApproved\t\t\t\t", "left out: it has no HGNC identifier and symbol"),
        ("short", "left out: it has no HGNC identifier and symbol"),
        ("HGNC:8\tA1BG2\tx\t\tApproved\t\t\t\tENSG00000121410", "has the Ensembl identifier of A1BG too"),
    ],
)
def test_a_row_that_cannot_be_used_is_reported(path: Path, row: str, problem: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f'{row}\nHGNC:9\tSNORD9\t"a stray quote\t\tApproved\t\t\t\tENSG00000199436\n')
    names = load_gene_names(path)
    (repair,) = names.repairs
    assert repair.line == len(ROWS) + 2
    assert repair.action.startswith(problem)
    assert names.find("SNORD9") is not None


def test_withdrawn_rows_are_no_genes(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("HGNC:10\tOLD1\twithdrawn\t\tEntry Withdrawn\t\t\t\t\n")
    assert load_gene_names(path).find("OLD1") is None


def test_a_table_without_genes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hgnc.txt").write_text(COLUMNS + "\n", encoding="utf-8")
    with pytest.raises(OntologyError, match="no genes that can be read"):
        load_gene_names(tmp_path / "hgnc.txt")
