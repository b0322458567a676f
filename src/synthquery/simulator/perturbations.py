"""What a perturbation is worth: controls, dose, time, and the gene it names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from synthquery.identifiers import canonical_id
from synthquery.resources import load_toml
from synthquery.simulator.dials import DIALS


def is_control(metadata: Mapping[str, str]) -> bool:
    """True when nothing was done to the sample that should change it."""
    if metadata.get("perturbation_type", "").casefold() == "control":
        return True
    entity = metadata.get("perturbation_ontology_id", "").strip().casefold()
    controls = load_toml("vocabularies.toml")["perturbation_control"]
    return entity in controls["values"] or entity in controls["aliases"]


def effect_size(metadata: Mapping[str, str]) -> float:
    """How much of its full effect a perturbation has, 0 to 1: more with dose and time, ever less so."""
    dials = DIALS["perturbation"]
    time = _saturating(metadata.get("perturbation_time"), dials["hours"], dials["half_time_hours"])
    dose = _saturating(metadata.get("perturbation_dose"), {}, 1.0, dials["half_dose"])
    return time * dose


def own_gene_effect(metadata: Mapping[str, Any]) -> tuple[int, float] | None:
    """The gene a perturbation names, by the digits of its ID, and the change of its log expression."""
    given = {key: str(value) for key, value in metadata.items() if value is not None}
    effect = DIALS["perturbation"]["own_gene"].get(given.get("perturbation_type", "").casefold())
    gene = canonical_id(given.get("perturbation_ontology_id", ""))
    if effect is None or gene is None or not gene.startswith("ENSG"):
        return None
    return int(gene.removeprefix("ENSG")), effect * effect_size(given)


def _saturating(
    text: str | None, units: Mapping[str, float], half: float, half_by_unit: Mapping[str, float] | None = None
) -> float:
    amount, _, unit = (text or "").strip().partition(" ")
    try:
        value = float(amount)
    except ValueError:
        return float(DIALS["perturbation"]["unstated"])
    if not math.isfinite(value) or value < 0:
        return float(DIALS["perturbation"]["unstated"])
    value *= units.get(unit, 1.0)
    return value / (value + (half_by_unit or {}).get(unit, half))
