"""Files are fixed in place: what is put right changes, and not one character more."""

from __future__ import annotations

import codecs
import shutil
import subprocess
from pathlib import Path

import pytest

import synthquery as sq
from synthquery.validation.fixes import FixedFile

JSON = '{"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation", "inputs": [%s]}'
YAML = "model_id: gem-1-bulk\nsampling_strategy: mean estimation\ninputs:\n%s"
TOML = 'model_id = "gem-1-bulk"\nsampling_strategy = "mean estimation"\n%s'


def after(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    fixed, _ = sq.fix(path)
    fixed.write()
    again, _ = sq.fix(path)
    assert not again.changed
    return path.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            '{"metadata":{"sex" : "Male" ,"age_years":"61 years"},"num_samples":"2"}',
            '{"metadata":{"sex" : "male" ,"age_years":"61"},"num_samples":2}',
        ),
        (
            '{"metadata": {"modality": "bulk", "sex": "male"}, "num_samples": 1}',
            '{"metadata": {"sex": "male"}, "num_samples": 1}',
        ),
        (
            '{"metadata": {"sex": "male" , "modality": "bulk" }, "num_samples": 1}',
            '{"metadata": {"sex": "male"  }, "num_samples": 1}',
        ),
        ('{"metadata": {\n "modality": "x"\n}, "num_samples": 1}', '{"metadata": {\n \n}, "num_samples": 1}'),
        (
            '{"metadata": {"sex": null, "race": null, "study": null}, "num_samples": 1}',
            '{"metadata": {}, "num_samples": 1}',
        ),
        (
            '{"metadata": {"t\\u0069ssue": "UBERON_0002107"}, "num_samples": 1}',
            '{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1}',
        ),
    ],
)
def test_json(tmp_path: Path, before: str, expected: str) -> None:
    assert after(tmp_path / "query.json", JSON % before) == JSON % expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            "- metadata:   # of a donor\n    sex:  'Male'   # as recorded\n    age_years: 61 years\n  num_samples: 1\n",
            "- metadata:   # of a donor\n    sex:  'male'   # as recorded\n    age_years: \"61\"\n  num_samples: 1\n",
        ),
        (
            "- metadata:\n    modality: bulk  # old\n    # a donor\n    sex: male\n  num_samples: 1\n",
            "- metadata:\n    # a donor\n    sex: male\n  num_samples: 1\n",
        ),
        (
            "- metadata: {tissue: uberon:0002107, perturbation_time: 24h}\n  num_samples: 2.0\n",
            "- metadata: {tissue_ontology_id: UBERON:0002107, perturbation_time: 24 hours}\n  num_samples: 2\n",
        ),
        (
            "- metadata:\n    modality: bulk\n  num_samples: 1\n",
            "- metadata:\n    {}\n  num_samples: 1\n",
        ),
        (
            "- metadata: &donor\n    sex: Male\n  num_samples: 1\n- metadata: *donor\n  num_samples: 2\n",
            "- metadata: &donor\n    sex: male\n  num_samples: 1\n- metadata: *donor\n  num_samples: 2\n",
        ),
        (
            "- metadata: &donor\n    sex: Male\n  num_samples: 1\n"
            "- metadata:\n    <<: *donor\n    race: white\n  num_samples: 2\n",
            "- metadata: &donor\n    sex: male\n  num_samples: 1\n"
            "- metadata:\n    <<: *donor\n    race: white\n  num_samples: 2\n",
        ),
        (
            "- metadata:\n    sex: !!str Male\n  num_samples: 1",
            "- metadata:\n    sex: !!str male\n  num_samples: 1",
        ),
    ],
)
def test_yaml(tmp_path: Path, before: str, expected: str) -> None:
    assert after(tmp_path / "query.yaml", YAML % before) == YAML % expected


def test_a_yaml_value_that_is_wrong_in_one_of_its_places_only_is_left_alone(tmp_path: Path) -> None:
    text = YAML % (
        "- metadata: {sex: &word Male, genotype: *word}\n  num_samples: 1\n"
        "- metadata: {sex: Female}\n  num_samples: 1\n"
    )
    assert after(tmp_path / "query.yaml", text) == text.replace("Female", "female")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            '[[inputs]]\nnum_samples = "2"  # two\nmetadata.sex = \'Male\'\nmetadata.modality = "bulk"  # old\n',
            "[[inputs]]\nnum_samples = 2  # two\nmetadata.sex = 'male'\n",
        ),
        (
            '[[inputs]]\nnum_samples = 1\n[inputs.metadata]\ntissue = "UBERON_0002107"\nage = "61 years"\n',
            '[[inputs]]\nnum_samples = 1\n[inputs.metadata]\ntissue_ontology_id = "UBERON:0002107"\nage_years = "61"\n',
        ),
        (
            '[[inputs]]\nnum_samples = 1\nmetadata = { "mode" = 1, modality = "x", sex = "F" }\n',
            '[[inputs]]\nnum_samples = 1\nmetadata = { "mode" = 1, sex = "female" }\n',
        ),
    ],
)
def test_toml(tmp_path: Path, before: str, expected: str) -> None:
    assert after(tmp_path / "query.toml", TOML % before) == TOML % expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            "- num_samples: 1\n  metadata:\n    sex: >-\n      Male\n    # why\n    race: white\n",
            "- num_samples: 1\n  metadata:\n    sex: male\n    # why\n    race: white\n",
        ),
        (
            "- metadata:\n    age_years: |\r\n\r\n       61\r\n       years\r\n\r\n  # all\r\n  num_samples: 1\n",
            '- metadata:\n    age_years: "61"\r\n\r\n  # all\r\n  num_samples: 1\n',
        ),
        (
            "- num_samples: 1\n  metadata:\n    sex: >\n      M",
            "- num_samples: 1\n  metadata:\n    sex: male",
        ),
        # a mark with a comment, or with the indentation in digits, is left to a person
        (
            "- num_samples: 1\n  metadata:\n    sex: >- # c\n      Male\n",
            "- num_samples: 1\n  metadata:\n    sex: >- # c\n      Male\n",
        ),
        (
            "- num_samples: 1\n  metadata:\n    sex: |2-\n      Male\n",
            "- num_samples: 1\n  metadata:\n    sex: |2-\n      Male\n",
        ),
    ],
)
def test_a_block_of_yaml_becomes_a_value_on_one_line(tmp_path: Path, before: str, expected: str) -> None:
    assert after(tmp_path / "query.yaml", YAML % before) == YAML % expected


