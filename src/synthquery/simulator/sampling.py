"""Drawing samples: conditions in, counts and latents out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from synthquery.catalog import Modality
from synthquery.query.vocabularies import SamplingStrategy
from synthquery.simulator.counts import Counts, mean_counts, sampled_counts
from synthquery.simulator.decoder import decoder
from synthquery.simulator.dials import DIALS
from synthquery.simulator.latents import SIZES, SPACES, Latents
from synthquery.simulator.parallel import in_threads
from synthquery.simulator.randomness import generator, key_of

_CHUNK: Final = 32  # samples at once: 12 MB an array


@dataclass(frozen=True, eq=False)
class Condition:
    """Samples that are described alike.

    Attributes
    ----------
    latents
        One row: the mean of their latents.
    spread
        Standard deviation about it in each space, for single samples.
    n_samples
        How many.
    total_count
        Reads of each.
    own_gene
        Digits of the gene that a perturbation names, and the change of its log expression.
    """

    latents: Latents
    spread: dict[str, float]
    n_samples: int
    total_count: int
    own_gene: tuple[int, float] | None = None


def draw_samples(
    conditions: Sequence[Condition],
    modality: Modality,
    *,
    strategy: SamplingStrategy,
    deterministic_latents: bool,
    seed: int,
) -> tuple[Counts, Latents]:
    """Counts and latents, a row a sample: the conditions in order, each as often as it asks.

    A row depends on its condition, its number and the seed, not on the rows beside it.
    """
    model = decoder(modality)
    of_row = np.repeat(np.arange(len(conditions)), [condition.n_samples for condition in conditions])
    counts = np.empty((len(of_row), model.n_genes), dtype=np.int64)
    latents = _draw_latents(conditions, of_row, strategy, deterministic_latents, seed)

    def fill(start: int) -> None:
        rows = range(start, min(start + _CHUNK, len(of_row)))
        log_means = model.log_means(latents[rows.start : rows.stop])
        for row in rows:
            own_gene = conditions[of_row[row]].own_gene
            if own_gene is not None and own_gene[0] in model.places:
                log_means[row - start, model.places[own_gene[0]]] += own_gene[1]
        proportions = model.proportions(log_means)
        for row in rows:
            share, total = proportions[row - start], conditions[of_row[row]].total_count
            if strategy == "mean estimation":
                counts[row] = mean_counts(share, total)
            else:
                draws = generator(key_of("counts", str(seed)), row)
                counts[row] = sampled_counts(share, model.dispersion, total, draws)

    in_threads(fill, range(0, len(of_row), _CHUNK))
    return counts, latents


def _draw_latents(
    conditions: Sequence[Condition],
    of_row: npt.NDArray[np.int64],
    strategy: SamplingStrategy,
    deterministic: bool,
    seed: int,
) -> Latents:
    means = [condition.latents.spaces() for condition in conditions]
    drawn = {
        space: np.array([mean[space][0] for mean in means]).reshape(-1, SIZES[space])[of_row]
        for space in SPACES
    }
    if not deterministic:
        averaged = DIALS["noise"]["mean_estimation_draws"] if strategy == "mean estimation" else 1
        for row, number in enumerate(of_row.tolist()):
            draws = generator(key_of("latents", str(seed)), row)
            for space in SPACES:
                spread = conditions[number].spread[space] / np.sqrt(averaged)
                drawn[space][row] += spread * draws.standard_normal(SIZES[space])
    return Latents(**drawn)
