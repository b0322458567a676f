"""Three plots of answers, drawn with matplotlib; none of them shows a window."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.analysis.annotations import annotate
from synthquery.analysis.fields import metadata_key
from synthquery.analysis.label_check import LabelCheck
from synthquery.analysis.latents import batch_labels, latents_of
from synthquery.prediction import SIMULATED_NOTE, Prediction
from synthquery.prediction.extras import import_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST: Final = 40  # characters of a label on an axis
_FEWEST_BARS: Final = 3  # that a plot has room for
_COLOUR: Final = "#33608c"
_MOST_IN_LEGEND: Final = 20
_LARGEST: Final = 24.0  # inches


def plot_probabilities(
    prediction: Prediction, field: str, sample: int = 0, *, top: int = 10, ax: Axes | None = None
) -> Axes:
    """Bars of the most probable labels of one field of one sample.

    Parameters
    ----------
    prediction
        The answer to a metadata prediction query.
    field
        For example ``"tissue"``.
    sample
        Number of the sample.
    top
        How many labels, at most.
    ax
        Axes to draw into; new ones when left out.

    Returns
    -------
    matplotlib.axes.Axes
        With the most probable label at the top.

    Raises
    ------
    ValueError
        When the field has no probabilities, or there is no such sample.
    UnknownFieldError
        When there is no such field.
    MissingExtraError
        When matplotlib is not installed (``pip install "synthquery[plot]"``).
    """
    key = metadata_key(field, prediction.probabilities)
    there_are = [name for name, one in prediction.probabilities.items() if one.labels]
    if key not in there_are:
        there = ", ".join(there_are) or "none"
        raise ValueError(f"there are no probabilities of {key}; there are those of {there}")
    if not 0 <= sample < prediction.n_samples:
        raise ValueError(f"there is no sample {sample}; they are 0 to {prediction.n_samples - 1}")
    chosen = _only(prediction, key, sample)
    table = annotate(chosen, top, fields=[key])
    labels = [
        _short(str(label) or str(value)) for label, value in zip(table["label"], table["value"], strict=True)
    ]
    axes = _axes(ax, (6.4, 0.32 * max(len(labels), _FEWEST_BARS) + 1.2))
    places = np.arange(len(labels))
    bars = axes.barh(places, table["probability"].to_numpy(), color=_COLOUR)
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize="small")
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_xlabel("probability")
    title = key.removesuffix("_ontology_id").replace("_", " ")
    entropy = float(table["entropy"].iloc[0])
    sure = "nothing is probable" if math.isnan(entropy) else f"entropy {entropy:.2f} bits"
    title = f"{title} of sample {sample} ({sure})"
    axes.set_title(_marked(title, simulated=prediction.simulated), wrap=True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _only(prediction: Prediction, key: str, sample: int) -> Prediction:
    """One sample and one field of a prediction: what a plot needs of it."""
    table = prediction.probabilities[key]
    return Prediction(
        prediction.model_id,
        "metadata",
        [prediction.sample_metadata[sample]],
        probabilities={key: type(table)(table.labels, table.values[[sample]])},
    )


def plot_confusion(check: LabelCheck, field: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Heat map of how often each provided label (rows) was predicted as each label (columns).

    Parameters
    ----------
    check
        What ``sq.check_labels`` found.
    field
        The field; may be left out where there is only one.
    ax
        Axes to draw into; new ones when left out.

    Raises
    ------
    ValueError
        When nothing of the field was checked, or no field is named and there are several.
    MissingExtraError
        When matplotlib is not installed (``pip install "synthquery[plot]"``).
    """
    name = check.field(field)
    table = check.confusion(name)
    if table.empty:
        raise ValueError(f"no label of {name} was checked")
    # Labels that occur on both sides come first and in one order, so that agreement lies on the diagonal.
    shared = [label for label in table.index if label in table.columns]
    rows = [*shared, *(label for label in table.index if label not in shared)]
    columns = [*shared, *(label for label in table.columns if label not in shared)]
    values = table.loc[rows, columns].to_numpy()
    axes = _axes(ax, (min(_LARGEST, 2.4 + 0.5 * len(columns)), min(_LARGEST, 2.2 + 0.4 * len(rows))))
    axes.imshow(values, cmap="Blues", vmin=0, aspect="auto")
    axes.set_xticks(np.arange(len(columns)), [_short(str(one)) for one in columns], rotation=45, ha="right")
    axes.set_yticks(np.arange(len(rows)), [_short(str(one)) for one in rows])
    for (row, column), number in np.ndenumerate(values):
        if number:
            colour = "white" if number > values.max() / 2 else "black"
            axes.text(column, row, f"{number:,}", ha="center", va="center", color=colour)
    axes.set_xlabel("predicted")
    axes.set_ylabel("provided")
    axes.set_title(_marked(name.replace("_", " "), simulated=check.simulated))
    return axes


