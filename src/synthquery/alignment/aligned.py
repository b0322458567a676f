"""Counts in the gene order of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synthquery.alignment.report import AlignmentReport

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class AlignedCounts:
    """Counts that a model can take, and how they came to be.

    Attributes
    ----------
    counts
        Samples x genes, int64: a numpy array, or a scipy CSR matrix where the data were sparse.
    gene_order
        Ensembl IDs of the columns: the order of the model.
    samples
        Names of the rows, as the data have them; numbers as text where they have none.
    report
        What became of every gene name.
    """

    counts: Any
    gene_order: tuple[str, ...]
    samples: tuple[str, ...]
    report: AlignmentReport

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_samples, n_genes)``."""
        return len(self.samples), len(self.gene_order)

    def __len__(self) -> int:
        return len(self.samples)

    def to_frame(self) -> pd.DataFrame:
        """A dense table: a row a sample, a column a gene."""
        import pandas as pd

        dense = self.counts.toarray() if hasattr(self.counts, "toarray") else self.counts
        return pd.DataFrame(dense, index=list(self.samples), columns=list(self.gene_order), copy=False)

    def __repr__(self) -> str:
        form = "sparse" if hasattr(self.counts, "toarray") else "dense"
        n_samples, n_genes = self.shape
        return (
            f"<AlignedCounts {n_samples:,} sample{'s' * (n_samples != 1)} x {n_genes:,} genes, {form}; "
            f"coverage {self.report.coverage:.1%}>"
        )
