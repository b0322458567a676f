"""A prediction on one screen: what the samples are, and their loudest genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from synthquery.cli.output import write, write_table
from synthquery.identifiers import ontology_of
from synthquery.prediction import SparseCounts

if TYPE_CHECKING:
    import numpy.typing as npt

    from synthquery.prediction import Prediction

_SAMPLES = 8
_GENES = 4
_LAST = ("reads", "highest")


def show(prediction: Prediction) -> None:
    """Print the first samples of a prediction: what is set of their metadata, reads and highest counts."""
    rows = [_described(prediction, number) for number in range(min(_SAMPLES, prediction.n_samples))]
    columns = sorted(dict.fromkeys(name for row in rows for name in row), key=_LAST.__contains__)
    cells = [(number, *(row.get(name) for name in columns)) for number, row in enumerate(rows)]
    write_table(("sample", *columns), cells)
    if prediction.n_samples > len(rows):
        write(f"... and {prediction.n_samples - len(rows):,} more samples")
    write(repr(prediction))


def _described(prediction: Prediction, number: int) -> dict[str, str]:
    metadata: Mapping[str, Any] = prediction.sample_metadata[number]
    described = {
        key.removesuffix("_ontology_id"): _named(str(value))
        for key, value in metadata.items()
        if value not in ("", None) and key != "modality"
    }
    if prediction.kind == "expression":
        described["reads"] = f"{int(prediction.reads[number]):,}"
        described["highest"] = ", ".join(_named(gene) for gene in _loudest(prediction, number))
    return described


def _loudest(prediction: Prediction, number: int) -> list[str]:
    """The genes of a sample with the highest counts; none where the answer does not name its genes."""
    kept = prediction.stored_counts
    if kept is None or not prediction.gene_order:
        return []
    if isinstance(kept, SparseCounts):
        columns, counts = kept.row(number)
        return [prediction.gene_order[at] for at in columns[_descending(counts)]]
    return [prediction.gene_order[at] for at in _descending(kept[number])]


def _descending(counts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    order: npt.NDArray[Any] = np.argsort(counts, kind="stable")[::-1][:_GENES]
    return order


def _named(value: str) -> str:
    """The label of an identifier, where there is one; any other value as it is."""
    from synthquery.ontology import default_ontologies

    term = default_ontologies().get(value) if ontology_of(value) else None
    return term.label if term and term.label else value
