"""A perturbation that says too little, or a control that says too much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from synthquery.identifiers import parse_identifier
from synthquery.query.vocabularies import vocabulary
from synthquery.resources import load_toml
from synthquery.validation.context import Context, id_keys
from synthquery.validation.rule import CombinationRule, Finding

_TYPE: Final = "perturbation_type"
_TARGET: Final = "perturbation_ontology_id"
_INCOMPLETE: Final = "coherence.perturbation-incomplete"


def completeness(
    context: Context, kind: Any, target: Any, dose: Any, time: Any
) -> Iterator[tuple[str, Finding]]:
    """A target without a type, a type without its target, a dose or time of nothing."""
    if target and not kind:
        if target in vocabulary("perturbation_control").values:
            message = f"{target!r} is a control without perturbation_type 'control'"
            yield _TARGET, Finding(_INCOMPLETE, message)
        elif _is_target(target):
            message = (
                f"{context.terms.named(target)} is a target without a perturbation_type: knocked out, overexpressed "
                "and added are different experiments"
            )
            yield _TARGET, Finding(_INCOMPLETE, message)
    elif kind and not target:
        acts_on = load_toml("perturbation_kinds.toml").get(kind, {}).get("acts_on")
        if acts_on:
            message = f"{kind!r} acts on {acts_on}, and none is given in perturbation_ontology_id"
            yield _TYPE, Finding(_INCOMPLETE, message)
    elif not kind and not target:
        for key, value in (("perturbation_dose", dose), ("perturbation_time", time)):
            if value:
                message = (
                    f"{key} is given, but no perturbation: add perturbation_type and perturbation_ontology_id"
                )
                yield key, Finding(_INCOMPLETE, message)


def _is_target(value: Any) -> bool:
    found = parse_identifier(value) if isinstance(value, str) else None
    return found is not None and found.kind in id_keys()[_TARGET].kinds


def control_and_target(context: Context, kind: Any, target: Any) -> Iterator[tuple[str, Finding]]:
    """A control with the target of a treatment."""
    found = parse_identifier(target) if kind == "control" and isinstance(target, str) else None
    if found is None or found.id in load_toml("vehicles.toml")["ids"]:
        return
    message = (
        f"the sample is a control, but {context.terms.named(found.id)} is the target of a treatment; give a control "
        "word (dmso, vehicle control, empty vector ...), or the type of the treatment"
    )
    yield _TARGET, Finding("coherence.control-with-target", message)


RULES: Final = (
    CombinationRule(
        keys=(_TYPE, _TARGET, "perturbation_dose", "perturbation_time"), needs=(), check=completeness
    ),
    CombinationRule(keys=(_TYPE, _TARGET), needs=(_TYPE, _TARGET), check=control_and_target),
)
