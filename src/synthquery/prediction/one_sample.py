"""One sample of a prediction, in the form that the service documents for an output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from synthquery.prediction.fields import FieldTables
from synthquery.prediction.sparse import SparseCounts

if TYPE_CHECKING:
    from synthquery.prediction.result import Prediction

_TABLES: Final = ".metadata, .counts, .expression (log CPM), .latents and .classifier_probs"


def one_sample(prediction: Prediction, number: int) -> dict[str, Any]:
    """Everything about one sample; see `Prediction.__getitem__`."""
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise TypeError(
            f"a prediction is indexed by the number of a sample, not by {number!r:.60}; its tables are {_TABLES}"
        )
    place = range(prediction.n_samples)[number]  # IndexError where there is none, as of a list
    sample: dict[str, Any] = {"metadata": dict(prediction.sample_metadata[place])}
    kept = prediction.stored_counts
    if kept is not None:
        sample["counts"] = _unpacked(kept, place) if isinstance(kept, SparseCounts) else kept[place]
    if prediction.latent_arrays:
        sample["latents"] = {name: array[place] for name, array in prediction.latent_arrays.items()}
    if prediction.probabilities:
        sample["classifier_probs"] = FieldTables(
            {
                name: dict(zip(one.labels, one.values[place].tolist(), strict=True))
                for name, one in prediction.probabilities.items()
            }
        )
    return sample


def _unpacked(counts: SparseCounts, place: int) -> Any:
    present, values = counts.row(place)
    row = np.zeros(counts.shape[1], dtype=counts.data.dtype)
    row[present] = values
    return row
