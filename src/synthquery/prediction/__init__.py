"""What comes back: counts, metadata, latents and probabilities, as arrays and as tables."""

from __future__ import annotations

from synthquery.prediction.fields import FieldTables, LabelProbabilities, other_spelling
from synthquery.prediction.log_cpm import log_cpm
from synthquery.prediction.names import Names, label_column
from synthquery.prediction.result import SIMULATED_NOTE, Kind, Prediction
from synthquery.prediction.sparse import SparseCounts

__all__ = [
    "SIMULATED_NOTE",
    "FieldTables",
    "Kind",
    "LabelProbabilities",
    "Names",
    "Prediction",
    "SparseCounts",
    "label_column",
    "log_cpm",
    "other_spelling",
]
