"""`resolve`, `term` and `search`."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tests.cli.conftest import Done

Cli = Callable[..., Done]


def test_resolve_prints_the_id_and_the_term(cli: Cli) -> None:
    done = cli("resolve", "tissue", "liver")
    assert done.code == 0
    assert "UBERON:0002107" in done.out


@pytest.mark.parametrize("spelling", ["cell-type", "cell_type", "cell type"])
def test_a_field_may_be_spelt_with_hyphen_underscore_or_space(cli: Cli, spelling: str) -> None:
    assert "CL:0000084" in cli("resolve", spelling, "T cell").out


def test_resolve_gives_json_with_candidates_and_release(cli: Cli) -> None:
    (answer,) = cli("resolve", "disease", "hepatocellular carcinoma", "--json").data
    assert answer["status"] == "resolved"
    assert answer["id"] == "MONDO:0007256"
    assert answer["candidates"][0]["release"].startswith("MONDO ")


def test_a_label_that_does_not_resolve_exits_with_1_and_says_why(cli: Cli) -> None:
    done = cli("resolve", "tissue", "liver", "xyzzy plugh")
    assert done.code == 1
    assert "xyzzy plugh: " in done.out


@pytest.mark.parametrize("label", ["", "  "])
def test_an_empty_label_is_shown_in_quotes(cli: Cli, label: str) -> None:
    done = cli("resolve", "tissue", label)
    assert done.code == 1
    assert f'"{label}": The label is empty.' in done.out


def test_labels_come_from_standard_input(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kidney\nlung\n"))
    done = cli("resolve", "tissue", "-", "--json")
    assert [answer["id"] for answer in done.data] == ["UBERON:0002113", "UBERON:0002048"]


def test_an_unknown_field_is_wrong_usage_and_lists_the_fields(cli: Cli) -> None:
    done = cli("resolve", "planet", "liver")
    assert done.code == 2
    assert "tissue" in done.err


def test_term_takes_an_id_in_any_spelling(cli: Cli) -> None:
    done = cli("term", "http://purl.obolibrary.org/obo/UBERON_0002107", "--json")
    assert done.data["id"] == "UBERON:0002107"
    assert done.data["label"] == "liver"


def test_term_lists_its_relatives(cli: Cli) -> None:
    data = cli("term", "CL:0000084", "--ancestors", "--json").data
    assert "CL:0000542" in data["ancestors"]
    assert "lymphocyte" in cli("term", "CL:0000084", "--ancestors").out


def test_an_unknown_term_is_a_problem_and_a_label_is_wrong_usage(cli: Cli) -> None:
    unknown = cli("term", "UBERON:9999999")
    assert (unknown.code, "UBERON:9999999" in unknown.err) == (1, True)
    assert cli("term", "liver").code == 2


def test_search_lists_near_names(cli: Cli) -> None:
    done = cli("search", "hepatocellular", "--field", "disease", "--limit", "20", "--json")
    assert done.code == 0
    assert "MONDO:0007256" in {candidate["id"] for candidate in done.data}


def test_search_that_finds_nothing_exits_with_1(cli: Cli) -> None:
    assert cli("search", "qqqqqqqqzzzzzzzz", "--field", "tissue").code == 1


def test_control_characters_never_reach_the_terminal(cli: Cli) -> None:
    done = cli("resolve", "tissue", "liver\x1b[31m")
    assert "\x1b" not in done.out + done.err


def test_a_lone_surrogate_is_no_reason_to_fail(cli: Cli) -> None:
    assert cli("resolve", "tissue", "liver \udc80").code in {0, 1}


def test_a_tissue_or_a_broader_term_narrows_what_a_label_means(cli: Cli) -> None:
    (cell,) = cli("resolve", "cell-type", "basal cell", "--tissue", "lung", "--json").data
    assert cell["term_label"] == "respiratory basal cell"
    (part,) = cli("resolve", "tissue", "cortex", "--within", "UBERON:0002113", "--json").data
    assert part["term_label"] == "cortex of kidney"
    assert cli("resolve", "tissue", "cortex", "--within", "liver").code == 2
