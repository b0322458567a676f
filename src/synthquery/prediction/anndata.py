"""A prediction as AnnData, the container of scanpy and its relatives, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthquery.errors import ResultError
from synthquery.prediction.extras import import_extra
from synthquery.prediction.fields import LabelProbabilities
from synthquery.prediction.files import safe
from synthquery.prediction.names import Names
from synthquery.prediction.plain_metadata import as_text, metadata_keys, rows_of_text, values_beside_text

if TYPE_CHECKING:
    from synthquery.prediction.result import Prediction

KEY: Final = "synthquery"  # in uns
_LATENTS, _PROBABILITIES = "X_", "probs_"


def to_anndata(prediction: Prediction, *, sparse: bool | None = None) -> Any:
    """See `Prediction.to_anndata`."""
    import pandas as pd

    anndata = import_extra("anndata", "anndata", "AnnData")
    if sparse is None:
        sparse = prediction.is_sparse
    samples = [str(number) for number in range(prediction.n_samples)]
    genes = list(prediction.gene_order) or [str(number) for number in range(prediction.n_genes)]
    # Text as Python objects: pandas 3's own kind of text is not written by every release of anndata.
    metadata = {safe(str(name)): _texts(column) for name, column in prediction.metadata.items()}
    arrays = {f"{_LATENTS}{safe(name)}": array for name, array in prediction.latent_arrays.items()}
    arrays |= {f"{_PROBABILITIES}{safe(name)}": one.values for name, one in prediction.probabilities.items()}
    counts: dict[str, Any] = {}
    if prediction.n_genes:
        counts["X"] = _matrix(prediction, sparse=sparse)
        counts["var"] = pd.DataFrame(_of_genes(prediction, genes), index=pd.Index(genes, dtype=object))
    return anndata.AnnData(
        **counts,
        obs=pd.DataFrame(metadata, index=pd.Index(samples, dtype=object)),
        obsm=arrays,
        uns={KEY: _about(prediction)},
    )


def _texts(values: Any) -> Any:
    return np.array([as_text(value) for value in values], dtype=object)


def _matrix(prediction: Prediction, *, sparse: bool) -> Any:
    # A copy: what is done to X in place (normalising, logarithms) must not change the prediction.
    return prediction.sparse_counts.copy() if sparse else np.array(prediction.counts_array)


def _of_genes(prediction: Prediction, genes: list[str]) -> dict[str, Any]:
    columns = {"gene_id": np.array(genes, dtype=object)}
    if prediction.names is not None and prediction.gene_order:
        symbols = prediction.names(genes)
        columns["gene_symbol"] = np.array([symbols.get(gene, "") for gene in genes], dtype=object)
    return columns


def _about(prediction: Prediction) -> dict[str, Any]:
    """What the file format takes: texts and truth values; the query and what is nested as JSON text."""
    rest = dict(prediction.provenance)
    query = rest.pop("query") if rest.get("query") is not None else None
    releases = rest.pop("releases") if rest.get("releases") else None
    about: dict[str, Any] = {
        "model_id": prediction.model_id,
        "kind": prediction.kind,
        "simulated": prediction.simulated,
        "has_gene_order": bool(prediction.gene_order),
        "provenance": json.dumps(rest, ensure_ascii=False, default=str),
        "order": json.dumps([list(prediction.latent_arrays), list(prediction.probabilities)]),
    }
    if prediction.model_version is not None:
        about["model_version"] = prediction.model_version
    if query is not None:
        about["query"] = json.dumps(query, ensure_ascii=False, default=str)
    if releases:
        about["releases"] = {str(name): str(release) for name, release in releases.items()}
    if prediction.probabilities:
        about["labels"] = {
            safe(name): np.array(one.labels, dtype=object) for name, one in prediction.probabilities.items()
        }
    rows = prediction.sample_metadata
    about["metadata"] = json.dumps([metadata_keys(rows), values_beside_text(rows)], ensure_ascii=False)
    return about


def from_anndata(data: Any, names: Names | None = None) -> Prediction:
    """The prediction that `to_anndata` made AnnData of.

    Raises
    ------
    ResultError
        When it was made by something else.
    """
    from synthquery.prediction.result import Prediction

    about = data.uns.get(KEY)
    if about is None:
        raise ResultError(f"it has no uns[{KEY!r}]: it was not saved by synthquery")
    provenance = json.loads(about["provenance"])
    if "releases" in about:
        provenance["releases"] = {str(name): str(release) for name, release in about["releases"].items()}
    if "query" in about:
        provenance["query"] = json.loads(about["query"])
    keys, beside = json.loads(about["metadata"])
    latents, fields = json.loads(about["order"])
    texts = {key: [str(value) for value in data.obs[safe(key)]] for key in keys}
    return Prediction(
        model_id=str(about["model_id"]),
        kind="metadata" if about["kind"] == "metadata" else "expression",
        sample_metadata=rows_of_text(texts, keys, data.n_obs, beside),
        counts_array=data.X if data.n_vars else None,
        gene_order=tuple(map(str, data.var_names)) if about["has_gene_order"] else (),
        latent_arrays={name: np.asarray(data.obsm[_LATENTS + safe(name)]) for name in latents},
        probabilities={
            name: LabelProbabilities(
                tuple(map(str, about["labels"][safe(name)])),
                np.asarray(data.obsm[_PROBABILITIES + safe(name)]),
            )
            for name in fields
        },
        model_version=str(about["model_version"]) if "model_version" in about else None,
        simulated=bool(about["simulated"]),
        provenance=provenance,
        names=names,
    )
