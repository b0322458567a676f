"""Ensembl, HGNC, MyGene.info and Cellosaurus: a few real records in the shapes of the services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

Reply = tuple[int, Any]

SYMBOLS = {
    "ENSG00000141510": "TP53",
    "ENSG00000012048": "BRCA1",
    "ENSG00000157764": "BRAF",
    "ENSG00000156127": "BATF",
    "ENSG00000000003": "TSPAN6",
}
ARCHIVE = {
    # retired, one successor; retired, the identifier itself among two successors; retired for good
    "ENSG00000112096": ("106", [("ENSG00000141510", "0.98")]),
    "ENSG00000054598": (
        "67",
        [("ENSG00000012048", "0.5"), ("ENSG00000157764", "0.95"), ("ENSG00000054598", "1")],
    ),
    "ENSG00000279493": ("109", []),
}
HGNC = [
    {
        "hgnc_id": "HGNC:1097",
        "symbol": "BRAF",
        "status": "Approved",
        "ensembl_gene_id": "ENSG00000157764",
        "alias_symbol": ["BRAF1"],
    },
    {
        "hgnc_id": "HGNC:11998",
        "symbol": "TP53",
        "status": "Approved",
        "ensembl_gene_id": "ENSG00000141510",
        "alias_symbol": ["p53", "LFS1"],
    },
    {
        "hgnc_id": "HGNC:11858",
        "symbol": "TSPAN6",
        "status": "Approved",
        "ensembl_gene_id": "ENSG00000000003",
        "prev_symbol": ["TM4SF6"],
        "alias_symbol": ["T245"],
    },
]
CELL_LINES: dict[str, dict[str, Any]] = {
    "CVCL_0027": {"name": "Hep-G2", "synonyms": ["HEP-G2", "Hep G2", "HepG2"], "merged": [], "parent": None},
    "CVCL_0030": {"name": "HeLa", "synonyms": ["HELA", "Hela"], "merged": ["CVCL_0282"], "parent": None},
    "CVCL_1906": {
        "name": "HEp-2",
        "synonyms": ["Hep-2", "HEp-2/HeLa"],
        "merged": [],
        "parent": ("CVCL_0030", "HeLa"),
    },
}


def ensembl(method: str, path: str, body: Any) -> Reply:
    """rest.ensembl.org."""
    if path == "/info/data":
        return 200, {"releases": [114]}
    if method == "POST" and path == "/lookup/id":
        return 200, {one: _gene(one) for one in body["ids"]}
    match = re.fullmatch(r"/(lookup|archive)/id/([^/]+)", path)
    if match is None:
        return 404, {"error": "page not found. Please check your uri and refer to our documentation"}
    identifier = match[2].partition(".")[0]
    if match[1] == "lookup" and identifier in SYMBOLS:
        return 200, _gene(identifier)
    if match[1] == "archive" and (identifier in ARCHIVE or identifier in SYMBOLS):
        return 200, _archived(identifier)
    return 400, {"error": f"ID '{match[2]}' not found"}


def _gene(identifier: str) -> dict[str, Any] | None:
    if identifier not in SYMBOLS:
        return None
    return {
        "object_type": "Gene",
        "db_type": "core",
        "species": "homo_sapiens",
        "id": identifier,
        "version": 1,
        "biotype": "protein_coding",
        "display_name": SYMBOLS[identifier],
    }


def _archived(identifier: str) -> dict[str, Any]:
    release, successors = ARCHIVE.get(identifier, ("(current)", []))
    return {
        "id": identifier,
        "latest": f"{identifier}.5",
        "version": "5",
        "release": release,
        "peptide": None,
        "is_current": "1" if identifier in SYMBOLS else "",
        "type": "Gene",
        "possible_replacement": [{"stable_id": one, "score": score} for one, score in successors],
        "assembly": "GRCh38",
    }


def hgnc(path: str) -> Reply:
    """rest.genenames.org, asked for JSON."""
    match = re.fullmatch(r"/fetch/(\w+)/([^/]+)", path)
    if match is None:
        return 404, {"message": "no such method"}
    wanted = unquote(match[2]).casefold()
    documents = []
    for document in HGNC:
        value = document.get(match[1], [])
        values = value if isinstance(value, list) else [value]
        if wanted in (one.casefold() for one in values):
            documents.append(document)
    body = {"numFound": len(documents), "start": 0, "docs": documents}
    return 200, {"responseHeader": {"status": 0, "QTime": 1}, "response": body}


def mygene(query: Mapping[str, str]) -> Reply:
    """mygene.info/v3/query: fuzzy, so that hits must be looked at."""
    key, _, quoted = query["q"].partition(":")
    wanted = quoted.strip('"').casefold()
    hits = []
    for document in HGNC:
        names = [document["symbol"]] if key == "symbol" else document.get("alias_symbol", [])
        if any(wanted in name.casefold() for name in names):
            gene: Any = {"gene": document["ensembl_gene_id"]}
            if document["symbol"] == "TP53":  # genes with copies on patches have a list
                gene = [gene, {"gene": "LRG_321"}]
            hit = {"_id": "1", "_score": 80.0, "symbol": document["symbol"], "ensembl": gene}
            hits.append({**hit, "alias": document.get("alias_symbol", [None])[0]})
    return 200, {"took": 1, "total": len(hits), "max_score": 80.0, "hits": hits}


def cellosaurus(path: str, query: Mapping[str, str]) -> Reply:
    """api.cellosaurus.org."""
    if path == "/release-info":
        return 200, {"Cellosaurus": {"header": {"release": {"version": "56.0", "updated": "2026-06-25"}}}}
    if match := re.fullmatch(r"/cell-line/(\w+)", path):
        if match[1] not in CELL_LINES:
            return 404, {"code": 404, "message": f"Item not found, ac: {match[1]}"}
        return 200, _cell_lines([match[1]])
    if path == "/search/cell-line":
        key, _, wanted = query["q"].partition(":")
        wanted = wanted.strip('"').casefold()
        found = []
        for accession, record in CELL_LINES.items():
            fields = (
                [accession, *record["merged"]] if key == "acas" else [record["name"], *record["synonyms"]]
            )
            if any(wanted in one.casefold() for one in fields):
                found.append(accession)
        return 200, _cell_lines(found)
    return 404, {"code": 404, "message": "Not Found"}


def _cell_lines(accessions: list[str]) -> dict[str, Any]:
    listed = []
    for accession in accessions:
        record = CELL_LINES[accession]
        document: dict[str, Any] = {
            "accession-list": [
                {"type": "primary", "value": accession},
                *({"type": "secondary", "value": one} for one in record["merged"]),
            ],
            "name-list": [
                {"type": "identifier", "value": record["name"]},
                *({"type": "synonym", "value": one} for one in record["synonyms"]),
            ],
        }
        if record["parent"]:
            parent, label = record["parent"]
            document["derived-from"] = [{"database": "Cellosaurus", "accession": parent, "label": label}]
        listed.append(document)
    return {"Cellosaurus": {"cell-line-list": listed}}
