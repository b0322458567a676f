"""`--online`: what the offline data does not have is asked of local stand-ins for the services."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synthquery.ontology.facts import Term
from synthquery.ontology.readers.memory import Ontology
from tests.cli.conftest import Done
from tests.servers.faults import Faults
from tests.servers.ontology_services import OntologyServices

Cli = Callable[..., Done]
NEW, MADE_UP, RELEASE = "UBERON:8930001", "UBERON:9999999", "v2026-10-01"


@pytest.fixture(autouse=True)
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OntologyServices]:
    terms = [
        Term("UBERON:0002107", "liver", "UBERON", RELEASE),
        Term(NEW, "hepatic zone four", "UBERON", RELEASE, ("zone IV",), parents=("UBERON:0002107",)),
        Term("UBERON:8930002", "hepatic zone five", "UBERON", RELEASE, ("zone IV",)),
    ]
    with OntologyServices({"uberon": Ontology(terms, name="UBERON", release=RELEASE)}) as running:
        for name, url in running.urls.items():
            monkeypatch.setenv(f"SYNTHQUERY_{name.upper()}_URL", url)
        monkeypatch.setattr("synthquery.ontology.online.service.cache_root", lambda: tmp_path / "cache")
        yield running


def test_term_shows_a_new_term_and_its_parents(cli: Cli) -> None:
    assert cli("term", NEW).code == 1
    done = cli("term", NEW, "--online", "--ancestors", "--json")
    assert (done.code, done.data["label"], done.data["release"]) == (0, "hepatic zone four", RELEASE)
    assert done.data["parents"] == done.data["ancestors"] == ["UBERON:0002107"]


def test_term_that_nobody_has_is_a_problem_and_one_that_nobody_can_be_asked_about_is_unchecked(
    cli: Cli, services: OntologyServices
) -> None:
    unknown = cli("term", MADE_UP, "--online")
    assert (unknown.code, f"not in UBERON {RELEASE} (OLS)" in unknown.err) == (1, True)
    services.faults = Faults(1.0, kinds=("403",))
    unchecked = cli("term", NEW, "--online")
    assert (unchecked.code, "could not be asked" in unchecked.err) == (3, True)


def test_term_takes_a_retired_gene_and_a_merged_cell_line(cli: Cli) -> None:
    gene = cli("term", "ENSG00000112096", "--online", "--parents", "--json").data
    assert (gene["obsolete"], gene["replaced_by"], gene["parents"]) == (True, "ENSG00000141510", [])
    assert cli("term", "CVCL_0282", "--online", "--json").data["replaced_by"] == "CVCL_0030"


def test_resolve_asks_only_about_labels_that_do_not_resolve(cli: Cli, services: OntologyServices) -> None:
    assert cli("resolve", "tissue", "liver", "--online").code == 0
    assert services.requests == []
    (answer,) = cli("resolve", "tissue", "Hepatic zone  four", "--online", "--json").data
    assert (answer["status"], answer["id"]) == ("resolved", NEW)
    assert answer["reason"].endswith(f"in UBERON {RELEASE}, online.")


def test_resolve_does_not_choose_between_two_terms_of_one_name(cli: Cli) -> None:
    (answer,) = cli("resolve", "tissue", "zone IV", "--online", "--json").data
    assert answer["status"] == "ambiguous"
    assert [candidate["id"] for candidate in answer["candidates"][:2]] == [NEW, "UBERON:8930002"]


def test_resolve_takes_new_ids_old_symbols_and_merged_accessions(cli: Cli) -> None:
    assert cli("resolve", "tissue", NEW, "--online", "--json").data[0]["id"] == NEW
    assert cli("resolve", "gene", "TM4SF6", "--online", "--json").data[0]["id"] == "ENSG00000000003"
    (answer,) = cli("resolve", "cell-line", "CVCL_0282", "--online", "--json").data
    assert (answer["id"], answer["candidates"][0]["how"]) == ("CVCL_0030", "id (replaces CVCL_0282)")


def test_resolve_says_that_nobody_could_be_asked(cli: Cli, services: OntologyServices) -> None:
    services.faults = Faults(1.0, kinds=("403",))
    done = cli("resolve", "tissue", "hepatic zone four", "--online", "--json")
    assert (done.code, done.data[0]["id"]) == (3, None)
    assert "OLS (127.0.0.1) could not be asked" in done.data[0]["reason"]


def query(tmp_path: Path, tissue: str) -> Path:
    body = {
        "model_id": "gem-1-bulk",
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"tissue_ontology_id": tissue}, "num_samples": 1}],
    }
    path = tmp_path / "query.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def test_validate_finds_a_term_that_is_newer_than_the_pinned_release(cli: Cli, tmp_path: Path) -> None:
    path = query(tmp_path, NEW)
    assert cli("validate", path).code == 1
    done = cli("validate", path, "--online", "--json")
    (report,) = done.data
    assert (done.code, [issue["code"] for issue in report["issues"]]) == (0, ["id.newer-than-release"])
    assert report["releases"]["UBERON online"] == f"{RELEASE} (OLS)"


def test_validate_that_could_not_ask_has_its_own_exit_code(
    cli: Cli, tmp_path: Path, services: OntologyServices
) -> None:
    services.faults = Faults(1.0, kinds=("403",))
    done = cli("validate", query(tmp_path, NEW), "--online")
    assert (done.code, "id.unchecked" in done.out, "id.unknown" in done.out) == (3, True, False)
    assert cli("validate", query(tmp_path, "UBERON:0002107"), "--online").code == 0
