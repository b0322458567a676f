"""A prediction on one screen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthquery.cli.predicted import show
from synthquery.prediction import Prediction, SparseCounts

COUNTS = np.array([[0, 7, 90_000], [5, 0, 1]])
GENES = ("ENSG00000000003", "ENSG00000141510", "ENSG00000229807")
ROWS = [{"tissue_ontology_id": "UBERON:0002107", "sex": "", "modality": "single-cell"}, {"sex": "male"}]


def shown(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    parts: dict[str, Any] = {"sample_metadata": ROWS, "counts_array": COUNTS, "gene_order": GENES}
    show(Prediction("gem-1-sc", "expression", **(parts | changes)))
    return capsys.readouterr().out


@pytest.mark.parametrize("counts", [COUNTS, SparseCounts.from_array(COUNTS)], ids=["dense", "sparse"])
def test_samples_have_their_labels_reads_and_highest_genes(
    capsys: pytest.CaptureFixture[str], counts: Any
) -> None:
    text = shown(capsys, counts_array=counts)
    first = next(line for line in text.splitlines() if "liver" in line)
    assert "90,007" in first
    assert first.index("XIST") < first.index("TP53")
    assert "2 samples x 3 genes" in text


def test_genes_that_are_not_told_have_no_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert "XIST" not in shown(capsys, gene_order=())


def test_only_the_first_samples_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, sample_metadata=[{"sex": "male"}] * 11, counts_array=np.ones((11, 3), dtype=int))
    assert "... and 3 more samples" in text
