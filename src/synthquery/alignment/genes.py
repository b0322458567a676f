"""Gene names as people write them -> Ensembl gene IDs, one decision a name.

An Ensembl ID counts wherever it stands in a name (``ENSG00000141510.17``, ``TP53_ENSG00000141510``). A symbol counts in
its exact case: ``Trp53`` and ``Actb`` are genes of the mouse. A symbol that several genes share counts when the model
has one of them; otherwise it is ambiguous and nobody chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from synthquery.alignment.table import facts
from synthquery.ontology import default_ontologies

Fate = Literal["matched", "extra", "retired", "ambiguous", "unknown", "other species", "not a gene"]

_HUMAN_ID: Final = re.compile(r"(?<![A-Za-z0-9])ENSG\d{11}(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GeneMatch:
    """What became of one gene name.

    Attributes
    ----------
    fate
        ``"matched"``; ``"extra"`` (a gene, but none of the model); ``"retired"`` (an Ensembl ID that neither the model
        nor the gene table has: older or newer than both); ``"ambiguous"`` (a symbol of several genes); ``"unknown"``;
        ``"other species"``; ``"not a gene"`` (totals and spike-ins that counting tools write).
    id
        The Ensembl ID, where there is one.
    note
        What a person should know; empty for the plain case.
    """

    fate: Fate
    id: str = ""
    note: str = ""


class GeneMatcher:
    """Finds the genes of one model by name.

    Parameters
    ----------
    gene_order
        Ensembl IDs that the model has.
    first_of_ambiguous
        Take the lowest ID of a symbol that several genes of the model share, the one that Ensembl named first.
    """

    def __init__(self, gene_order: Sequence[str], *, first_of_ambiguous: bool = False) -> None:
        self._model = frozenset(gene_order)
        self._first = first_of_ambiguous
        self._release = default_ontologies().store("ENSG").release

    def match(self, name: str) -> GeneMatch:
        """What a gene name stands for."""
        name = name.strip()
        found = _HUMAN_ID.findall(name)
        if found:
            return self._identifier(found[0].upper(), name)
        if not name or is_total(name):
            return GeneMatch("not a gene")
        species = _other_species(name)
        if species:
            return GeneMatch("other species", note=f"a gene of the {species}")
        for kind, symbols in _symbols().items():
            if name in symbols:
                return self._symbol(symbols[name], kind)
        if _date().fullmatch(name):
            return GeneMatch("unknown", note="a date that a spreadsheet made of a symbol (MARCH1, SEPT2 ...)")
        human = [name.upper()] if name.upper() in _symbols()["symbol"] else []
        return GeneMatch("unknown", note=f"as the mouse writes {human[0]}" if human else "")

    def _identifier(self, identifier: str, name: str) -> GeneMatch:
        note = "the copy on chromosome Y" if name.upper().endswith("_PAR_Y") else ""
        if identifier in self._model:
            return GeneMatch("matched", identifier, note)
        if identifier in _table():
            return GeneMatch("extra", identifier, "the model has no such gene")
        return GeneMatch("retired", identifier, f"{self._release} has no such gene: retired, or newer")

    def _symbol(self, identifiers: tuple[str, ...], kind: str) -> GeneMatch:
        of_model = [one for one in identifiers if one in self._model]
        note = "" if kind == "symbol" else f"by its {kind}"
        if not of_model:
            return GeneMatch("extra", identifiers[0], "the model has no such gene")
        if len(of_model) == 1:
            return GeneMatch("matched", of_model[0], note)
        shared = "shared by " + ", ".join(of_model)
        if self._first:
            return GeneMatch("matched", of_model[0], f"the first of several: {shared}")
        return GeneMatch("ambiguous", note=shared)


def recognised(names: Iterable[str], *, sample: int = 2_000) -> float:
    """The share of names that look like human genes, 0..1, judged by names spread over the whole."""
    names = list(names)
    some = names[:: max(1, len(names) // sample)]
    if not some:
        return 0.0
    symbols = _symbols()["symbol"]
    return sum(1 for name in some if _HUMAN_ID.search(str(name)) or str(name).strip() in symbols) / len(some)


def is_total(name: str) -> bool:
    """Whether a name is one that counting tools write beside the genes: totals, spike-ins."""
    return _not_a_gene().fullmatch(name) is not None


def other_species(names: Iterable[str]) -> str:
    """The species most of the names belong to when it is not ours to answer; empty otherwise."""
    seen: dict[str, int] = {}
    total = 0
    for name in names:
        total += 1
        species = _other_species(name)
        if (
            not species
            and name[:1].isupper()
            and name[1:2].islower()
            and name.upper() in _symbols()["symbol"]
        ):
            species = "mouse"
        if species:
            seen[species] = seen.get(species, 0) + 1
    most = max(seen, key=lambda species: seen[species], default="")
    return most if most and seen[most] > total / 2 else ""


def other_kind(names: Sequence[str]) -> str:
    """What most of the names are, when they are known elsewhere: transcripts, numbers; empty otherwise."""
    for pattern, kind in facts()["strangers"].items():
        if sum(1 for name in names if re.fullmatch(pattern, name)) > len(names) / 2:
            return str(kind)
    return ""


def _other_species(name: str) -> str:
    return next((species for prefix, species in facts()["species"].items() if name.startswith(prefix)), "")


@cache
def _symbols() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By kind of name, best first: each name and the genes it stands for, lowest ID first."""
    kinds: dict[str, dict[str, set[str]]] = {kind: {} for kind in ("symbol", "previous", "synonym", "alias")}
    for name in default_ontologies().store("ENSG").names():
        if not name.obsolete:
            kind = "symbol" if name.kind == "label" else name.kind
            kinds[kind].setdefault(name.text, set()).add(name.term_id)
    return {
        kind: {text: tuple(sorted(genes)) for text, genes in names.items()} for kind, names in kinds.items()
    }


@cache
def _table() -> frozenset[str]:
    return frozenset(term.id for term in default_ontologies().store("ENSG").terms())


@cache
def _not_a_gene() -> re.Pattern[str]:
    return re.compile("|".join(facts()["not_genes"]))


@cache
def _date() -> re.Pattern[str]:
    return re.compile("|".join(facts()["dates"]), re.IGNORECASE)
