"""A small table of counts that everybody can check by eye, in every form that people have such tables in."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from synthquery.simulator.genes import gene_order

BULK, SINGLE_CELL = "gem-1-bulk_predict-metadata", "gem-1-sc_predict-metadata"
GENES = {
    "TP53": "ENSG00000141510",
    "ALB": "ENSG00000163631",
    "GAPDH": "ENSG00000111640",
    "ACTB": "ENSG00000075624",
}
READS = {"liver_1": [12, 90_000, 4_000, 5_000], "brain_1": [30, 0, 7_000, 9_000]}


@pytest.fixture
def reads() -> pd.DataFrame:
    """Samples x genes, by Ensembl ID."""
    return pd.DataFrame.from_dict(READS, orient="index", columns=list(GENES.values()))


@pytest.fixture(scope="session")
def places() -> dict[str, int]:
    """Where each gene of the bulk model stands."""
    return {gene: place for place, gene in enumerate(gene_order("bulk"))}


def write_10x(
    folder: Path, frame: pd.DataFrame, *, features: str = "features.tsv", packed: bool = False
) -> Path:
    """A folder as Cell Ranger leaves it: genes x cells, an antibody among the features."""
    folder.mkdir(parents=True, exist_ok=True)
    matrix = sparse.coo_matrix(np.hstack([frame.to_numpy(), np.full((len(frame), 1), 7)]).T)
    entries = "".join(
        f"{i + 1} {j + 1} {n}\n" for i, j, n in zip(matrix.row, matrix.col, matrix.data, strict=True)
    )
    header = f"%%MatrixMarket matrix coordinate integer general\n{matrix.shape[0]} {matrix.shape[1]} {matrix.nnz}\n"
    rows = [f"{gene}\t{gene}\tGene Expression" for gene in frame.columns] + [
        "CD3\tCD3_TotalSeqB\tAntibody Capture"
    ]
    texts = {
        "matrix.mtx": header + entries,
        features: "\n".join(rows) + "\n",
        "barcodes.tsv": "\n".join(frame.index) + "\n",
    }
    for name, text in texts.items():
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
