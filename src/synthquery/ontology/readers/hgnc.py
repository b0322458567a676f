"""Names of human genes as HGNC gives them: ``hgnc_complete_set.txt``.

One row a gene, with its approved symbol, symbols it had before, aliases, and its Ensembl identifier. The
same string may name several genes; an approved symbol outranks a previous one, and that an alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id
from synthquery.ontology.facts import Term
from synthquery.ontology.readers.memory import Ontology
from synthquery.ontology.readers.repairs import Repair, shown

GeneNameKind = Literal["approved", "previous", "alias"]
_RANKS: Final[tuple[GeneNameKind, ...]] = ("approved", "previous", "alias")
_NAME: Final = "ENSG"


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene of the table.

    Attributes
    ----------
    hgnc_id, symbol, name
        ``HGNC:11998``, ``TP53``, ``tumor protein p53``.
    ensembl_id
        ``ENSG00000141510``; empty where HGNC knows none.
    previous, aliases
        Symbols it had before, and others it is known by.
    """

    hgnc_id: str
    symbol: str
    name: str
    ensembl_id: str
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class GeneMatch(NamedTuple):
    """A gene that a string names, and whether it is its symbol of today, a former one or an alias."""

    gene: Gene
    kind: GeneNameKind


class Collision(NamedTuple):
    """A string that names several genes.

    Attributes
    ----------
    text
        The string.
    matches
        The genes, the highest rank first.
    chosen
        The one that outranks the others; None when two share the highest rank.
    """

    text: str
    matches: tuple[GeneMatch, ...]
    chosen: Gene | None

    def __str__(self) -> str:
        genes = ", ".join(f"{match.gene.symbol} ({match.kind})" for match in self.matches)
        means = f"read as {self.chosen.symbol}" if self.chosen else "none of them is preferred"
        return f"{self.text} names {genes}: {means}"


class GeneNames:
    """The names of human genes, from one table.

    Parameters
    ----------
    genes
        All genes.
    release
        Date of the newest change in the table.
    repairs
        Rows that could not be used.
    """

    def __init__(self, genes: Iterable[Gene], *, release: str, repairs: Iterable[Repair] = ()) -> None:
        self.release = release
        self.repairs = tuple(repairs)
        self._genes = tuple(genes)
        self._exact: dict[str, list[GeneMatch]] = {}
        self._folded: dict[str, list[str]] = {}
        for kind in _RANKS:
            for gene in self._genes:
                for text in _names(gene, kind):
                    found = self._exact.setdefault(text, [])
                    if all(match.gene is not gene for match in found):
                        found.append(GeneMatch(gene, kind))
        for text in self._exact:
            self._folded.setdefault(text.casefold(), []).append(text)

    def __len__(self) -> int:
        return len(self._genes)

    def genes(self) -> Iterator[Gene]:
        """All genes, in the order of the table."""
        return iter(self._genes)

    def matches(self, text: str) -> tuple[GeneMatch, ...]:
        """All genes that a string names, the highest rank first; case matters only where it tells apart."""
        text = text.strip()
        found = self._exact.get(text)
        if found is None:
            spellings = self._folded.get(text.casefold(), ())
            unique = {
                match.gene.hgnc_id: match for each in reversed(spellings) for match in self._exact[each]
            }
            found = sorted(unique.values(), key=lambda match: _RANKS.index(match.kind))
        return tuple(found)

    def find(self, text: str) -> Gene | None:
        """The one gene that a string names; None when it names none, or two of the same rank."""
        return _best(self.matches(text))

    @property
    def collisions(self) -> tuple[Collision, ...]:
        """Strings that name several genes, sorted."""
        return tuple(
            Collision(text, tuple(matches), _best(matches))
            for text, matches in sorted(self._exact.items())
            if len(matches) > 1
        )

    def to_ontology(self) -> Ontology:
        """The genes with an Ensembl identifier as terms: previous symbols and aliases are their synonyms."""
        terms: dict[str, Term] = {}
        for gene in self._genes:
            if gene.ensembl_id and gene.ensembl_id not in terms:
                names = tuple(
                    dict.fromkeys(text for text in (*gene.previous, *gene.aliases) if text != gene.symbol)
                )
                previous = tuple(text for text in names if text in gene.previous)
                terms[gene.ensembl_id] = Term(
                    gene.ensembl_id, gene.symbol, _NAME, self.release, names, previous=previous
                )
        return Ontology(terms.values(), name=_NAME, release=self.release, repairs=self.repairs)


def read_gene_names(content: BinaryIO, path: Path) -> GeneNames:
    """Read an opened HGNC table.

    Raises
    ------
    OntologyError
        When it has no gene.
    """
    repairs: list[Repair] = []
    # HGNC quotes values that hold a bar; a stray quote must not swallow the rows after it
    rows = (line.decode("utf-8-sig", errors="replace").rstrip("\r\n").split("\t") for line in content)
    columns = {name.strip('" \r'): place for place, name in enumerate(next(rows, []))}
    genes: list[Gene] = []
    newest = ""
    owners: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        if row == [""]:
            continue
        gene = _gene(row, columns)
        if gene is None:
            repairs.append(
                Repair(number, shown(" ".join(row)), "left out: it has no HGNC identifier and symbol")
            )
            continue
        if _cell(row, columns, "status") not in {"Approved", ""}:
            continue
        if gene.ensembl_id in owners:
            said = (
                f"has the Ensembl identifier of {owners[gene.ensembl_id]} too: the first keeps it as its term"
            )
            repairs.append(Repair(number, gene.symbol, said))
        elif gene.ensembl_id:
            owners[gene.ensembl_id] = gene.symbol
        newest = max(newest, _cell(row, columns, "date_modified"))
        genes.append(gene)
    if not genes:
        raise OntologyError(f"{path} has no genes that can be read")
    return GeneNames(genes, release=f"HGNC {newest}".strip(), repairs=repairs)


def _gene(row: list[str], columns: dict[str, int]) -> Gene | None:
    identifier, symbol = _cell(row, columns, "hgnc_id"), _cell(row, columns, "symbol")
    if not identifier.startswith("HGNC:") or not symbol:
        return None
    return Gene(
        hgnc_id=identifier,
        symbol=symbol,
        name=_cell(row, columns, "name"),
        ensembl_id=canonical_id(_cell(row, columns, "ensembl_gene_id")) or "",
        previous=_several(_cell(row, columns, "prev_symbol")),
        aliases=_several(_cell(row, columns, "alias_symbol")),
    )


def _cell(row: list[str], columns: dict[str, int], name: str) -> str:
    place = columns.get(name, len(row))
    return row[place].strip().strip('"').strip() if place < len(row) else ""


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in cell.split("|")) if part)


def _names(gene: Gene, kind: GeneNameKind) -> tuple[str, ...]:
    if kind == "approved":
        return (gene.symbol,)
    return gene.previous if kind == "previous" else gene.aliases


def _best(matches: Iterable[GeneMatch]) -> Gene | None:
    ranked = list(matches)
    best = [match.gene for match in ranked if match.kind == ranked[0].kind]
    return best[0] if len(best) == 1 else None
