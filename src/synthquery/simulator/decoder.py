"""From latents to expression: the forward half of the simulator.

Genes fall into modules. The genes of a module share 16 biological, 8 perturbation and one technical latent
(which one other module shares), and the log expression of a gene is linear in them. Everything about a gene
follows from its Ensembl ID, so bulk and single-cell agree about it, and nothing needs to be stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from synthquery.catalog import Modality
from synthquery.simulator.dials import DIALS, N_BIOLOGICAL, N_MODULES, N_PERTURBATION, N_TECHNICAL
from synthquery.simulator.genes import GeneTable, gene_table
from synthquery.simulator.latents import Latents, sex_axis
from synthquery.simulator.parallel import product
from synthquery.simulator.randomness import Floats, gaussians, mixed, on_grid

PER_MODULE: Final = N_BIOLOGICAL // N_MODULES
PERTURBATION_PER_MODULE: Final = N_PERTURBATION // N_MODULES
_MODULES_PER_TECHNICAL: Final = N_MODULES // N_TECHNICAL


@dataclass(frozen=True, eq=False)
class Module:
    """Genes that share latents.

    Attributes
    ----------
    genes
        Their places in the gene order.
    loadings
        Genes x (biological, perturbation, technical) latents of the module.
    biological, perturbation
        Which latents these are.
    technical
        Which technical latent.
    """

    genes: npt.NDArray[np.int64]
    loadings: Floats
    biological: slice
    perturbation: slice
    technical: int

    def latents_of(self, latents: Latents) -> Floats:
        """The latents of this module, samples x (biological, perturbation, technical)."""
        parts = (
            latents.biological[:, self.biological],
            latents.perturbation[:, self.perturbation],
            latents.technical[:, [self.technical]],
        )
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True, eq=False)
class Decoder:
    """Everything about the genes of one modality.

    Attributes
    ----------
    baseline
        Log expression of each gene when all latents are zero.
    dispersion
        Negative binomial dispersion of each gene.
    modules
        The genes by module.
    sex_genes, sex_shift
        Places of the genes that sex decides, and by how much.
    places
        Gene number -> place.
    """

    baseline: Floats
    dispersion: Floats
    modules: tuple[Module, ...]
    sex_genes: npt.NDArray[np.int64]
    sex_shift: Floats
    places: dict[int, int]

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return len(self.baseline)

    def log_means(self, latents: Latents) -> Floats:
        """Log expression of samples x genes, up to a constant for each sample."""
        result = np.empty((len(latents), self.n_genes))
        for module in self.modules:
            result[:, module.genes] = product(module.latents_of(latents), module.loadings.T)
        result += self.baseline
        axis = sex_axis()
        sex = np.tanh((latents.biological * axis).sum(axis=1) / (axis * axis).sum())
        result[:, self.sex_genes] += sex[:, None] * self.sex_shift
        return on_grid(result)

    def proportions(self, log_means: Floats) -> Floats:
        """The share of each gene in its library; overwrites `log_means`."""
        log_means -= log_means.max(axis=1, keepdims=True)
        np.exp(log_means, out=log_means)
        log_means /= log_means.sum(axis=1, keepdims=True)
        return log_means


@cache
def decoder(modality: Modality) -> Decoder:
    """The decoder of a modality."""
    table = gene_table(modality)
    dials = DIALS["decoder"]
    n_loadings = PER_MODULE + PERTURBATION_PER_MODULE + 1
    draws = gaussians(mixed(table.numbers), 4 + n_loadings)
    # Bounded, so that no gene takes most of a library.
    spread = np.exp(dials["effect_spread"] * np.clip(draws[:, 1], -2.0, 2.0))
    effect = np.concatenate(
        [
            np.full(PER_MODULE, dials["biological_effect"] / np.sqrt(PER_MODULE)),
            np.full(PERTURBATION_PER_MODULE, dials["perturbation_effect"] / np.sqrt(PERTURBATION_PER_MODULE)),
            [dials["technical_effect"]],
        ]
    )
    loadings = np.clip(draws[:, 4:], -2.0, 2.0) * spread[:, None] * effect
    noise = DIALS["dispersion"]
    places = {int(number): place for place, number in enumerate(table.numbers.tolist())}
    signs = {int(gene.removeprefix("ENSG")): sign for gene, sign in DIALS["sex_genes"]["sign"].items()}
    sex_genes = np.array([places[number] for number in signs if number in places], dtype=np.int64)
    sex_signs = np.array([sign for number, sign in signs.items() if number in places], dtype=np.float64)
    loadings[sex_genes] = 0.0
    baseline = _baseline(table, draws[:, 0])
    baseline[sex_genes] = 1.0  # log CPM, so that the sex that has them shows them
    return Decoder(
        baseline=baseline,
        dispersion=noise[modality] * np.exp(noise["spread"] * draws[:, 2]),
        modules=_modules(table, loadings),
        sex_genes=sex_genes,
        sex_shift=sex_signs * DIALS["sex_genes"]["shift"],
        places=places,
    )


def _baseline(table: GeneTable, draws: Floats) -> Floats:
    """Log CPM by biotype."""
    by_biotype = np.array(list(DIALS["genes"]["biotypes"].values()))
    mean, spread = by_biotype[table.biotypes].T
    baseline: Floats = mean + spread * np.clip(draws, -3.0, 2.6)
    return baseline


def _modules(table: GeneTable, loadings: Floats) -> tuple[Module, ...]:
    # the high bits of other mixing than the draws use, so that a gene's module tells nothing about its
    # loadings
    assigned = (mixed(mixed(mixed(table.numbers))) >> np.uint64(33)) % np.uint64(N_MODULES)
    modules = []
    for number in range(N_MODULES):
        genes = np.flatnonzero(assigned == number)
        modules.append(
            Module(
                genes=genes,
                loadings=np.ascontiguousarray(loadings[genes]),
                biological=slice(number * PER_MODULE, (number + 1) * PER_MODULE),
                perturbation=slice(number * PERTURBATION_PER_MODULE, (number + 1) * PERTURBATION_PER_MODULE),
                technical=number // _MODULES_PER_TECHNICAL,
            )
        )
    return tuple(modules)
