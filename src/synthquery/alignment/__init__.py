"""Counts as people have them -> counts in the gene order of a model."""

from __future__ import annotations

from synthquery.alignment.align import align_counts
from synthquery.alignment.aligned import AlignedCounts
from synthquery.alignment.report import AlignmentReport

__all__ = ["AlignedCounts", "AlignmentReport", "align_counts"]
