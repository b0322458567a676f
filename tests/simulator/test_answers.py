from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest

from synthquery.errors import TransportError
from synthquery.simulator import example_query, gene_order, seeds, simulate
from synthquery.simulator.classes import NONE
from synthquery.wire import parse_query
from synthquery.wire.results import RESULT_KEYS
from tests.simulator.asking import BRAIN, HEPATOCYTE, LIVER, LUNG, ask, profile, sample, similarity

ALL_MODELS = [
    "gem-1-bulk",
    "gem-1-sc",
    "gem-1-bulk_reference-conditioning",
    "gem-1-sc_reference-conditioning",
    "gem-1-bulk_predict-metadata",
    "gem-1-sc_predict-metadata",
]
SAMPLING = {"sampling_strategy": "sample generation"}
TP53 = {
    "perturbation_ontology_id": "ENSG00000141510",
    "perturbation_type": "crispr",
    "perturbation_time": "96 hours",
}
LIVER_SAMPLE = sample({"tissue_ontology_id": LIVER, "sex": "male"})


def answer(model_id):
    return simulate(parse_query(example_query(model_id), model_id))


@pytest.mark.parametrize("model_id", ALL_MODELS)
class TestEveryModel:
    def test_answers_in_the_shape_of_the_hosted_model(self, model_id):
        prediction = answer(model_id)
        modality = "single-cell" if "-sc" in model_id else "bulk"
        assert prediction.model_id == model_id
        assert prediction.n_genes == {"bulk": 44_592, "single-cell": 37_125}[modality]
        assert prediction.gene_order == gene_order(modality)
        sizes = {name: array.shape for name, array in prediction.latent_arrays.items()}
        n = prediction.n_samples
        assert sizes == {"biological": (n, 1024), "technical": (n, 32), "perturbation": (n, 512)}
        for row in prediction.sample_metadata:
            assert tuple(row) == RESULT_KEYS
            assert row["modality"] == modality

    def test_marks_its_answer_as_simulated(self, model_id):
        prediction = answer(model_id)
        assert prediction.simulated
        assert "not biology" in prediction.provenance["note"]
        assert "SIMULATED" in repr(prediction)

    def test_gives_the_same_answer_for_the_same_seed(self, model_id):
        one, other = answer(model_id), answer(model_id)
        np.testing.assert_array_equal(one.counts_array, other.counts_array)
        for name, array in one.latent_arrays.items():
            np.testing.assert_array_equal(array, other.latent_arrays[name])

    def test_leaves_its_query_as_it_was(self, model_id):
        query = parse_query(example_query(model_id), model_id)
        before = query.to_json()
        simulate(query)
        assert query.to_json() == before


