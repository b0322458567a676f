"""Names beside identifiers: a help that is never in the way."""

from __future__ import annotations

import pytest

from synthquery.errors import SnapshotError
from synthquery.wire import term_names as module
from synthquery.wire.term_names import term_names


def test_terms_and_genes_have_names_in_any_spelling() -> None:
    names = term_names(
        ["UBERON:0002107", "UBERON_0002107", "CVCL_0027", "ENSG00000141510", "ENSG00000141510.17"]
    )
    assert list(names.values()) == ["liver", "liver", "Hep-G2", "TP53", "TP53"]


def test_what_is_no_identifier_names_itself_and_what_is_unknown_has_no_name() -> None:
    assert term_names(["dmso", "none", "UBERON:9999999", "XYZ:12"]) == {"dmso": "dmso", "none": "none"}


def test_without_ontologies_there_are_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise SnapshotError("the ontology snapshot is missing")

    monkeypatch.setattr(module, "default_ontologies", missing)
    assert term_names(["UBERON:0002107", "dmso"]) == {"dmso": "dmso"}
