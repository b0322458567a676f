from __future__ import annotations

import json

import numpy as np
import pytest

from synthquery.client import Client, example_query
from synthquery.errors import (
    InvalidQueryError,
    QueryFormatError,
    ResultError,
    TransportError,
    UnknownModelError,
)
from synthquery.prediction import Prediction
from synthquery.query import BulkQuery
from synthquery.transport import Request, SimulatorTransport
from synthquery.wire import parse_query, parse_result

BODY = {
    "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107", "sex": "male"}, "num_samples": 2}],
    "sampling_strategy": "mean estimation",
    "seed": 4,
}
INVALID = {**BODY, "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:9999999"}, "num_samples": 2}]}


class Recording:
    """A transport that keeps what it is given and answers what it is told."""

    def __init__(self, answer: object = None) -> None:
        self.requests: list[Request] = []
        self.closed = 0
        self.answer = answer

    def predict(self, request: Request) -> Prediction:
        self.requests.append(request)
        return self.answer or SimulatorTransport(seed=1).predict(request)

    def close(self) -> None:
        self.closed += 1


def prediction(model_id="gem-1-sc", n_samples=2, n_genes=37_125):
    return Prediction(
        model_id=model_id,
        kind="expression",
        sample_metadata=[{}] * n_samples,
        counts_array=np.zeros((n_samples, n_genes), dtype=np.int64),
    )


class TestPredict:
    def test_takes_a_query(self):
        assert Client().predict(parse_query(BODY, "gem-1-sc")).shape == (2, 37_125)

    def test_takes_a_body_and_the_model(self):
        assert Client().predict(BODY, "gem-1-bulk").shape == (2, 44_592)

    def test_takes_a_body_that_names_its_model(self):
        assert Client().predict({**BODY, "model_id": "gem-1-sc"}).model_id == "gem-1-sc"

    @pytest.mark.parametrize("kind", [str, lambda path: path])
    def test_takes_a_file(self, tmp_path, kind):
        file = tmp_path / "query.json"
        file.write_text(json.dumps({**BODY, "model_id": "gem-1-sc"}))
        assert Client().predict(kind(file)).n_samples == 2

    def test_query_body_and_file_give_the_same_answer(self, tmp_path):
        file = tmp_path / "query.json"
        file.write_text(json.dumps(BODY))
        client = Client()
        answers = [client.predict(q, "gem-1-sc") for q in (parse_query(BODY, "gem-1-sc"), BODY, file)]
        for answer in answers:
            np.testing.assert_array_equal(answer.counts_array, answers[0].counts_array)

    def test_sends_the_body_of_the_service(self):
        transport = Recording()
        Client(transport).predict({**BODY, "model_id": "gem-1-sc"})
        (request,) = transport.requests
        assert (request.model_id, dict(request.body)) == ("gem-1-sc", BODY)

    def test_leaves_what_it_is_given_alone(self):
        body = {**json.loads(json.dumps(BODY)), "model_id": "gem-1-sc"}
        Client().predict(body)
        assert body == {**BODY, "model_id": "gem-1-sc"}

    @pytest.mark.parametrize("model_id", ["gem-1-bulk_predict-metadata", "gem-1-sc_reference-conditioning"])
    def test_takes_the_examples(self, model_id):
        assert Client().predict(example_query(model_id), model_id).simulated


class TestRefusing:
    def test_an_invalid_query_is_not_sent_and_all_its_problems_are_reported(self):
        transport = Recording()
        with pytest.raises(InvalidQueryError) as caught:
            Client(transport).predict({**INVALID, "seed": "x"}, "gem-1-sc")
        assert {issue.path[-1] for issue in caught.value.report.errors} == {"tissue_ontology_id", "seed"}
        assert not transport.requests

    def test_an_invalid_query_is_sent_when_told_to(self):
        transport = Recording()
        Client(transport).predict(INVALID, "gem-1-sc", send_invalid=True)
        assert transport.requests[0].body == INVALID

    def test_what_the_model_cannot_answer_either_is_a_transport_error(self):
        with pytest.raises(TransportError):
            Client().predict({**BODY, "inputs": []}, "gem-1-sc", send_invalid=True)

    def test_a_file_with_a_key_twice_is_invalid(self, tmp_path):
        file = tmp_path / "query.json"
        file.write_text(json.dumps({**BODY, "model_id": "gem-1-sc"})[:-1] + ', "seed": 5}')
        with pytest.raises(InvalidQueryError):
            Client().predict(file)

    def test_a_file_that_is_no_query_is_invalid(self, tmp_path):
        file = tmp_path / "query.json"
        file.write_text("[")
        with pytest.raises(InvalidQueryError):
            Client().predict(file)

    def test_a_file_that_cannot_be_opened_says_so(self, tmp_path):
        with pytest.raises(QueryFormatError) as caught:
            Client().predict(tmp_path / "none.json")
        assert caught.value.unreadable

    def test_a_query_that_names_no_model_is_not_sent(self):
        with pytest.raises(QueryFormatError, match="which model"):
            Client().predict(BODY)

    def test_an_unknown_model_is_not_asked(self):
        with pytest.raises(UnknownModelError):
            Client().predict(BODY, "gem-9", send_invalid=True)

    def test_a_query_for_another_model_is_not_sent(self):
        with pytest.raises(InvalidQueryError):
            Client().predict(parse_query(BODY, "gem-1-sc"), "gem-1-bulk")


