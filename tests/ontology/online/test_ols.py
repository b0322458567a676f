"""Terms of OLS: found, not there, or could not be asked."""

from __future__ import annotations

import pytest

from synthquery.errors import SourceUnavailableError
from synthquery.ontology import default_ontologies
from synthquery.ontology.online import OnlineSources, service_settings
from synthquery.ontology.online.ols import twice_encoded
from tests.ontology.online.conftest import Open
from tests.servers.faults import Faults
from tests.servers.ontology_services import OntologyServices

LIVER, MADE_UP = "UBERON:0002107", "UBERON:9999999"


def test_a_term_is_found_with_its_release(online: OnlineSources) -> None:
    answer = online.lookup(LIVER)
    assert (answer.outcome, answer.asked) == ("found", "UBERON v2026-04-01 (OLS)")
    assert answer.term is not None
    assert (answer.term.id, answer.term.label) == (LIVER, "liver")


def test_a_term_is_the_same_as_in_the_snapshot(online: OnlineSources) -> None:
    for identifier in (LIVER, "UBERON:0000948", "UBERON:0000346", "UBERON:0000027"):
        assert online.ontology("UBERON").get(identifier) == default_ontologies().get(identifier)


def test_what_is_not_there_is_not_in_the_release(online: OnlineSources) -> None:
    answer = online.lookup(MADE_UP)
    assert (answer.outcome, answer.term, answer.asked) == (
        "not_in_release",
        None,
        "UBERON v2026-04-01 (OLS)",
    )


def test_addresses_of_terms_are_encoded_twice(online: OnlineSources, services: OntologyServices) -> None:
    online.lookup("UBERON:0002371")
    encoded = "http%253A%252F%252Fpurl.obolibrary.org%252Fobo%252FUBERON_0002371"
    assert twice_encoded("http://purl.obolibrary.org/obo/UBERON_0002371") == encoded
    assert f"GET /ols/api/ontologies/uberon/terms/{encoded}" in services.requests


@pytest.mark.parametrize("old_errors", [False, True], ids=["OLS4", "OLS3"])
def test_both_shapes_of_a_404_mean_not_there(
    online: OnlineSources, services: OntologyServices, old_errors: bool
) -> None:
    services.ols.old_errors = old_errors
    assert online.lookup(MADE_UP).outcome == "not_in_release"


def test_an_ontology_that_the_host_lacks_could_not_be_asked(online: OnlineSources) -> None:
    answer = online.lookup("HP:0000118")
    assert answer.outcome == "no_source"
    assert "has no ontology 'hp'" in answer.reason


def test_a_host_without_an_ols_interface_could_not_be_asked(services: OntologyServices) -> None:
    for url in (f"{services.address}/elsewhere", f"{services.address}/ols/api/ontologies"):
        with OnlineSources({"ols": url}, per_second=0) as online:
            assert online.lookup(LIVER).outcome == "no_source"


def test_strings_for_lists_and_missing_keys_are_read(
    online: OnlineSources, services: OntologyServices
) -> None:
    services.ols.bare = True
    for identifier in (LIVER, "UBERON:0000948", "UBERON:0000346", "UBERON:0000027"):
        assert online.ontology("UBERON").get(identifier) == default_ontologies().get(identifier)


@pytest.mark.parametrize("spelling", ["curie", "iri", "short"])
def test_replacements_are_read_in_each_of_their_spellings(
    online: OnlineSources, services: OntologyServices, spelling: str
) -> None:
    services.ols.replacement = spelling
    term = online.lookup("CL:0000375").term
    assert term is not None
    assert (term.obsolete, term.replaced_by) == (True, "CL:0007010")


@pytest.mark.parametrize("empty_is_404", [False, True])
def test_a_root_has_no_ancestors_whether_that_is_an_empty_page_or_a_404(
    online: OnlineSources, services: OntologyServices, empty_is_404: bool
) -> None:
    services.ols.relatives_404 = empty_is_404
    assert online.ontology("UBERON").ancestors("UBERON:0000000") == ()
    assert online.ontology("CL").parents("CL:0000000") == default_ontologies().store("CL").parents(
        "CL:0000000"
    )


def test_relatives_that_fill_several_pages_are_all_there(
    open_online: Open, services: OntologyServices
) -> None:
    store = default_ontologies().store("UBERON")
    organs = open_online(read_timeout=10).ontology("UBERON").descendants("UBERON:0000062")
    assert organs == store.descendants("UBERON:0000062")
    assert len(organs) > 1000
    assert any("page=2" in request for request in services.requests)


def test_half_of_a_list_is_no_list(open_online: Open, services: OntologyServices) -> None:
    online = open_online(attempts=1)
    source = online.ontology("UBERON")
    assert LIVER in source
    services.faults = Faults(1.0, kinds=("truncated",))
    with pytest.raises(SourceUnavailableError):
        source.descendants("UBERON:0000062")


def test_another_term_than_the_one_asked_for_is_no_answer(
    online: OnlineSources, services: OntologyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = services.ols._document
    other = default_ontologies()["UBERON:0000948"]
    monkeypatch.setattr(services.ols, "_document", lambda source, term: document(source, other))
    answer = online.lookup(LIVER)
    assert (answer.outcome, answer.term) == ("no_source", None)
    assert "another term" in answer.reason


def test_a_label_matches_only_the_same_name(online: OnlineSources) -> None:
    uberon = online.ontology("UBERON")
    assert [(match.term.id, match.how) for match in uberon.match(" Liver ")] == [(LIVER, "label")]
    assert [(match.term.id, match.matched, match.how) for match in uberon.match("vertebrate heart")] == [
        ("UBERON:0000948", "vertebrate heart", "synonym")
    ]
    assert uberon.match("live") == []
    assert uberon.match(" ") == []


def test_a_host_whose_exact_search_tells_cases_apart_is_searched_again(
    online: OnlineSources, services: OntologyServices
) -> None:
    services.ols.exact_is_case_sensitive = True
    assert [match.term.id for match in online.match("LIVER", "UBERON")] == [LIVER]


def test_labels_that_come_as_lists_match(online: OnlineSources, services: OntologyServices) -> None:
    services.ols.bare = True
    assert [match.term.id for match in online.match("liver", "UBERON")] == [LIVER]


def test_a_search_that_could_not_be_asked_is_an_error(open_online: Open, services: OntologyServices) -> None:
    services.faults = Faults(1.0, kinds=("503",))
    with pytest.raises(SourceUnavailableError, match="busy or out of order"):
        open_online(attempts=1).match("liver", "UBERON")


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/"])
def test_the_address_may_be_that_of_the_host_or_of_its_api(services: OntologyServices, ending: str) -> None:
    assert service_settings("ols", services.urls["ols"] + ending).url == services.urls["ols"]


def test_the_host_may_be_another_one(services: OntologyServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHQUERY_OLS_URL", f"{services.address}/ols/")
    with OnlineSources(per_second=0) as online:
        assert repr(online.ontology("CL")) == f"<OlsSource CL at {services.address}/ols>"
        assert online.lookup("CL:0000084").outcome == "found"