class TestBaseline:
    def test_rows_follow_the_inputs_each_repeated(self):
        liver, brain = {"tissue_ontology_id": LIVER}, {"tissue_ontology_id": BRAIN}
        prediction = ask("gem-1-sc", sample(liver, 2), sample(brain, 3))
        said = [row["tissue_ontology_id"] for row in prediction.sample_metadata]
        assert said == [LIVER, LIVER, BRAIN, BRAIN, BRAIN]
        counts = prediction.counts_array
        assert similarity(counts[0], counts[1]) > similarity(counts[1], counts[2]) + 0.1

    @pytest.mark.parametrize(("model_id", "reads"), [("gem-1-bulk", 10_000_000), ("gem-1-sc", 10_000)])
    def test_mean_estimation_gives_exactly_the_documented_library_size(self, model_id, reads):
        assert ask(model_id, LIVER_SAMPLE).counts_array.sum() == reads

    @pytest.mark.parametrize("reads", [1, 5_000_000, 3 * 2**31])
    def test_total_count_is_the_library_size(self, reads):
        assert ask("gem-1-bulk", LIVER_SAMPLE, total_count=reads).counts_array.sum() == reads

    def test_total_count_scales_the_same_profile(self):
        small = ask("gem-1-bulk", LIVER_SAMPLE, total_count=10_000_000, seed=1).counts_array
        large = ask("gem-1-bulk", LIVER_SAMPLE, total_count=100_000_000, seed=1).counts_array
        assert np.abs(large - 10 * small).max() <= 10

    def test_sample_generation_gives_about_the_library_size(self):
        counts = ask("gem-1-bulk", LIVER_SAMPLE, **SAMPLING).counts_array
        assert counts.sum() == pytest.approx(10_000_000, rel=0.01)

    def test_sample_generation_varies_more_than_mean_estimation(self):
        def spread(**parameters):
            counts = ask(
                "gem-1-bulk", sample({"tissue_ontology_id": LIVER}, 6), seed=1, **parameters
            ).counts_array
            return np.log1p(counts).std(axis=0).mean()

        assert spread(**SAMPLING) > 2 * spread(sampling_strategy="mean estimation") > 0

    def test_without_a_seed_draws_are_fresh(self):
        one, other = (ask("gem-1-bulk", LIVER_SAMPLE, **SAMPLING) for _ in range(2))
        assert (one.counts_array != other.counts_array).any()

    def test_the_seed_that_was_drawn_gives_the_answer_again(self):
        drawn = ask("gem-1-bulk", LIVER_SAMPLE, **SAMPLING)
        again = ask("gem-1-bulk", LIVER_SAMPLE, seed=drawn.provenance["seed"], **SAMPLING)
        np.testing.assert_array_equal(drawn.counts_array, again.counts_array)

    def test_another_seed_gives_another_answer(self):
        one, other = (ask("gem-1-bulk", LIVER_SAMPLE, seed=seed).counts_array for seed in (1, 2))
        assert (one != other).any()

    def test_samples_of_one_seed_differ_from_each_other(self):
        counts = ask("gem-1-bulk", sample({"tissue_ontology_id": LIVER}, 2), seed=1).counts_array
        assert (counts[0] != counts[1]).any()

    def test_deterministic_mean_estimation_needs_no_seed(self):
        one, other = (ask("gem-1-bulk", LIVER_SAMPLE, deterministic_latents=True) for _ in range(2))
        np.testing.assert_array_equal(one.counts_array, other.counts_array)
        np.testing.assert_array_equal(one.latent_arrays["biological"], other.latent_arrays["biological"])

    def test_deterministic_latents_leave_the_noise_of_counting(self):
        prediction = ask(
            "gem-1-bulk",
            sample({"tissue_ontology_id": LIVER}, 2),
            deterministic_latents=True,
            seed=1,
            **SAMPLING,
        )
        np.testing.assert_array_equal(*prediction.latent_arrays["biological"])
        assert (prediction.counts_array[0] != prediction.counts_array[1]).any()

    def test_a_sample_does_not_depend_on_the_samples_after_it(self):
        alone = ask("gem-1-bulk", LIVER_SAMPLE, seed=1, **SAMPLING).counts_array
        among = ask("gem-1-bulk", LIVER_SAMPLE, sample({"tissue_ontology_id": LUNG}, 70), seed=1, **SAMPLING)
        np.testing.assert_array_equal(alone[0], among.counts_array[0])

    def test_a_single_cell_has_many_zeros(self):
        counts = ask("gem-1-sc", sample({"cell_type_ontology_id": HEPATOCYTE})).counts_array
        assert 1_000 < np.count_nonzero(counts) < 8_000

    def test_metadata_nobody_listed_is_simulated_all_the_same(self):
        odd = {
            "genotype": "KRAS p.Gly13Asp",
            "study": "PRJNA000001",
            "developmental_stage": "blastula",
            "age_years": "x",
        }
        assert ask("gem-1-bulk", sample(odd)).counts_array.sum() == 10_000_000

    def test_no_metadata_at_all_is_simulated_too(self):
        assert ask("gem-1-bulk", sample({})).n_samples == 1

    def test_saying_healthy_is_saying_nothing(self):
        healthy = profile(tissue_ontology_id=LIVER, disease_ontology_id="PATO:0000461")
        np.testing.assert_array_equal(healthy, profile(tissue_ontology_id=LIVER))

    def test_related_tissues_have_related_profiles(self):
        lung, left_lung, brain = (profile(tissue_ontology_id=t) for t in (LUNG, "UBERON:0002168", BRAIN))
        assert 1 - similarity(lung, left_lung) < 0.5 * (1 - similarity(lung, brain))

    def test_every_kind_of_metadata_matters(self):
        base = {"tissue_ontology_id": LIVER, "sex": "male", "age_years": "30"}
        plain = profile(**base)
        for change in (
            {"tissue_ontology_id": LUNG},
            {"sex": "female"},
            {"age_years": "80"},
            {"disease_ontology_id": "MONDO:0007256"},
            {"cell_type_ontology_id": HEPATOCYTE},
            {"sample_type": "organoid"},
            {"study": "PRJNA1"},
            {"library_selection": "PolyA"},
            {"library_layout": "SINGLE"},
            {"race": "asian"},
        ):
            assert 0.3 < similarity(plain, profile(**base | change)) < 0.9999, change

    def test_sex_shows_in_the_genes_of_the_sex_chromosomes(self):
        genes = gene_order("bulk")
        xist, rps4y1 = genes.index("ENSG00000229807"), genes.index("ENSG00000129824")
        female, male = (profile(tissue_ontology_id=LIVER, sex=sex) for sex in ("female", "male"))
        assert female[xist] > 100 * max(male[xist], 1)
        assert male[rps4y1] > 100 * max(female[rps4y1], 1)

    def test_more_samples_than_memory_has_room_for_are_refused(self):
        with pytest.raises(TransportError, match="at most"):
            ask("gem-1-bulk", sample({}, 10**9))

    def test_a_library_beyond_all_sequencers_is_refused(self):
        with pytest.raises(TransportError, match="at most"):
            ask("gem-1-bulk", LIVER_SAMPLE, total_count=10**18)