class TestCheckingTheAnswer:
    @pytest.mark.parametrize(
        ("answer", "complaint"),
        [
            (prediction(n_samples=1), "2 samples were asked for"),
            (prediction("gem-1-bulk", n_genes=44_592), "gem-1-bulk answered"),
            (prediction(n_genes=100), "37,125 genes"),
            ({"outputs": []}, "a dict"),
        ],
    )
    def test_an_answer_to_another_question_is_an_error(self, answer, complaint):
        with pytest.raises(ResultError, match=complaint):
            Client(Recording(answer)).predict(BODY, "gem-1-sc")

    def test_a_fitting_answer_gets_the_query_the_releases_and_labels(self):
        answer = prediction()
        given = Client(Recording(answer)).predict(BODY, "gem-1-sc")
        assert given.counts_array is answer.counts_array
        assert given.provenance["query"] == BODY
        assert "UBERON" in given.provenance["releases"]
        assert answer.names is None
        assert given.names is not None

    def test_samples_that_changed_places_are_an_error(self):
        inputs = [{"metadata": {"sex": sex}, "num_samples": 1} for sex in ("male", "female")]
        answer = prediction().replace(sample_metadata=[{"sex": "female"}, {"sex": "male"}])
        with pytest.raises(ResultError, match="not in the order of the query"):
            Client(Recording(answer)).predict({**BODY, "inputs": inputs}, "gem-1-sc")


class TestTransports:
    def test_the_simulator_is_the_default(self):
        assert isinstance(Client().transport, SimulatorTransport)

    def test_a_seed_is_passed_to_the_simulator(self):
        body = {key: value for key, value in BODY.items() if key != "seed"}
        one, other = (Client("simulator", seed=3).predict(body, "gem-1-sc") for _ in range(2))
        np.testing.assert_array_equal(one.counts_array, other.counts_array)

    def test_any_object_with_the_two_methods_will_do(self):
        transport = Recording()
        assert Client(transport).predict(BODY, "gem-1-sc").n_samples == 2
        assert len(transport.requests) == 1

    def test_options_are_passed_to_a_transport_by_name(self):
        assert Client("synthesize", base_url="http://localhost:8000/").transport.base_url.endswith(":8000")

    def test_an_option_it_does_not_take_is_refused(self):
        with pytest.raises(TransportError, match="'simulator' takes no option 'base_url'; it takes seed"):
            Client("simulator", base_url="http://localhost:8000")

    def test_an_unknown_name_lists_what_there_is(self):
        with pytest.raises(TransportError, match=r"does not exist; did you mean 'simulator'\?"):
            Client(transport="simulater")

    @pytest.mark.parametrize("thing", [None, 5, object(), BulkQuery])
    def test_what_is_no_transport_is_refused(self, thing):
        with pytest.raises(TransportError, match="predict"):
            Client(thing)

    def test_a_seed_for_a_transport_of_ones_own_is_refused(self):
        with pytest.raises(TransportError, match="seed"):
            Client(Recording(), seed=1)

    def test_leaving_the_context_closes_the_transport_even_after_an_error(self):
        transport = Recording()
        with pytest.raises(InvalidQueryError), Client(transport) as client:
            client.predict(INVALID, "gem-1-sc")
        assert transport.closed == 1


GEM_2 = {
    "operation": "predict-expression",
    "inputs": {"modality": "bulk", "items": [{"metadata": {"tissue": "liver"}, "num_samples": 2}]},
}


class TestGem2:
    """Models that no catalog has: the body goes out as it is, the answer is read by its shape."""

    class Service:
        def __init__(self, n_outputs=2):
            output = {"counts": [16_777_217, 2], "metadata": None, "latents": {"generated": [0.1]}}
            self.result = {"gene_order": ["gene1", "gene2"], "outputs": [output] * n_outputs}

        def predict(self, request):
            self.request = request
            return parse_result(self.result, request.model_id, request.body)

        def close(self):
            pass

    def test_a_body_is_sent_and_its_answer_read(self):
        service = self.Service()
        answer = Client(service).predict(GEM_2, "gem-2")
        assert (service.request.model_id, service.request.body) == ("gem-2", GEM_2)
        assert answer.counts_array.tolist() == [[16_777_217, 2]] * 2
        assert answer.provenance["query"] == GEM_2

    def test_too_few_samples_are_an_error(self):
        with pytest.raises(ResultError, match="2 samples were asked for"):
            Client(self.Service(1)).predict(GEM_2, "gem-2")
