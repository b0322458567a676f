"""Arrow streams of self-hosted containers: read as they come, and written so that pysynthbio reads them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthquery.errors import MissingExtraError, ResultError
from synthquery.prediction import LabelProbabilities, Prediction, SparseCounts
from synthquery.wire import parse_result, read_arrow, write_arrow
from synthquery.wire.arrow_columns import Vectors

pa = pytest.importorskip("pyarrow")

VIEWS = [pa.list_view(pa.int64())] if hasattr(pa, "list_view") else []  # since pyarrow 16
GENES = ("ENSG00000000003", "ENSG00000000005", "ENSG00000000419")
COUNTS = np.array([[3, 0, 16_777_217], [0, 0, 0], [1, 2, 3]])
METADATA = [
    {"tissue_ontology_id": "UBERON:0002107", "sex": ""},
    {"tissue_ontology_id": "", "sex": "male"},
    {"tissue_ontology_id": "", "sex": ""},
]
LATENTS = {
    "biological": np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
    "technical": np.array([[0.1], [0.2], [0.3]]),
    "perturbation": np.zeros((3, 2)),
}
PROBABILITIES = {
    "tissue_ontology_id": LabelProbabilities(
        ("UBERON:0002107", "UBERON:0000955"), np.array([[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])
    ),
    "sex": LabelProbabilities(("female", "male"), np.array([[0.2, 0.8], [0.7, 0.3], [0.5, 0.5]])),
}


def expression(**changes: Any) -> Prediction:
    parts: dict[str, Any] = {
        "model_id": "gem-1-bulk",
        "kind": "expression",
        "sample_metadata": METADATA,
        "counts_array": COUNTS,
        "gene_order": GENES,
        "latent_arrays": LATENTS,
        "model_version": "2.2",
    }
    return Prediction(**(parts | changes))


def predicted(**changes: Any) -> Prediction:
    parts = {"model_id": "gem-1-bulk_predict-metadata", "kind": "metadata", "probabilities": PROBABILITIES}
    return expression(**(parts | changes))


def stream_of(prediction: Prediction) -> bytes:
    sink = io.BytesIO()
    write_arrow(prediction, sink)
    return sink.getvalue()


def stream(
    batches: Sequence[dict[str, Any]],
    about: dict[str, str] | None = None,
    types: dict[str, Any] | None = None,
) -> bytes:
    """A stream as a server might write it."""
    made = [
        {name: pa.array(values, type=(types or {}).get(name)) for name, values in batch.items()}
        for batch in batches
    ]
    fields = [(name, column.type) for name, column in made[0].items()]
    told = {"request_type": "baseline", "gene_order": json.dumps(GENES), **(about or {})}
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, pa.schema(fields, metadata=told)) as writer:
        for batch in made:
            writer.write_batch(pa.record_batch(list(batch.values()), names=list(batch)))
    return sink.getvalue()


def rows(counts: list[Any]) -> dict[str, Any]:
    return {"counts": counts, "metadata": [{"sex": "male"}] * len(counts)}


class TestReading:
    def test_an_answer_is_read_whole(self) -> None:
        found = read_arrow(stream_of(expression()), "gem-1-bulk", provenance={"transport": "test"})
        assert np.array_equal(found.counts_array, COUNTS)
        assert found.gene_order == GENES
        assert found.model_version == "2.2"
        assert found.provenance == {"transport": "test"}
        assert found.metadata["tissue_label"].tolist() == ["liver", "", ""]
        assert list(found.sample_metadata[0])[:2] == ["age_years", "cell_line_ontology_id"]
        for name, array in LATENTS.items():
            assert np.array_equal(found.latent_arrays[name], array)

    def test_a_metadata_prediction_is_read_whole(self) -> None:
        found = read_arrow(stream_of(predicted()), "gem-1-bulk_predict-metadata")
        assert np.array_equal(found.counts_array, COUNTS)
        for name, table in PROBABILITIES.items():
            assert found.probabilities[name].labels == table.labels
            assert np.array_equal(found.probabilities[name].values, table.values)

    @pytest.mark.parametrize("known", [True, False], ids=["asked for", "not told"])
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_batches_of_any_size_give_one_matrix(self, size: int, known: bool) -> None:
        batches = [rows(COUNTS[start : start + size].tolist()) for start in range(0, 3, size)]
        body = {"inputs": [{"metadata": {}, "num_samples": 3}]} if known else None
        found = read_arrow(stream(batches), "gem-1-bulk", body)
        assert np.array_equal(found.counts_array, COUNTS)
        assert found.n_samples == 3

    @pytest.mark.parametrize(
        "kind",
        [
            pa.list_(pa.int32()),
            pa.list_(pa.uint16()),
            pa.large_list(pa.int64()),
            pa.list_(pa.float64()),
            pa.list_(pa.int64(), 3),
            *VIEWS,
        ],
        ids=str,
    )
    def test_counts_of_any_number_type_are_64_bit_integers(self, kind: Any) -> None:
        found = read_arrow(stream([rows([[3, 0, 5], [1, 2, 4]])], types={"counts": kind}), "gem-1-bulk")
        assert found.counts_array.dtype == np.int64
        assert found.counts_array.tolist() == [[3, 0, 5], [1, 2, 4]]

    @pytest.mark.parametrize("made", [expression(), predicted()], ids=["expression", "metadata"])
    @pytest.mark.parametrize("size", [1, 2, 3])
    @pytest.mark.parametrize("known", [True, False], ids=["asked for", "not told"])
    def test_all_parts_are_the_same_in_batches_of_any_size(
        self, made: Prediction, size: int, known: bool
    ) -> None:
        table = pa.ipc.open_stream(stream_of(made)).read_all()
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=size)
        body = {"inputs": [{"metadata": {}, "num_samples": 3}]} if known else None
        for source in (sink.getvalue(), io.BytesIO(sink.getvalue())):
            found = read_arrow(source, made.model_id, body)
            assert np.array_equal(found.counts_array, COUNTS)
            assert found.sample_metadata == read_arrow(stream_of(made), made.model_id).sample_metadata
            assert all(np.array_equal(found.latent_arrays[name], LATENTS[name]) for name in LATENTS)
            assert found.probabilities.keys() == made.probabilities.keys()
            for name, one in made.probabilities.items():
                assert np.array_equal(found.probabilities[name].values, one.values)

    def test_batches_may_bring_dictionaries_of_their_own(self) -> None:
        words = pa.dictionary(pa.int8(), pa.string())
        kind = pa.struct([("sex", words)])
        sink = io.BytesIO()
        with pa.ipc.new_stream(
            sink, pa.schema([("counts", pa.list_(pa.int64())), ("metadata", kind)])
        ) as writer:
            for sex in ("male", "female"):
                said = pa.StructArray.from_arrays([pa.array([sex]).dictionary_encode().cast(words)], ["sex"])
                writer.write_batch(pa.record_batch([pa.array([[1, 2]]), said], names=["counts", "metadata"]))
        found = read_arrow(sink.getvalue(), "gem-1-bulk")
        assert [row["sex"] for row in found.sample_metadata] == ["male", "female"]

    def test_a_column_may_be_a_part_of_a_larger_one(self) -> None:
        for kind in (pa.list_(pa.int64()), pa.list_(pa.int64(), 3), *VIEWS):
            vectors = Vectors("counts", np.dtype(np.int64), None, None)
            vectors.add(pa.array([[9, 9, 9], *COUNTS.tolist(), [9, 9, 9]], type=kind).slice(1, 3))
            assert np.array_equal(vectors.matrix(), COUNTS)

    def test_large_matrices_are_copied_whole_and_a_wrong_count_is_found_in_either_half(self) -> None:
        counts = np.arange(3 * 2_000_000).reshape(3, 2_000_000)
        for wrong in (None, 0, 1, 2):
            made = counts.copy()
            if wrong is not None:
                made[wrong, 1_999_999] = -1
            vectors = Vectors("counts", np.dtype(np.int64), None, None)
            for part in (made[:2], made[2:]):
                flat = pa.array(part.reshape(-1))
                vectors.add(pa.FixedSizeListArray.from_arrays(flat, counts.shape[1]))
            if wrong is None:
                assert np.array_equal(vectors.matrix(), made)
            else:
                with pytest.raises(ResultError, match=rf"outputs\[{wrong}\]: count 1999999 .*negative"):
                    vectors.matrix()

    def test_bytes_files_and_responses_are_read_alike(self, tmp_path: Path) -> None:
        raw = stream_of(expression())
        (tmp_path / "answer.arrow").write_bytes(raw)
        for source in (
            raw,
            bytearray(raw),
            memoryview(raw),
            tmp_path / "answer.arrow",
            io.BytesIO(raw),
            Slow(raw),
        ):
            assert np.array_equal(read_arrow(source, "gem-1-bulk").counts_array, COUNTS)

    def test_genes_need_not_be_told(self) -> None:
        sink = io.BytesIO()
        with pa.ipc.new_stream(
            sink, pa.schema([("counts", pa.list_(pa.int64())), ("metadata", pa.null())])
        ) as writer:
            writer.write_batch(
                pa.record_batch([pa.array([[1, 2]]), pa.nulls(1)], names=["counts", "metadata"])
            )
        found = read_arrow(sink.getvalue(), "gem-1-bulk")
        assert (found.gene_order, found.counts_array.tolist()) == ((), [[1, 2]])

    def test_probabilities_have_either_name_and_may_be_maps_or_missing(self) -> None:
        kind = pa.struct(
            [("tissue", pa.map_(pa.string(), pa.float64())), ("sex", pa.struct([("male", pa.float64())]))]
        )
        values = [{"tissue": [("UBERON:0002107", 0.9)], "sex": {"male": 1.0}}, {"tissue": None, "sex": None}]
        batch = {"metadata": [{"sex": "male"}] * 2, "classifier_probs": values}
        raw = stream([batch], {"request_type": "predict_metadata"}, {"classifier_probs": kind})
        found = read_arrow(raw, "gem-1-bulk_predict-metadata")
        assert found.classifier_probs["tissue_ontology_id"]["UBERON:0002107"].tolist() == [0.9, 0.0]
        assert found.classifier_probs["sex"]["male"].tolist() == [1.0, 0.0]
        assert found.shape == (2, 0)

    @pytest.mark.parametrize("second", [{"brain": 0.1, "liver": 0.9}, {"liver": 0.0, "brain": 0.0}])
    def test_the_same_probabilities_under_both_names_of_a_field_are_one(self, second: dict[str, Any]) -> None:
        probabilities = {"tissue": {"liver": 0.9, "brain": 0.1}, "tissue_ontology_id": second}
        for names in (["tissue", "tissue_ontology_id"], ["tissue_ontology_id", "tissue"]):
            values = [{name: probabilities[name] for name in names}]
            batch = {"metadata": [{"sex": "male"}], "classifier_probs": values}
            found = read_arrow(stream([batch], PREDICTED), "gem-1-bulk_predict-metadata").classifier_probs
            assert found["tissue_ontology_id"]["liver"].tolist() == [0.9]

    def test_different_probabilities_under_both_names_of_a_field_are_refused(self) -> None:
        values = [{"tissue": {"liver": 0.9}, "tissue_ontology_id": {"liver": 0.8}}]
        batch = {"metadata": [{"sex": "male"}], "classifier_probs": values}
        with pytest.raises(ResultError, match="tissue_ontology_id twice, and they differ"):
            read_arrow(stream([batch], PREDICTED), "gem-1-bulk_predict-metadata")


PREDICTED = {"request_type": "predict_metadata"}


class Slow:
    """A response that hands over a few bytes at a time."""

    def __init__(self, raw: bytes) -> None:
        self._file = io.BytesIO(raw)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, 7))


class TestWriting:
    @pytest.mark.parametrize("made", [expression(), predicted(), predicted(counts_array=None, gene_order=())])
    def test_what_is_written_is_read_again(self, made: Prediction) -> None:
        found = read_arrow(stream_of(made), made.model_id)
        assert found.summary() == made.summary()
        assert np.array_equal(found.counts_array, made.counts_array) or made.counts_array is None
        for row, original in zip(found.sample_metadata, made.sample_metadata, strict=True):
            assert {key: row[key] for key in original} == original

    def test_a_simulated_answer_stays_marked(self) -> None:
        found = read_arrow(stream_of(expression(simulated=True, provenance={"seed": 3})), "gem-1-bulk")
        assert found.simulated
        assert found.provenance == {"seed": 3}

    def test_sparse_and_small_counts_are_written_whole(self) -> None:
        for counts in (SparseCounts.from_array(COUNTS), COUNTS.astype(np.int32)):
            found = read_arrow(stream_of(expression(counts_array=counts)), "gem-1-bulk")
            assert np.array_equal(found.counts_array, COUNTS)

    def test_many_samples_go_out_in_several_batches(self) -> None:
        counts = np.arange(300 * 10_000).reshape(300, 10_000)
        made = Prediction("gem-1-bulk", "expression", [{"age_years": at} for at in range(300)], counts)
        raw = stream_of(made)
        assert len(list(pa.ipc.open_stream(raw))) > 1
        found = read_arrow(raw, "gem-1-bulk")
        assert np.array_equal(found.counts_array, counts)
        assert [row["age_years"] for row in found.sample_metadata] == list(range(300))

    @pytest.mark.parametrize("made", [expression(), predicted()], ids=["expression", "metadata"])
    def test_pysynthbio_reads_it_unmodified(self, made: Prediction) -> None:
        transform = pytest.importorskip("pysynthbio.arrow_transformers").transform_arrow_stream
        found = transform(stream_of(made))
        assert found["expression"].to_numpy().tolist() == COUNTS.tolist()
        assert list(found["expression"].columns) == list(GENES)
        assert found["metadata"]["tissue_ontology_id"].tolist() == ["UBERON:0002107", "", ""]
        assert [list(one) for one in found["latents"]["biological"]] == LATENTS["biological"].tolist()
        if made.kind == "metadata":
            assert found["classifier_probs"]["sex"].iloc[0] == {"female": 0.2, "male": 0.8}


class TestRefusing:
    def test_a_stream_that_is_cut_off_anywhere_is_refused(self) -> None:
        raw = stream([rows([[1, 2, 3]]), rows([[4, 5, 6]])])
        for end in range(len(raw)):
            with pytest.raises(ResultError):
                read_arrow(raw[:end], "gem-1-bulk")
            with pytest.raises(ResultError):
                read_arrow(io.BytesIO(raw[:end]), "gem-1-bulk")

    def test_a_cut_between_batches_is_told_with_how_far_it_came(self) -> None:
        raw = stream([rows([[1, 2, 3]]), rows([[4, 5, 6]])])
        body = {"inputs": [{"metadata": {}, "num_samples": 3}]}
        with pytest.raises(ResultError, match="cut off after 2 samples"):
            read_arrow(raw[:-8], "gem-1-bulk")
        with pytest.raises(ResultError, match="3 samples were asked for, the result has 2"):
            read_arrow(raw, "gem-1-bulk", body)

    def test_more_samples_than_were_asked_for_are_refused(self) -> None:
        body = {"inputs": [{"metadata": {}, "num_samples": 1}]}
        with pytest.raises(ResultError, match="1 samples were asked for, the result has"):
            read_arrow(stream([rows([[1, 2, 3]]), rows([[4, 5, 6]])]), "gem-1-bulk", body)
        with pytest.raises(ResultError, match="1 samples were asked for, the result has"):
            read_arrow(stream([rows([[1, 2, 3], [4, 5, 6]])]), "gem-1-bulk", body)

    @pytest.mark.parametrize(
        ("counts", "kind", "said"),
        [
            ([[1, 2, 3], [1, -2, 3]], pa.int64(), r"outputs\[1\]: count 1 .*negative"),
            ([[1, 2, 3], [1, 0.5, 3]], pa.float64(), r"outputs\[1\]: count 1 .*not a whole number"),
            ([[1, float("nan"), 3]], pa.float64(), r"outputs\[0\]: count 1 .*missing"),
            ([[1, 2, 2**63]], pa.uint64(), "too large"),
            ([[1, None, 3]], pa.int64(), "1 numbers are missing"),
            ([[1, 2, 3], None], pa.int64(), "1 samples have none"),
            ([[1, 2, 3], [1, 2]], pa.int64(), r"outputs\[1\] has 2 counts instead of 3"),
            ([[1, 2]], pa.int64(), r"outputs\[0\] has 2 counts instead of 3"),
            ([["1", "2", "3"]], pa.string(), "lists of numbers"),
        ],
    )
    def test_what_is_no_count_is_refused(self, counts: Any, kind: Any, said: str) -> None:
        with pytest.raises(ResultError, match=said):
            read_arrow(stream([rows(counts)], types={"counts": pa.list_(kind)}), "gem-1-bulk")

    @pytest.mark.parametrize(
        ("about", "said"),
        [
            ({"gene_order": json.dumps([GENES[0]] * 3)}, "names a gene twice"),
            ({"gene_order": "ENSG"}, "is no JSON"),
            ({"gene_order": "5"}, "not a list of gene IDs"),
            ({"request_type": "predict_metadata"}, "answers a 'predict_metadata' request"),
        ],
    )
    def test_what_the_schema_says_is_checked(self, about: dict[str, str], said: str) -> None:
        with pytest.raises(ResultError, match=said):
            read_arrow(stream([rows([[1, 2, 3]])], about), "gem-1-bulk")

    @pytest.mark.parametrize("raw", [b"", b"{}", b"<html>502</html>", b"\xff" * 64])
    def test_what_is_no_stream_is_refused(self, raw: bytes) -> None:
        with pytest.raises(ResultError, match="no Arrow stream"):
            read_arrow(raw, "gem-1-bulk")

    def test_objects_of_lists_are_no_lists(self) -> None:
        with pytest.raises(ResultError, match="counts are lists of numbers, not struct"):
            read_arrow(stream([rows([{"all": [1, 2, 3]}])]), "gem-1-bulk")

    def test_latents_that_are_missing_are_refused(self) -> None:
        batch = {**rows([[1, 2, 3]]), "biological_latent": [[0.1, float("nan")]]}
        with pytest.raises(ResultError, match="latents biological"):
            read_arrow(stream([batch]), "gem-1-bulk")

    def test_a_stream_without_samples_is_refused(self) -> None:
        with pytest.raises(ResultError, match="no samples"):
            read_arrow(
                stream(
                    [rows([])],
                    types={"counts": pa.list_(pa.int64()), "metadata": pa.struct([("sex", pa.string())])},
                ),
                "gem-1-bulk",
            )

    def test_samples_that_changed_places_are_refused(self) -> None:
        inputs = [{"metadata": {"sex": sex}, "num_samples": 1} for sex in ("male", "female")]
        batch = {"counts": [[1, 2, 3]] * 2, "metadata": [{"sex": "female"}, {"sex": "male"}]}
        with pytest.raises(ResultError, match="not in the order of the query"):
            read_arrow(stream([batch]), "gem-1-bulk", {"inputs": inputs})

    def test_what_goes_wrong_while_reading_is_told_as_it_is(self) -> None:
        class Broken:
            def read(self, size: int = -1) -> bytes:
                raise ConnectionResetError("the peer went away")

        with pytest.raises(ConnectionResetError, match="the peer went away"):
            read_arrow(Broken(), "gem-1-bulk")

    def test_without_pyarrow_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        with pytest.raises(MissingExtraError, match=r"synthquery\[arrow\]"):
            read_arrow(b"", "gem-1-bulk")


def test_the_sample_stream_of_the_contract_equals_its_json() -> None:
    payload = {
        "gene_order": list(GENES),
        "model_version": "2.2",
        "outputs": [
            {
                "counts": COUNTS[at].tolist(),
                "metadata": METADATA[at],
                "latents": {name: array[at].tolist() for name, array in LATENTS.items()},
            }
            for at in range(3)
        ],
    }
    one, other = parse_result(payload, "gem-1-bulk"), read_arrow(stream_of(expression()), "gem-1-bulk")
    assert one.summary() == other.summary()
    assert one.metadata.equals(other.metadata)
