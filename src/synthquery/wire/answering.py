"""Which model answered, and what its answers look like.

GEM-1 models are in the catalog. Of GEM-2 only the names of models and operations are documented
(``data/gem_2.toml``), so the shape of an answer tells what was asked of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from synthquery.catalog import Modality, get_model
from synthquery.prediction import Kind
from synthquery.query.metadata import METADATA_KEYS
from synthquery.resources import load_toml

RESULT_KEYS: Final = (*sorted(METADATA_KEYS), "modality")
_PREDICTED: Final = ("predicted_metadata", "classifier_probabilities")


@dataclass(frozen=True, slots=True)
class Answering:
    """What is known beforehand about the answers of a model.

    Attributes
    ----------
    model_id
        The model.
    kind
        ``"expression"`` or ``"metadata"``.
    modality
        None where neither the model nor its catalog says.
    n_genes
        How many genes it has; None where that is not documented.
    metadata_keys
        Keys that every row has, whether set or not; empty where rows have what they have.
    with_gaps
        Whether samples of one answer may lack metadata or latents that others have.
    """

    model_id: str
    kind: Kind
    modality: Modality | None
    n_genes: int | None
    metadata_keys: tuple[str, ...]
    with_gaps: bool


def answering(model_id: str, outputs: Sequence[Mapping[str, Any]] = ()) -> Answering:
    """What is known about the answers of a model.

    Parameters
    ----------
    model_id
        A model of the catalog, or one with a name of GEM-2.
    outputs
        The outputs of its answer, which tell what a GEM-2 model was asked for.

    Raises
    ------
    UnknownModelError
        When there is no such model.
    """
    if is_gem_2(model_id):
        predicted = any(key in output for output in outputs[:1] for key in _PREDICTED)
        return Answering(
            model_id, "metadata" if predicted else "expression", _modality(model_id), None, (), with_gaps=True
        )
    spec = get_model(model_id)
    kind: Kind = "metadata" if spec.family == "metadata-prediction" else "expression"
    return Answering(model_id, kind, spec.modality, spec.n_genes, RESULT_KEYS, with_gaps=False)


def is_gem_2(model_id: str) -> bool:
    """Whether a model is called as GEM-2 models are."""
    return isinstance(model_id, str) and any(pattern.fullmatch(model_id) for pattern in _gem_2_names())


@cache
def _gem_2_names() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, load_toml("gem_2.toml")["models"]))


def _modality(model_id: str) -> Modality | None:
    if model_id.startswith("gem-2-bulk"):
        return "bulk"
    return "single-cell" if model_id.startswith("gem-2-sc") else None
