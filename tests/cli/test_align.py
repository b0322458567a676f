"""``synthquery align``: a file of counts becomes a query, and every gene is accounted for."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import synthquery as sq
from synthquery.cli.app import run

READS = pd.DataFrame({"liver_1": [12, 90_000], "brain_1": [30, 0]}, index=["TP53", "ENSG00000163631.9"])


@pytest.fixture
def reads(tmp_path):
    READS.to_csv(tmp_path / "reads.csv")
    return str(tmp_path / "reads.csv")


def test_it_writes_a_query_and_the_report_beside_it(reads, tmp_path, capsys):
    query = tmp_path / "query.json"
    assert run(["align", reads, "--gene-order", "simulator", "-o", str(query), "--seed", "3"]) == 0
    assert "2 of 2 gene names taken" in capsys.readouterr().out
    loaded = sq.load_query(query)
    assert loaded.n_samples == 2
    assert loaded.seed == 3
    assert sum(int(one.counts.sum()) for one in loaded.inputs) == int(READS.to_numpy().sum())
    report = json.loads((tmp_path / "query.alignment.json").read_text(encoding="utf-8"))
    assert report["samples"] == ["liver_1", "brain_1"]
    assert sq.validate(query).ok


def test_it_prints_the_report_as_json(reads, capsys):
    assert run(["align", reads, "--gene-order", "simulator", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_matched"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["--gene-order", "nowhere.json"], 2, "nowhere.json"),
        (["--gene-order", "simulator", "--model", "gem-1-bulk"], 2, "does not predict metadata"),
        (["--gene-order", "simulator", "--model", "gem-7"], 2, "gem-7"),
        (["--gene-order", "simulator", "--layer", "counts"], 1, "only an h5ad file has layers"),
    ],
)
def test_what_it_cannot_do_it_says(reads, capsys, arguments, code, what):
    assert run(["align", reads, *arguments]) == code
    said = capsys.readouterr()
    assert what in said.err.replace("\n", " ")
    assert "Traceback" not in said.err


def test_a_file_that_is_missing_is_named(capsys):
    assert run(["align", "nothing.h5ad", "--gene-order", "simulator"]) == 2
    assert "nothing.h5ad" in capsys.readouterr().err
