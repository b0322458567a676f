"""`Client.predict_many`: many queries checked, sent a few at a time, and their answers kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import synthquery as sq
from synthquery.errors import (
    ConfigError,
    InvalidQueriesError,
    MissingExtraError,
    QueryFormatError,
    RunStoppedError,
    TransportError,
)
from synthquery.jobs.many import outcomes_in
from tests.jobs.scripted import QUICK, Service, query

INVALID = query(1, tissue="UBERON:9999999")


def files(folder, *bodies, names=None):
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.json" for name in names or [f"q{place}" for place in range(len(bodies))]]
    for path, body in zip(paths, bodies, strict=True):
        path.write_text(json.dumps(body))
    return paths


class TestAnswers:
    def test_they_come_in_the_order_of_the_queries(self):
        queries = [query(seed, n_samples=1 + seed % 3) for seed in range(9)]
        client = sq.Client("simulator")
        outcomes = client.predict_many(queries, max_in_flight=3)
        assert outcomes.ok
        for body, outcome in zip(queries, outcomes, strict=True):
            np.testing.assert_array_equal(outcome.prediction.counts_array, client.predict(body).counts_array)

    def test_every_kind_of_query_is_taken(self, tmp_path):
        (path,) = files(tmp_path, query(1))
        typed = sq.parse_query(query(2))
        named = sq.Client().predict_many({"file": path, "typed": typed, "body": query(3)})
        assert [one.label for one in named] == ["file", "typed", "body"]
        assert [one.prediction.provenance["seed"] for one in named] == [1, 2, 3]

    def test_the_model_can_be_said_for_all(self):
        body = {key: value for key, value in query(1).items() if key != "model_id"}
        (outcome,) = sq.Client().predict_many([body], "gem-1-bulk")
        assert outcome.prediction.model_id == "gem-1-bulk"

    def test_queries_of_the_same_content_are_sent_once_and_share_the_answer(self):
        service = Service()
        outcomes = sq.Client(service).predict_many([query(1), query(2), query(1)])
        assert len(service.jobs) == 2
        assert [one.same_as for one in outcomes] == [None, None, "query-0001"]
        assert outcomes[2].prediction is outcomes[0].prediction

    def test_no_queries_are_no_answers(self):
        outcomes = sq.Client().predict_many([])
        assert outcomes.ok
        assert len(outcomes) == 0

    def test_names_may_be_numbers_as_those_of_samples_are(self):
        outcomes = sq.Client().predict_many({0: query(1), 17: query(2)})
        assert [one.label for one in outcomes] == ["0", "17"]

    def test_a_gem_2_query_is_named_and_is_for_predict(self):
        items = [{"metadata": {"tissue": "liver"}, "num_samples": 2}]
        inputs = {"modality": "bulk", "items": items}
        gem_2 = {"model_id": "gem-2", "operation": "predict-expression", "inputs": inputs}
        service = Service()
        with pytest.raises(QueryFormatError, match=r"^future: a GEM-2 query .* Client\.predict"):
            sq.Client(service).predict_many({"liver": query(1), "future": gem_2})
        assert not service.jobs

    def test_one_query_is_for_predict(self):
        with pytest.raises(ConfigError, match="predict"):
            sq.Client().predict_many(query(1))

    def test_what_comes_back_to_another_question_is_no_answer(self):
        class Wrong(Service):
            def fetch(self, query_id, request, *, status=None):
                return sq.Client().predict(query(1, n_samples=7))

        (outcome,) = sq.Client(Wrong()).predict_many([query(1)], **QUICK)
        assert outcome.state == "failed"
        assert "7" in outcome.error
        with pytest.raises(TransportError, match="no answer"):
            _ = outcome.prediction


class TestChecking:
    def test_all_queries_are_checked_before_one_is_sent(self):
        service = Service()
        with pytest.raises(InvalidQueriesError) as caught:
            sq.Client(service).predict_many(
                {"good": query(1), "one": INVALID, "two": {**INVALID, "seed": "x"}}
            )
        assert set(caught.value.reports) == {"one", "two"}
        assert "one: " in str(caught.value)
        assert not service.jobs

    def test_the_others_go_on_when_told_to(self):
        outcomes = sq.Client().predict_many([INVALID, query(1)], skip_invalid=True)
        assert [one.state for one in outcomes] == ["invalid", "saved"]
        assert "UBERON:9999999" in outcomes[0].error
        assert not outcomes.ok

    def test_nothing_is_written_when_a_query_is_invalid(self, tmp_path):
        with pytest.raises(InvalidQueriesError):
            sq.Client().predict_many([INVALID], out=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_a_file_that_cannot_be_opened_is_reported_with_the_rest(self, tmp_path):
        outcomes = sq.Client().predict_many([tmp_path / "none.json", query(1)], skip_invalid=True)
        assert [one.reason for one in outcomes] == ["could not be read", ""]

    def test_reports_that_are_known_are_not_made_again(self):
        report = sq.validate(INVALID)
        with pytest.raises(InvalidQueriesError):
            sq.Client().predict_many([query(1)], reports=[report])
        with pytest.raises(ConfigError, match="reports"):
            sq.Client().predict_many([query(1)], reports=[])


class TestFolderOfResults:
    def test_each_query_has_a_folder_of_its_own(self, tmp_path):
        paths = files(tmp_path / "queries", query(1), query(2), names=["liver", "lung"])
        outcomes = sq.Client().predict_many(paths, out=tmp_path / "out")
        assert [one.path for one in outcomes] == [tmp_path / "out" / "liver", tmp_path / "out" / "lung"]
        names = {path.name for path in outcomes[0].path.iterdir()}
        assert {"metadata.csv", "expression.csv.gz", "query.json", "report.json", "prediction.json"} <= names
        assert sq.load_query(outcomes[1].path / "query.json").seed == 2

    def test_a_name_that_is_no_text_is_spelt_out(self, tmp_path):
        (outcome,) = sq.Client().predict_many({"liver\udcff": query(1)}, out=tmp_path)
        assert outcome.label == "liver\\udcff"
        assert outcome.ok

    def test_the_index_lists_every_query(self, tmp_path):
        sq.Client().predict_many({"a": query(1), "b": query(2), "c": query(1)}, out=tmp_path)
        index = json.loads((tmp_path / "index.json").read_text())
        assert index["counts"] == {"saved": 3}
        assert [(row["query"], row["path"], row["same_as"]) for row in index["queries"]] == [
            ("a", "a", None),
            ("b", "b", None),
            ("c", "a", "a"),
        ]

    @pytest.mark.parametrize("form", ["csv", "parquet", "h5ad"])
    def test_answers_are_read_when_they_are_asked_for(self, tmp_path, form):
        client = sq.Client()
        (outcome,) = client.predict_many([query(1, n_samples=2)], out=tmp_path, format=form)
        expected = client.predict(query(1, n_samples=2))
        np.testing.assert_array_equal(outcome.prediction.counts_array, expected.counts_array)
        assert [dict(row) for row in outcome.prediction.sample_metadata] == expected.sample_metadata

    def test_answers_are_not_held_in_memory(self, tmp_path):
        (outcome,) = sq.Client().predict_many([query(1)], out=tmp_path)
        assert outcome.prediction.n_samples == 1
        for path in (tmp_path / "query-0001").iterdir():
            path.unlink()
        (tmp_path / "query-0001").rmdir()
        with pytest.raises(sq.ResultError, match="not there"):
            _ = outcome.prediction

    def test_the_same_call_again_sends_nothing(self, tmp_path):
        service = Service()
        for _ in range(2):
            assert sq.Client(service).predict_many([query(1), query(2)], out=tmp_path).ok
        assert len(service.jobs) == 2

    def test_more_queries_can_be_added_and_names_stay(self, tmp_path):
        service = Service()
        client = sq.Client(service)
        client.predict_many({"liver": query(1)}, out=tmp_path)
        outcomes = client.predict_many({"liver": query(2), "again": query(1)}, out=tmp_path)
        assert len(service.jobs) == 2
        assert outcomes[1].name == "liver"
        assert outcomes[0].name == f"liver-{outcomes[0].hash[:8]}"
        assert [one.label for one in outcomes_in(tmp_path)] == ["liver", "liver", "again"]

    def test_a_format_that_cannot_be_written_is_refused_before_anything_is_sent(self, tmp_path, monkeypatch):
        service = Service()
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        with pytest.raises(MissingExtraError):
            sq.Client(service).predict_many([query(1)], out=tmp_path, format="parquet")
        with pytest.raises(ConfigError, match="xlsx"):
            sq.Client(service).predict_many([query(1)], out=tmp_path / "out", format="xlsx")
        assert not service.jobs
        assert not (tmp_path / "out").exists()

    def test_a_folder_keeps_its_format(self, tmp_path):
        sq.Client().predict_many([query(1)], out=tmp_path, format="h5ad")
        with pytest.raises(ConfigError, match="h5ad"):
            sq.Client().predict_many([query(2)], out=tmp_path, format="csv")
        assert (
            sq.Client().predict_many([query(2)], out=tmp_path)[0].path.joinpath("prediction.h5ad").is_file()
        )

    def test_the_journal_holds_no_download_address(self, tmp_path):
        sq.Client(Service()).predict_many([query(1)], out=tmp_path)
        assert not [
            path for path in tmp_path.rglob("*") if path.is_file() and b"signature" in path.read_bytes()
        ]

    def test_a_file_in_the_place_of_the_folder_is_an_error(self, tmp_path):
        (tmp_path / "out").write_text("")
        with pytest.raises(OSError, match="out"):
            sq.Client().predict_many([query(1)], out=tmp_path / "out")

    def test_a_full_disk_ends_the_run_and_loses_nothing(self, tmp_path, monkeypatch):
        def full(self, folder, **_):
            (Path(folder) / "metadata.csv").write_text("half of it")
            raise OSError(28, "No space left on device", str(folder))

        service = Service()
        with monkeypatch.context() as patch:
            patch.setattr(sq.Prediction, "save", full)
            with pytest.raises(RunStoppedError, match="No space left") as caught:
                sq.Client(service).predict_many([query(1), query(2)], out=tmp_path, max_in_flight=1)
        assert caught.value.outcomes.counts == {"waiting": 1, "ready": 1}
        assert not (tmp_path / "query-0001").exists()
        assert not list(tmp_path.glob(".query*"))
        assert sq.Client(service).predict_many([query(1), query(2)], out=tmp_path).ok
        assert len(service.jobs) == 2


class TestLargeQueries:
    def test_they_are_sent_in_parts_and_joined_in_order(self, tmp_path):
        service = Service()
        body = query(5, n_samples=7, deterministic_latents=True)
        outcomes = sq.Client(service).predict_many([body, query(1)], out=tmp_path, max_samples_per_job=3)
        assert sorted(one.body["inputs"][0]["num_samples"] for one in service.jobs.values()) == [1, 2, 2, 3]
        whole = sq.Client().predict(body)
        np.testing.assert_array_equal(outcomes[0].prediction.counts_array, whole.counts_array)
        assert len(outcomes[0].query_ids) == 3
        assert not list((tmp_path / ".jobs").iterdir())

    def test_they_are_the_same_in_every_run(self):
        body = query(5, n_samples=4)
        one, other = (sq.Client().predict_many([body], max_samples_per_job=2)[0].prediction for _ in range(2))
        np.testing.assert_array_equal(one.latent_arrays["biological"], other.latent_arrays["biological"])

    def test_the_query_beside_the_results_is_the_whole_one(self, tmp_path):
        (outcome,) = sq.Client().predict_many([query(5, n_samples=4)], out=tmp_path, max_samples_per_job=2)
        assert sq.load_query(outcome.path / "query.json").n_samples == 4

    def test_a_part_that_fails_fails_the_query_and_the_rest_of_it_is_not_sent(self):
        service = Service(jobs_fail=lambda _: "Metadata validation failed: [...]")
        outcomes = sq.Client(service).predict_many(
            [query(5, n_samples=4)], max_samples_per_job=1, max_in_flight=1
        )
        assert outcomes[0].state == "failed"
        assert len(service.jobs) == 1


class TestOutcomes:
    def test_failures_are_grouped_by_reason(self):
        service = Service(jobs_fail=lambda number: "Metadata validation failed" if number % 2 else None)
        outcomes = sq.Client(service).predict_many([query(seed) for seed in range(4)], max_in_flight=1)
        assert {reason: len(some) for reason, some in outcomes.failures.items()} == {"job failed": 2}
        assert "Metadata validation failed" in str(outcomes)
        with pytest.raises(sq.SynthQueryError, match="job failed: 2"):
            outcomes.raise_for_errors()

    def test_of_a_query_with_errors_the_first_is_told(self):
        outcomes = sq.Client().predict_many({"liver": INVALID}, skip_invalid=True)
        assert "liver: error id.unknown at /inputs/0/metadata/tissue_ontology_id" in str(outcomes)

    def test_they_are_a_table_and_plain_json(self, tmp_path):
        outcomes = sq.Client().predict_many({"liver": query(1)}, out=tmp_path)
        assert outcomes.to_frame()["state"].tolist() == ["saved"]
        assert json.loads(json.dumps(outcomes.to_dict()))["counts"] == {"saved": 1}

    def test_progress_is_told_with_the_time_that_is_left(self):
        told = []
        sq.Client(Service()).predict_many([query(1), query(2)], on_progress=told.append)
        assert (told[-1].saved, told[-1].total, told[-1].samples_saved) == (2, 2, 2)
        assert told[-1].seconds_left == 0
        assert "2 of 2 queries answered" in str(told[-1])


@pytest.mark.parametrize(
    "settings",
    [
        {"max_in_flight": 0},
        {"max_in_flight": 2.5},
        {"max_in_flight": "4"},
        {"retry_failed_jobs": -1},
        {"max_samples_per_job": 0},
        {"max_samples_per_job": "3"},
    ],
)
def test_numbers_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError, match=r"max|retry"):
        sq.Client().predict_many([query(1)], **settings)


def test_no_more_than_so_many_are_under_way():
    service = Service(polls=3)
    sq.Client(service).predict_many([query(seed) for seed in range(12)], max_in_flight=3, poll=(0.001, 0.002))
    assert 1 <= service.most_at_once <= 3
