"""Values of one input that contradict each other.

A value that is itself at fault (obsolete, misspelt, not canonical) is left alone: its own issue comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from synthquery.identifiers import canonical_id, kind_of
from synthquery.resources import load_toml
from synthquery.validation.context import Context
from synthquery.validation.rule import CombinationRule, Finding

_TAXON: Final = re.compile("[0-9]{1,8}")
_SEXES: Final = ("female", "male")


def sex_and_anatomy(context: Context, sex: Any, tissue: Any, cell_type: Any) -> Iterator[tuple[str, Finding]]:
    """A tissue or cell that only the other sex has."""
    for key, value in (("tissue_ontology_id", tissue), ("cell_type_ontology_id", cell_type)):
        other = _other_sex(sex, value, "anatomy", context)
        if other:
            message = (
                f"{context.terms.named(other[1])} is found in {other[0]} donors only, but sex is {sex!r}"
            )
            yield key, Finding("coherence.sex-anatomy", message)


def sex_and_disease(context: Context, sex: Any, disease: Any) -> Iterator[tuple[str, Finding]]:
    """A disease that only the other sex has."""
    other = _other_sex(sex, disease, "disease", context)
    if other:
        message = f"{context.terms.named(other[1])} is a disease of {other[0]} donors, but sex is {sex!r}"
        yield "disease_ontology_id", Finding("coherence.sex-disease", message)


def _other_sex(sex: Any, value: Any, table: str, context: Context) -> tuple[str, str] | None:
    """The other sex and the ID, when the ID is of something that only the other sex has."""
    if sex not in _SEXES or not isinstance(value, str):
        return None
    other = _SEXES[1 - _SEXES.index(sex)]
    return (other, value) if value in context.only_in(other, table) else None


def type_and_target(context: Context, kind: Any, target: Any) -> Iterator[tuple[str, Finding]]:
    """A perturbation type whose target is of another kind."""
    row = _targets().get(kind) if isinstance(kind, str) else None
    namespace = kind_of(target) if row and isinstance(target, str) else None
    if row and isinstance(target, str) and _TAXON.fullmatch(target):
        namespace = "ncbitaxon"  # as the service's documents write organisms
    if row is None or namespace is None or namespace in row["kinds"]:
        return
    fitting = tuple(name for name, other in _targets().items() if namespace in other["kinds"])
    if not fitting:
        return  # no target of any perturbation: id.wrong-ontology says so
    message = (
        f"{kind!r} acts on {row['acts_on']}, and {context.terms.named(target)} is none; "
        f"change the type ({', '.join(fitting)}) or the ID"
    )
    yield (
        "perturbation_type",
        Finding("coherence.perturbation-type-id", message, fitting if len(fitting) == 1 else ()),
    )


def cell_line_and_sample_type(_context: Context, line: Any, kind: Any) -> Iterator[tuple[str, Finding]]:
    """A cell line in a sample that is said to come straight from a donor."""
    if kind in ("primary tissue", "primary cells") and isinstance(line, str) and canonical_id(line):
        message = (
            f"a sample with a cell line is no {kind!r}; give sample_type 'cell line' or leave the line out"
        )
        yield "sample_type", Finding("coherence.cell-line-sample-type", message, ("cell line",))


@cache
def _targets() -> Mapping[str, dict[str, Any]]:
    return load_toml("perturbation_kinds.toml")


RULES: Final = (
    CombinationRule(
        keys=("sex", "tissue_ontology_id", "cell_type_ontology_id"), needs=("sex",), check=sex_and_anatomy
    ),
    CombinationRule(
        keys=("sex", "disease_ontology_id"), needs=("sex", "disease_ontology_id"), check=sex_and_disease
    ),
    CombinationRule(
        keys=("perturbation_type", "perturbation_ontology_id"),
        needs=("perturbation_type", "perturbation_ontology_id"),
        check=type_and_target,
    ),
    CombinationRule(
        keys=("cell_line_ontology_id", "sample_type"),
        needs=("cell_line_ontology_id", "sample_type"),
        check=cell_line_and_sample_type,
    ),
)
