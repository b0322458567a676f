"""Saved predictions: files whole or not at all, and equal when they are read again."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import synthquery as sq
from synthquery.errors import MissingExtraError, ResultError
from synthquery.prediction import LabelProbabilities, Prediction, SparseCounts

from .making import COUNTS, GENES, names, prediction, same

FORMATS = ["csv", "parquet", "h5ad"]


def read_csv(path: Path) -> list[list[str]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.reader(text.decode().splitlines()))


def test_files_have_one_row_a_sample(tmp_path: Path) -> None:
    saved = prediction(simulated=True, names=names).save(tmp_path / "new" / "folder")
    assert [path.name for path in saved] == [
        "metadata.csv",
        "expression.csv.gz",
        "latents_biological.csv.gz",
        "classifier_probs_tissue_ontology_id.csv.gz",
        "prediction.json",
    ]
    files = {path.name: path for path in saved}
    assert read_csv(files["metadata.csv"]) == [
        ["sample", "sex", "genotype", "tissue_ontology_id", "tissue_label", "modality"],
        ["0", "male", 'a,"b"', "UBERON:0002107", "liver", "bulk"],
        ["1", "", "", "", "", "bulk"],
    ]
    assert read_csv(files["expression.csv.gz"]) == [
        ["sample", *GENES],
        ["0", "900000", "100000", "0"],
        ["1", "0", "0", "0"],
    ]
    assert read_csv(files["latents_biological.csv.gz"])[2] == ["1", "2.0", "0.3333333333333333"]
    assert read_csv(files["classifier_probs_tissue_ontology_id.csv.gz"])[1] == ["0", "0.75", "0.25"]
    about = json.loads(files["prediction.json"].read_text())
    assert about["simulated"] is True
    assert "raw counts" in about["files"]["expression.csv.gz"]


def test_saved_counts_are_read_back_by_pandas(tmp_path: Path) -> None:
    prediction().save(tmp_path)
    table = pd.read_csv(tmp_path / "expression.csv.gz", index_col="sample")
    assert np.array_equal(table.to_numpy(), COUNTS)


def test_parquet_has_a_row_a_gene_and_a_column_a_sample(tmp_path: Path) -> None:
    saved = prediction().save(tmp_path, format="parquet")
    assert {path.name for path in saved} == {
        "metadata.parquet",
        "expression.parquet",
        "latents_biological.parquet",
        "classifier_probs_tissue_ontology_id.parquet",
        "prediction.json",
    }
    table = pd.read_parquet(tmp_path / "expression.parquet").set_index("gene_id")
    assert list(table.index) == list(GENES)
    assert np.array_equal(table.to_numpy().T, COUNTS)
    assert (
        "a row a gene"
        not in json.loads((tmp_path / "prediction.json").read_text())["files"]["metadata.parquet"]
    )


def test_an_h5ad_file_is_one_file_and_opens_as_anndata(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    (file,) = prediction(names=names).save(tmp_path / "deep" / "one.h5ad")
    assert file == tmp_path / "deep" / "one.h5ad"
    data = anndata.read_h5ad(file)
    assert np.array_equal(data.X, COUNTS)
    assert data.obs["tissue_label"].tolist() == ["liver", ""]
    assert prediction().save(tmp_path / "folder", format="h5ad") == (tmp_path / "folder" / "prediction.h5ad",)


WHOLE: dict[str, Prediction] = {
    "expression": prediction(),
    "simulated, of the query": prediction(
        simulated=True,
        provenance={"query": {"inputs": [{"metadata": {}}]}, "releases": {"CL": "v1"}, "seed": 3},
    ),
    "metadata": prediction(kind="metadata", model_id="gem-1-bulk_predict-metadata"),
    "metadata without counts": prediction(kind="metadata", counts_array=None, gene_order=()),
    "sparse": prediction(counts_array=SparseCounts.from_array(COUNTS)),
    "32 bits": prediction(counts_array=COUNTS.astype(np.int32)),
    "large counts": prediction(counts_array=COUNTS + 2**53 + 1),
    "genes not told": prediction(gene_order=()),
    "no version": prediction(model_version=None),
    "float32 latents": prediction(latent_arrays={"technical": np.array([[0.1], [1e-30]], dtype=np.float32)}),
    "two fields": prediction(
        probabilities={
            "tissue_ontology_id": LabelProbabilities(("UBERON:0002107",), np.ones((2, 1))),
            "sex": LabelProbabilities(
                ("male", "none", "a/b, c"), np.array([[1 / 3, 2 / 3, 0.0], [0.1, 0.2, 0.7]])
            ),
        }
    ),
    "values that are no text": prediction(
        sample_metadata=[{"age_years": 61, "more": [1, {"a": None}]}, {"age_years": "", "own": 0.5}]
    ),
    "odd text": prediction(sample_metadata=[{"genotype": 'é,"\n\t|'}, {"genotype": " "}]),
    "carriage returns": prediction(sample_metadata=[{"genotype": "a\rb", "a\rb": "c"}, {"genotype": "\r"}]),
    "labels of two lines": prediction(
        probabilities={"genotype": LabelProbabilities(("a\nb", "a\rb", "wt"), np.full((2, 3), 1 / 3))}
    ),
    "fields without labels": prediction(
        latent_arrays={"none": np.empty((2, 0))},
        probabilities={"sex": LabelProbabilities((), np.empty((2, 0)))},
    ),
    "no releases": prediction(provenance={"query": None, "releases": {}}),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("which", WHOLE)
def test_what_is_read_equals_what_was_saved(tmp_path: Path, which: str, form: Any) -> None:
    WHOLE[which].save(tmp_path, format=form)
    assert same(WHOLE[which], sq.load_prediction(tmp_path))
    assert same(WHOLE[which], Prediction.load(str(tmp_path)))


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_read_has_labels_again(tmp_path: Path, form: Any) -> None:
    prediction().save(tmp_path, format=form)
    assert sq.load_prediction(tmp_path).metadata["tissue_label"].tolist() == ["liver", ""]


@pytest.mark.parametrize("form", FORMATS)
def test_names_that_a_server_gives_lead_to_no_other_folder(tmp_path: Path, form: Any) -> None:
    odd = prediction(
        latent_arrays={"../up": np.zeros((2, 1)), "a/b": np.ones((2, 1)), "a_b": np.full((2, 1), 2.0)},
        probabilities={"x/../y": LabelProbabilities(("a/b",), np.full((2, 1), 0.5))},
        sample_metadata=[{"sex": "male", "a/b": "1"}, {"sex": "", "a/b": "2"}],
    )
    odd.save(tmp_path / "folder", format=form)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert all(path.is_file() for path in (tmp_path / "folder").iterdir())
    assert same(sq.load_prediction(tmp_path / "folder"), odd)


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in prediction().save(tmp_path / "a")}
    second = {path.name: path.read_bytes() for path in prediction().save(tmp_path / "b")}
    assert first == second


@pytest.mark.parametrize("form", FORMATS)
def test_text_that_no_file_takes_is_told(tmp_path: Path, form: Any) -> None:
    odd = prediction(sample_metadata=[{"genotype": "wt \ud83d"}, {"genotype": "wt"}])
    with pytest.raises(ResultError, match="half a character"):
        odd.save(tmp_path, format=form)
    assert not list(tmp_path.glob("prediction.*"))


@pytest.mark.parametrize("odd", [{"genotype": "a\0b"}, {"_index": "1"}], ids=["zero byte", "reserved"])
def test_what_h5ad_does_not_take_is_told(tmp_path: Path, odd: dict[str, Any]) -> None:
    answer = prediction(sample_metadata=[odd, odd])
    with pytest.raises(ResultError, match="h5ad does not take this answer"):
        answer.save(tmp_path / "one.h5ad")
    answer.save(tmp_path / "csv")
    assert same(answer, sq.load_prediction(tmp_path / "csv"))


@pytest.mark.parametrize("form", FORMATS)
def test_an_interrupted_save_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Any
) -> None:
    prediction().save(tmp_path, format=form)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        prediction(counts_array=COUNTS + 1).save(tmp_path, format=form)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'csv', 'parquet' or 'h5ad', not 'xlsx'"):
        prediction().save(tmp_path / "x", format="xlsx")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("pyarrow", "synthquery[arrow]", lambda one, folder: one.save(folder / "x", format="parquet")),
        ("anndata", "synthquery[anndata]", lambda one, folder: one.save(folder / "x.h5ad")),
        ("anndata", "synthquery[anndata]", lambda one, folder: one.to_anndata()),
        ("scipy.sparse", "synthquery[sparse]", lambda one, folder: one.sparse_counts),
    ],
)
def test_a_missing_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, extra: str, use: Any
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as caught:
        use(prediction(), tmp_path)
    assert extra in str(caught.value)
    assert list(tmp_path.iterdir()) == []


class TestDamage:
    @pytest.mark.parametrize("form", FORMATS)
    def test_a_folder_without_a_prediction_says_so(self, tmp_path: Path, form: Any) -> None:
        with pytest.raises(ResultError, match="has no saved prediction"):
            sq.load_prediction(tmp_path / ("none.h5ad" if form == "h5ad" else "none"))

    @pytest.mark.parametrize("form", ["csv", "parquet"])
    def test_a_missing_table_is_named(self, tmp_path: Path, form: Any) -> None:
        saved = prediction().save(tmp_path, format=form)
        saved[1].unlink()
        with pytest.raises(ResultError, match=r"expression\."):
            sq.load_prediction(tmp_path)

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_table_that_is_cut_off_is_no_table(self, tmp_path: Path, form: Any) -> None:
        saved = prediction().save(tmp_path, format=form)
        file = saved[0] if form == "h5ad" else saved[1]
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        with pytest.raises(ResultError, match=str(tmp_path)):
            sq.load_prediction(tmp_path)

    @pytest.mark.parametrize(
        ("form", "name", "content"),
        [
            ("csv", "expression.csv.gz", gzip.compress(b"sample\na" * 9)[:-12] + b"\xff" * 12),
            ("csv", "expression.csv.gz", gzip.compress(b"sample,a\rb,c\n0,1,2,3\n1,1,2,3\n")),
            ("csv", "expression.csv.gz", gzip.compress(b"sample,a\n0,99999999999999999999\n1,2\n")),
            ("csv", "metadata.csv", b'sample,a\rb\n0,"'),
            ("parquet", "expression.parquet", b"PAR1" + b"\xff" * 40 + b"PAR1"),
        ],
        ids=["packing", "header", "number", "text", "parquet"],
    )
    def test_whatever_is_wrong_with_a_table_the_prediction_is_named(
        self, tmp_path: Path, form: Any, name: str, content: bytes
    ) -> None:
        prediction().save(tmp_path, format=form)
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ResultError, match=str(tmp_path)):
            sq.load_prediction(tmp_path)

    def test_a_table_with_a_row_less_is_refused(self, tmp_path: Path) -> None:
        prediction().save(tmp_path)
        file = tmp_path / "expression.csv.gz"
        lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
        file.write_bytes(gzip.compress(b"".join(lines[:-1])))
        with pytest.raises(ResultError, match="1 rows of expression for 2 samples"):
            sq.load_prediction(tmp_path)

    def test_metadata_with_cells_too_few_are_named(self, tmp_path: Path) -> None:
        prediction().save(tmp_path)
        with (tmp_path / "metadata.csv").open("a") as file:
            file.write("2,male\n")
        with pytest.raises(ResultError, match=r"row 3 of metadata\.csv has 2 cells"):
            sq.load_prediction(tmp_path)

    def test_another_anndata_file_is_not_taken_for_one(self, tmp_path: Path) -> None:
        anndata = pytest.importorskip("anndata")
        anndata.AnnData(np.ones((1, 1))).write_h5ad(tmp_path / "other.h5ad")
        with pytest.raises(ResultError, match="not saved by synthquery"):
            sq.load_prediction(tmp_path / "other.h5ad")
