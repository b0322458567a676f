"""`--interactive` asks, `--decisions` keeps: colleagues and later runs get the same answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done

Cli = Callable[..., Done]
Reply = Callable[[str], None]


@pytest.fixture
def reply(monkeypatch: pytest.MonkeyPatch) -> Reply:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_number_chooses_a_candidate_and_is_kept(cli: Cli, reply: Reply, tmp_path: Path) -> None:
    reply("99\n1\n")
    done = cli("resolve", "tissue", "muscle thing", "--interactive", "--json")
    assert done.code == 0
    assert "there is no number 99" in done.err
    chosen = done.data[0]["id"]
    assert chosen in (tmp_path / "synthquery.decisions.tsv").read_text()
    later = cli("resolve", "tissue", "muscle thing", "--decisions", "synthquery.decisions.tsv", "--json")
    assert (later.code, later.data[0]["id"]) == (0, chosen)


def test_an_id_or_a_label_may_be_typed(cli: Cli, reply: Reply) -> None:
    reply("CL:0000084\nUBERON_0002385\n")
    done = cli("resolve", "tissue", "muscle thing", "-i", "--json")
    assert done.data[0]["id"] in {"UBERON:0002385", "CL:0000084"}


def test_none_of_them_is_a_decision_too(cli: Cli, reply: Reply, tmp_path: Path) -> None:
    reply("n\n")
    assert cli("resolve", "tissue", "muscle thing", "-i", "--decisions", "mine.tsv").code == 1
    assert "muscle thing" in (tmp_path / "mine.tsv").read_text()


@pytest.mark.parametrize("text", ["", "q\n", "\n"])
def test_stopping_leaves_the_label_open_and_no_file(
    cli: Cli, reply: Reply, tmp_path: Path, text: str
) -> None:
    reply(text)
    assert cli("resolve", "tissue", "muscle thing", "-i").code == 1
    assert not list(tmp_path.glob("*.tsv"))


def test_a_recipe_asks_about_its_open_labels_and_is_built(cli: Cli, reply: Reply, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "model: gem-1-bulk\nsampling_strategy: mean estimation\n"
        "samples:\n  - {tissue: muscle thing}\n  - {tissue: muscle thing, sex: male}\n"
    )
    assert cli("build", "recipe.yaml", "-o", "query.json").code == 1
    reply("UBERON:0002385\n")
    assert cli("build", "recipe.yaml", "-o", "query.json", "--interactive").code == 0
    inputs = json.loads((tmp_path / "query.json").read_text())["inputs"]
    assert [one["metadata"]["tissue_ontology_id"] for one in inputs] == ["UBERON:0002385"] * 2
    assert cli("build", "recipe.yaml", "--decisions", "synthquery.decisions.tsv").code == 0


def test_a_missing_file_of_decisions_is_wrong_usage(cli: Cli) -> None:
    done = cli("resolve", "tissue", "liver", "--decisions", "missing.tsv")
    assert done.code == 2
    assert "missing.tsv" in done.err


def test_a_faulty_file_of_decisions_is_told_in_one_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.tsv").write_text("nonsense\n")
    done = cli("resolve", "tissue", "liver", "--decisions", "bad.tsv")
    assert done.code in {1, 2}
    assert "bad.tsv" in done.err


def test_questions_and_labels_cannot_share_standard_input(cli: Cli) -> None:
    assert cli("resolve", "tissue", "-", "--interactive").code == 2
