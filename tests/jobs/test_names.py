"""What results are called."""

from __future__ import annotations

import itertools

import pytest

from synthquery.jobs.names import stem_of, unique_names

LIVER, LUNG, BRAIN = "a1" * 32, "b2" * 32, "c3" * 32


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("queries/liver.json", "liver"),
        ("liver", "liver"),
        ("liver.v2.yaml", "liver.v2"),
        ("liver v2?.toml", "liver_v2_"),
        ("../../etc/passwd", "passwd"),
        (".hidden.json", "hidden"),
        (
            "Leber \N{LATIN SMALL LETTER U WITH DIAERESIS}.json",
            "Leber_\N{LATIN SMALL LETTER U WITH DIAERESIS}",
        ),
        ("...", "query"),
        ("x" * 300, "x" * 80),
    ],
)
def test_the_stem_of_a_file_is_its_name_without_what_file_systems_dislike(label, stem):
    assert stem_of(label).rstrip("_") == stem.rstrip("_")


@pytest.mark.parametrize("letter", ["肝", "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "𠀀"])
def test_a_long_name_in_any_script_fits_a_file_system_while_its_folder_is_written(letter, tmp_path):
    name = unique_names([(f"{letter * 80}.json", LIVER), (f"{letter * 90}.json", LUNG)], {})[LIVER]
    (tmp_path / f".{name}.0123456789ab.unfinished").mkdir()
    assert name.startswith(letter)


def test_a_name_that_something_in_the_folder_has_is_not_given():
    assert unique_names([("liver.json", LIVER)], {}, ["Liver", "notes.txt"]) == {LIVER: f"liver-{LIVER[:8]}"}


def test_equal_stems_get_the_hash_behind_them_whatever_their_order():
    wanted = [("bulk/liver.json", LIVER), ("sc/liver.json", LUNG), ("brain.json", BRAIN)]
    named = [unique_names(order, {}) for order in itertools.permutations(wanted)]
    assert all(names == named[0] for names in named)
    assert named[0] == {LIVER: f"liver-{LIVER[:8]}", LUNG: f"liver-{LUNG[:8]}", BRAIN: "brain"}


def test_stems_that_differ_in_case_only_are_equal():
    assert len(set(map(str.casefold, unique_names([("liver", LIVER), ("Liver", LUNG)], {}).values()))) == 2


def test_a_query_that_has_a_name_keeps_it_and_nobody_else_gets_it():
    names = unique_names([("other/liver.json", LIVER), ("liver.json", LUNG)], {LIVER: "liver"})
    assert names == {LUNG: f"liver-{LUNG[:8]}"}


def test_the_same_query_twice_has_one_name():
    assert unique_names([("one.json", LIVER), ("two.json", LIVER)], {}) == {LIVER: "one"}


@pytest.mark.parametrize("label", ["jobs.json", "index.json", "Index"])
def test_names_of_our_own_files_are_not_given(label):
    assert unique_names([(label, LIVER)], {})[LIVER].endswith(LIVER[:8])
