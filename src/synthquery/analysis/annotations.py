"""What a metadata prediction says of each sample, in words and with how sure it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthquery.analysis.fields import is_set, labels_of, metadata_key, sample_names, short_name
from synthquery.prediction import LabelProbabilities, Prediction

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("sample", "field", "rank", "value", "label", "probability", "entropy")
_Block = dict[str, Any]


def annotate(
    prediction: Prediction,
    top: int = 3,
    *,
    fields: str | Sequence[str] | None = None,
    samples: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """The most probable values of every field of every sample, with their labels.

    Parameters
    ----------
    prediction
        The answer to a metadata prediction query.
    top
        How many values of a field, at most.
    fields
        Only this, or these, for example ``["tissue", "sex"]``; everything that was predicted when left out.
    samples
        Names of the samples; their numbers when left out.

    Returns
    -------
    pandas.DataFrame
        One row a sample, field and rank (1 is the most probable): ``sample, field, rank, value`` (identifier or
        word), ``label``, ``probability`` (0 to 1) and ``entropy`` of the field in bits: the sum of ``-p log2(p)``
        over all its labels, after dividing by their sum; 0 is certain, missing where all are 0. Of equal
        probabilities the label that the model names first comes first. A field that was predicted without
        probabilities has one row a sample and no numbers.

    Raises
    ------
    ValueError
        When `top` is not positive, or there are not as many names as samples.
    UnknownFieldError
        When there is no such field.
    """
    import pandas as pd

    if top < 1:
        raise ValueError(f"top is at least 1, not {top}")
    names = np.empty(prediction.n_samples, dtype=object)
    names[:] = sample_names(
        prediction, samples
    )  # tuples stay names: an array made of them would have two dimensions
    fields = [fields] if isinstance(fields, str) else fields
    wanted = None if fields is None else [metadata_key(name, prediction.probabilities) for name in fields]
    blocks = list(_blocks(prediction, names, top, wanted))
    if not blocks:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    table = pd.concat([pd.DataFrame(block) for block in blocks], ignore_index=True)
    table["label"] = table["value"].map(labels_of(table["value"]))
    order = np.lexsort((table["rank"], table.pop("at_field"), table.pop("at_sample")))
    return table.iloc[order].reset_index(drop=True)[list(_COLUMNS)]


def _blocks(
    prediction: Prediction, names: npt.NDArray[Any], top: int, wanted: Sequence[str] | None
) -> Iterator[_Block]:
    keys = list(prediction.probabilities) if wanted is None else list(wanted)
    if wanted is None:
        said = {key for row in prediction.sample_metadata for key, value in row.items() if is_set(value)}
        keys += [key for key in prediction.sample_metadata[0] if key in said - {*keys, "modality"}]
    for place, key in enumerate(keys):
        table = prediction.probabilities.get(key)
        if table is not None and table.labels:
            yield _probable(table, names, top) | {"field": short_name(key), "at_field": place}
        else:
            yield _said(prediction, key, names) | {"field": short_name(key), "at_field": place}


def _probable(table: LabelProbabilities, names: npt.NDArray[Any], top: int) -> _Block:
    values = np.asarray(table.values, dtype=np.float64)
    top = min(top, len(table.labels))
    best = np.argsort(-values, axis=1, kind="stable")[:, :top]
    number = np.repeat(np.arange(len(values)), top)
    return {
        "at_sample": number,
        "sample": names[number],
        "rank": np.tile(np.arange(1, top + 1), len(values)),
        "value": np.array(table.labels, dtype=object)[best].reshape(-1),
        "probability": np.take_along_axis(values, best, axis=1).reshape(-1),
        "entropy": np.repeat(entropy(values), top),
    }


def _said(prediction: Prediction, key: str, names: npt.NDArray[Any]) -> _Block:
    told = [(number, row.get(key)) for number, row in enumerate(prediction.sample_metadata)]
    told = [(number, value) for number, value in told if is_set(value)]
    number = np.array([one[0] for one in told], dtype=np.int64)
    nothing = np.full(len(told), np.nan)
    return {
        "at_sample": number,
        "sample": names[number],
        "rank": np.ones(len(told), dtype=np.int64),
        "value": np.array([str(one[1]) for one in told], dtype=object),
        "probability": nothing,
        "entropy": nothing,
    }


def entropy(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Entropy of each row in bits, of what sums to 1 after dividing by the sum of the row; NaN where all are 0."""
    totals = values.sum(axis=1, keepdims=True)
    shares = np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    bits: npt.NDArray[np.float64] = -(shares * logs).sum(axis=1)
    return np.where(totals[:, 0] > 0, np.abs(bits), np.nan)  # a certain answer has 0, not -0
