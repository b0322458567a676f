"""A donor and a sample that cannot be: an age of another stage of life, a cell of another organ."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from synthquery.resources import load_toml
from synthquery.validation.context import Context
from synthquery.validation.rule import CombinationRule, Finding

_PLACENTA: Final = "UBERON:0001987"
_NUMBERED: Final = re.compile(r"([0-9]{1,3})-year-old(?: human)?(?: stage)?")
_GROWN: Final = frozenset({"cell line", "organoid", "xenograft", "other"})


def years(age: Any) -> float | None:
    """An age in years, from a number or from text that is a bare number; None for all else."""
    if isinstance(age, str) and not re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,6})?", age):
        return None
    try:
        number = float(age) if isinstance(age, str | int | float) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def age_and_stage(context: Context, age: Any, stage: Any, tissue: Any) -> Iterator[tuple[str, Finding]]:
    """An age outside the stage of life that is given with it."""
    given = years(age)
    span = _span(stage) if isinstance(stage, str) and len(stage) <= 60 else None
    if given is None or span is None:
        return
    least, most = span
    # Ages count full years, so a child of two may be given as 2.9 and a newborn as 1.
    if least <= given < most + 1:
        return
    if most == 0 and isinstance(tissue, str) and tissue in context.terms.below((_PLACENTA,)):
        return  # the child's stage and the mother's age
    expected = f"{least} to {most}" if most < 130 else f"{least} or more"
    expected = "before birth" if most == 0 else expected
    message = f"an age of {given:g} years does not go with {stage!r} ({expected}); one of the two is wrong"
    yield "developmental_stage", Finding("coherence.age-stage", message)


def _span(stage: str) -> tuple[int, int] | None:
    plain = stage.strip().casefold()
    named = load_toml("stages.toml")["words"].get(plain)
    if named is not None:
        return named[0], named[1]
    match = _NUMBERED.fullmatch(plain)
    return (int(match[1]), int(match[1])) if match else None


def cell_type_and_tissue(
    context: Context, cell: Any, tissue: Any, sample_type: Any
) -> Iterator[tuple[str, Finding]]:
    """A cell that one organ has, in another organ.

    What was grown is left alone: liver cells are made from the skin.
    """
    if not isinstance(cell, str) or not isinstance(tissue, str) or sample_type in _GROWN:
        return
    row = next((row for row in _homes() if cell in context.terms.below((row["cell"],))), None)
    if (
        row is None
        or tissue in context.terms.below(row["homes"])
        or tissue in context.terms.above(row["homes"])
    ):
        return
    if not any(tissue in context.terms.below((organ,)) for organ in load_toml("cell_homes.toml")["organs"]):
        return
    homes = " or ".join(context.terms.named(home) for home in row["homes"][:2])
    message = f"{context.terms.named(cell)} is a cell of {homes}, but the sample is of {context.terms.named(tissue)}"
    yield "cell_type_ontology_id", Finding("coherence.cell-type-tissue", message)


def _homes() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = load_toml("cell_homes.toml")["cells"]
    return rows


RULES: Final = (
    CombinationRule(
        keys=("age_years", "developmental_stage", "tissue_ontology_id"),
        needs=("age_years", "developmental_stage"),
        check=age_and_stage,
    ),
    CombinationRule(
        keys=("cell_type_ontology_id", "tissue_ontology_id", "sample_type"),
        needs=("cell_type_ontology_id", "tissue_ontology_id"),
        check=cell_type_and_tissue,
    ),
)
