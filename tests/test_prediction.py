"""Predictions: tables made when they are asked for, files whole or not at all."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthquery.errors import MissingExtraError, ResultError
from synthquery.prediction import LabelProbabilities, Prediction, other_spelling

GENES = ("ENSG00000000003", "ENSG00000000005", "ENSG00000000419")
COUNTS = np.array([[900_000, 100_000, 0], [0, 0, 0]])
ROWS = (
    {"sex": "male", "genotype": 'a,"b"', "modality": "bulk"},
    {"sex": "", "genotype": None, "modality": "bulk"},
)


def prediction(**changes: Any) -> Prediction:
    parts: dict[str, Any] = {
        "model_id": "gem-1-bulk",
        "kind": "expression",
        "sample_metadata": ROWS,
        "counts_array": COUNTS,
        "gene_order": GENES,
        "latent_arrays": {"biological": np.array([[0.5, 1.0], [2.0, 1 / 3]])},
        "probabilities": {
            "tissue_ontology_id": LabelProbabilities(
                ("UBERON:0002107", "UBERON:0000955"), np.array([[0.75, 0.25], [0.5, 0.5]])
            )
        },
        "model_version": "2",
        "provenance": {"transport": "test"},
    }
    return Prediction(**(parts | changes))


def test_counts_are_samples_by_genes_without_a_copy() -> None:
    one = prediction()
    assert one.counts.shape == one.shape == (2, 3)
    assert list(one.counts.columns) == list(GENES)
    assert np.shares_memory(one.counts.to_numpy(), COUNTS)
    assert one.counts is one.counts


def test_expression_is_log_counts_per_million() -> None:
    table = prediction().expression
    assert table.dtypes.unique().tolist() == [np.float32]
    assert np.allclose(table.iloc[0], np.log1p([900_000, 100_000, 0]))
    assert table.iloc[1].tolist() == [0, 0, 0]


def test_tables_have_one_row_a_sample() -> None:
    one = prediction()
    assert one.metadata["sex"].tolist() == ["male", ""]
    assert one.latents["biological"].shape == (2, 2)
    assert one.classifier_probs["tissue_ontology_id"]["UBERON:0002107"].tolist() == [0.75, 0.5]


def test_a_field_may_be_asked_for_by_either_name() -> None:
    tables = prediction().classifier_probs
    assert tables["tissue"] is tables["tissue_ontology_id"]
    with pytest.raises(KeyError, match="there are tissue_ontology_id"):
        _ = tables["sex"]
    assert other_spelling("cell_type") == "cell_type_ontology_id"
    assert other_spelling("cell_type_ontology_id") == "cell_type"


def test_the_best_label_is_the_most_probable_one() -> None:
    assert prediction().probabilities["tissue_ontology_id"].best() == ("UBERON:0002107", "UBERON:0002107")
    assert LabelProbabilities((), np.empty((2, 0))).best() == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"counts_array": None}, "no counts"),
        ({"counts_array": COUNTS[:1]}, "1 rows of counts, 2 of metadata"),
        ({"counts_array": COUNTS[:, :2]}, "2 counts a sample, 3 genes"),
        ({"counts_array": COUNTS.astype(float)}, "float64"),
        ({"counts_array": COUNTS[0]}, "shape"),
        ({"latent_arrays": {"biological": np.zeros((3, 2))}}, "3 rows of latents biological"),
        (
            {"probabilities": {"sex": LabelProbabilities(("male",), np.ones((1, 1)))}},
            "1 rows of probabilities of sex",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ResultError, match=said):
        prediction(**changes)


def test_small_counts_may_be_32_bit() -> None:
    assert prediction(counts_array=COUNTS.astype(np.int32)).counts_array.dtype == np.int32


def test_a_metadata_prediction_needs_no_counts() -> None:
    one = prediction(kind="metadata", counts_array=None, gene_order=())
    assert one.shape == (2, 0)
    with pytest.raises(ResultError, match="has no counts"):
        _ = one.expression


def test_columns_are_numbered_when_the_genes_are_not_told() -> None:
    assert list(prediction(gene_order=()).counts.columns) == [0, 1, 2]


def test_it_says_what_it_is_and_when_it_is_simulated() -> None:
    assert repr(prediction()) == (
        "<Prediction gem-1-bulk; expression; 2 samples x 3 genes; latents biological 2; "
        "probabilities of tissue_ontology_id>"
    )
    simulated = prediction(simulated=True)
    assert "SIMULATED VALUES, NOT BIOLOGY" in repr(simulated)
    assert simulated.summary()["note"] == "simulated values, not biology"
    assert "note" not in prediction().summary()
    assert json.loads(json.dumps(simulated.summary())) == simulated.summary()


def read_csv(path: Path) -> list[list[str]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.reader(text.decode().splitlines()))


def test_files_have_one_row_a_sample(tmp_path: Path) -> None:
    saved = prediction(simulated=True).save(tmp_path / "new" / "folder")
    assert [path.name for path in saved] == [
        "metadata.csv",
        "expression.csv.gz",
        "latents_biological.csv.gz",
        "classifier_probs_tissue_ontology_id.csv.gz",
        "prediction.json",
    ]
    files = {path.name: path for path in saved}
    assert read_csv(files["metadata.csv"]) == [
        ["sample", "sex", "genotype", "modality"],
        ["0", "male", 'a,"b"', "bulk"],
        ["1", "", "", "bulk"],
    ]
    assert read_csv(files["expression.csv.gz"]) == [
        ["sample", *GENES],
        ["0", "900000", "100000", "0"],
        ["1", "0", "0", "0"],
    ]
    assert read_csv(files["latents_biological.csv.gz"])[2] == ["1", "2.0", "0.333333"]
    assert read_csv(files["classifier_probs_tissue_ontology_id.csv.gz"])[1] == ["0", "0.75", "0.25"]
    about = json.loads(files["prediction.json"].read_text())
    assert about["simulated"] is True
    assert "raw counts" in about["files"]["expression.csv.gz"]


def test_saved_counts_are_read_back_by_pandas(tmp_path: Path) -> None:
    prediction().save(tmp_path)
    table = pd.read_csv(tmp_path / "expression.csv.gz", index_col="sample")
    assert np.array_equal(table.to_numpy(), COUNTS)


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in prediction().save(tmp_path / "a")}
    second = {path.name: path.read_bytes() for path in prediction().save(tmp_path / "b")}
    assert first == second


def test_an_interrupted_save_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prediction().save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        prediction(counts_array=COUNTS + 1).save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'csv' or 'parquet'"):
        prediction().save(tmp_path / "x", format="xlsx")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("pyarrow", "synthquery[arrow]", lambda one, folder: one.save(folder / "x", format="parquet")),
        ("anndata", "synthquery[anndata]", lambda one, folder: one.to_anndata()),
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


def test_parquet_files_hold_the_same_tables(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    saved = prediction().save(tmp_path, format="parquet")
    assert {path.name for path in saved} == {
        "metadata.parquet",
        "expression.parquet",
        "latents_biological.parquet",
        "classifier_probs_tissue_ontology_id.parquet",
        "prediction.json",
    }
    assert pd.read_parquet(tmp_path / "expression.parquet").equals(prediction().counts)


def test_anndata_gets_counts_metadata_and_latents(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorder(SimpleNamespace):
        """Stands for AnnData where it is not installed: keeps what it was made of."""

    monkeypatch.setitem(sys.modules, "anndata", SimpleNamespace(AnnData=Recorder))
    data = prediction(simulated=True).to_anndata()
    assert np.array_equal(data.X, COUNTS)
    assert list(data.var.index) == list(GENES)
    assert list(data.obs.index) == ["0", "1"]
    assert data.obs["sex"].tolist() == ["male", ""]
    assert data.obsm["X_biological"].shape == (2, 2)
    about = data.uns["synthquery"]
    assert (about["model_id"], about["simulated"], about["model_version"]) == ("gem-1-bulk", True, "2")
