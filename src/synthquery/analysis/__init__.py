"""What to make of answers: annotations, checks of labels, latents as tables, batches, and plots of these."""

from __future__ import annotations

from synthquery.analysis.annotations import annotate
from synthquery.analysis.label_check import LabelCheck, check_labels
from synthquery.analysis.latents import batch_summary, latents_frame
from synthquery.analysis.plots import plot_confusion, plot_latents, plot_probabilities
from synthquery.analysis.relations import Relation, relation

__all__ = [
    "LabelCheck",
    "Relation",
    "annotate",
    "batch_summary",
    "check_labels",
    "latents_frame",
    "plot_confusion",
    "plot_latents",
    "plot_probabilities",
    "relation",
]
