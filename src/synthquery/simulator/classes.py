"""What metadata prediction can choose from, and where each choice lies in the latent spaces."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from synthquery.ontology.cache import cached_artifact
from synthquery.ontology.in_use import entries_in_use, on_change
from synthquery.query.vocabularies import vocabularies
from synthquery.resources import load_toml
from synthquery.simulator.dials import DIALS
from synthquery.simulator.latents import NORMAL, SIZES, field_vector
from synthquery.simulator.randomness import Floats

NONE: Final = "none"  # the class of samples whose query did not say; metadata has "" for it
_CONTROL: Final = "control"
_VERSION: Final = 1  # of the computation below, for classes cached by another one
_AGES: Final = tuple(str(years) for years in range(96))  # 0 to 95 years: the hosted bulk model's classes
_STAGES: Final = ("embryonic", "fetal", "neonatal", "infant", "child", "adolescent", "adult")


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of one metadata key.

    Attributes
    ----------
    key
        The metadata key, ``tissue_ontology_id`` for example.
    name
        Its name among the classifier probabilities, ``tissue`` for example.
    space
        The latent space that tells.
    labels
        The classes.
    means
        Where each class lies: classes x latents.
    """

    key: str
    name: str
    space: str
    labels: tuple[str, ...]
    means: Floats


def classifier_name(key: str) -> str:
    """``tissue`` for ``tissue_ontology_id``, as the service's documentation names classifiers."""
    return key.removesuffix("_ontology_id")


@cache
def all_classes() -> tuple[Classes, ...]:
    """The classes of every key that metadata prediction answers, strongest effect first within a space."""
    labels = _labels()
    means = _means(labels)
    return tuple(
        Classes(key, classifier_name(key), space, labels[key], means[key])
        for space, keys in DIALS["scale"].items()
        for key in sorted((key for key in keys if key in labels), key=lambda key: -keys[key])
    )


on_change(all_classes.cache_clear)


def _labels() -> dict[str, tuple[str, ...]]:
    listed = load_toml("simulator_classes.toml")
    words = {name: vocabulary.values for name, vocabulary in vocabularies().items()}
    return {
        "tissue_ontology_id": (NONE, *listed["tissue"]),
        "cell_type_ontology_id": (NONE, *listed["cell_type"]),
        "cell_line_ontology_id": (NONE, *listed["cell_line"]),
        "disease_ontology_id": tuple(listed["disease"]),
        "sample_type": tuple(words["sample_type"]),
        "sex": tuple(words["sex"]),
        "age_years": _AGES,
        "developmental_stage": (NONE, *_STAGES),
        "race": (NONE, *words["race"]),
        "ethnicity": (NONE, *words["ethnicity"]),
        "library_selection": (NONE, *words["library_selection"]),
        "library_layout": tuple(words["library_layout"]),
        "platform": (NONE, *words["platform"]),
        "perturbation_ontology_id": (_CONTROL, *listed["perturbation"]),
        "perturbation_type": tuple(words["perturbation_type"]),
    }


def _means(labels: dict[str, tuple[str, ...]]) -> dict[str, Floats]:
    """Where the classes lie; computed once a machine, for it asks for the ancestors of some 800 terms."""
    releases = {name: entry.sha256 for name, entry in entries_in_use().items()}
    dials = {key: DIALS[key] for key in ("latents", "terms", "scale", "age", "perturbation")}
    text = json.dumps([_VERSION, labels, dials, releases])

    def build(folder: Path) -> None:
        for key, names in labels.items():
            np.save(folder / f"{key}.npy", _class_means(key, names))

    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    folder = cached_artifact(
        "simulator-classes", fingerprint, build, describe="the classifiers of the simulator"
    )
    return {key: np.load(folder / f"{key}.npy", allow_pickle=False) for key in labels}


def _class_means(key: str, names: tuple[str, ...]) -> Floats:
    space = next(space for space, keys in DIALS["scale"].items() if key in keys)
    scale, size = DIALS["scale"][space][key], SIZES[space]
    if space == "perturbation":
        scale *= DIALS["perturbation"]["unstated"] ** 2
    rows = [
        np.zeros(size) if name in (NONE, NORMAL, _CONTROL) else scale * field_vector(key, name, size)
        for name in names
    ]
    return np.array(rows)
