"""A small model of gene expression that answers what the hosted models answer, on this machine.

Ontology-aware latents, a log-linear decoder, negative binomial counts, and the way back from counts to
metadata. Its values are simulated, not biology; everything it returns says so.
"""

from __future__ import annotations

from synthquery.simulator.answers import MODEL_VERSION, seeds, simulate
from synthquery.simulator.examples import example_query
from synthquery.simulator.genes import gene_order

__all__ = ["MODEL_VERSION", "example_query", "gene_order", "seeds", "simulate"]