def test_nested_counts_become_flat(tmp_path: Path) -> None:
    numbers = "[" + ", ".join("1" for _ in range(44_592)) + "]"
    text = '{"inputs": [{"counts": { "counts": %s } }]}'
    assert after(tmp_path / "query.json", text % numbers) == ('{"inputs": [{"counts": ' + numbers + " }]}")
    block = "\n".join("    - 1" for _ in range(44_592))
    assert after(tmp_path / "query.yaml", f"inputs:\n- counts:\n    counts:\n{block}\n") == (
        f"inputs:\n- counts:\n{block}\n"
    )


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_line_ends_encoding_and_byte_order_mark_stay(tmp_path: Path, mark: bytes, encoding: str) -> None:
    text = (YAML % "- metadata: {genotype: 'größe 🧬', sex: Male}\n  num_samples: 1").replace("\n", "\r\n")
    query = tmp_path / "query.yaml"
    query.write_bytes(mark + text.encode(encoding))
    fixed, report = sq.fix(query)
    assert fixed.after == mark + text.replace("Male", "male").encode(encoding)
    assert report.ok


def test_an_obsolete_term_in_an_old_spelling_becomes_its_replacement(tmp_path: Path) -> None:
    text = JSON % '{"metadata": {"tissue_ontology_id": "UBERON_0000027"}, "num_samples": 1}'
    assert '"tissue_ontology_id": "UBERON:0001466"' in after(tmp_path / "query.json", text)


@pytest.mark.parametrize(
    "metadata",
    [
        '{"tissue_ontology_id": "liver"}',
        '{"tissue_ontology_id": "UBERON:2107"}',
        '{"tisue_ontology_id": "UBERON:0002107"}',
        '{"sex": "N/A"}',
        '{"tissue": "UBERON:0002107", "tissue_ontology_id": "UBERON:0000955"}',
        '{"library_selection": "rRNA depletion"}',
        '{"sex": "male", "sex": "Female"}',
        '{"perturbation_dose": "10"}',
    ],
)
def test_nothing_is_guessed(tmp_path: Path, metadata: str) -> None:
    text = JSON % f'{{"metadata": {metadata}, "num_samples": 1}}'
    assert after(tmp_path / "query.json", text) == text
    assert not sq.validate(tmp_path / "query.json").ok


def test_modality_stays_where_it_alone_says_which_model_is_meant(tmp_path: Path) -> None:
    text = (
        '{"modality": "bulk", "sampling_strategy": "mean estimation", '
        '"inputs": [{"metadata": {}, "num_samples": 1}]}'
    )
    query = tmp_path / "query.json"
    assert after(query, text) == text
    fixed, _ = sq.fix(query, "gem-1-bulk")
    assert fixed.after.startswith(b'{"sampling_strategy"')


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b"inputs: [1, 2\n"])
def test_a_file_that_is_no_query_is_left_alone(tmp_path: Path, content: bytes) -> None:
    query = tmp_path / "query.yaml"
    query.write_bytes(content)
    fixed, report = sq.fix(query)
    assert not fixed.changed
    assert [issue.code for issue in report.issues] == ["structure.json"]


def test_an_object_that_holds_itself_is_left_alone(tmp_path: Path) -> None:
    text = YAML % "- metadata: &self\n    sex: Male\n    genotype: *self\n  num_samples: '1'\n"
    assert after(tmp_path / "query.yaml", text) == text
    report = sq.validate(tmp_path / "query.yaml")
    assert all(issue.location for issue in report.issues)


def test_a_missing_file_and_a_folder_could_not_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        fixed, report = sq.fix(path)
        assert not fixed.changed
        assert report.unreadable


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_difference_is_one_that_patch_takes(tmp_path: Path, end: str) -> None:
    query = tmp_path / "query.yaml"
    query.write_bytes((YAML % "- metadata: {sex: Male}\n  num_samples: '2'").encode() + end.encode())
    fixed, _ = sq.fix(query)
    assert isinstance(fixed, FixedFile)
    subprocess.run(
        ["patch", "--binary", str(query)], input=fixed.diff().encode(), check=True, capture_output=True
    )
    assert query.read_bytes() == fixed.after
