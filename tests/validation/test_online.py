"""IDs that the offline data does not have, when services on the network may be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthquery.ontology import default_ontologies
from synthquery.ontology.facts import Term
from synthquery.ontology.online import OnlineSources
from synthquery.ontology.readers.memory import Ontology
from synthquery.validation import Report, Severity, validate
from tests.servers.faults import Faults
from tests.servers.ontology_services import OntologyServices

NEW, OLD, MADE_UP = "UBERON:8930001", "UBERON:8930002", "UBERON:9999999"


@pytest.fixture
def services() -> Iterator[OntologyServices]:
    """OLS with a release of UBERON that has a term more than the pinned one, and one that it withdrew again."""
    release = "v2026-10-01"
    terms = [
        Term("UBERON:0002107", "liver", "UBERON", release),
        Term(NEW, "hepatic pericentral zone", "UBERON", release),
        Term(OLD, "", "UBERON", release, obsolete=True, replaced_by="UBERON:0002107"),
    ]
    taxa = [Term("NCBITAXON:9606", "Homo sapiens", "NCBITAXON", "2026-09-01")]
    sources = {
        "uberon": Ontology(terms, name="UBERON", release=release),
        "ncbitaxon": Ontology(taxa, name="NCBITAXON", release="2026-09-01"),
    }
    with OntologyServices(dict(sources)) as running:
        yield running


@pytest.fixture
def online(services: OntologyServices, tmp_path: Path) -> Iterator[OnlineSources]:
    with OnlineSources(services.urls, cache_folder=tmp_path, per_second=0, attempts=2) as sources:
        yield sources


def checked(online: OnlineSources | None, **metadata: Any) -> Report:
    body = {
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": metadata, "num_samples": 1}],
    }
    return validate(body, "gem-1-bulk", online=online)


def test_the_terms_of_this_page_are_not_in_the_snapshot() -> None:
    assert not any(identifier in default_ontologies() for identifier in (NEW, OLD, MADE_UP))


def test_nothing_is_asked_unless_it_is_wanted(services: OntologyServices) -> None:
    assert [issue.code for issue in checked(None, tissue_ontology_id=NEW).issues] == ["id.unknown"]
    assert services.requests == []


def test_nothing_is_asked_about_ids_that_the_offline_data_has(
    online: OnlineSources, services: OntologyServices
) -> None:
    assert checked(online, tissue_ontology_id="UBERON:0002107").issues == ()
    assert services.requests == []


def test_a_term_that_ols_has_is_newer_than_the_pinned_release(online: OnlineSources) -> None:
    report = checked(online, tissue_ontology_id=NEW)
    (issue,) = report.issues
    assert (issue.code, issue.severity, report.ok) == ("id.newer-than-release", Severity.WARNING, True)
    assert "is valid in OLS, newer than the pinned release" in issue.message
    assert report.releases["UBERON online"] == "v2026-10-01 (OLS)"


def test_a_host_that_is_behind_the_pinned_release_is_not_called_newer(
    online: OnlineSources, services: OntologyServices
) -> None:
    old = Ontology([Term(NEW, "zone", "UBERON", "2025-01-01")], name="UBERON", release="2025-01-01")
    services.ols.sources["uberon"] = old
    (issue,) = checked(online, tissue_ontology_id=NEW).issues
    assert "is valid in OLS, though not in the pinned release" in issue.message


def test_a_term_that_ols_lacks_as_well_is_unknown(online: OnlineSources) -> None:
    (issue,) = checked(online, tissue_ontology_id=MADE_UP).issues
    assert (issue.code, issue.severity) == ("id.unknown", Severity.ERROR)
    assert "neither in UBERON v2026-04-01 nor in UBERON v2026-10-01 (OLS)" in issue.message


def test_a_term_that_ols_has_withdrawn_is_obsolete(online: OnlineSources) -> None:
    (issue,) = checked(online, tissue_ontology_id=OLD).issues
    assert (issue.code, issue.suggestions) == ("term.obsolete", ("UBERON:0002107",))


@pytest.mark.parametrize("kind", ["503", "reset", "truncated", "html"])
def test_when_ols_cannot_be_asked_the_id_is_unchecked_and_never_unknown(
    online: OnlineSources, services: OntologyServices, kind: str
) -> None:
    services.faults = Faults(1.0, kinds=(kind,))
    for identifier in (NEW, MADE_UP):
        (issue,) = checked(online, tissue_ontology_id=identifier).issues
        assert (issue.code, issue.severity) == ("id.unchecked", Severity.WARNING)
        assert "UBERON v2026-04-01 does not have it, and OLS (127.0.0.1) could not be asked" in issue.message


def test_ids_of_which_there_is_no_offline_data_are_checked(online: OnlineSources) -> None:
    (before,) = checked(
        None, perturbation_ontology_id="NCBITAXON:9606", perturbation_type="infection"
    ).unchecked
    assert before.code == "id.unchecked"
    after = checked(online, perturbation_ontology_id="NCBITAXON:9606", perturbation_type="infection")
    assert after.unchecked == ()


def test_genes_are_asked_of_ensembl_and_cell_lines_of_cellosaurus(online: OnlineSources) -> None:
    gene = checked(online, perturbation_ontology_id="ENSG00000112096", perturbation_type="crispr")
    (issue,) = (issue for issue in gene.issues if issue.path[-1] == "perturbation_ontology_id")
    assert (issue.code, issue.severity) == ("term.obsolete", Severity.WARNING)
    assert issue.suggestions == ("ENSG00000141510",)
    line = checked(online, cell_line_ontology_id="CVCL_0282", sample_type="cell line")
    (issue,) = line.issues
    assert (issue.code, issue.suggestions) == ("term.obsolete", ("CVCL_0030",))
