"""From metadata to latents: where a sample of given metadata is expected to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from synthquery.simulator.dials import DIALS, N_BIOLOGICAL, N_PERTURBATION, N_TECHNICAL
from synthquery.simulator.perturbations import effect_size, is_control
from synthquery.simulator.randomness import Floats
from synthquery.simulator.terms import value_vector

SPACES: Final = ("biological", "technical", "perturbation")
SIZES: Final = {"biological": N_BIOLOGICAL, "technical": N_TECHNICAL, "perturbation": N_PERTURBATION}
NORMAL: Final = "PATO:0000461"  # how a query says healthy


@dataclass(frozen=True, eq=False)
class Latents:
    """Latents of some samples, one row each, in the three spaces."""

    biological: Floats
    technical: Floats
    perturbation: Floats

    def __len__(self) -> int:
        return len(self.biological)

    def __getitem__(self, rows: Any) -> Latents:
        return Latents(self.biological[rows], self.technical[rows], self.perturbation[rows])

    @classmethod
    def zeros(cls, n: int) -> Latents:
        """Latents of `n` samples of which nothing is known."""
        return cls(*(np.zeros((n, SIZES[space])) for space in SPACES))

    def spaces(self) -> dict[str, Floats]:
        """The three arrays by name."""
        return {space: getattr(self, space) for space in SPACES}


def expected_latents(metadata: Mapping[str, Any]) -> Latents:
    """One row: the mean of the latent distributions of samples with this metadata."""
    given = {key: str(value).strip() for key, value in metadata.items() if value is not None}
    given = {key: value for key, value in given.items() if value}
    row = Latents.zeros(1)
    for space in ("biological", "technical"):
        total = getattr(row, space)[0]
        for key, scale in DIALS["scale"][space].items():
            if key in given:
                total += scale * field_vector(key, given[key], SIZES[space])
    if not is_control(given):
        size = effect_size(given)
        for key, scale in DIALS["scale"]["perturbation"].items():
            if key in given:
                row.perturbation[0] += size * scale * value_vector(key, given[key], N_PERTURBATION)
    return row


def field_vector(key: str, value: str, size: int) -> Floats:
    """Direction of a value of one metadata key; zero for what is the same as saying nothing."""
    if key == "sex":
        return _sex_sign(value) * value_vector("sex", "sex", size)
    if key == "age_years":
        return _age_shift(value) * value_vector("age_years", "age", size)
    if key == "disease_ontology_id" and value in (NORMAL, "PATO_0000461"):
        return np.zeros(size)
    return value_vector(key, value, size)


@cache
def sex_axis() -> Floats:
    """The biological direction from neither sex to female."""
    axis: Floats = DIALS["scale"]["biological"]["sex"] * value_vector("sex", "sex", N_BIOLOGICAL)
    return axis


def _sex_sign(value: str) -> float:
    return {"female": 1.0, "male": -1.0}.get(value.casefold(), 0.0)


def _age_shift(value: str) -> float:
    try:
        years = float(value)
    except ValueError:
        return 0.0
    if not np.isfinite(years):
        return 0.0
    dials = DIALS["age"]
    return float((min(max(years, 0.0), 110.0) - dials["middle"]) / dials["spread"])
