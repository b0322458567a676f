from __future__ import annotations

import pytest

from synthquery.simulator.perturbations import effect_size, is_control, own_gene_effect


@pytest.mark.parametrize(
    "metadata",
    [
        {"perturbation_type": "control"},
        {"perturbation_ontology_id": "control"},
        {"perturbation_ontology_id": "dmso", "perturbation_type": "compound"},
        {"perturbation_ontology_id": "DMSO"},
        {"perturbation_ontology_id": "vehicle control"},
    ],
)
def test_control_words_are_controls(metadata):
    assert is_control(metadata)


def test_a_gene_is_no_control():
    assert not is_control({"perturbation_ontology_id": "ENSG00000141510", "perturbation_type": "crispr"})


def test_more_time_and_more_dose_have_more_effect_but_ever_less_so():
    def size(time="24 hours", dose="1 um"):
        return effect_size({"perturbation_time": time, "perturbation_dose": dose})

    assert 0 < size("1 hours") < size("24 hours") < size("7 days") < 1
    assert 0 < size(dose="10 nm") < size(dose="1 um") < size(dose="100 um") < 1
    assert size("8 days") - size("7 days") < size("2 days") - size("1 days")


def test_equal_times_in_other_units_have_equal_effect():
    hours, days = effect_size({"perturbation_time": "48 hours"}), effect_size({"perturbation_time": "2 days"})
    assert hours == pytest.approx(days)


def test_no_dose_is_no_effect():
    assert effect_size({"perturbation_dose": "0 um"}) == 0


@pytest.mark.parametrize("dose", ["", "a lot", "nan um", "-1 um", "inf um"])
def test_a_dose_that_is_no_number_counts_as_unstated(dose):
    assert effect_size({"perturbation_dose": dose}) == effect_size({})


def test_a_knock_out_lowers_its_gene_and_overexpression_raises_it():
    gene = {"perturbation_ontology_id": "ENSG00000141510.17"}
    assert own_gene_effect({**gene, "perturbation_type": "crispr"})[1] < -1
    assert own_gene_effect({**gene, "perturbation_type": "overexpression"})[1] > 1
    assert own_gene_effect({**gene, "perturbation_type": "crispr"})[0] == 141510


def test_a_compound_names_no_gene():
    assert (
        own_gene_effect({"perturbation_ontology_id": "CHEBI:41879", "perturbation_type": "compound"}) is None
    )
