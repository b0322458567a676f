"""What is known of the donors of cell lines, for rules about samples of one."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from synthquery.resources import data_file

if TYPE_CHECKING:
    from synthquery.ontology.readers.cellosaurus import CellLine

_HUMAN: Final = "NCBITAXON:9606"
_AGE: Final = re.compile(r"(?:>|<)?(?:([0-9]{1,3})Y)?(?:([0-9]{1,2})M)?(?:([0-9]{1,2})W)?(?:([0-9]{1,3})D)?")
_BEFORE_BIRTH: Final = frozenset({"fetus", "embryo"})


@dataclass(frozen=True, slots=True)
class Donor:
    """The donor of a cell line.

    Attributes
    ----------
    name
        Of the line.
    sex
        ``"male"``, ``"female"`` or empty.
    years
        Age at sampling; 0 before birth, None where it is not known.
    species
        ``"human"``, or the animal.
    cancer
        A class of ``data/cell_line_cancers.toml``, or empty.
    really
        Accession of the line that this one turned out to be; empty for lines that are what they are called.
    problem
        What is wrong with the line in words, where its record says so.
    """

    name: str
    sex: str = ""
    years: float | None = None
    species: str = "human"
    cancer: str = ""
    really: str = ""
    problem: str = ""


@cache
def common_donors() -> Mapping[str, Donor]:
    """The donors of the lines of ``data/cell_lines.tsv``, by accession."""
    with data_file("cell_lines.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {
            row["accession"]: Donor(
                name=row["name"],
                sex=row["sex"],
                years=0.0 if row["age"] in _BEFORE_BIRTH else float(row["age"]) if row["age"] else None,
                species=row["species"],
                cancer=row["cancer"],
                really=row["really"],
            )
            for row in rows
        }


def donor_of_record(record: CellLine) -> Donor:
    """The donor as a full Cellosaurus record describes it; what the common table knows fills the gaps.

    A line of several species is left as human when one of them is: hybrids carry human chromosomes.
    """
    known = common_donors().get(record.id, Donor(record.name))
    sex = record.sex.casefold()
    taxa = {species.id for species in record.species}
    species = known.species
    if taxa:
        species = "human" if _HUMAN in taxa else record.species[0].label
    return Donor(
        name=record.name,
        sex=sex if sex in ("male", "female") else "",
        years=_years(record.age, known.years),
        species=species,
        cancer=known.cancer,
        really=known.really,
        problem=record.problem,
    )


def donor_of(accession: str, source: Any = None) -> Donor | None:
    """The donor of a cell line; None when nothing is known.

    Parameters
    ----------
    source
        Something that may have full records (``cell_line(accession)``, as `CellLines` has); asked first.
    """
    find = getattr(source, "cell_line", None)
    record = find(accession) if find is not None else None
    return donor_of_record(record) if record is not None else common_donors().get(accession)


def _years(age: str, otherwise: float | None) -> float | None:
    """Years of an age as Cellosaurus writes it: ``30Y6M``, ``3M``, ``Fetus``, ``Age unspecified``."""
    if age.casefold().startswith(("fetus", "embryo")):
        return 0.0
    match = _AGE.fullmatch(age)
    if match is None or not any(match.groups()) or age.startswith((">", "<")):
        return otherwise
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    return years + months / 12 + weeks / 52 + days / 365
