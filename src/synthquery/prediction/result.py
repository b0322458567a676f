"""What comes back from a model: one object for every transport."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from synthquery.errors import ResultError
from synthquery.prediction.fields import FieldTables, LabelProbabilities
from synthquery.prediction.files import FileFormat, save_prediction

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["expression", "metadata"]
SIMULATED_NOTE: Final = "simulated values, not biology"


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """The answer to a query.

    Everything is kept as arrays; the DataFrames are made when they are first asked for, without copying the
    counts.

    Attributes
    ----------
    model_id
        The model that answered.
    kind
        ``"expression"`` (counts were asked for) or ``"metadata"`` (counts were given).
    counts_array
        Raw counts, shape ``(n_samples, n_genes)``, int64 or int32; None when the answer has none. 64 bits are
        the rule: a count can exceed 2**24, which float32 cannot hold, and sums exceed 2**31. A transport that
        knows its counts to be small may give int32, which is kept.
    gene_order
        Ensembl gene IDs of the columns, in the order of the model; empty when the answer does not tell.
    sample_metadata
        One mapping a sample: all 19 metadata keys and ``modality``, ``""`` where unset, as the service echoes
        them.
    latent_arrays
        Name -> array of shape ``(n_samples, length)``: ``biological`` (1024), ``technical`` (32),
        ``perturbation`` (512).
    probabilities
        Metadata key -> `LabelProbabilities`; empty for expression.
    model_version
        As the model states it.
    simulated
        True when no model answered but the simulator: its values are not biology.
    provenance
        How the answer came about (transport, ontology releases, seed ...), as plain JSON values.

    Notes
    -----
    Rows follow ``query.inputs``, each repeated ``num_samples`` times, and are the same in all tables.
    """

    model_id: str
    kind: Kind
    sample_metadata: Sequence[Mapping[str, Any]]
    counts_array: npt.NDArray[np.int64] | npt.NDArray[np.int32] | None = None
    gene_order: tuple[str, ...] = ()
    latent_arrays: Mapping[str, npt.NDArray[np.floating[Any]]] = field(default_factory=dict)
    probabilities: Mapping[str, LabelProbabilities] = field(default_factory=dict)
    model_version: str | None = None
    simulated: bool = False
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for problem in self._misfits():
            raise ResultError(f"the answer of {self.model_id} does not fit together: {problem}")

    def _misfits(self) -> Iterator[str]:
        if self.counts_array is None:
            if self.kind == "expression":
                yield "it has no counts"
        elif self.counts_array.ndim != 2 or self.counts_array.dtype not in (np.int64, np.int32):
            yield f"counts of shape {self.counts_array.shape} and type {self.counts_array.dtype}"
        else:
            if len(self.counts_array) != self.n_samples:
                yield f"{len(self.counts_array)} rows of counts, {self.n_samples} of metadata"
            if self.gene_order and self.counts_array.shape[1] != len(self.gene_order):
                yield f"{self.counts_array.shape[1]:,} counts a sample, {len(self.gene_order):,} genes"
        rows = {f"latents {name}": len(array) for name, array in self.latent_arrays.items()}
        rows |= {f"probabilities of {name}": len(one.values) for name, one in self.probabilities.items()}
        for name, number in rows.items():
            if number != self.n_samples:
                yield f"{number} rows of {name}, {self.n_samples} of metadata"

    @property
    def n_samples(self) -> int:
        """How many samples there are: the sum of ``num_samples``."""
        return len(self.sample_metadata)

    @property
    def n_genes(self) -> int:
        """How many genes each sample has counts for; 0 without counts."""
        return 0 if self.counts_array is None else int(self.counts_array.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_samples, n_genes)``."""
        return self.n_samples, self.n_genes

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Raw counts: a row a sample, a column a gene in the order of the model.

        Raises
        ------
        ResultError
            When the answer has no counts (a metadata prediction may have none).
        """
        import pandas as pd

        return pd.DataFrame(self._counts(), columns=self._gene_index, copy=False)

    @cached_property
    def expression(self) -> pd.DataFrame:
        """Log expression, ``log(1 + counts per million)``: natural logarithm, float32.

        Shape and order of `counts`. A sample without reads is all zeros.

        Raises
        ------
        ResultError
            When the answer has no counts.
        """
        import pandas as pd

        counts = self._counts()
        totals = counts.sum(axis=1, dtype=np.int64)
        per_read = np.divide(1e6, totals, out=np.zeros(len(totals)), where=totals > 0)
        # One array of float32, filled in place: a thousand bulk samples are 180 MB, not four copies of 360.
        values = np.empty(counts.shape, dtype=np.float32)
        np.multiply(counts, per_read[:, None], out=values, casting="unsafe")
        np.log1p(values, out=values)
        return pd.DataFrame(values, columns=self._gene_index, copy=False)

    @cached_property
    def metadata(self) -> pd.DataFrame:
        """One row a sample, one column a metadata key; ``""`` where nothing is set."""
        import pandas as pd

        return pd.DataFrame([dict(row) for row in self.sample_metadata])

    @cached_property
    def latents(self) -> dict[str, pd.DataFrame]:
        """Latent vectors by name, a row a sample: ``biological``, ``technical``, ``perturbation``."""
        import pandas as pd

        return {name: pd.DataFrame(array, copy=False) for name, array in self.latent_arrays.items()}

    @cached_property
    def classifier_probs(self) -> dict[str, pd.DataFrame]:
        """Probability of every label, by metadata key: a row a sample, a column a label.

        Both ``classifier_probs["tissue"]`` and ``classifier_probs["tissue_ontology_id"]`` are understood.
        """
        import pandas as pd

        tables = {
            name: pd.DataFrame(one.values, columns=list(one.labels), copy=False)
            for name, one in self.probabilities.items()
        }
        return FieldTables(tables)

    def to_anndata(self) -> Any:
        """The answer as AnnData, the container of scanpy and its relatives.

        Returns
        -------
        anndata.AnnData
            Raw counts in ``X``, metadata in ``obs``, latents in ``obsm`` (``X_biological`` ...), the model
            and whether the values are simulated in ``uns["synthquery"]``.

        Raises
        ------
        MissingExtraError
            When the package anndata is not installed (``pip install "synthquery[anndata]"``).
        ResultError
            When the answer has no counts.
        """
        from synthquery.prediction.anndata import to_anndata

        return to_anndata(self)

    def save(self, folder: str | os.PathLike[str], format: FileFormat = "csv") -> tuple[Path, ...]:  # noqa: A002
        """Write the answer into a folder, which is made when it is missing.

        ``metadata.csv`` has a row a sample. ``expression.csv.gz`` has the *raw counts*: a row a sample, a
        column a gene. ``latents_<name>.csv.gz`` and ``classifier_probs_<field>.csv.gz`` have a row a sample
        too. ``prediction.json`` says what the files are and how they came about.

        Parameters
        ----------
        folder
            Where to; files of these names are replaced, others are left alone.
        format
            ``"csv"``, or ``"parquet"`` for ``.parquet`` instead of ``.csv`` and ``.csv.gz`` (needs pyarrow).

        Returns
        -------
        tuple of pathlib.Path
            The files written. Each appears whole or not at all.

        Raises
        ------
        MissingExtraError
            When parquet is asked for and pyarrow is not installed (``pip install "synthquery[arrow]"``).
        """
        return save_prediction(self, Path(folder), format)

    def summary(self) -> dict[str, Any]:
        """What the answer is, without the numbers, as plain JSON values."""
        return {
            "model_id": self.model_id,
            "model_version": self.model_version,
            "kind": self.kind,
            "simulated": self.simulated,
            **({"note": SIMULATED_NOTE} if self.simulated else {}),
            "n_samples": self.n_samples,
            "n_genes": self.n_genes,
            "latents": {name: int(array.shape[1]) for name, array in self.latent_arrays.items()},
            "classifier_probs": {name: len(one.labels) for name, one in self.probabilities.items()},
            "provenance": dict(self.provenance),
        }

    def __repr__(self) -> str:
        genes = f" x {self.n_genes:,} genes" if self.n_genes else ""
        parts = [self.model_id, self.kind, f"{self.n_samples:,} sample{'s' * (self.n_samples != 1)}{genes}"]
        if self.latent_arrays:
            parts.append("latents " + ", ".join(f"{n} {a.shape[1]}" for n, a in self.latent_arrays.items()))
        if self.probabilities:
            parts.append("probabilities of " + ", ".join(self.probabilities))
        if self.simulated:
            parts.append(SIMULATED_NOTE.upper())
        return f"<Prediction {'; '.join(parts)}>"

    @cached_property
    def _gene_index(self) -> pd.Index[str] | None:
        import pandas as pd

        return pd.Index(self.gene_order) if self.gene_order else None

    def _counts(self) -> npt.NDArray[np.int64] | npt.NDArray[np.int32]:
        if self.counts_array is None:
            raise ResultError(f"the answer of {self.model_id} has no counts")
        return self.counts_array
