"""A cell line and what is said of its donor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from synthquery.resources import load_toml
from synthquery.validation.cell_lines import Donor
from synthquery.validation.context import Context
from synthquery.validation.rule import CombinationRule, Finding
from synthquery.validation.rules.donors import years

CODE: Final = "coherence.cell-line-donor"
_TOLERANCE: Final = 2  # years: records of one line differ by as much


def line_and_donor(
    context: Context, line: Any, sex: Any, age: Any, disease: Any
) -> Iterator[tuple[str, Finding]]:
    """A line that is not what it is called or not of a human, and a donor that is not the line's."""
    donor = context.terms.donor(line) if isinstance(line, str) else None
    if donor is None:
        return
    named = context.terms.named(line)
    if donor.really or donor.problem:
        yield "cell_line_ontology_id", _misidentified(named, donor, context)
        return
    if donor.species != "human":
        message = f"{named} is a line of {donor.species}; the models know human samples only"
        yield "cell_line_ontology_id", Finding(CODE, message)
        return
    if donor.sex and sex in ("female", "male") and sex != donor.sex:
        message = f"the donor of {named} was {donor.sex}, but sex is {sex!r}; correct it or leave it out"
        yield "sex", Finding(CODE, message, (donor.sex,))
    given = years(age)
    if given is not None and donor.years is not None and abs(given - donor.years) > _TOLERANCE:
        known = f"{donor.years:.0f}"
        born = f"was {known} years old" if donor.years > 1 else "was about a year old, or not born yet"
        message = f"the donor of {named} {born}, but age_years is {given:g}; correct it or leave it out"
        yield "age_years", Finding(CODE, message, (known,))
    if donor.cancer and isinstance(disease, str):
        other = _other_cancer(disease, donor.cancer, context)
        if other:
            own, given_disease = _titles(donor.cancer, context), context.terms.named(disease)
            message = f"{named} is a line of {own}; {given_disease} is another cancer"
            yield "disease_ontology_id", Finding(CODE, message)


def _misidentified(named: str, donor: Donor, context: Context) -> Finding:
    if donor.really:
        really = context.terms.named(donor.really)
        message = f"{named} is a misidentified line: its cells are {really}; describe the sample as that line"
        return Finding(CODE, message, (donor.really,))
    return Finding(CODE, f"{named} is a problematic line. Cellosaurus: {donor.problem[:200]}")


def _other_cancer(disease: str, own: str, context: Context) -> bool:
    """Whether a disease belongs to another class of cancer, and not to that of the line as well."""
    table = load_toml("cell_line_cancers.toml")
    fitting = {own, *table["alike"].get(own, ())}
    if any(disease in context.terms.below(table[name]) for name in fitting):
        return False
    others = (name for name in table if name not in fitting and name != "alike")
    return any(disease in context.terms.below(table[name]) for name in others)


def _titles(own: str, context: Context) -> str:
    return " or ".join(context.terms.named(root) for root in load_toml("cell_line_cancers.toml")[own])


RULES: Final = (
    CombinationRule(
        keys=("cell_line_ontology_id", "sex", "age_years", "disease_ontology_id"),
        needs=("cell_line_ontology_id",),
        check=line_and_donor,
    ),
)
