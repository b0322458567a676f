"""Reading a result: arrays where there are lists of numbers, in one matrix, and errors that say where."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from synthquery.errors import ResultError
from synthquery.wire import matrix_of, read_result

N_GENES = 3_000
GENES = [f"ENSG{at:011d}" for at in range(N_GENES)]


def result(n_samples: int = 4) -> dict[str, object]:
    draw = np.random.default_rng(3)
    return {
        "gene_order": GENES,
        "outputs": [
            {
                "counts": draw.integers(0, 50_000, N_GENES).tolist(),
                "metadata": {"tissue_ontology_id": "UBERON:0002107", "note": "[1,2,3"},
                "latents": {
                    "biological": draw.normal(size=1024).tolist(),
                    "technical": draw.normal(size=32).tolist(),
                },
                "decoder_sample": {"counts": draw.integers(0, 9, N_GENES).tolist()},
            }
            for _ in range(n_samples)
        ],
        "model_version": 2,
    }


def test_counts_and_latents_are_arrays_and_the_rest_is_as_json_has_it():
    content = result()
    read = read_result(json.dumps(content).encode())
    assert read["gene_order"] == GENES
    assert read["model_version"] == 2
    for output, expected in zip(read["outputs"], content["outputs"], strict=True):
        assert output["counts"].dtype == output["decoder_sample"]["counts"].dtype == np.int64
        assert output["counts"].tolist() == expected["counts"]
        assert output["metadata"] == expected["metadata"]
        for name, values in output["latents"].items():
            assert values.dtype == np.float64
            assert values.tolist() == expected["latents"][name]


def test_the_counts_of_all_samples_are_one_matrix_without_a_copy():
    content = result()
    for output in content["outputs"]:
        del output["decoder_sample"]
    rows = [output["counts"] for output in read_result(json.dumps(content).encode())["outputs"]]
    matrix = matrix_of(rows)
    assert np.shares_memory(matrix, rows[0])
    assert matrix.tolist() == [output["counts"] for output in content["outputs"]]
    assert matrix_of(rows[1:3]).tolist() == matrix[1:3].tolist()


@pytest.mark.parametrize("order", [[0, 2], [1, 0], [0, 0]])
def test_rows_in_another_order_are_stacked(order):
    rows = [output["counts"] for output in read_result(json.dumps(result()).encode())["outputs"]]
    matrix = matrix_of([rows[at] for at in order])
    assert matrix.tolist() == [rows[at].tolist() for at in order]
    assert not np.shares_memory(matrix, rows[0])


def test_rows_that_are_not_equally_long_have_no_matrix():
    with pytest.raises(ValueError, match="shape"):
        matrix_of([np.zeros(3), np.zeros(4)])
    with pytest.raises(ValueError, match=r"shape|stack"):
        matrix_of([np.zeros((2, 3))[0], np.zeros(4)])


def test_a_path_an_open_file_and_bytes_give_the_same(tmp_path):
    data = json.dumps(result()).encode()
    path = tmp_path / "result.json"
    path.write_bytes(data)
    sources = [
        data,
        memoryview(data),
        bytearray(data),
        path,
        str(path),
        io.BytesIO(data),
        b"\xef\xbb\xbf" + data,
    ]
    sources.append(data.decode().encode("utf-16"))
    totals = [
        sum(int(output["counts"].sum()) for output in read_result(source)["outputs"]) for source in sources
    ]
    assert len(set(totals)) == 1


def test_a_truncated_result_is_refused_at_its_end(tmp_path):
    data = json.dumps(result()).encode()
    for length in (1, 100, len(data) // 2, len(data) - 1):
        path = tmp_path / "cut.json"
        path.write_bytes(data[:length])
        with pytest.raises(ResultError, match=r"cut\.json is no JSON: .* at byte"):
            read_result(path)


def test_a_fault_inside_counts_is_found_where_it_is():
    data = json.dumps(result()).encode()
    at = data.index(b"]", data.index(b'"counts"')) - 200
    at = data.index(b",", at)
    broken = data[:at] + b",," + data[at + 2 :]
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(broken)
    with pytest.raises(ResultError, match=f"at byte {expected.value.pos:,} of"):
        read_result(broken)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Expecting value at byte 0"),
        (b"[1]", "is a JSON list, not an object"),
        (b"<html>502 Bad Gateway</html>", "is no JSON: Expecting value at byte 0 of 28"),
        (b"\x1f\x8b\x08\x00abc", "no text in UTF-8|is no JSON"),
        (b'{"a": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "more digits"),
        (b"\xff\xfe{", "no text in utf-16"),
        (b'{"a": 1}]', r"Extra data at byte 8 of 9$"),
        (b'{"a": 1', r"at byte 7 of 7; the text is cut off$"),
    ],
)
def test_what_is_no_result_is_a_clear_error(data, said):
    with pytest.raises(ResultError, match=said):
        read_result(data)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(ResultError, match="No such file"):
        read_result(tmp_path / "none.json")


def test_an_empty_file_is_a_clear_error(tmp_path):
    (tmp_path / "empty.json").touch()
    with pytest.raises(ResultError, match="is no JSON"):
        read_result(tmp_path / "empty.json")
