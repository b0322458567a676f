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


def test_an_identifier_of_another_ontology_is_asked_of_nobody(cli: Cli, services: OntologyServices) -> None:
    assert cli("resolve", "tissue", "UMLS:C0023884", "BTO:0000759", "--online").code == 1
    assert services.requests == []


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


def test_search_lists_newer_terms_that_have_the_very_name(cli: Cli, services: OntologyServices) -> None:
    offline = cli("search", "hepatic zone four", "--field", "tissue", "--json").data
    assert NEW not in [candidate["id"] for candidate in offline]
    found = cli("search", "hepatic zone four", "--field", "tissue", "--online", "--json").data
    assert (found[0]["id"], found[0]["how"], found[0]["score"]) == (NEW, "label", 1.0)
    assert [candidate["id"] for candidate in found[1:]] == [candidate["id"] for candidate in offline][:9]
    services.faults = Faults(1.0, kinds=("403",))
    done = cli("search", "zzyzx zone", "--field", "tissue", "--online", "--json")
    assert "OLS (127.0.0.1) could not be asked" in done.err


def recipe(tmp_path: Path, tissue: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        f"model: gem-1-bulk\nsampling_strategy: mean estimation\nsamples:\n  - tissue: '{tissue}'\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("given", ["hepatic zone four", NEW])
def test_build_takes_a_newer_term_by_name_and_by_id(cli: Cli, tmp_path: Path, given: str) -> None:
    path, query = recipe(tmp_path, given), tmp_path / "built.json"
    assert cli("build", path, "-o", query).code == 1
    assert not query.exists()
    done = cli("build", path, "-o", query, "--online", "--json")
    assert done.code == 0
    assert done.data["matches"][0]["release"] == f"UBERON {RELEASE}"
    assert [issue["code"] for issue in done.data["report"]["issues"]] == ["id.newer-than-release"]
    assert json.loads(query.read_text())["inputs"][0]["metadata"]["tissue_ontology_id"] == NEW


def test_a_build_that_could_not_ask_says_so_and_builds_nothing(
    cli: Cli, tmp_path: Path, services: OntologyServices
) -> None:
    services.faults = Faults(1.0, kinds=("403",))
    done = cli("build", recipe(tmp_path, NEW), "-o", tmp_path / "built.json", "--online")
    assert done.code != 0
    assert "could not be asked" in done.err
    assert not (tmp_path / "built.json").exists()


def test_predict_sends_what_a_service_vouches_for(cli: Cli, tmp_path: Path) -> None:
    path = query(tmp_path, NEW)
    assert cli("predict", path, "-o", tmp_path / "out").code == 1
    assert not (tmp_path / "out").exists()
    assert cli("predict", path, "-o", tmp_path / "out", "--online").code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [issue["code"] for issue in report["issues"]] == ["id.newer-than-release"]
