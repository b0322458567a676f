"""What comes back from a model: one object for every transport."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self

import numpy as np
import numpy.typing as npt

from synthquery.errors import ResultError
from synthquery.prediction.fields import FieldTables, LabelProbabilities
from synthquery.prediction.files import FileFormat, save_prediction
from synthquery.prediction.log_cpm import log_cpm
from synthquery.prediction.names import Names, with_labels
from synthquery.prediction.one_sample import one_sample
from synthquery.prediction.plain_metadata import metadata_keys, set_or_empty
from synthquery.prediction.sparse import SparseCounts, is_scipy_sparse

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["expression", "metadata"]
DenseCounts = npt.NDArray[np.int64] | npt.NDArray[np.int32]
SIMULATED_NOTE: Final = "simulated values, not biology"


class Prediction:
    """The answer to a query.

    Everything is kept as arrays; tables are made when they are first asked for, without copying the counts. A
    prediction does not change: `replace` makes another one.

    Parameters
    ----------
    model_id
        The model that answered.
    kind
        ``"expression"`` (counts were asked for) or ``"metadata"`` (counts were given).
    sample_metadata
        One mapping a sample: all 19 metadata keys and ``modality``, ``""`` where unset, as the service echoes
        them.
    counts_array
        Raw counts, shape ``(n_samples, n_genes)``, int64 or int32; or the same as a `SparseCounts` or a scipy
        sparse matrix, which stays sparse; None when the answer has none. 64 bits are the rule: a count can
        exceed 2**24, which float32 cannot hold, and sums exceed 2**31. A transport that knows its counts to be
        small may give int32, which is kept.
    gene_order
        Ensembl gene IDs of the columns, in the order of the model; empty when the answer does not tell.
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
        How the answer came about (transport, ontology releases, seed, query ...), as plain JSON values.
    names
        Gives the labels of terms and the symbols of genes; without it there are none beside the IDs.

    Raises
    ------
    ResultError
        When the parts do not fit together: rows that do not match, counts that are no integers.

    Notes
    -----
    Rows follow ``query.inputs``, each repeated ``num_samples`` times, and are the same in all tables.
    """

    model_id: str
    kind: Kind
    sample_metadata: Sequence[Mapping[str, Any]]
    gene_order: tuple[str, ...]
    latent_arrays: Mapping[str, npt.NDArray[np.floating[Any]]]
    probabilities: Mapping[str, LabelProbabilities]
    model_version: str | None
    simulated: bool
    provenance: Mapping[str, Any]
    names: Names | None
    _kept: DenseCounts | SparseCounts | None

    def __init__(
        self,
        model_id: str,
        kind: Kind,
        sample_metadata: Sequence[Mapping[str, Any]],
        counts_array: DenseCounts | SparseCounts | Any | None = None,
        gene_order: Sequence[str] = (),
        latent_arrays: Mapping[str, npt.NDArray[np.floating[Any]]] | None = None,
        probabilities: Mapping[str, LabelProbabilities] | None = None,
        model_version: str | None = None,
        simulated: bool = False,
        provenance: Mapping[str, Any] | None = None,
        names: Names | None = None,
    ) -> None:
        if is_scipy_sparse(counts_array):
            counts_array = SparseCounts.from_scipy(counts_array)
        self.__dict__.update(
            model_id=model_id,
            kind=kind,
            sample_metadata=sample_metadata,
            gene_order=tuple(gene_order),
            latent_arrays=latent_arrays or {},
            probabilities=probabilities or {},
            model_version=model_version,
            simulated=simulated,
            provenance=provenance or {},
            names=names,
            _kept=counts_array,
        )
        for problem in self._misfits():
            raise ResultError(f"the answer of {self.model_id} does not fit together: {problem}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a prediction does not change; .replace({name}=...) makes another one")

    def __getstate__(self) -> dict[str, Any]:
        # Tables that were made on demand are made again: a pickle or a copy need not carry them.
        return {name: value for name, value in self.__dict__.items() if name in Prediction.__annotations__}

    def replace(self, **changes: Any) -> Self:
        """Another prediction with some parts changed; takes what the class takes."""
        parts: dict[str, Any] = {
            "model_id": self.model_id,
            "kind": self.kind,
            "sample_metadata": self.sample_metadata,
            "counts_array": self._kept,
            "gene_order": self.gene_order,
            "latent_arrays": self.latent_arrays,
            "probabilities": self.probabilities,
            "model_version": self.model_version,
            "simulated": self.simulated,
            "provenance": self.provenance,
            "names": self.names,
        }
        return type(self)(**(parts | changes))

    def _misfits(self) -> Iterator[str]:
        kept = self._kept
        if kept is None:
            if self.kind == "expression":
                yield "it has no counts"
        elif len(kept.shape) != 2 or self.counts_type not in (np.int64, np.int32):
            yield f"counts of shape {kept.shape} and type {self.counts_type}"
        else:
            if len(kept) != self.n_samples:
                yield f"{len(kept)} rows of counts, {self.n_samples} of metadata"
            if self.gene_order and kept.shape[1] != len(self.gene_order):
                yield f"{kept.shape[1]:,} counts a sample, {len(self.gene_order):,} genes"
        rows = {f"latents {name}": len(array) for name, array in self.latent_arrays.items()}
        rows |= {f"probabilities of {name}": len(one.values) for name, one in self.probabilities.items()}
        for name, number in rows.items():
            if number != self.n_samples:
                yield f"{number} rows of {name}, {self.n_samples} of metadata"

    @property
    def counts_type(self) -> np.dtype[Any] | None:
        """The numpy type of the counts; None without counts."""
        if isinstance(self._kept, SparseCounts):
            return self._kept.data.dtype
        return None if self._kept is None else self._kept.dtype

    @property
    def n_samples(self) -> int:
        """How many samples there are: the sum of ``num_samples``."""
        return len(self.sample_metadata)

    @property
    def n_genes(self) -> int:
        """How many genes each sample has counts for; 0 without counts."""
        return 0 if self._kept is None else int(self._kept.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """``(n_samples, n_genes)``."""
        return self.n_samples, self.n_genes

    @property
    def stored_counts(self) -> DenseCounts | SparseCounts | None:
        """The counts as they are kept: an array, or `SparseCounts`; None without counts."""
        return self._kept

    @property
    def is_sparse(self) -> bool:
        """Whether the counts came, and are kept, without their zeros."""
        return isinstance(self._kept, SparseCounts)

    @cached_property
    def counts_array(self) -> DenseCounts | None:
        """Raw counts, samples x genes, as an array; None without counts. Sparse counts are unpacked."""
        return self._kept.toarray() if isinstance(self._kept, SparseCounts) else self._kept

    @cached_property
    def sparse_counts(self) -> Any:
        """Raw counts, samples x genes, as a ``scipy.sparse.csr_matrix``.

        Raises
        ------
        MissingExtraError
            When scipy is not installed (``pip install "synthquery[sparse]"``).
        ResultError
            When the answer has no counts.
        """
        return self._sparse().to_scipy()

    @cached_property
    def reads(self) -> npt.NDArray[np.int64]:
        """Library size of each sample: the sum of its counts; zeros without counts."""
        if self._kept is None:
            return np.zeros(self.n_samples, dtype=np.int64)
        if isinstance(self._kept, SparseCounts):
            return self._kept.reads()
        totals: npt.NDArray[np.int64] = self._kept.sum(axis=1, dtype=np.int64)
        return totals

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Raw counts: a row a sample, a column a gene in the order of the model.

        Raises
        ------
        ResultError
            When the answer has no counts (a metadata prediction may have none).
        """
        import pandas as pd

        return pd.DataFrame(self._dense(), columns=self._gene_index, copy=False)

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

        return pd.DataFrame(log_cpm(self._dense()), columns=self._gene_index, copy=False)

    @cached_property
    def metadata(self) -> pd.DataFrame:
        """One row a sample, one column a metadata key; ``""`` where nothing is set.

        Beside every column of identifiers stands one of labels: ``tissue_label`` after ``tissue_ontology_id``.
        They come from the ontologies in use, offline; ``""`` where an identifier is not known there.
        """
        import pandas as pd

        rows = self.sample_metadata
        table = pd.DataFrame(
            {key: [set_or_empty(row.get(key)) for row in rows] for key in metadata_keys(rows)},
            index=range(len(rows)),
        )
        return table if self.names is None else with_labels(table, self.names)

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

    def to_anndata(self, *, sparse: bool | None = None) -> Any:
        """The answer as AnnData, the container of scanpy and its relatives.

        Parameters
        ----------
        sparse
            Whether ``X`` is a CSR matrix; as the counts are kept when left out.

        Returns
        -------
        anndata.AnnData
            Raw counts in ``X``; metadata with labels, as text, in ``obs``; genes with their symbols in ``var``;
            latents (``X_biological`` ...) and probabilities (``probs_tissue_ontology_id`` ...) in ``obsm``;
            model, releases, query and whether the values are simulated in ``uns["synthquery"]``.

        Raises
        ------
        MissingExtraError
            When the package anndata is not installed (``pip install "synthquery[anndata]"``).
        """
        from synthquery.prediction.anndata import to_anndata

        return to_anndata(self, sparse=sparse)

    def save(
        self,
        path: str | os.PathLike[str],
        format: FileFormat | None = None,  # noqa: A002
    ) -> tuple[Path, ...]:
        """Write the answer into a folder, or as one h5ad file; ``sq.load_prediction`` reads either back.

        In a folder, ``metadata.csv`` has a row a sample. ``expression.csv.gz`` has the *raw counts*: a row a
        sample, a column a gene. ``latents_<name>.csv.gz`` and ``classifier_probs_<field>.csv.gz`` have a row a
        sample too. ``prediction.json`` says what the files are and how they came about.

        Parameters
        ----------
        path
            A folder, which is made when it is missing; files of these names are replaced, others are left
            alone. For ``"h5ad"`` a file, or a folder to put ``prediction.h5ad`` into.
        format
            ``"csv"``; ``"parquet"`` for ``.parquet`` instead of ``.csv`` and ``.csv.gz`` (needs pyarrow);
            ``"h5ad"`` for one file of AnnData. When left out, ``"h5ad"`` for a path that ends so, else
            ``"csv"``.

        Returns
        -------
        tuple of pathlib.Path
            The files written. Each appears whole or not at all.

        Raises
        ------
        MissingExtraError
            When the package that a format needs is not installed; the message names the extra.
        ValueError
            When there is no such format.
        ResultError
            When the answer holds text that the format does not take: half of a character, in h5ad a zero byte.
        """
        return save_prediction(self, Path(path), format)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Prediction:
        """Read what `save` wrote; ``sq.load_prediction`` does, and adds labels.

        Parameters
        ----------
        path
            The folder, its ``prediction.json``, or the h5ad file.

        Raises
        ------
        ResultError
            When there is no saved prediction, or a part of it is missing or damaged; the message names the file.
        MissingExtraError
            When the package that the format needs is not installed.
        """
        from synthquery.prediction.loading import read_prediction

        return read_prediction(path)

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

    def __len__(self) -> int:
        return self.n_samples

    def __getitem__(self, number: int) -> dict[str, Any]:
        """One sample, as the service documents an output: ``prediction[0]["metadata"]``.

        Parameters
        ----------
        number
            Of the sample, from 0; negative ones count from the end.

        Returns
        -------
        dict
            ``metadata``; ``counts``, one a gene, ``latents``, an array by name, and ``classifier_probs``, the
            probability of each label by field (``"cell_type"`` or ``"cell_type_ontology_id"``), where there are any.

        Raises
        ------
        IndexError
            When there is no such sample.
        TypeError
            When it is no number.
        """
        return one_sample(self, number)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[number] for number in range(self.n_samples))

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

    def _repr_html_(self) -> str:
        from synthquery.prediction.html import as_html

        return as_html(self)

    @cached_property
    def _gene_index(self) -> pd.Index[str] | None:
        import pandas as pd

        return pd.Index(self.gene_order) if self.gene_order else None

    def _dense(self) -> DenseCounts:
        if self.counts_array is None:
            raise ResultError(f"the answer of {self.model_id} has no counts")
        return self.counts_array

    def _sparse(self) -> SparseCounts:
        if isinstance(self._kept, SparseCounts):
            return self._kept
        return SparseCounts.from_array(self._dense())