class TestPerturbation:
    CELL: ClassVar = {"cell_line_ontology_id": "CVCL_0023"}

    def test_a_perturbed_sample_differs_from_its_control_and_control_words_do_not(self):
        untouched = profile(**self.CELL)
        control = profile(**self.CELL, perturbation_ontology_id="dmso", perturbation_type="control")
        treated = profile(**self.CELL, **TP53)
        np.testing.assert_array_equal(untouched, control)
        assert similarity(untouched, treated) < 0.99

    def test_a_longer_treatment_differs_more(self):
        drug = {"perturbation_ontology_id": "CHEBI:41879", "perturbation_type": "compound"}
        control = profile(**self.CELL)
        short, long = (
            profile(**self.CELL, **drug, perturbation_time=time) for time in ("1 hours", "72 hours")
        )
        assert similarity(control, short) > similarity(control, long)

    @pytest.mark.parametrize(("kind", "ratio"), [("crispr", 0.3), ("sirna", 0.6), ("overexpression", 3)])
    def test_the_gene_itself_goes_down_or_up(self, kind, ratio):
        place = gene_order("bulk").index("ENSG00000141510")
        control = profile(**self.CELL)[place]
        changed = profile(**self.CELL, **TP53 | {"perturbation_type": kind})[place]
        assert (changed < ratio * control) if ratio < 1 else (changed > ratio * control)

    def test_the_perturbation_latents_tell_and_are_zero_without(self):
        def latents(**metadata):
            made = ask("gem-1-bulk", sample(metadata), deterministic_latents=True)
            return made.latent_arrays["perturbation"][0]

        assert latents(**TP53).std() > 0.3
        assert not latents(**self.CELL).any()


@pytest.fixture(scope="module")
def reference():
    return ask("gem-1-bulk", LIVER_SAMPLE, total_count=4_000_000, seed=3, **SAMPLING).counts_array[0]


class TestReferenceConditioning:
    MODEL = "gem-1-bulk_reference-conditioning"

    def ask(self, reference, metadata=TP53, num_samples=1, **parameters):
        one = {"counts": reference, "metadata": metadata, "num_samples": num_samples}
        return ask(self.MODEL, one, **parameters)

    def test_the_library_size_of_the_reference_is_kept(self, reference):
        assert self.ask(reference).counts_array.sum() == reference.sum()
        assert self.ask(reference, fixed_total_count=False).counts_array.sum() == reference.sum()

    def test_total_count_counts_only_when_it_is_fixed(self, reference):
        assert self.ask(reference, total_count=7_000_000).counts_array.sum() == reference.sum()
        fixed = self.ask(reference, total_count=7_000_000, fixed_total_count=True)
        assert fixed.counts_array.sum() == 7_000_000
        assert self.ask(reference, fixed_total_count=True).counts_array.sum() == 10_000_000

    def test_an_unperturbed_answer_is_like_its_reference(self, reference):
        like = self.ask(reference, {"perturbation_type": "control"}).counts_array[0]
        assert similarity(reference, like) > 0.95
        assert similarity(reference, profile(tissue_ontology_id=BRAIN)) < 0.9

    def test_the_perturbation_changes_it(self, reference):
        control = self.ask(
            reference, {"perturbation_type": "control"}, deterministic_latents=True
        ).counts_array[0]
        treated = self.ask(reference, deterministic_latents=True).counts_array[0]
        place = gene_order("bulk").index("ENSG00000141510")
        assert treated[place] < 0.3 * control[place]
        assert similarity(control, treated) < 0.995

    @pytest.mark.parametrize("space", ["biological", "technical"])
    def test_conditioning_says_which_latents_come_from_the_reference(self, reference, space):
        other = {"biological": "technical", "technical": "biological"}[space]
        both = self.ask(reference, deterministic_latents=True)
        default = self.ask(reference, deterministic_latents=True, conditioning=["biological", "technical"])
        one = self.ask(reference, deterministic_latents=True, conditioning=[space])
        np.testing.assert_array_equal(both.counts_array, default.counts_array)
        np.testing.assert_array_equal(one.latent_arrays[space], both.latent_arrays[space])
        assert not one.latent_arrays[other].any()

    def test_its_tissue_is_still_recognised(self, reference):
        perturbed = self.ask(reference).counts_array[0]
        assert predicted({"counts": perturbed})[0]["tissue_ontology_id"] == LIVER

    def test_single_cell_does_not_sample(self):
        counts = ask("gem-1-sc", sample({})).counts_array[0]
        one = {"counts": counts, "metadata": {}, "num_samples": 1}
        with pytest.raises(TransportError, match="sample generation"):
            ask("gem-1-sc_reference-conditioning", one, **SAMPLING)

    def test_an_empty_reference_has_an_empty_answer(self):
        assert not self.ask(np.zeros(44_592, dtype=int), **SAMPLING).counts_array.any()

    def test_counts_of_another_length_are_refused(self):
        with pytest.raises(TransportError, match="44,592 genes"):
            self.ask([1, 2, 3])


