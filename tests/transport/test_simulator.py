from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from synthquery.errors import TransportError
from synthquery.simulator import example_query
from synthquery.transport import Request, SimulatorTransport
from synthquery.wire.results import parse_result, result_to_payload

BODY = {
    "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1}],
    "sampling_strategy": "mean estimation",
}
REQUEST = Request("gem-1-sc", BODY)
MODELS = ["gem-1-bulk", "gem-1-sc", "gem-1-sc_reference-conditioning", "gem-1-bulk_predict-metadata"]


def test_a_seeded_transport_answers_queries_without_seed_in_the_same_row_again():
    one, other = SimulatorTransport(seed=3), SimulatorTransport(seed=3)
    first, second = one.predict(REQUEST).counts_array, one.predict(REQUEST).counts_array
    np.testing.assert_array_equal(first, other.predict(REQUEST).counts_array)
    np.testing.assert_array_equal(second, other.predict(REQUEST).counts_array)
    assert (first != second).any()


def test_the_seed_of_a_query_comes_first():
    request = Request("gem-1-sc", {**BODY, "seed": 8})
    answers = [SimulatorTransport(seed=seed).predict(request) for seed in (1, 2, None)]
    for answer in answers:
        np.testing.assert_array_equal(answer.counts_array, answers[0].counts_array)
        assert answer.provenance["seed"] == 8


def test_an_unseeded_transport_draws_anew():
    transport = SimulatorTransport()
    assert (transport.predict(REQUEST).counts_array != transport.predict(REQUEST).counts_array).any()


def test_threads_may_share_a_transport():
    transport = SimulatorTransport(seed=1)
    with ThreadPoolExecutor(4) as pool:
        seeds = {answer.provenance["seed"] for answer in pool.map(transport.predict, [REQUEST] * 8)}
    alone = SimulatorTransport(seed=1)
    assert seeds == {alone.predict(REQUEST).provenance["seed"] for _ in range(8)}


@pytest.mark.parametrize("model_id", MODELS)
def test_answers_survive_the_json_of_the_service(model_id):
    answer = SimulatorTransport().predict(Request(model_id, example_query(model_id)))
    again = parse_result(result_to_payload(answer), model_id)
    np.testing.assert_array_equal(again.counts_array, answer.counts_array)
    for name, array in answer.latent_arrays.items():
        np.testing.assert_array_equal(again.latent_arrays[name], array)
    assert set(again.probabilities) == set(answer.probabilities)
    for name, one in answer.probabilities.items():
        assert again.probabilities[name].labels == one.labels
        np.testing.assert_array_equal(again.probabilities[name].values, one.values)
    assert list(map(dict, again.sample_metadata)) == list(map(dict, answer.sample_metadata))
    assert again.simulated
    assert again.provenance == answer.provenance
    assert again.gene_order == answer.gene_order


def test_a_body_that_is_no_query_is_refused_with_its_problems():
    with pytest.raises(TransportError, match="num_samples"):
        SimulatorTransport().predict(Request("gem-1-bulk", {**BODY, "inputs": [{"metadata": {}}]}))


def test_a_text_that_nothing_can_send_is_refused():
    inputs = [{"metadata": {"genotype": "\ud800"}, "num_samples": 1}]
    with pytest.raises(TransportError, match="half a character"):
        SimulatorTransport().predict(Request("gem-1-bulk", {**BODY, "inputs": inputs}))


def test_an_unknown_model_is_refused():
    with pytest.raises(TransportError, match="gem-9"):
        SimulatorTransport().predict(Request("gem-9", BODY))
