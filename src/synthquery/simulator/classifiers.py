"""From latents to metadata: which class of each key fits a sample best."""

from __future__ import annotations

from typing import Final

import numpy as np

from synthquery.catalog import Modality
from synthquery.simulator.classes import Classes, all_classes
from synthquery.simulator.dials import DIALS
from synthquery.simulator.encoder import Encoded
from synthquery.simulator.parallel import product
from synthquery.simulator.randomness import Floats

_ROUNDS: Final = 2


def classify(encoded: Encoded, modality: Modality) -> dict[str, Floats]:
    """Probabilities of the classes of each metadata key: samples x classes, every row sums to 1.

    The latents of a sample are the sum of what its metadata contribute. So each key is judged by what the
    best classes of the other keys leave over, strongest key first, and then once more.
    """
    spaces = encoded.latents.spaces()
    explained = {space: np.zeros_like(array) for space, array in spaces.items()}
    chosen: dict[str, Floats] = {}
    probabilities: dict[str, Floats] = {}
    for _ in range(_ROUNDS):
        for classes in all_classes():
            certainty = encoded.certainty[classes.space][:, None]
            others = explained[classes.space] - chosen.get(classes.key, 0.0)
            fit = _fit(spaces[classes.space] - others, classes, certainty)
            best = fit.argmax(axis=1)
            # a class that fits worse than nothing explains nothing: the query may not have said
            worth = (fit[np.arange(len(fit)), best] > 0.0)[:, None]
            chosen[classes.key] = worth * certainty * classes.means[best]
            explained[classes.space] = others + chosen[classes.key]
            probabilities[classes.key] = _softmax(fit / _softness(classes, modality))
    return probabilities


def _fit(rest: Floats, classes: Classes, certainty: Floats) -> Floats:
    """Log likelihood ratio of each class to "nothing", for noise of variance 1."""
    fit: Floats = product(rest, classes.means.T) - 0.5 * certainty * (classes.means**2).sum(axis=1)
    return fit


def _softness(classes: Classes, modality: Modality) -> float:
    noise = DIALS["noise"]
    spread = noise[modality] if classes.space == "biological" else noise[classes.space]
    return float(spread**2 * DIALS["classifier"]["temperature"])


def _softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Floats = weights / weights.sum(axis=1, keepdims=True)
    return probabilities
