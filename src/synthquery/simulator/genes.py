"""Which genes the simulated models have, and in which order.

The hosted models' own gene lists are not public. These have the documented numbers of genes and are drawn
from the GENCODE table of the snapshot by the rule in ``data/simulator.toml``: biotypes in a fixed order,
genes of a biotype by ID, none newer than the release the hosted lists are based on. Bulk is then sorted by
ID; single-cell keeps the order of the rule, so that, as in the hosted models, it is a subset of bulk and
not sorted.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from synthquery.catalog import Modality, find_model
from synthquery.errors import SnapshotError
from synthquery.ontology.cache import cached_artifact
from synthquery.ontology.snapshot import manifest, read_terms
from synthquery.simulator.dials import DIALS

_VERSION: Final = 1  # of the rule below, for tables cached by another one


@dataclass(frozen=True, eq=False)
class GeneTable:
    """The genes of one modality, in the order of its counts.

    Attributes
    ----------
    numbers
        The digits of each Ensembl ID.
    biotypes
        Place of each gene's biotype in ``[genes.biotypes]`` of the dials.
    """

    numbers: npt.NDArray[np.uint64]
    biotypes: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)


def gene_order(modality: Modality) -> tuple[str, ...]:
    """Ensembl IDs of the genes, in the order of the counts.

    Parameters
    ----------
    modality
        ``"bulk"`` (44,592 genes, sorted) or ``"single-cell"`` (37,125 of them, not sorted).
    """
    return _order(modality)


@cache
def _order(modality: Modality) -> tuple[str, ...]:
    return tuple([f"ENSG{number:011d}" for number in gene_table(modality).numbers.tolist()])


@cache
def gene_table(modality: Modality) -> GeneTable:
    """The genes of a modality."""
    n_genes = find_model("baseline", modality).n_genes
    ranked = _ranked_genes()
    if len(ranked) < n_genes:
        raise SnapshotError(
            f"the gene table of the snapshot yields {len(ranked):,} genes of {n_genes:,} needed"
        )
    chosen = ranked[:n_genes]
    if modality == "bulk":
        chosen = chosen[np.argsort(chosen[:, 0])]
    return GeneTable(chosen[:, 0].astype(np.uint64), chosen[:, 1])


def _ranked_genes() -> npt.NDArray[np.int64]:
    """Number and biotype of every gene that may enter, in the order of the rule."""
    rule = DIALS["genes"]
    entry = manifest()["ENSG"]
    text = json.dumps([_VERSION, entry.sha256, rule["newest"], list(rule["biotypes"])])
    fingerprint = hashlib.sha256(text.encode()).hexdigest()

    def build(folder: Path) -> None:
        ranks = {biotype: rank for rank, biotype in enumerate(rule["biotypes"])}
        genes = [
            (ranks[gene.biotype], gene.id)
            for gene in read_terms(entry)
            if gene.biotype in ranks and gene.id <= rule["newest"]
        ]
        ranked = [(int(gene.removeprefix("ENSG")), rank) for rank, gene in sorted(genes)]
        np.save(folder / "genes.npy", np.array(ranked, dtype=np.int64))

    folder = cached_artifact("simulator-genes", fingerprint, build, describe="the genes of the simulator")
    ranked: npt.NDArray[np.int64] = np.load(folder / "genes.npy", allow_pickle=False)
    return ranked
