"""From counts to latents: the decoder turned round.

The latents of a sample are those under which its counts are most probable given a normal prior: the posterior mode of a
negative binomial regression, found by Fisher scoring. Modules share no biological or perturbation latents, so each solves
a small system of its own; they meet in the library size and in the technical latents, of which two modules each give an
estimate.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from synthquery.catalog import Modality
from synthquery.simulator.counts import Counts
from synthquery.simulator.decoder import PER_MODULE, PERTURBATION_PER_MODULE, Decoder, decoder
from synthquery.simulator.latents import Latents
from synthquery.simulator.randomness import Floats

_ROUNDS: Final = 10
_LARGEST_STEP: Final = 1.5
# Variance of a latent before a sample is seen: about what metadata and noise give it together.
_PRIOR_VARIANCE: Final = {"biological": 1.0, "perturbation": 0.15, "technical": 0.6}


def encode(counts: Counts, modality: Modality) -> Latents:
    """The latents of samples x genes counts.

    A sample without any read tells nothing: its latents are zero.
    """
    model = decoder(modality)
    observed = counts.astype(np.float64)
    depth = observed.sum(axis=1, keepdims=True)
    latents = Latents.zeros(len(counts))
    for number in range(_ROUNDS):
        mean = model.proportions(model.log_means(latents)) * depth
        # where a gene has more reads than expected, its expected information would overstate how far to go
        larger = np.maximum(mean, observed)
        weight = larger / (1.0 + model.dispersion * larger)
        if number == 0:  # far from the solution the logarithm is the safer guide
            residual = weight * np.log((observed + 1.0) / (mean + 1.0))
        else:
            residual = (observed - mean) / (1.0 + model.dispersion * mean)
        weight[:, model.sex_genes] = residual[:, model.sex_genes] = 0.0
        latents = _step(model, latents, weight, residual)
    return latents


def _step(model: Decoder, latents: Latents, weight: Floats, residual: Floats) -> Latents:
    """One round of Fisher scoring."""
    moved = Latents(*(space.copy() for space in latents.spaces().values()))
    technical_step = np.zeros_like(latents.technical)
    technical_weight = np.zeros_like(latents.technical)
    precision = _prior_precision()
    for module in model.modules:
        current = module.latents_of(latents)
        width = module.loadings.shape[1]
        products = (module.loadings[:, :, None] * module.loadings[:, None, :]).reshape(-1, width * width)
        information = (weight[:, module.genes] @ products).reshape(-1, width, width)
        information[:, np.arange(width), np.arange(width)] += precision
        gradient = residual[:, module.genes] @ module.loadings - precision * current
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        np.clip(step, -_LARGEST_STEP, _LARGEST_STEP, out=step)
        moved.biological[:, module.biological] += step[:, :PER_MODULE]
        moved.perturbation[:, module.perturbation] += step[:, PER_MODULE:-1]
        certainty = information[:, -1, -1]
        technical_step[:, module.technical] += certainty * step[:, -1]
        technical_weight[:, module.technical] += certainty
    moved.technical[:] += technical_step / technical_weight
    return moved


@cache
def _prior_precision() -> Floats:
    variance = _PRIOR_VARIANCE
    return 1.0 / np.array(
        [variance["biological"]] * PER_MODULE
        + [variance["perturbation"]] * PERTURBATION_PER_MODULE
        + [variance["technical"]]
    )
