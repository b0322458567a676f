"""Saved predictions, with names for their terms and genes."""

from __future__ import annotations

import os

from synthquery.prediction import Prediction
from synthquery.prediction.loading import read_prediction
from synthquery.wire.term_names import term_names


def load_prediction(path: str | os.PathLike[str]) -> Prediction:
    """Read what ``Prediction.save`` wrote: an equal prediction.

    Parameters
    ----------
    path
        The folder (csv or parquet), its ``prediction.json``, or the h5ad file.

    Returns
    -------
    Prediction
        Equal to the one that was saved in every number, text and order.

    Raises
    ------
    ResultError
        When there is no saved prediction, or a part of it is missing or damaged; the message names the file.
    MissingExtraError
        When the package that the format needs is not installed; the message names the extra.
    """
    return read_prediction(path, term_names)
