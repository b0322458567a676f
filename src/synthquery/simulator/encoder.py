"""From counts to latents: the decoder turned round.

The latents of a sample are those under which its counts are most probable given a normal prior: the
posterior mode of a negative binomial regression, found by Fisher scoring. Modules share no biological or
perturbation latents, so each solves a small system of its own; they meet in the library size and in the
technical latents, of which two modules each give an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from synthquery.catalog import Modality
from synthquery.simulator.counts import Counts
from synthquery.simulator.decoder import PER_MODULE, PERTURBATION_PER_MODULE, Decoder, decoder
from synthquery.simulator.latents import Latents
from synthquery.simulator.parallel import product
from synthquery.simulator.randomness import Floats

_ROUNDS: Final = 3
_LARGEST_STEP: Final = 1.5
_LARGEST_LOG: Final = 40.0  # no library has exp(40) reads; keeps exp() finite
# Variance of a latent before a sample is seen: about what metadata and noise give it together.
_PRIOR_VARIANCE: Final = {"biological": 1.0, "perturbation": 0.15, "technical": 0.6}


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the counts of some samples tell about their latents.

    Attributes
    ----------
    latents
        Their most probable values.
    certainty
        For each space and sample the share, 0 to 1, of its latents that the counts decide; the prior, which
        draws towards zero, decides the rest.
    """

    latents: Latents
    certainty: dict[str, Floats]


def encode(counts: Counts, modality: Modality) -> Encoded:
    """The latents of samples x genes counts.

    A sample without reads tells nothing: its latents are about zero.
    """
    model = decoder(modality)
    observed = counts.astype(np.float64)
    latents = Latents.zeros(len(counts))
    size = np.log(np.maximum(observed.sum(axis=1, keepdims=True), 1.0)) - np.log(np.exp(model.baseline).sum())
    for number in range(_ROUNDS):
        mean = np.exp(np.minimum(model.log_means(latents) + size, _LARGEST_LOG))
        # where a gene has more reads than expected, its expected information would overstate how far to go
        larger = np.maximum(mean, observed)
        weight = larger / (1.0 + model.dispersion * larger)
        if number == 0:  # far from the solution the logarithm is the safer guide
            residual = weight * np.log((observed + 1.0) / (mean + 1.0))
        else:
            residual = (observed - mean) / (1.0 + model.dispersion * mean)
        weight[:, model.sex_genes] = residual[:, model.sex_genes] = 0.0
        # The size of the library as a parameter of its own: were it the sum of the counts, one gene that
        # takes half of the reads would seem to silence all others.
        shift = residual.sum(axis=1, keepdims=True) / (weight.sum(axis=1, keepdims=True) + 1.0)
        size += np.clip(shift, -_LARGEST_STEP, _LARGEST_STEP)
        latents, certainty = _step(model, latents, weight, residual - weight * shift)
    return Encoded(latents, certainty)


def _step(
    model: Decoder, latents: Latents, weight: Floats, residual: Floats
) -> tuple[Latents, dict[str, Floats]]:
    """One round of Fisher scoring: where it leads, and how certain that is."""
    moved = Latents(*(space.copy() for space in latents.spaces().values()))
    technical_step = np.zeros_like(latents.technical)
    technical_weight = np.zeros_like(latents.technical)
    precision = _prior_precision()
    width = len(precision)
    diagonal = np.arange(width)
    rows, columns = np.triu_indices(width)  # the information is symmetric
    information = np.empty((len(latents), width, width))
    shares = np.zeros((len(latents), width))
    for module in model.modules:
        by_latent = np.ascontiguousarray(module.loadings.T)
        pairs = by_latent[rows] * by_latent[columns]
        information[:, rows, columns] = product(weight[:, module.genes], pairs.T)
        information[:, columns, rows] = information[:, rows, columns]
        information[:, diagonal, diagonal] += precision
        gradient = product(residual[:, module.genes], module.loadings)
        gradient -= precision * module.latents_of(latents)
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        np.clip(step, -_LARGEST_STEP, _LARGEST_STEP, out=step)
        moved.biological[:, module.biological] += step[:, :PER_MODULE]
        moved.perturbation[:, module.perturbation] += step[:, PER_MODULE:-1]
        weight_here = information[:, -1, -1]
        technical_step[:, module.technical] += weight_here * step[:, -1]
        technical_weight[:, module.technical] += weight_here
        shares += 1.0 - precision / information[:, diagonal, diagonal]
    moved.technical[:] += technical_step / technical_weight
    shares /= len(model.modules)
    certainty = {
        "biological": shares[:, :PER_MODULE].mean(axis=1),
        "perturbation": shares[:, PER_MODULE:-1].mean(axis=1),
        "technical": shares[:, -1],
    }
    return moved, certainty


@cache
def _prior_precision() -> Floats:
    variance = _PRIOR_VARIANCE
    return 1.0 / np.array(
        [variance["biological"]] * PER_MODULE
        + [variance["perturbation"]] * PERTURBATION_PER_MODULE
        + [variance["technical"]]
    )
