"""Vocabularies: the tables, the types that repeat them, and the spellings they understand."""

from __future__ import annotations

import typing

import pytest

from synthquery.query import vocabularies as module
from synthquery.query.metadata import METADATA_KEYS
from synthquery.query.vocabularies import vocabularies, vocabulary


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("sample_type", module.SampleType),
        ("sex", module.Sex),
        ("perturbation_type", module.PerturbationType),
        ("library_selection", module.LibrarySelection),
        ("library_layout", module.LibraryLayout),
        ("platform", module.Platform),
        ("sampling_strategy", module.SamplingStrategy),
        ("conditioning", module.Conditioning),
    ],
)
def test_the_types_repeat_the_tables(name: str, literal: object) -> None:
    assert typing.get_args(literal) == vocabulary(name).values


def test_there_are_as_many_values_as_documented() -> None:
    sizes = {name: len(one.values) for name, one in vocabularies().items()}
    assert sizes["sample_type"] == 6
    assert sizes["sex"] == 2
    assert sizes["perturbation_type"] == 11
    assert sizes["library_selection"] == 31
    assert sizes["library_layout"] == 2


def test_every_vocabulary_belongs_to_a_key_or_parameter() -> None:
    others = {"sampling_strategy", "conditioning", "perturbation_control"}
    assert set(vocabularies()) <= {*METADATA_KEYS, *others}


@pytest.mark.parametrize("name", list(vocabularies()))
def test_every_value_and_alias_is_understood(name: str) -> None:
    one = vocabulary(name)
    for value in one.values:
        assert one.canonical(value) == value
        assert one.canonical(value.upper().replace(" ", "-")) in {value, None}
    for alias, value in one.aliases.items():
        assert value in one.values
        assert one.canonical(alias) == value


def test_what_is_documented_in_another_spelling_means_a_value() -> None:
    assert vocabulary("library_selection").documented == ("polyA",)
    for one in vocabularies().values():
        for spelling in one.documented:
            assert spelling not in one.values
            assert one.canonical(spelling) in one.values


@pytest.mark.parametrize(
    ("name", "spelling", "value"),
    [
        ("sex", "Male", "male"),
        ("sex", "F", "female"),
        ("library_selection", "polyA", "PolyA"),
        ("library_selection", "poly-A", "PolyA"),
        ("library_selection", "cdna", "cDNA"),
        ("library_selection", "oligo dT", "Oligo-dT"),
        ("library_layout", "paired", "PAIRED"),
        ("sample_type", "Cell-Line", "cell line"),
        ("perturbation_type", "CRISPR", "crispr"),
        ("perturbation_type", "co-culture", "coculture"),
        ("platform", "ILLUMINA", "illumina"),
        ("perturbation_control", "DMSO", "dmso"),
    ],
)
def test_other_spellings_of_a_value_are_understood(name: str, spelling: str, value: str) -> None:
    assert vocabulary(name).canonical(spelling) == value


@pytest.mark.parametrize(("name", "text"), [("sex", "unknown"), ("sample_type", "blood"), ("sex", "")])
def test_what_is_no_value_is_not_guessed(name: str, text: str) -> None:
    assert vocabulary(name).canonical(text) is None


def test_a_spelling_of_two_values_means_neither() -> None:
    twofold = module.Vocabulary("layout", "Layout", ("A-B", "AB"), True, "docs", {})
    assert twofold.canonical("a b") is None
    assert twofold.canonical("A-B") == "A-B"
