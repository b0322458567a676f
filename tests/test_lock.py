"""A lock file pins releases, vocabularies and what labels mean; with it the same input gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthquery.errors import LockError
from synthquery.lock import (
    Lock,
    LockedOntology,
    LockedRecipe,
    label_decisions,
    load_lock,
    lock_in_use,
    renewed,
)
from synthquery.ontology import in_use
from synthquery.ontology.updates import add_ontology, use_release
from synthquery.recipe import build_recipe
from synthquery.resolver import Decisions
from synthquery.resolver.decisions import Decision
from synthquery.vocab import add_vocabulary
from synthquery.wire import query_text
from tests.ontology.updates.releases import graph_json, next_release

RECIPE = {
    "model": "gem-1-bulk",
    "sampling_strategy": "mean estimation",
    "samples": [
        {"tissue": "liver", "disease": "hepatocellular carcinoma", "sex": "M"},
        {"tissue": "UBERON_0000955", "cell_line": "HepG2", "sample_type": "cell line", "gene": "TP53"},
    ],
}


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHQUERY_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path / "cache"))
    in_use.changed()
    yield
    monkeypatch.undo()
    in_use.changed()


def test_a_lock_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    odd = 'CD8+ "T" cell\\ \x7f \t ünïcode'
    lock = Lock(
        {"MONDO": LockedOntology("v2026-06-02", "updated", "ab" * 32, "https://example.org/mondo.json")},
        {"gem-1-bulk": "cd" * 32},
        {"recipes/a b.yaml": LockedRecipe("ef" * 32, "01" * 32, "queries/a b.json")},
        Decisions([Decision("cell_type", odd, "CL:0000084", "T cell", "person: ada")]),
    )
    lock.save(tmp_path / "synthquery.lock")
    assert load_lock(tmp_path / "synthquery.lock") == lock


def test_it_is_the_same_text_whatever_the_order() -> None:
    one, two = Decision("tissue", "liver", "UBERON:0002107"), Decision("disease", "flu", "MONDO:0005812")
    first, second = Lock(decisions=Decisions([one, two])), Lock(decisions=Decisions([two, one]))
    first.vocabularies, second.vocabularies = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert first.to_text() == second.to_text()


def test_one_more_decision_is_one_more_line() -> None:
    before = Lock(decisions=Decisions([Decision("tissue", "liver", "UBERON:0002107", "liver", "rule")]))
    after = Lock(decisions=Decisions([*before.decisions, Decision("tissue", "brain", "UBERON:0000955")]))
    more = set(after.to_text().splitlines()) - set(before.to_text().splitlines())
    assert len(more) == 1
    assert len(after.to_text().splitlines()) == len(before.to_text().splitlines()) + 1


def test_every_label_is_a_decision_and_no_identifier_is() -> None:
    built = build_recipe(RECIPE)
    found = {(one.field, one.label): (one.id, one.decided_by) for one in label_decisions(built.matches)}
    assert found == {
        ("tissue", "liver"): ("UBERON:0002107", "rule"),
        ("disease", "hepatocellular carcinoma"): ("MONDO:0007256", "rule"),
        ("cell_line", "HepG2"): ("CVCL_0027", "rule"),
        ("gene", "TP53"): ("ENSG00000141510", "rule"),
    }


def test_locked_decisions_give_the_same_bytes() -> None:
    built = build_recipe(RECIPE)
    again = build_recipe(RECIPE, decisions=label_decisions(built.matches))
    assert query_text(again.query) == query_text(built.query)


def test_who_decided_is_kept() -> None:
    decided = Decisions([Decision("tissue", "liver", "UBERON:0000955", "brain", "person: ada")])
    built = build_recipe(RECIPE, decisions=decided)
    found = label_decisions(built.matches, decided).get("liver", "tissue")
    assert found is not None
    assert (found.id, found.decided_by) == ("UBERON:0000955", "person: ada")


def test_what_is_in_use_does_not_drift_from_itself() -> None:
    lock = lock_in_use()
    assert set(lock.ontologies) >= {"UBERON", "CL", "MONDO", "CVCL", "CHEBI", "ENSG"}
    assert lock.drift() == []


def test_another_release_or_content_is_drift() -> None:
    lock = lock_in_use()
    uberon = lock.ontologies["UBERON"]
    lock.ontologies["UBERON"] = LockedOntology("v2030-01-01", "updated", "0" * 64, "https://example.org")
    lock.ontologies["CL"] = LockedOntology(lock.ontologies["CL"].release, "packaged", "0" * 64)
    assert lock.drift() == [
        "UBERON v2030-01-01 is not here; `synthquery ontology update UBERON@v2030-01-01` downloads it",
        f"CL {lock.ontologies['CL'].release} here has other content than the locked one",
    ]
    assert lock.pins()[0]["MONDO"] == lock.ontologies["MONDO"].release
    assert uberon.origin == "packaged"


def test_a_vocabulary_that_comes_changes_or_goes_is_drift(tmp_path: Path) -> None:
    before = lock_in_use()
    (tmp_path / "accepted.json").write_text('{"tissue": ["UBERON:0002107"]}')
    add_vocabulary("gem-1-bulk", tmp_path / "accepted.json")
    assert before.drift() == ["the vocabulary of gem-1-bulk was added"]
    with_it = lock_in_use()
    (tmp_path / "accepted.json").write_text('{"tissue": ["UBERON:0000955"]}')
    add_vocabulary("gem-1-bulk", tmp_path / "accepted.json")
    assert with_it.drift() == ["the vocabulary of gem-1-bulk is another one"]


def test_a_renewed_lock_keeps_decisions_until_releases_change() -> None:
    lock = lock_in_use()
    lock.decisions.add(Decision("tissue", "liver", "UBERON:0002107", "liver", "rule"))
    lock.decisions.add(Decision("tissue", "lung", "UBERON:0002048", "lung", "person: ada"))
    assert list(renewed(lock).decisions) == list(lock.decisions)
    lock.ontologies["UBERON"] = LockedOntology("v2020-01-01", "updated", "0" * 64)
    assert [one.label for one in renewed(lock).decisions] == ["lung"]


@pytest.mark.usefixtures("own_cache")
def test_a_locked_release_answers_although_another_was_chosen(tmp_path: Path) -> None:
    file = tmp_path / "hsapdv.json"
    file.write_bytes(graph_json("HsapDv", "2026-06-02", next_release("HsapDv")))
    add_ontology(file)
    lock = lock_in_use()
    assert lock.ontologies["HsapDv"].release == "v2026-06-02"
    use_release("HsapDv", "packaged")
    assert lock.drift() == []
    from synthquery import term

    with in_use.pinned(lock.pins()[0]):
        assert term("HsapDv:9900001").release == "v2026-06-02"
    assert term("HsapDv:0000008").release != "v2026-06-02"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 2\n",
        "version = 1\ndecisions = 3\n",
        "version = 1\ndecisions = [{ field = 'tissue' }]\n",
        "version = 1\ndecisions = [{ field = 'tisue', label = 'liver' }]\n",
        "version = 1\n[ontologies.UBERON]\nrelease = 'x'\n",
        "version = 1\nontologies = 3\n",
        json.dumps({"version": 1}),
        "\x00",
    ],
)
def test_what_is_no_lock_file_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "synthquery.lock"
    path.write_text(text)
    with pytest.raises(LockError) as caught:
        load_lock(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
