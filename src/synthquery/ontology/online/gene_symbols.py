"""Gene symbols, also old ones and aliases: asked of HGNC, of MyGene.info where HGNC cannot be asked.

Sources: the help pages of rest.genenames.org (fetch, not search: its search guesses) and of MyGene.info v3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from synthquery.errors import SourceUnavailableError
from synthquery.ontology.online.ols_terms import text, texts
from synthquery.ontology.online.service import Service

_SYMBOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._/-]{0,39}")
_RANKS: Final = (("symbol", "label"), ("prev_symbol", "previous symbol"), ("alias_symbol", "alias"))
_GENE: Final = re.compile(r"ENSG[0-9]{11}")


class NamedGene(NamedTuple):
    """A gene that a symbol names, and how: ``label``, ``previous symbol`` or ``alias``."""

    id: str
    symbol: str
    how: str


class GeneSymbols:
    """From a symbol to human genes. An approved symbol outranks a previous one, and that an alias."""

    def __init__(self, hgnc: Service, mygene: Service) -> None:
        self._hgnc = hgnc
        self._mygene = mygene

    def genes(self, symbol: str) -> list[NamedGene]:
        """The genes of the best rank that have any; empty when no gene has the symbol.

        Raises
        ------
        SourceUnavailableError
            When neither service can be asked.
        """
        wanted = symbol.strip()
        if not _SYMBOL.fullmatch(wanted):
            return []
        try:
            return self._ask_hgnc(wanted)
        except SourceUnavailableError as first:
            try:
                return self._ask_mygene(wanted)
            except SourceUnavailableError as second:
                raise SourceUnavailableError(f"{first}; {second}") from None

    def _ask_hgnc(self, symbol: str) -> list[NamedGene]:
        for key, how in _RANKS:
            answer = self._hgnc.get(f"/fetch/{key}/{quote(symbol, safe='')}")
            body = answer.body.get("response") if answer.found and isinstance(answer.body, Mapping) else None
            documents = body.get("docs") if isinstance(body, Mapping) else None
            if not isinstance(documents, list):
                raise self._hgnc.unavailable("its answer has an unexpected form")
            found = [
                NamedGene(text(one.get("ensembl_gene_id")), text(one.get("symbol")), how)
                for one in documents
                if isinstance(one, Mapping)
                and _same(symbol, one.get(key))
                and _GENE.fullmatch(text(one.get("ensembl_gene_id")))
            ]
            if found:
                return sorted(set(found))
        return []

    def _ask_mygene(self, symbol: str) -> list[NamedGene]:
        for key, how in (("symbol", "label"), ("alias", "alias")):
            answer = self._mygene.get(
                "/query",
                {
                    "q": f'{key}:"{symbol}"',
                    "species": "human",
                    "fields": "symbol,alias,ensembl.gene",
                    "size": 20,
                },
            )
            hits = answer.body.get("hits") if answer.found and isinstance(answer.body, Mapping) else None
            if not isinstance(hits, list):
                raise self._mygene.unavailable("its answer has an unexpected form")
            found = {
                NamedGene(gene, text(hit.get("symbol")), how)
                for hit in hits
                if isinstance(hit, Mapping) and _same(symbol, hit.get(key))
                for gene in _ensembl_genes(hit.get("ensembl"))
            }
            if found:
                return sorted(found)
        return []


def _same(symbol: str, names: Any) -> bool:
    return any(name.casefold() == symbol.casefold() for name in texts(names))


def _ensembl_genes(value: Any) -> list[str]:
    """Genes of a hit: one object, or a list where patches and haplotypes have copies of the gene."""
    rows = value if isinstance(value, list) else [value]
    genes = (text(row.get("gene")) for row in rows if isinstance(row, Mapping))
    return [gene for gene in genes if _GENE.fullmatch(gene)]