def predicted(*inputs, model_id="gem-1-bulk_predict-metadata"):
    return ask(model_id, *inputs).sample_metadata


@pytest.fixture(scope="module")
def prediction():
    metadata = [
        {
            "tissue_ontology_id": LIVER,
            "sex": "male",
            "disease_ontology_id": "MONDO:0007256",
            "age_years": "61",
        },
        {"cell_line_ontology_id": "CVCL_0023", "sample_type": "cell line", **TP53},
    ]
    counts = ask("gem-1-bulk", *map(sample, metadata), seed=5, **SAMPLING).counts_array
    return ask("gem-1-bulk_predict-metadata", *({"counts": row} for row in counts), seed=6)


class TestMetadataPrediction:
    def test_names_what_the_samples_were(self, prediction):
        liver, a549 = prediction.sample_metadata
        assert liver["tissue_ontology_id"] == LIVER
        assert liver["disease_ontology_id"] == "MONDO:0007256"
        assert liver["sex"] == "male"
        assert abs(int(liver["age_years"]) - 61) <= 10
        assert a549["cell_line_ontology_id"] == "CVCL_0023"
        assert a549["sample_type"] == "cell line"
        assert a549["perturbation_ontology_id"] == TP53["perturbation_ontology_id"]
        assert a549["perturbation_type"] == "crispr"

    def test_what_was_not_said_is_predicted_as_nothing(self, prediction):
        liver, a549 = prediction.sample_metadata
        assert liver["cell_line_ontology_id"] == liver["cell_type_ontology_id"] == ""
        assert liver["perturbation_type"] == "control"
        assert a549["tissue_ontology_id"] == ""
        assert a549["disease_ontology_id"] == "PATO:0000461"

    def test_probabilities_of_each_field_sum_to_one(self, prediction):
        for name, one in prediction.probabilities.items():
            assert (one.values >= 0).all(), name
            np.testing.assert_allclose(one.values.sum(axis=1), 1)

    def test_the_predicted_label_is_the_most_probable_class(self, prediction):
        for key, one in prediction.probabilities.items():
            best = ["" if label == NONE else label for label in one.best()]
            assert best == [row[key] for row in prediction.sample_metadata]

    def test_a_decoder_sample_is_like_what_was_given(self, prediction):
        assert prediction.counts_array.shape == (2, 44_592)
        assert similarity(prediction.counts_array[0], profile(tissue_ontology_id=LIVER)) > 0.8

    def test_the_encoding_does_not_depend_on_the_seed(self):
        counts = ask("gem-1-sc", LIVER_SAMPLE).counts_array[0]
        one, other = (ask("gem-1-sc_predict-metadata", {"counts": counts}, seed=seed) for seed in (1, 2))
        np.testing.assert_array_equal(one.latent_arrays["biological"], other.latent_arrays["biological"])
        assert (one.counts_array != other.counts_array).any()

    def test_a_term_outside_the_classes_is_predicted_as_a_relative(self):
        hilum = profile(tissue_ontology_id="UBERON:0008952")  # upper lobe of left lung
        found = predicted({"counts": hilum})[0]["tissue_ontology_id"]
        assert found in {"UBERON:0002168", "UBERON:0008948", "UBERON:0002048", "UBERON:0008949"}

    def test_counts_of_the_other_modality_are_refused(self):
        with pytest.raises(TransportError, match="44,592 genes"):
            predicted({"counts": [0] * 37_125})


def test_a_transport_seed_gives_the_same_seeds_in_the_same_order():
    one, other = seeds(7), seeds(7)
    first = [next(one) for _ in range(3)]
    assert first == [next(other) for _ in range(3)]
    assert len(set(first)) == 3
    assert next(seeds(None)) != next(seeds(None))


def test_another_process_gives_the_same_bytes():
    program = """
import hashlib
from tests.simulator.asking import *
made = ask("gem-1-bulk", sample({"tissue_ontology_id": LIVER, "study": "PRJNA1"}, 2), seed=9,
           sampling_strategy="sample generation")
print(hashlib.sha256(made.counts_array.tobytes()).hexdigest())
"""
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    here = ask("gem-1-bulk", sample({"tissue_ontology_id": LIVER, "study": "PRJNA1"}, 2), seed=9, **SAMPLING)
    assert digests == {hashlib.sha256(here.counts_array.tobytes()).hexdigest() + "\n"}
