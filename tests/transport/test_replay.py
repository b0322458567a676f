"""What is recorded once is answered again without asking anybody."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from synthquery.client import Client
from synthquery.errors import TransportError
from synthquery.prediction import Prediction
from synthquery.simulator import example_query
from synthquery.transport import JobTransport, ReplayTransport, Request, SimulatorTransport
from synthquery.transport.canonical import canonical_query, query_hash
from synthquery.transport.recordings import Recordings
from tests.jobs.scripted import Service

MODELS = ["gem-1-bulk", "gem-1-sc", "gem-1-sc_reference-conditioning", "gem-1-bulk_predict-metadata"]


class Counting:
    """Answers, and counts how often."""

    def __init__(self) -> None:
        self.asked = 0
        self.closed = 0

    def predict(self, request: Request) -> Prediction:
        self.asked += 1
        return SimulatorTransport(seed=1).predict(request)

    def close(self) -> None:
        self.closed += 1


def asking(model_id: str = "gem-1-sc", **changes: object) -> Request:
    return Request(model_id, {**example_query(model_id), **changes})


def assert_same(one: Prediction, other: Prediction) -> None:
    assert one.model_id == other.model_id
    assert one.kind == other.kind
    assert one.gene_order == other.gene_order
    assert one.model_version == other.model_version
    assert one.simulated == other.simulated
    assert one.counts_array.dtype == other.counts_array.dtype
    np.testing.assert_array_equal(one.counts_array, other.counts_array)
    assert list(map(dict, one.sample_metadata)) == list(map(dict, other.sample_metadata))
    assert list(one.latent_arrays) == list(other.latent_arrays)
    for name, array in one.latent_arrays.items():
        assert array.dtype == other.latent_arrays[name].dtype
        np.testing.assert_array_equal(array, other.latent_arrays[name])
    assert list(one.probabilities) == list(other.probabilities)
    for name, table in one.probabilities.items():
        assert table.labels == other.probabilities[name].labels
        np.testing.assert_array_equal(table.values, other.probabilities[name].values)


@pytest.mark.parametrize("model_id", MODELS)
def test_an_answer_is_replayed_as_it_was_without_the_network(tmp_path, monkeypatch, model_id):
    request = asking(model_id)
    answer = ReplayTransport(tmp_path, Counting(), mode="record").predict(request)
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("it used the network"))
    assert_same(ReplayTransport(tmp_path).predict(request), answer)


def test_sparse_counts_stay_sparse(tmp_path):
    from synthquery.prediction.sparse import SparseCounts

    request = asking()
    sparse = SparseCounts.from_array(SimulatorTransport(seed=1).predict(request).counts_array)

    class Sparse(Counting):
        def predict(self, request: Request) -> Prediction:
            return super().predict(request).replace(counts_array=sparse)

    ReplayTransport(tmp_path, Sparse(), mode="record").predict(request)
    kept = ReplayTransport(tmp_path).predict(request).stored_counts
    assert isinstance(kept, SparseCounts)
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(sparse, name))
        assert getattr(kept, name).dtype == getattr(sparse, name).dtype


@pytest.mark.parametrize("largest", [3, 300, 70_000, 2**24 + 1, 2**40])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_counts_of_any_size_are_kept_exactly(tmp_path, largest, dtype):
    if largest > np.iinfo(dtype).max:
        largest = int(np.iinfo(dtype).max)
    counts = np.array([[0, largest, 1]], dtype=dtype)
    made = Prediction("gem-1-sc", "expression", [{}], counts, ("A", "B", "C"))

    class Making(Counting):
        def predict(self, request: Request) -> Prediction:
            return made

    ReplayTransport(tmp_path, Making(), mode="record").predict(asking())
    kept = ReplayTransport(tmp_path).predict(asking()).counts_array
    np.testing.assert_array_equal(kept, counts)
    assert kept.dtype == dtype


def test_the_same_answer_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        ReplayTransport(tmp_path / name, Counting(), mode="record").predict(asking())
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other")
    )
    assert one == other
    assert len(one) == 2


def test_names_say_the_model_and_the_query(tmp_path):
    request = asking()
    ReplayTransport(tmp_path, Counting(), mode="record").predict(request)
    digest = query_hash(canonical_query(request))[:20]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"gem-1-sc_{digest}.json",
        f"gem-1-sc_{digest}.npz",
    ]
    described = json.loads((tmp_path / f"gem-1-sc_{digest}.json").read_text())
    assert described["query"]["body"]["inputs"] == request.body["inputs"]


def test_a_recording_stays_in_its_folder_whatever_the_model_is_called(tmp_path):
    from synthquery.transport.recordings import Recordings

    path = Recordings(tmp_path).path(canonical_query(Request("../../gem", {})))
    assert path.parent == tmp_path


class TestHashes:
    def hash(self, request: Request) -> str:
        return query_hash(canonical_query(request))

    def test_lists_arrays_and_sparse_rows_of_the_same_counts_are_the_same_query(self):
        sparse = pytest.importorskip("scipy.sparse")
        counts = [0, 5, 1] * 100
        forms = [
            counts,
            tuple(counts),
            np.array(counts),
            np.array(counts, dtype=np.int32),
            np.array(counts, dtype=float),
            [float(count) for count in counts],
            sparse.csr_matrix([counts]),
        ]
        hashes = {self.hash(Request("m", {"inputs": [{"counts": form}]})) for form in forms}
        assert len(hashes) == 1

    def test_short_lists_too(self):
        assert self.hash(Request("m", {"c": [1, 2]})) == self.hash(Request("m", {"c": np.array([1, 2])}))

    def test_the_order_of_keys_does_not_matter_that_of_lists_does(self):
        assert self.hash(Request("m", {"a": 1, "b": 2})) == self.hash(Request("m", {"b": 2, "a": 1}))
        assert self.hash(Request("m", {"a": [1, 2]})) != self.hash(Request("m", {"a": [2, 1]}))

    @pytest.mark.parametrize(
        "other",
        [
            Request("n", {"counts": [1] * 100}),
            Request("m", {"counts": [1] * 101}),
            Request("m", {"counts": [1] * 99 + [2]}),
            Request("m", {"counts": [1.5] * 100}),
            Request("m", {"counts": ["1"] * 100}),
            Request("m", {"counts": [True] * 100}),
            Request("m", {"counts": [2**70] * 100}),
            Request("m", {"counts": [1] * 100, "seed": None}),
        ],
    )
    def test_any_difference_is_another_query(self, other):
        assert self.hash(Request("m", {"counts": [1] * 100})) != self.hash(other)

    def test_what_json_cannot_hold_is_refused(self):
        with pytest.raises(TransportError, match="set"):
            canonical_query(Request("m", {"a": {1}}))


class TestModes:
    def test_replay_never_asks(self, tmp_path):
        inner = Counting()
        with pytest.raises(TransportError, match="no recording"):
            ReplayTransport(tmp_path, inner).predict(asking())
        assert inner.asked == 0

    def test_auto_asks_once(self, tmp_path):
        inner = Counting()
        transport = ReplayTransport(tmp_path, inner, mode="auto")
        first, second = transport.predict(asking()), transport.predict(asking())
        assert inner.asked == 1
        assert_same(first, second)

    def test_record_asks_each_time(self, tmp_path):
        inner = Counting()
        transport = ReplayTransport(tmp_path, inner, mode="record")
        transport.predict(asking())
        transport.predict(asking())
        assert inner.asked == 2

    def test_a_transport_may_be_named(self, tmp_path):
        ReplayTransport(tmp_path, "simulator", mode="record").predict(asking())
        assert ReplayTransport(tmp_path).predict(asking()).simulated

    @pytest.mark.parametrize("mode", ["record", "auto"])
    def test_there_must_be_something_to_record_from(self, tmp_path, mode):
        with pytest.raises(TransportError, match="needs a transport"):
            ReplayTransport(tmp_path, mode=mode)

    def test_another_mode_is_refused(self, tmp_path):
        with pytest.raises(TransportError, match="'replay', 'record' or 'auto'"):
            ReplayTransport(tmp_path, mode="rerecord")

    def test_asking_twice_costs_nothing_only_where_nobody_is_asked(self, tmp_path):
        assert ReplayTransport(tmp_path).repeatable
        assert not ReplayTransport(tmp_path, Counting(), mode="auto").repeatable

    def test_a_service_with_jobs_is_one_while_it_is_recorded(self, tmp_path):
        transport = ReplayTransport(tmp_path, Service(), mode="record")
        assert isinstance(transport, JobTransport)
        query_id = transport.submit(asking(), key="key")
        assert transport.submit(asking(), key="key") == query_id
        assert transport.keeps_keys()
        answer = transport.fetch(query_id, asking(), status=transport.status(query_id))
        assert_same(ReplayTransport(tmp_path).predict(asking()), answer)

    @pytest.mark.parametrize("mode", ["replay", "auto"])
    def test_where_recordings_answer_there_are_no_jobs(self, tmp_path, mode):
        assert not isinstance(ReplayTransport(tmp_path, Service(), mode=mode), JobTransport)

    def test_the_transport_behind_it_is_closed(self, tmp_path):
        inner = Counting()
        ReplayTransport(tmp_path, inner, mode="auto").close()
        assert inner.closed == 1

    def test_it_says_that_it_replays(self, tmp_path):
        ReplayTransport(tmp_path, SimulatorTransport(seed=1), mode="record").predict(asking())
        provenance = Client("replay", folder=tmp_path).predict(asking().body, "gem-1-sc").provenance
        assert provenance["transport"] == "replay"
        assert provenance["recorded_from"] == "simulator"


def test_a_token_that_is_none_is_in_nobodys_way_and_is_not_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHESIZE_API_KEY", "a key in words")

    class Echoing(Counting):
        def predict(self, request):
            return super().predict(request).replace(model_version="asked with a key in words")

    ReplayTransport(tmp_path, Echoing(), mode="record").predict(asking())
    assert ReplayTransport(tmp_path).predict(asking()).model_version == "asked with ***"


class TestMissing:
    def test_the_nearest_recording_and_the_way_to_record_are_named(self, tmp_path):
        recorder = ReplayTransport(tmp_path, Counting(), mode="record")
        for seed in (1, 2):
            recorder.predict(asking(seed=seed))
        request = asking(seed=3)
        with pytest.raises(TransportError) as caught:
            ReplayTransport(tmp_path).predict(request)
        told = str(caught.value)
        assert query_hash(canonical_query(request))[:20] in told
        assert "/seed is 3, recorded is" in told
        assert "gem-1-sc_" in told
        assert "--record" in told
        assert caught.value.submission == "none"

    def test_numbers_that_differ_in_their_kind_are_told(self, tmp_path):
        ReplayTransport(tmp_path, Counting(), mode="record").predict(asking(seed=1))
        with pytest.raises(TransportError, match=r"/seed is 1\.0, recorded is 1"):
            ReplayTransport(tmp_path).predict(asking(seed=1.0))

    def test_counts_that_differ_are_told_in_few_words(self, tmp_path):
        model_id = "gem-1-sc_predict-metadata"
        request = asking(model_id)
        ReplayTransport(tmp_path, Counting(), mode="record").predict(request)
        inputs = [{"counts": [*request.body["inputs"][0]["counts"][:-1], 7]}]
        with pytest.raises(TransportError, match=r"37,125 numbers with the sum") as caught:
            ReplayTransport(tmp_path).predict(asking(model_id, inputs=inputs))
        assert len(str(caught.value)) < 2_000

    def test_other_models_are_named(self, tmp_path):
        ReplayTransport(tmp_path, Counting(), mode="record").predict(asking())
        with pytest.raises(TransportError, match="recordings for gem-1-sc"):
            ReplayTransport(tmp_path).predict(asking("gem-1-bulk"))

    def test_a_folder_that_is_not_there_is_said(self, tmp_path):
        with pytest.raises(TransportError, match="no such folder"):
            ReplayTransport(tmp_path / "typo").predict(asking())


class TestDamage:
    @pytest.fixture
    def recorded(self, tmp_path: Path) -> Path:
        ReplayTransport(tmp_path, Counting(), mode="record").predict(asking())
        return tmp_path

    @pytest.mark.parametrize("ending", ["json", "npz"])
    @pytest.mark.parametrize(
        "content",
        [b"", b"{}", b"[]", b"PK\x03\x04", b"\xff\xfe", b"[" * 100_000],
        ids=["empty", "{}", "[]", "zip", "no text", "nested"],
    )
    def test_a_damaged_recording_is_named(self, recorded, ending, content):
        (path,) = recorded.glob(f"*.{ending}")
        path.write_bytes(content)
        with pytest.raises(TransportError, match="record the query again"):
            ReplayTransport(recorded).predict(asking())

    def test_so_is_one_that_was_changed_by_hand(self, recorded):
        (path,) = recorded.glob("*.json")
        path.write_text(path.read_text().replace('"simulated": true', '"simulated": false'))
        with pytest.raises(TransportError, match="not the one that was recorded"):
            ReplayTransport(recorded).predict(asking())

    def test_so_is_one_under_the_name_of_another(self, recorded):
        other = asking(seed=77)
        for path in list(recorded.iterdir()):
            path.rename(Recordings(recorded).path(canonical_query(other)).with_suffix(path.suffix))
        with pytest.raises(TransportError, match="answers another query than its name says"):
            ReplayTransport(recorded).predict(other)

    def test_recordings_from_before_there_were_hashes_in_them_are_read(self, recorded):
        (path,) = recorded.glob("*.json")
        told = json.loads(path.read_text())
        del told["sha256"]
        path.write_text(json.dumps(told))
        assert ReplayTransport(recorded).predict(asking()).n_samples

    def test_so_is_one_whose_arrays_are_gone(self, recorded):
        next(recorded.glob("*.npz")).unlink()
        with pytest.raises(TransportError, match="record the query again"):
            ReplayTransport(recorded).predict(asking())

    def test_other_files_in_the_folder_do_not_matter(self, recorded):
        (recorded / "notes.json").write_text("{")
        (recorded / "more.json").write_text('{"format": "another"}')
        with pytest.raises(TransportError, match="the nearest is gem-1-sc_"):
            ReplayTransport(recorded).predict(asking(seed=77))

    def test_what_cannot_be_written_is_said(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(TransportError, match="could not be recorded") as caught:
            ReplayTransport(tmp_path / "file", Counting(), mode="record").predict(asking())
        assert caught.value.submission == "done"  # it was answered: nobody must ask again by himself

    def test_nothing_unfinished_stays_behind(self, recorded):
        assert not [path for path in recorded.iterdir() if "unfinished" in path.name]


def test_a_query_may_be_recorded_by_several_at_once_and_read_meanwhile(tmp_path):
    """Each answer is another draw: description and arrays must be those of one of them."""
    request = asking("gem-1-sc", seed=None)
    ReplayTransport(tmp_path, SimulatorTransport(), mode="record").predict(request)
    done = threading.Event()

    def record() -> None:
        transport = ReplayTransport(tmp_path, SimulatorTransport(), mode="record")
        for _ in range(8):
            transport.predict(request)

    def read() -> int:
        times = 0
        while not done.is_set():
            times += ReplayTransport(tmp_path).predict(request).n_samples > 0
        return times

    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(read)
        recording = [pool.submit(record) for _ in range(2)]
        for one in recording:
            one.result()
        done.set()
        assert reading.result() > 0
    assert ReplayTransport(tmp_path).predict(request).n_samples == 4
