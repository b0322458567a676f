"""The dials of the simulator, from ``data/simulator.toml``."""

from __future__ import annotations

from typing import Any, Final

from synthquery.resources import load_toml

DIALS: Final[dict[str, Any]] = load_toml("simulator.toml")

N_BIOLOGICAL: Final[int] = DIALS["latents"]["biological"]
N_TECHNICAL: Final[int] = DIALS["latents"]["technical"]
N_PERTURBATION: Final[int] = DIALS["latents"]["perturbation"]
N_MODULES: Final[int] = DIALS["decoder"]["modules"]
