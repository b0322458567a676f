"""A term of an ontology: the facts synthquery keeps about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """One term of one release of an ontology.

    Attributes
    ----------
    id
        Canonical identifier, for example ``UBERON:0002107``, ``CVCL_0030`` or ``ENSG00000141510``.
    label
        Preferred name; empty where the source gives an obsolete term none. Genes: the symbol.
    ontology
        Name of the ontology in the manifest (``UBERON``, ``CL``, ``MONDO``, ``CVCL``, ``CHEBI``, ``HsapDv``,
        ``HANCESTRO``, ``PATO``, ``ENSG``).
    release
        Release of the ontology that says so.
    synonyms
        Other names, in the order of the source.
    obsolete
        True when the release withdraws the term.
    replaced_by
        The one term that takes the place of an obsolete one; it may belong to another ontology.
    consider
        Terms to think about instead, none of which is a safe replacement.
    parents
        Direct is-a and part-of parents within the same ontology, sorted.
    biotype
        Genes only: the GENCODE biotype, for example ``protein_coding``.
    previous
        Those of the synonyms that were its label once and no longer are, where the source tells them from other
        names: the previous symbols of a gene, which outrank its aliases.
    """

    id: str
    label: str
    ontology: str
    release: str
    synonyms: tuple[str, ...] = ()
    obsolete: bool = False
    replaced_by: str | None = None
    consider: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    biotype: str | None = None
    previous: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id} ({self.label})" if self.label else self.id

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain JSON values; empty ones are left out."""
        names = (name for name in self.__slots__ if name != "obsolete")
        facts = {name: getattr(self, name) for name in names if getattr(self, name)}
        facts = {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in facts.items()}
        return {"id": self.id, "label": self.label, "obsolete": self.obsolete, **facts}
