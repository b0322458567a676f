"""What comes back: counts, metadata, latents and probabilities, as arrays and as tables."""

from __future__ import annotations

from synthquery.prediction.fields import FieldTables, LabelProbabilities, other_spelling
from synthquery.prediction.result import SIMULATED_NOTE, Kind, Prediction

__all__ = ["SIMULATED_NOTE", "FieldTables", "Kind", "LabelProbabilities", "Prediction", "other_spelling"]
