"""The values that metadata keys and query parameters take: types for editors, tables for people.

The tables are ``data/vocabularies.toml``, which names their sources; the Literal types repeat the closed ones
so that an editor completes them and a type checker knows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Final, Literal

from synthquery.resources import load_toml

SampleType = Literal["cell line", "organoid", "other", "primary cells", "primary tissue", "xenograft"]
Sex = Literal["male", "female"]
PerturbationType = Literal[
    "coculture",
    "compound",
    "control",
    "crispr",
    "genetic",
    "infection",
    "other",
    "overexpression",
    "peptide or biologic",
    "shrna",
    "sirna",
]
LibrarySelection = Literal[
    "RANDOM",
    "PCR",
    "RANDOM PCR",
    "RT-PCR",
    "HMPR",
    "MF",
    "repeat fractionation",
    "size fractionation",
    "MSLL",
    "cDNA",
    "cDNA_randomPriming",
    "cDNA_oligo_dT",
    "PolyA",
    "Oligo-dT",
    "Inverse rRNA",
    "Inverse rRNA selection",
    "ChIP",
    "ChIP-Seq",
    "MNase",
    "DNase",
    "Hybrid Selection",
    "Reduced Representation",
    "Restriction Digest",
    "5-methylcytidine antibody",
    "MBD2 protein methyl-CpG binding domain",
    "CAGE",
    "RACE",
    "MDA",
    "padlock probes capture method",
    "other",
    "unspecified",
]
LibraryLayout = Literal["PAIRED", "SINGLE"]
Platform = Literal["illumina"]
SamplingStrategy = Literal["sample generation", "mean estimation"]
Conditioning = Literal["biological", "technical"]

_SEPARATORS: Final = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Vocabulary:
    """The values of one key.

    Attributes
    ----------
    name
        The metadata key or parameter, for example ``"sample_type"``.
    title
        Its name for people.
    values
        The values in their exact spelling.
    closed
        True when any other value is a mistake; False when these are only well-known values of a free-text
        key.
    source
        Where the list comes from.
    aliases
        Other spellings that can mean only one value.
    documented
        Spellings that the documentation of the models has and the list has not: whether the service takes them
        is not known, so they are doubtful rather than wrong.
    """

    name: str
    title: str
    values: tuple[str, ...]
    closed: bool
    source: str
    aliases: Mapping[str, str]
    documented: tuple[str, ...] = ()

    def canonical(self, text: str) -> str | None:
        """The value that `text` spells, whatever its case, spaces and hyphens.

        None when it spells none or several.

        >>> vocabulary("library_selection").canonical("polyA")
        'PolyA'
        """
        if text in self.values:
            return text
        return self._by_spelling.get(_fold(text))

    @cached_property
    def _by_spelling(self) -> dict[str, str | None]:
        spellings: dict[str, str | None] = {}
        for spelling, value in [*((value, value) for value in self.values), *self.aliases.items()]:
            folded = _fold(spelling)
            # One spelling of two values is a spelling of neither.
            spellings[folded] = value if spellings.get(folded, value) == value else None
        return spellings


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Every vocabulary by its name, in the order of the table."""
    return MappingProxyType(
        {
            name: Vocabulary(
                name=name,
                title=row["title"],
                values=tuple(row["values"]),
                closed=row["closed"],
                source=row["source"],
                aliases=MappingProxyType(row.get("aliases", {})),
                documented=tuple(row.get("documented", ())),
            )
            for name, row in load_toml("vocabularies.toml").items()
        }
    )


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of one key; KeyError when the key has none."""
    return vocabularies()[name]


def _fold(text: str) -> str:
    return _SEPARATORS.sub("", text).casefold()
