"""A prediction as AnnData, the container of scanpy and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synthquery.prediction.extras import import_extra

if TYPE_CHECKING:
    from synthquery.prediction.result import Prediction


def to_anndata(prediction: Prediction) -> Any:
    """See `Prediction.to_anndata`."""
    anndata = import_extra("anndata", "anndata", "AnnData")
    counts = prediction.counts
    names = [str(number) for number in range(prediction.n_samples)]
    # AnnData keeps an empty text and a missing value apart in files; obs is text throughout.
    observations = prediction.metadata.astype(str).set_axis(names, axis=0)
    about: dict[str, Any] = {"model_id": prediction.model_id, "simulated": prediction.simulated}
    if prediction.model_version is not None:
        about["model_version"] = prediction.model_version
    data = anndata.AnnData(
        X=counts.to_numpy(),
        obs=observations,
        var=counts.columns.astype(str).to_frame(index=True, name="gene_id"),
        obsm={f"X_{name}": array for name, array in prediction.latent_arrays.items()},
        uns={"synthquery": about},
    )
    data.var.index.name = None
    return data
