"""Counts that are no raw counts in the model's order, and donors that full Cellosaurus records describe."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from synthquery import simulator
from synthquery.ontology.readers.cellosaurus import CellLine, Reference
from synthquery.validation import validate
from synthquery.validation.cell_lines import common_donors, donor_of, donor_of_record
from synthquery.wire import parse_query

N_BULK = 44_592
MODEL = "gem-1-bulk_predict-metadata"


def codes_of(counts: Any, model: str = MODEL) -> set[str]:
    return {issue.code for issue in validate({"inputs": [{"counts": counts}]}, model).issues}


def library(seed: int = 3) -> npt.NDArray[np.int64]:
    """Reads as libraries have them: most genes few or none, some very many."""
    draw = np.random.default_rng(seed)
    means = np.where(draw.random(N_BULK) < 0.4, 0.0, draw.lognormal(3.0, 2.5, N_BULK))
    return draw.poisson(means).astype(np.int64)


def per_million(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.asarray(counts / counts.sum() * 1e6, dtype=np.float64)


def test_reads_are_clean() -> None:
    assert codes_of(library()) == set()
    assert codes_of(library().tolist()) == set()


@pytest.mark.parametrize(
    "transform",
    [
        lambda counts: np.rint(per_million(counts)).astype(np.int64),
        lambda counts: np.rint(np.log2(per_million(counts) + 1)).astype(np.int64),
        lambda counts: np.rint(np.log2(counts + 1)).astype(np.int64),
    ],
    ids=["rounded TPM", "rounded log TPM", "rounded log counts"],
)
def test_rounded_values_are_recognised(transform: Any) -> None:
    assert codes_of(transform(library())) == {"counts.looks-normalised"}


@pytest.mark.parametrize(
    "transform",
    [per_million, lambda counts: np.log2(per_million(counts) + 1), lambda counts: per_million(counts) / 100],
    ids=["TPM", "log TPM", "10,000 a cell"],
)
def test_fractions_are_named_for_what_they_are(transform: Any) -> None:
    assert codes_of(transform(library())) == {"counts.looks-normalised", "counts.not-integer"}


def test_z_scores_are_named_for_what_they_are() -> None:
    logs = np.log2(per_million(library()) + 1)
    found = codes_of((logs - logs.mean()) / logs.std())
    assert found == {"counts.looks-normalised", "counts.negative", "counts.not-integer"}


def test_a_few_negative_values_are_a_fault_of_their_own() -> None:
    counts = library().astype(np.float64)
    counts[:3] = -0.5
    assert codes_of(counts) == {"counts.negative"}


def test_estimated_counts_are_fractions_but_not_called_normalised() -> None:
    assert codes_of(library() + 0.25) == {"counts.not-integer"}


def test_what_the_models_answer_can_be_asked_with() -> None:
    for model in ("gem-1-bulk", "gem-1-sc"):
        body = {
            "sampling_strategy": "mean estimation",
            "inputs": [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1}],
        }
        prediction = simulator.simulate(parse_query(body, model))
        assert prediction.counts_array is not None
        assert codes_of(prediction.counts_array[0], f"{model}_predict-metadata") == set()


def test_sorted_counts_are_in_no_order_of_genes() -> None:
    assert codes_of(np.sort(library())) == {"counts.gene-order"}
    assert codes_of(np.sort(library())[::-1]) == {"counts.gene-order"}


def test_a_column_with_gene_ids_has_to_have_them_sorted_for_bulk() -> None:
    genes = simulator.gene_order("bulk")
    column = pd.Series(library(), index=list(genes))
    assert codes_of(column) == set()
    assert codes_of(column.iloc[::-1]) == {"counts.gene-order"}
    assert codes_of(column.reset_index(drop=True)) == set()
    symbols = pd.Series(library(), index=[f"GENE{at}" for at in range(N_BULK)])
    assert codes_of(symbols) == {"counts.gene-order"}


def test_single_cell_genes_are_not_sorted() -> None:
    genes = simulator.gene_order("single-cell")
    model = "gem-1-sc_predict-metadata"
    column = pd.Series(library()[: len(genes)], index=list(genes))
    assert codes_of(column, model) == set()
    assert codes_of(column.sort_index(), model) == {"counts.gene-order"}


RECORD = CellLine(
    id="CVCL_1240",
    name="Example",
    species=(Reference("NCBITAXON:9606", "Homo sapiens (Human)"),),
    sex="Male",
    age="61Y6M",
    category="Cancer cell line",
)


class Records:
    """Something that has full Cellosaurus records."""

    def cell_line(self, accession: str) -> CellLine | None:
        return RECORD if accession == RECORD.id else None


def test_full_records_come_before_the_table_of_common_lines() -> None:
    donor = donor_of("CVCL_1240", Records())
    assert donor is not None
    assert (donor.sex, donor.years, donor.species) == ("male", 61.5, "human")
    assert donor_of("CVCL_0023", Records()) == common_donors()["CVCL_0023"]
    assert donor_of("CVCL_ZZZZ", Records()) is None


def test_a_record_tells_of_problems_animals_and_ages_before_birth() -> None:
    mouse = CellLine(
        "CVCL_0594", "NIH 3T3", species=(Reference("NCBITAXON:10090", "Mus musculus (Mouse)"),), age="Embryo"
    )
    assert donor_of_record(mouse).species == "Mus musculus (Mouse)"
    assert donor_of_record(mouse).years == 0
    contaminated = CellLine("CVCL_1906", "HEp-2", problem="Contaminated. Shown to be a HeLa derivative.")
    assert donor_of_record(contaminated).problem.startswith("Contaminated")
    unsaid = CellLine("CVCL_0030", "HeLa", sex="Sex unspecified", age="Age unspecified")
    assert (donor_of_record(unsaid).sex, donor_of_record(unsaid).years) == ("", 30)


def test_every_line_of_the_table_is_called_so_in_the_snapshot() -> None:
    from synthquery.ontology import default_ontologies

    store = default_ontologies().store("CVCL")
    for accession, donor in common_donors().items():
        term = store.get(accession)
        assert term is not None
        assert term.label == donor.name
        assert donor.sex in ("", "male", "female")
        assert not donor.really or donor.really in store


def test_a_wrong_count_is_told_with_its_value() -> None:
    counts = [1] * 44_592
    counts[0] = -3
    report = validate({"inputs": [{"counts": counts}]}, "gem-1-bulk_predict-metadata")
    assert [issue.message for issue in report.issues] == ["count 0 (-3) is negative"]
