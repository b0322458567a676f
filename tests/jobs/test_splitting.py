"""Large queries in parts, and their answers joined again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthquery.errors import ResultError
from synthquery.jobs.parts import read_part, write_part
from synthquery.jobs.splitting import join, n_samples_of, part_request, split
from synthquery.prediction import LabelProbabilities, Prediction, SparseCounts
from synthquery.simulator import example_query
from synthquery.transport import Request, SimulatorTransport

TISSUES = ("UBERON:0002107", "UBERON:0000955", "UBERON:0002048")
inputs = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(
    lambda numbers: [
        {"metadata": {"study": str(place)}, "num_samples": number} for place, number in enumerate(numbers)
    ]
)


def rows(body):
    """Which input each sample of a body is of."""
    return [one["metadata"]["study"] for one in body["inputs"] for _ in range(one["num_samples"])]


@given(inputs, st.integers(1, 60))
def test_parts_together_ask_for_every_sample_once_and_in_order(given_inputs, most):
    request = Request("gem-1-sc", {"inputs": given_inputs, "seed": 5})
    number = n_samples_of(request.body)
    places = split(number, most)
    bodies = [part_request(request, *place).body for place in places]
    assert [row for body in bodies for row in rows(body)] == rows(request.body)
    assert all(0 < n_samples_of(body) <= most for body in bodies)
    assert len(bodies) == -(-number // most)


@given(inputs, st.integers(1, 8))
def test_every_part_has_a_seed_of_its_own_and_the_same_in_every_run(given_inputs, most):
    request = Request("gem-1-sc", {"inputs": given_inputs, "seed": 5})
    places = split(n_samples_of(request.body), most)
    seeds = [part_request(request, *place).body["seed"] for place in places]
    assert len(set(seeds)) == len(seeds)
    assert seeds[0] == 5
    assert seeds == [part_request(request, *place).body["seed"] for place in places]
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_query_without_a_seed_has_parts_without_one():
    request = Request("gem-1-sc", {"inputs": [{"metadata": {}, "num_samples": 4}]})
    assert "seed" not in part_request(request, 2, 4).body


def test_a_small_query_stays_whole():
    request = Request("gem-1-sc", {"inputs": [{"metadata": {}, "num_samples": 4}]})
    assert split(4, 4) == split(4, None) == [(0, 4)]
    assert part_request(request, 0, 4) is request


def test_what_is_cut_stays_as_it_was():
    body = {"inputs": [{"metadata": {}, "num_samples": 4}], "seed": 1}
    part_request(Request("gem-1-sc", body), 2, 4)
    assert body == {"inputs": [{"metadata": {}, "num_samples": 4}], "seed": 1}


def answer_in_parts(request, most):
    simulator = SimulatorTransport(seed=0)
    places = split(n_samples_of(request.body), most)
    parts = [simulator.predict(part_request(request, *place)) for place in places]
    return simulator.predict(request), parts


@pytest.mark.parametrize("model_id", ["gem-1-bulk", "gem-1-sc"])
def test_a_deterministic_mean_estimation_gives_the_same_in_parts_as_in_one(model_id):
    body = {
        "inputs": [
            {"metadata": {"tissue_ontology_id": tissue}, "num_samples": number}
            for tissue, number in zip(TISSUES, (3, 1, 4), strict=True)
        ],
        "sampling_strategy": "mean estimation",
        "deterministic_latents": True,
        "seed": 11,
    }
    whole, parts = answer_in_parts(Request(model_id, body), 3)
    joined = join(parts, seed=11)
    assert len(parts) == 3
    np.testing.assert_array_equal(joined.counts_array, whole.counts_array)
    assert joined.sample_metadata == tuple(whole.sample_metadata)
    for name, array in whole.latent_arrays.items():
        np.testing.assert_array_equal(joined.latent_arrays[name], array)
    assert (joined.gene_order, joined.kind, joined.model_version) == (
        whole.gene_order,
        whole.kind,
        whole.model_version,
    )
    assert joined.simulated
    assert joined.provenance["seed"] == 11
    assert [part["n_samples"] for part in joined.provenance["parts"]] == [2, 3, 3]


def test_draws_of_the_parts_are_no_copies_of_each_other():
    body = {
        "inputs": [{"metadata": {"tissue_ontology_id": TISSUES[0]}, "num_samples": 4}],
        "sampling_strategy": "sample generation",
        "seed": 3,
    }
    _, parts = answer_in_parts(Request("gem-1-bulk", body), 2)
    joined = join(parts, seed=3)
    assert len({row.tobytes() for row in joined.counts_array}) == 4


def test_metadata_prediction_is_cut_between_inputs():
    body = example_query("gem-1-sc_predict-metadata")
    body["inputs"] = body["inputs"][:1] * 5
    whole, parts = answer_in_parts(Request("gem-1-sc_predict-metadata", {**body, "seed": 1}), 2)
    joined = join(parts, seed=1)
    assert [part.n_samples for part in parts] == [1, 2, 2]
    for key, table in whole.probabilities.items():
        assert joined.probabilities[key].labels == table.labels
        np.testing.assert_allclose(joined.probabilities[key].values, table.values)


def small(n_samples=1, **changes):
    parts = {
        "model_id": "gem-1-sc",
        "kind": "expression",
        "sample_metadata": [{"sex": "male"}] * n_samples,
        "counts_array": np.arange(3 * n_samples, dtype=np.int64).reshape(n_samples, 3),
        "gene_order": ("ENSG00000141510", "ENSG00000012048", "ENSG00000139618"),
        **changes,
    }
    return Prediction(**parts)


@pytest.mark.parametrize(
    "other",
    [
        small(model_version="2"),
        small(gene_order=("ENSG00000141510", "ENSG00000012048", "ENSG00000000003")),
        small(latent_arrays={"biological": np.zeros((1, 2))}),
    ],
)
def test_parts_that_do_not_fit_together_are_an_error(other):
    with pytest.raises(ResultError):
        join([small(), other])


def test_a_label_that_a_part_lacks_has_probability_0_there():
    one = small(probabilities={"sex": LabelProbabilities(("male", "female"), np.array([[0.75, 0.25]]))})
    two = small(probabilities={"sex": LabelProbabilities(("female", "other"), np.array([[0.5, 0.5]]))})
    joined = join([one, two]).probabilities["sex"]
    assert joined.labels == ("male", "female", "other")
    assert joined.values.tolist() == [[0.75, 0.25, 0.0], [0.0, 0.5, 0.5]]


def test_sparse_counts_stay_sparse():
    sparse = SparseCounts.from_rows([np.array([1])], [np.array([7])], 3)
    joined = join([small(counts_array=sparse), small(counts_array=sparse)])
    assert joined.is_sparse
    assert joined.counts_array.tolist() == [[0, 7, 0], [0, 7, 0]]


@pytest.mark.parametrize(
    "prediction",
    [
        small(
            2, latent_arrays={"technical": np.array([[0.1], [1e-17]])}, provenance={"seed": 4}, simulated=True
        ),
        small(counts_array=SparseCounts.from_rows([np.array([0, 2])], [np.array([2**40, 1])], 3)),
        small(probabilities={"sex": LabelProbabilities(("male", "female"), np.array([[1 / 3, 2 / 3]]))}),
        small(kind="metadata", counts_array=None, gene_order=(), model_version="gem-1 2026"),
    ],
    ids=["latents", "sparse", "probabilities", "no counts"],
)
def test_a_part_that_is_kept_comes_back_exactly(tmp_path, prediction):
    write_part(prediction, tmp_path / "part.npz")
    back = read_part(tmp_path / "part.npz")
    assert back.is_sparse == prediction.is_sparse
    assert back.summary() == prediction.summary()
    assert list(map(dict, back.sample_metadata)) == list(map(dict, prediction.sample_metadata))
    np.testing.assert_equal(back.counts_array, prediction.counts_array)
    np.testing.assert_equal(dict(back.latent_arrays), dict(prediction.latent_arrays))
    for key, table in prediction.probabilities.items():
        np.testing.assert_array_equal(back.probabilities[key].values, table.values)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"])
def test_a_part_that_is_missing_or_damaged_is_not_there(tmp_path, content):
    if content is not None:
        (tmp_path / "part.npz").write_bytes(content)
    assert read_part(tmp_path / "part.npz") is None
