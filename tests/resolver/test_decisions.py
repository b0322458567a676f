"""What people decided comes first, is checked, and is kept in a file that reads well."""

from __future__ import annotations

from pathlib import Path

import pytest

import synthquery as sq


@pytest.fixture
def decisions() -> sq.Decisions:
    decided = sq.Decisions()
    decided.choose("my favourite organ", "tissue", sq.term("UBERON:0002107"), by="person: ada")
    return decided


def test_a_decision_comes_before_everything_else(decisions: sq.Decisions) -> None:
    answer = sq.resolve("my favourite organ", "tissue", decisions=decisions)
    assert answer.term == sq.term("UBERON:0002107")
    assert answer.candidates[0].how == "decision"
    assert "person: ada" in answer.reason


def test_it_counts_for_its_field_only(decisions: sq.Decisions) -> None:
    assert sq.resolve("my favourite organ", "disease", decisions=decisions).status != "resolved"


def test_white_space_does_not_matter(decisions: sq.Decisions) -> None:
    assert sq.resolve("  my  favourite organ", "tissue", decisions=decisions).term is not None


def test_that_no_term_is_meant_can_be_decided(decisions: sq.Decisions) -> None:
    decisions.choose("liver", "tissue", None)
    answer = sq.resolve("liver", "tissue", decisions=decisions)
    assert (answer.status, answer.term) == ("unresolved", None)


def test_a_file_gives_back_what_was_saved_in_the_same_bytes(decisions: sq.Decisions, tmp_path: Path) -> None:
    path = tmp_path / "decisions.tsv"
    decisions.choose('odd "label"\twith a tab', "cell-type", None)
    decisions.save(path)
    again = sq.load_decisions(path)
    assert len(again) == 2
    assert again.get('odd "label" with a tab', "cell_type") is not None
    again.save(tmp_path / "again.tsv")
    assert (tmp_path / "again.tsv").read_bytes() == path.read_bytes()


def test_the_file_says_who_chose_what_from_which_release(decisions: sq.Decisions, tmp_path: Path) -> None:
    decisions.save(tmp_path / "decisions.tsv")
    header, line = (tmp_path / "decisions.tsv").read_text().splitlines()
    assert header.split("\t") == ["field", "label", "id", "term", "decided_by", "release"]
    release = f"UBERON {sq.term('UBERON:0002107').release}"
    assert line.split("\t") == [
        "tissue",
        "my favourite organ",
        "UBERON:0002107",
        "liver",
        "person: ada",
        release,
    ]


def test_an_obsolete_decision_gives_way_to_the_replacement() -> None:
    decided = sq.Decisions([sq.Decision("disease", "my syndrome", "MONDO:0000002")])
    answer = sq.resolve("my syndrome", "disease", decisions=decided)
    assert answer.term == sq.term("MONDO:0009299")
    assert answer.candidates[0].how == "decision (replaces MONDO:0000002)"


def test_a_decision_for_a_term_that_is_gone_is_told_and_not_followed() -> None:
    decided = sq.Decisions([sq.Decision("tissue", "organ", "UBERON:9999999")])
    answer = sq.resolve("organ", "tissue", decisions=decided)
    assert answer.status == "unresolved"
    assert "UBERON:9999999" in answer.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("label\tid\nliver\tUBERON:0002107\n", "lacks field"),
        ("field\tlabel\tid\ntissue\tliver\tthe liver\n", "line 2: 'the liver' is no identifier"),
        ("field\tlabel\tid\nplanet\tliver\tUBERON:0002107\n", "line 2: there is no field 'planet'"),
        ("field\tlabel\tid\ntissue\t\tUBERON:0002107\n", "line 2: there is no label"),
    ],
)
def test_a_faulty_file_names_the_line_and_the_fault(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "decisions.tsv"
    path.write_text(text)
    with pytest.raises(sq.DecisionsError, match=expected):
        sq.load_decisions(path)


def test_a_binary_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "decisions.tsv").write_bytes(b"\xff\x00\xfe")
    with pytest.raises(sq.DecisionsError, match="UTF-8"):
        sq.load_decisions(tmp_path / "decisions.tsv")
