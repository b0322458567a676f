"""Latents as tables, and what they say about batches."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from synthquery.analysis.fields import is_set, sample_names
from synthquery.prediction import Prediction

if TYPE_CHECKING:
    import pandas as pd


def latents_frame(
    prediction: Prediction,
    spaces: str | Sequence[str] | None = None,
    *,
    metadata: bool = True,
    samples: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Latents as one tidy table: one row a sample, its metadata beside.

    Parameters
    ----------
    prediction
        An answer with latents.
    spaces
        ``"technical"``, or several; all when left out.
    metadata
        Whether the metadata that are set for any sample, with labels, come first.
    samples
        Names of the samples, for the index; their numbers when left out.

    Returns
    -------
    pandas.DataFrame
        Latents are columns ``technical_0``, ``technical_1`` ...

    Raises
    ------
    ValueError
        When the answer has no such latents, or there are not as many names as samples.
    """
    import pandas as pd

    index = pd.Index(sample_names(prediction, samples), name="sample", tupleize_cols=False)
    wanted = (
        [spaces] if isinstance(spaces, str) else list(prediction.latent_arrays if spaces is None else spaces)
    )
    parts = []
    if metadata and prediction.n_samples:
        table = prediction.metadata
        parts.append(table[[name for name in table.columns if table[name].map(is_set).any()]].set_axis(index))
    for space in wanted:
        array = latents_of(prediction, space)
        parts.append(
            pd.DataFrame(array, index=index, columns=[f"{space}_{at}" for at in range(array.shape[1])])
        )
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=index)


def batch_summary(
    prediction: Prediction, batches: str | Sequence[Hashable], spaces: str | Sequence[str] = "technical"
) -> pd.DataFrame:
    """How batches differ in their latents: where each lies, how wide it is, which other is nearest.

    Parameters
    ----------
    prediction
        An answer with latents.
    batches
        The batch of each sample, or a column of the metadata (``"study"``).
    spaces
        The latents to look at; technical ones say how samples were made rather than what they are.

    Returns
    -------
    pandas.DataFrame
        One row a space and batch: ``space``; ``batch``; ``n_samples``; ``mean_reads`` (library size, where there
        are counts); ``mean`` (of all latents of its samples); ``shift`` (distance of its centre from that of all
        samples); ``spread`` (root mean square distance of its samples from its centre); ``nearest`` (the batch
        whose centre is nearest) and ``nearest_distance``; ``explained`` (which part of the variance of the space
        the batches explain, 0 to 1; the same in all rows of a space).

    Raises
    ------
    ValueError
        When the answer has no such latents, there are not as many batches as samples, or a sample has none.
    """
    import pandas as pd

    labels = batch_labels(prediction, batches)
    rows = [
        row
        for space in ([spaces] if isinstance(spaces, str) else spaces)
        for row in _batch_rows(prediction, space, labels)
    ]
    return pd.DataFrame(rows)


def latents_of(prediction: Prediction, space: str) -> npt.NDArray[np.floating[Any]]:
    """One kind of latents; ValueError where the answer has none."""
    found = prediction.latent_arrays.get(space)
    if found is None:
        there = ", ".join(prediction.latent_arrays) or "none"
        raise ValueError(f"the answer has no latents {space!r:.40}; there are {there}")
    return found


def batch_labels(prediction: Prediction, batches: str | Sequence[Hashable]) -> list[Hashable]:
    """The batch of each sample; ValueError where they do not fit, or a sample has none."""
    if isinstance(batches, str):
        if batches not in prediction.metadata:
            there = ", ".join(map(str, prediction.metadata.columns))
            raise ValueError(f"the metadata have no column {batches!r:.60}; there are {there}")
        labels, what = list(prediction.metadata[batches]), f"{batches} is not set"
    else:
        labels, what = list(batches), "there is no batch"
    if len(labels) != prediction.n_samples:
        raise ValueError(f"{len(labels):,} batches for {prediction.n_samples:,} samples")
    without = [number for number, label in enumerate(labels) if not is_set(label)]
    if without:
        some = ", ".join(map(str, without[:5])) + (" ..." if len(without) > 5 else "")
        raise ValueError(
            f"{what} for {len(without):,} of {len(labels):,} samples ({some}); give every sample a batch, "
            'those without one a name of their own such as "none"'
        )
    return labels


def _batch_rows(prediction: Prediction, space: str, labels: list[Hashable]) -> list[dict[str, Any]]:
    latents = np.asarray(latents_of(prediction, space), dtype=np.float64)
    names = list(dict.fromkeys(labels))
    place = {name: at for at, name in enumerate(names)}
    of_sample = np.array([place[label] for label in labels])
    members = [latents[of_sample == at] for at in range(len(names))]
    centres = np.array([group.mean(axis=0) for group in members])
    within = [((group - centre) ** 2).sum(axis=1) for group, centre in zip(members, centres, strict=True)]
    total = ((latents - latents.mean(axis=0)) ** 2).sum()
    explained = 1 - sum(part.sum() for part in within) / total if total > 0 else 0.0
    shifts = np.linalg.norm(centres - latents.mean(axis=0), axis=1)
    apart = np.linalg.norm(centres[:, None, :] - centres[None, :, :], axis=2)
    np.fill_diagonal(apart, np.inf)
    rows = []
    for at, name in enumerate(names):
        nearest = int(apart[at].argmin())
        alone = len(names) == 1
        rows.append(
            {
                "space": space,
                "batch": name,
                "n_samples": len(members[at]),
                "mean_reads": float(prediction.reads[of_sample == at].mean())
                if prediction.n_genes
                else np.nan,
                "mean": float(members[at].mean()),
                "shift": float(shifts[at]),
                "spread": float(np.sqrt(within[at].mean())),
                "nearest": None if alone else names[nearest],
                "nearest_distance": np.nan if alone else float(apart[at, nearest]),
                "explained": float(explained),
            }
        )
    return rows
