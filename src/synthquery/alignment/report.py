"""What became of every gene name on the way into a model's order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

_SHOWN: Final = 3
_LOW: Final = 0.5  # of the model's genes; capture panels and tables of marker genes have less


@dataclass(frozen=True, repr=False)
class AlignmentReport:
    """How a table of counts fits a model's genes.

    Attributes
    ----------
    n_given, n_genes
        Gene names in the data, genes of the model.
    matched
        Name in the data -> Ensembl ID, for all names whose counts were taken.
    missing
        Genes of the model that the data do not have, in its order; their counts are 0.
    extra
        Name -> why its counts were left out: genes that the model does not have.
    retired
        Name -> note: Ensembl IDs that neither the model nor the gene table has.
    ambiguous
        Name -> the genes that share it. Their counts were left out.
    unknown
        Name -> note: names that nobody has, other species' genes among them.
    duplicated
        Ensembl ID -> the names that stand for it; their counts were added up.
    notes
        What else was left out or rewritten, as sentences.
    """

    n_given: int
    n_genes: int
    matched: Mapping[str, str]
    missing: tuple[str, ...]
    extra: Mapping[str, str]
    retired: Mapping[str, str]
    ambiguous: Mapping[str, str]
    unknown: Mapping[str, str]
    duplicated: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    @property
    def coverage(self) -> float:
        """The share of the model's genes that the data have, 0..1."""
        return 1 - len(self.missing) / self.n_genes if self.n_genes else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "n_given": self.n_given,
            "n_genes": self.n_genes,
            "n_matched": len(self.matched),
            "coverage": round(self.coverage, 4),
            "missing": list(self.missing),
            **{name: dict(getattr(self, name)) for name in ("extra", "retired", "ambiguous", "unknown")},
            "duplicated": {gene: list(names) for gene, names in self.duplicated.items()},
            "notes": list(self.notes),
        }

    def to_frame(self) -> pd.DataFrame:
        """A row a name or missing gene: ``name, gene_id, status, note``."""
        import pandas as pd

        twice = {name for names in self.duplicated.values() for name in names}
        rows: list[tuple[str, str, str, str]] = [
            (name, gene, "duplicated" if name in twice else "matched", "")
            for name, gene in self.matched.items()
        ]
        for status in ("extra", "retired", "ambiguous", "unknown"):
            rows += ((name, "", status, note) for name, note in getattr(self, status).items())
        rows += (("", gene, "missing", "") for gene in self.missing)
        return pd.DataFrame(rows, columns=["name", "gene_id", "status", "note"])

    def __str__(self) -> str:
        lines = [
            f"{len(self.matched):,} of {self.n_given:,} gene names taken; "
            f"{self.n_genes - len(self.missing):,} of the model's {self.n_genes:,} genes have counts "
            f"({self.coverage:.1%})"
        ]
        if self.coverage < _LOW:
            lines.append("  most genes are missing: models expect whole transcriptomes, not selected genes")
        if self.missing:
            lines.append(f"  missing, given 0: {len(self.missing):,}: {_some(self.missing)}")
        if self.duplicated:
            twice = [f"{gene} ({' + '.join(names)})" for gene, names in self.duplicated.items()]
            lines.append(f"  duplicated, added up: {len(twice):,}: {_some(twice)}")
        for kind, what in _LEFT_OUT.items():
            names = getattr(self, kind)
            if names:
                some = [f"{one} ({note})" if note else one for one, note in names.items()]
                lines.append(f"  {kind} ({what}), left out: {len(some):,}: {_some(some)}")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])

    def __repr__(self) -> str:
        return (
            f"<AlignmentReport {len(self.matched):,} of {self.n_given:,} names, coverage {self.coverage:.1%}>"
        )


_LEFT_OUT: Final = {
    "extra": "not a gene of the model",
    "retired": "an Ensembl ID that no known release has",
    "ambiguous": "a symbol of several genes",
    "unknown": "no human gene",
}


def _some(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} ..."