def plot_latents(
    prediction: Prediction,
    batches: str | Sequence[Hashable],
    space: str = "technical",
    *,
    ax: Axes | None = None,
) -> Axes:
    """Samples by the first two principal components of their latents, coloured by batch.

    Parameters
    ----------
    prediction
        An answer with latents.
    batches
        The batch of each sample, or a column of the metadata (``"study"``, ``"tissue_label"``).
    space
        The latents: ``"technical"``, ``"biological"`` ...
    ax
        Axes to draw into; new ones when left out.

    Raises
    ------
    ValueError
        When the answer has no such latents, there are not as many batches as samples, or a
        sample has none.
    MissingExtraError
        When matplotlib is not installed (``pip install "synthquery[plot]"``).
    """
    labels = batch_labels(prediction, batches)
    points, explained = _components(latents_of(prediction, space))
    axes = _axes(ax, (6.4, 4.8))
    colours = import_extra("matplotlib", "plot", "a plot").colormaps["tab20"]
    names = list(dict.fromkeys(labels))
    for at, name in enumerate(names):
        mine = np.array([label == name for label in labels])
        shown = _short(str(name)) or "(not set)"
        shown = f" {shown}" if shown.startswith("_") else shown  # matplotlib hides labels that start so
        axes.scatter(
            points[mine, 0], points[mine, 1], s=28, color=colours((2 * at + at // 10) % 20), label=shown
        )
    axes.set_xlabel(f"component 1 ({explained[0]:.0%} of variance)")
    axes.set_ylabel(f"component 2 ({explained[1]:.0%} of variance)")
    axes.set_title(_marked(f"{space} latents", simulated=prediction.simulated))
    if len(names) <= _MOST_IN_LEGEND:
        axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _components(
    latents: npt.NDArray[np.floating[Any]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Two principal components of each sample and the parts of the variance they explain, by singular values."""
    centred = np.asarray(latents, dtype=np.float64) - np.mean(latents, axis=0, dtype=np.float64)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    # The sign of a component means nothing: its largest weight is made positive, the same in every run.
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)]) if right.size else np.ones(0)
    points, explained = np.zeros((len(centred), 2)), np.zeros(2)
    number = min(2, len(sizes))
    points[:, :number] = (left * sizes * signs)[:, :number]
    if (total := float((sizes**2).sum())) > 0:
        explained[:number] = sizes[:number] ** 2 / total
    return points, explained


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """The axes to draw into; new ones are pyplot's, so that a notebook shows them and ``plt.savefig`` saves them."""
    pyplot = import_extra("matplotlib.pyplot", "plot", "a plot")
    if ax is not None:
        return ax
    _, axes = pyplot.subplots(figsize=size, layout="constrained")
    made: Axes = axes
    return made


def _marked(title: str, *, simulated: bool) -> str:
    """A plot of simulated values says so wherever it is shown."""
    return f"{title}\n{SIMULATED_NOTE}" if simulated else title


def _short(label: str) -> str:
    """A label as one line that fits beside an axis, and no formula, which matplotlib makes of dollars."""
    line = " ".join(label.split())
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
    return line.replace("$", r"\$")
