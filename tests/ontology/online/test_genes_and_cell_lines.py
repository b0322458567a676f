"""Genes at Ensembl, symbols at HGNC and MyGene.info, cell lines at Cellosaurus."""

from __future__ import annotations

import pytest

from synthquery.errors import SourceUnavailableError
from synthquery.ontology.online import OnlineSources
from tests.ontology.online.conftest import Open
from tests.servers import gene_shapes
from tests.servers.faults import Faults
from tests.servers.ontology_services import OntologyServices


def test_a_current_gene_has_its_symbol_and_the_release(online: OnlineSources) -> None:
    answer = online.lookup("ENSG00000141510")
    assert answer.term is not None
    assert (answer.term.label, answer.term.biotype, answer.term.obsolete) == ("TP53", "protein_coding", False)
    assert answer.asked == "ENSG 114 (Ensembl)"


def test_a_retired_gene_is_obsolete_and_leads_to_its_only_successor(online: OnlineSources) -> None:
    term = online.lookup("ENSG00000112096").term
    assert term is not None
    assert (term.obsolete, term.replaced_by) == (True, "ENSG00000141510")
    assert term.release == "114, last in 106"


def test_several_successors_are_to_be_considered_the_likeliest_first_and_never_the_gene_itself(
    online: OnlineSources,
) -> None:
    term = online.lookup("ENSG00000054598").term
    assert term is not None
    assert (term.replaced_by, term.consider) == (None, ("ENSG00000157764", "ENSG00000012048"))


def test_a_gene_that_never_was_is_not_in_the_release(online: OnlineSources) -> None:
    assert online.lookup("ENSG00000999999").outcome == "not_in_release"


def test_many_genes_cost_one_request_and_one_or_two_for_each_that_is_not_current(
    online: OnlineSources, services: OntologyServices
) -> None:
    wanted = [*gene_shapes.SYMBOLS, "ENSG00000999999", "ENSG00000279493"]
    answers = online.lookup_many(wanted)
    assert [answer.outcome for answer in answers.values()] == [*["found"] * 5, "not_in_release", "found"]
    assert services.requests.count("POST /ensembl/lookup/id") == 1
    assert len(services.requests) == 1 + 1 + 4  # the release is asked once


def test_an_error_that_is_not_about_the_gene_is_no_answer(
    online: OnlineSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gene_shapes, "ensembl", lambda *_: (400, {"error": "You must provide a species"}))
    answer = online.lookup("ENSG00000141510")
    assert answer.outcome == "no_source"
    assert "did not understand" in answer.reason


@pytest.mark.parametrize(
    ("symbol", "gene", "how"),
    [
        ("BRAF", "ENSG00000157764", "label"),
        ("p53", "ENSG00000141510", "alias"),
        ("TM4SF6", "ENSG00000000003", "previous symbol"),
    ],
)
def test_symbols_old_symbols_and_aliases_lead_to_genes(
    online: OnlineSources, symbol: str, gene: str, how: str
) -> None:
    ((term, matched, found_how),) = online.match(symbol, "ENSG")
    assert (term.id, matched, found_how) == (gene, symbol, how)


def test_no_symbol_no_gene(online: OnlineSources, services: OntologyServices) -> None:
    assert online.match("NOTAGENE", "ENSG") == []
    services.requests.clear()
    assert online.match("not a gene at all", "ENSG") == []
    assert services.requests == []


def test_mygene_is_asked_when_hgnc_is_down(
    services: OntologyServices, open_online: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gene_shapes, "hgnc", lambda _: (500, {}))
    online = open_online(attempts=1)
    assert [match.term.id for match in online.match("TP53", "ENSG")] == ["ENSG00000141510"]
    assert [(match.term.id, match.how) for match in online.match("BRAF1", "ENSG")] == [
        ("ENSG00000157764", "alias")
    ]
    assert online.match("BRA", "ENSG") == []  # it finds BRAF, whose symbol is another


def test_when_both_are_down_the_error_names_both(services: OntologyServices, open_online: Open) -> None:
    services.faults = Faults(1.0, kinds=("503",))
    with pytest.raises(SourceUnavailableError, match=r"HGNC .*MyGene\.info"):
        open_online(attempts=1).match("TP53", "ENSG")


def test_a_cell_line_has_its_name_and_synonyms(online: OnlineSources) -> None:
    answer = online.lookup("CVCL_1906")
    assert answer.term is not None
    assert (answer.term.label, answer.term.synonyms) == ("HEp-2", ("Hep-2", "HEp-2/HeLa"))
    assert (answer.term.parents, answer.asked) == (("CVCL_0030",), "CVCL 56.0 (Cellosaurus)")


def test_a_merged_accession_leads_to_the_cell_line_it_was_merged_into(online: OnlineSources) -> None:
    term = online.lookup("CVCL_0282").term
    assert term is not None
    assert (term.id, term.obsolete, term.replaced_by) == ("CVCL_0282", True, "CVCL_0030")


def test_an_accession_that_never_was_is_not_in_the_release(online: OnlineSources) -> None:
    assert online.lookup("CVCL_9999").outcome == "not_in_release"


def test_names_of_cell_lines_match_whole(online: OnlineSources) -> None:
    assert [(match.term.id, match.how) for match in online.match("hep-g2", "CVCL")] == [
        ("CVCL_0027", "label")
    ]
    assert [(match.term.id, match.how) for match in online.match("HepG2", "CVCL")] == [
        ("CVCL_0027", "synonym")
    ]
    assert online.match("Hep", "CVCL") == []


@pytest.mark.parametrize("kind", ["503", "truncated", "html"])
def test_faults_are_never_unknown(open_online: Open, services: OntologyServices, kind: str) -> None:
    services.faults = Faults(1.0, kinds=(kind,))
    online = open_online(attempts=1)
    answers = online.lookup_many(["CVCL_9999", "CVCL_0030", "ENSG00000999999", "ENSG00000141510"])
    assert {answer.outcome for answer in answers.values()} == {"no_source"}
    assert set(online.failures) == {"CVCL", "ENSG"}


def test_what_no_service_has_could_not_be_asked(online: OnlineSources) -> None:
    answer = online.lookup("CHEMBL25")
    assert (answer.outcome, "no service" in answer.reason) == ("no_source", True)
    assert not online.failures
