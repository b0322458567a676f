"""Answers as they arrive: read, held against the query, kept when they do not fit."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthquery.errors import ResultError
from synthquery.prediction import Prediction
from synthquery.wire import accept, keep_raw, keeping_raw, parse_query, receive, write_arrow
from synthquery.wire.arrival import without_counts
from synthquery.wire.asked import check_answer

N_GENES = 44_592
GENES = [f"ENSG{number:011}" for number in range(N_GENES)]
BODY = {"inputs": [{"metadata": {"sex": "male"}, "num_samples": 1}]}


def payload(genes: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    named = GENES if genes is None else genes
    output = {"counts": [1] * len(named), "metadata": {"sex": "male"}, **changes}
    return {"gene_order": named, "outputs": [output]}


def answer(**changes: Any) -> Prediction:
    parts: dict[str, Any] = {
        "model_id": "gem-1-bulk",
        "kind": "expression",
        "sample_metadata": [{"sex": "male"}],
        "counts_array": np.ones((1, N_GENES), dtype=np.int64),
        "gene_order": GENES,
    }
    return Prediction(**(parts | changes))


def as_arrow(prediction: Prediction) -> bytes:
    sink = io.BytesIO()
    write_arrow(prediction, sink)
    return sink.getvalue()


class TestReceiving:
    def test_json_is_read_and_checked(self, tmp_path: Path) -> None:
        raw = json.dumps(payload()).encode()
        (tmp_path / "result.json").write_bytes(raw)
        for source in (raw, tmp_path / "result.json", io.BytesIO(raw)):
            found = receive(source, "gem-1-bulk", BODY, keep_in=tmp_path / "kept")
            assert found.shape == (1, N_GENES)
        assert not (tmp_path / "kept").exists()

    def test_arrow_is_read_and_checked(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        raw = as_arrow(answer())
        for source in (raw, io.BytesIO(raw)):
            assert receive(source, "gem-1-bulk", BODY, form="arrow", keep_in=tmp_path).shape == (1, N_GENES)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (json.dumps(payload()).encode()[:-9], "cut off"),
            (b"<html>Bad gateway</html>", "no JSON"),
            (json.dumps(payload(GENES[:100])).encode(), "has 44,592 genes, the answer has 100"),
            (json.dumps(payload(GENES[::-1])).encode(), "not in the order of gem-1-bulk"),
            (json.dumps(payload(metadata={"sex": "female"})).encode(), "asked for 'male'"),
            (json.dumps({"error": "out of memory"}).encode(), "out of memory"),
        ],
    )
    def test_an_answer_that_does_not_fit_is_kept_as_it_came(
        self, tmp_path: Path, raw: bytes, said: str
    ) -> None:
        for source in (raw, io.BytesIO(raw)):
            with pytest.raises(ResultError, match=said) as caught:
                receive(source, "gem-1-bulk", BODY, keep_in=tmp_path)
            path = caught.value.raw_path
            assert path is not None
            assert path.read_bytes() == raw
            assert str(path) in str(caught.value)
        assert len(list(tmp_path.iterdir())) == 1

    def test_an_arrow_stream_is_kept_with_what_was_not_read_yet(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        raw = as_arrow(answer(sample_metadata=[{"sex": "female"}]))
        for source in (raw, io.BytesIO(raw), io.BytesIO(raw[:-9])):
            sent = source.getvalue() if isinstance(source, io.BytesIO) else source
            with pytest.raises(ResultError) as caught:
                receive(source, "gem-1-bulk", BODY, form="arrow", keep_in=tmp_path)
            assert caught.value.raw_path is not None
            assert caught.value.raw_path.suffix == ".arrow"
            assert caught.value.raw_path.read_bytes() == sent


class TestKeeping:
    def test_only_this_user_may_read_it(self, tmp_path: Path) -> None:
        path = keep_raw(b"{}", tmp_path / "new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.suffix == ".json"

    def test_the_same_answer_is_kept_once(self, tmp_path: Path) -> None:
        (tmp_path / "downloaded").write_bytes(b"{}")
        first, second = (
            keep_raw(b"{}", tmp_path / "kept"),
            keep_raw(tmp_path / "downloaded", tmp_path / "kept"),
        )
        assert first == second
        assert second.read_bytes() == b"{}"

    def test_it_goes_to_the_cache_directory_unless_told_otherwise(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SYNTHQUERY_CACHE_DIR", str(tmp_path))
        assert keep_raw(b"[]").parent == tmp_path / "answers"

    def test_a_folder_that_cannot_be_written_to_does_not_hide_the_fault(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with (
            pytest.raises(ResultError, match=r"no counts.*could not be kept"),
            keeping_raw(b"", folder=tmp_path / "file"),
        ):
            raise ResultError("it has no counts")

    def test_what_is_kept_already_is_not_kept_again(self, tmp_path: Path) -> None:
        with (
            pytest.raises(ResultError) as caught,
            keeping_raw(b"2", folder=tmp_path),
            keeping_raw(b"1", folder=tmp_path),
        ):
            raise ResultError("it has no counts")
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"1"]
        assert str(caught.value).count("is in") == 1


class TestChecking:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"model_id": "gem-1-sc"}, "gem-1-bulk was asked, gem-1-sc answered"),
            (
                {"counts_array": np.ones((1, 5), dtype=int), "gene_order": ()},
                "has 44,592 genes, the answer has 5",
            ),
            ({"gene_order": [*GENES[1:], GENES[0]]}, rf"gene_order\[{N_GENES - 1}\] is {GENES[0]}, after"),
            (
                {"sample_metadata": [{}] * 2, "counts_array": np.ones((2, N_GENES), dtype=int)},
                "1 samples were asked",
            ),
        ],
    )
    def test_an_answer_to_another_question_is_refused(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(ResultError, match=said):
            check_answer(answer(**changes), "gem-1-bulk", BODY)

    def test_a_fitting_answer_gets_the_query_the_releases_and_names(self) -> None:
        given = accept(answer(sample_metadata=[{"tissue_ontology_id": "UBERON:0002107"}]), "gem-1-bulk")
        assert given.metadata["tissue_label"].tolist() == ["liver"]
        assert {"UBERON", "CL", "MONDO"} <= set(given.provenance["releases"])
        assert accept(answer(), "gem-1-bulk", BODY).provenance["query"] == BODY

    def test_what_a_transport_says_of_itself_stays(self) -> None:
        told = {"query": {"seed": 1}, "releases": {"CL": "old"}, "transport": "replay"}
        assert accept(answer(provenance=told), "gem-1-bulk", BODY).provenance == told

    def test_the_query_is_remembered_without_its_counts(self) -> None:
        query = parse_query({"inputs": [{"counts": [1, 2, 3]}], "seed": 4}, "gem-1-bulk_predict-metadata")
        assert without_counts(query) == {"seed": 4, "inputs": [{"counts": "3 counts"}]}
        gem_2 = {"operation": "autoencode", "inputs": {"modality": "bulk", "items": [{"counts": [1, 2]}]}}
        assert without_counts(gem_2)["inputs"] == {"modality": "bulk", "items": [{"counts": "2 counts"}]}
        assert len(gem_2["inputs"]["items"][0]["counts"]) == 2
