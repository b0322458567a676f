"""Names of genes with an HGNC table added: a symbol outranks a former symbol, and that an alias."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import synthquery as sq
from synthquery.ontology import in_use
from synthquery.ontology.updates import add_ontology

COLUMNS = ("hgnc_id", "symbol", "status", "alias_symbol", "prev_symbol", "ensembl_gene_id", "date_modified")
GENES = (
    ("HGNC:11998", "TP53", "Approved", "p53|LFS1", "", "ENSG00000141510", "2026-05-01"),
    ("HGNC:3942", "MTOR", "Approved", "RAFT1|RAPT1|FLJ44809", "FRAP|FRAP2|FRAP1", "ENSG00000198793", ""),
    ("HGNC:10884", "GEMIN2", "Approved", "", "SIP1", "ENSG00000092208", ""),
    ("HGNC:14881", "ZEB2", "Approved", "KIAA0569|SIP-1|SIP1", "ZFHX1B", "ENSG00000169554", ""),
    ("HGNC:1424", "CAD", "Approved", "GATD4", "", "ENSG00000084774", ""),
    ("HGNC:2773", "DFFB", "Approved", "DFF40|CPAN|CAD|DFF-40", "DFF2", "ENSG00000169598", ""),
    ("HGNC:9605", "PTGS2", "Approved", "PGG/HS|PHS-2|hCox-2", "", "ENSG00000073756", ""),
    ("HGNC:3537", "F2R", "Approved", "TR|CF2R|PAR1|PAR-1", "", "ENSG00000181104", ""),
    ("HGNC:6896", "MARK1", "Approved", "MARK|PAR-1C|PAR1", "", "ENSG00000116141", ""),
)


@pytest.fixture(autouse=True, scope="module")
def hgnc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The table, added to releases of this module alone."""
    folder = tmp_path_factory.mktemp("hgnc")
    path = folder / "hgnc_complete_set.txt"
    path.write_text("\n".join("\t".join(row) for row in (COLUMNS, *GENES)) + "\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("in_use", "updates.choose", "updates.locks"):
            patch.setattr(f"synthquery.ontology.{module}.releases_root", lambda: folder / "releases")
        in_use.changed()
        add_ontology(path)
        yield
    in_use.changed()


def answer(label: str) -> tuple[str, str | None]:
    found = sq.resolve(label, "gene")
    return found.status, found.term.label if found.term else None


@pytest.mark.parametrize(
    ("label", "symbol"),
    [
        ("TP53", "TP53"),
        ("Tp53", "TP53"),
        ("LFS1", "TP53"),
        ("FRAP1", "MTOR"),
        ("FRAP", "MTOR"),
        ("raft1", "MTOR"),
    ],
)
def test_symbols_former_symbols_and_aliases_resolve(label: str, symbol: str) -> None:
    assert answer(label) == ("resolved", symbol)


def test_a_symbol_outranks_an_alias_of_another_gene_and_says_so() -> None:
    found = sq.resolve("CAD", "gene")
    assert answer("CAD") == ("resolved", "CAD")
    assert "also an alias of ENSG00000169598 (DFFB)" in found.reason
    assert [candidate.term.label for candidate in found.candidates] == ["CAD", "DFFB"]


def test_a_former_symbol_outranks_an_alias_of_another_gene_and_says_so() -> None:
    found = sq.resolve("SIP1", "gene")
    assert answer("SIP1") == ("resolved", "GEMIN2")
    assert "former symbol of ENSG00000092208 (GEMIN2)" in found.reason
    assert "also an alias of ENSG00000169554 (ZEB2)" in found.reason


def test_an_alias_of_two_genes_is_ambiguous_and_says_of_which() -> None:
    found = sq.resolve("PAR1", "gene")
    assert found.status == "ambiguous"
    assert {candidate.term.label for candidate in found.candidates[:2]} == {"F2R", "MARK1"}
    assert "an alias of ENSG00000181104 (F2R)" in found.reason
    assert "an alias of ENSG00000116141 (MARK1)" in found.reason


def test_a_former_symbol_is_named_as_such() -> None:
    assert sq.resolve("FRAP1", "gene").reason == "“FRAP1” is a former symbol of ENSG00000198793 (MTOR)."


def test_terms_keep_their_former_symbols() -> None:
    term = sq.resolve("MTOR", "gene").term
    assert term is not None
    assert term.previous == ("FRAP", "FRAP2", "FRAP1")


def test_an_alias_written_otherwise_is_no_other_gene() -> None:
    assert answer("TP533")[1] is None
    assert answer("hCOX2") == ("resolved", "PTGS2")
