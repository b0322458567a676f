"""Release files as publishers make them, written from the packaged snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from synthquery.ontology.facts import Term
from synthquery.ontology.snapshot import manifest, read_terms

PURL = "http://purl.obolibrary.org/obo/"
IS_OBSOLETE = {"pred": "http://www.w3.org/2002/07/owl#deprecated", "val": "true"}


def packaged(name: str) -> list[Term]:
    return list(read_terms(manifest()[name]))


def next_release(name: str) -> list[Term]:
    """The packaged terms with one withdrawn, one renamed, one with a new synonym and one new.

    Which: the 2nd, 3rd and 4th live leaf in the order of identifiers; the new one is a child of the 3rd.
    """
    terms = packaged(name)
    above = {parent for term in terms for parent in term.parents}
    leaves = [term for term in terms if not term.obsolete and term.id not in above]
    withdrawn, renamed, known = leaves[1], leaves[2], leaves[3]
    changed = {
        withdrawn.id: replace(withdrawn, obsolete=True, replaced_by=renamed.id, parents=()),
        renamed.id: replace(renamed, label=f"{renamed.label} (revised)"),
        known.id: replace(known, synonyms=(*known.synonyms, "zzyzx synonym")),
    }
    start = manifest()[name].start
    fresh = Term(f"{start}9900001", "entirely new stage", name, "", parents=(renamed.id,))
    return [changed.get(term.id, term) for term in terms] + [fresh]


def graph_json(name: str, release: str, terms: Iterable[Term]) -> bytes:
    """An OBO graph: what ``uberon.json`` and its like are."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []
    for term in terms:
        address = PURL + term.id.replace(":", "_")
        meta: dict[str, Any] = {
            "synonyms": [{"pred": "hasExactSynonym", "val": text} for text in term.synonyms]
        }
        if term.obsolete:
            meta["deprecated"] = True
            if term.replaced_by:
                meta["basicPropertyValues"] = [
                    {"pred": f"{PURL}IAO_0100001", "val": PURL + term.replaced_by.replace(":", "_")}
                ]
        nodes.append({"id": address, "lbl": term.label, "type": "CLASS", "meta": meta})
        edges += [
            {"sub": address, "pred": "is_a", "obj": PURL + parent.replace(":", "_")}
            for parent in term.parents
        ]
    graph = {
        "id": f"{PURL}{name.lower()}.json",
        "meta": {"version": f"{PURL}{name.lower()}/releases/{release}/{name.lower()}.json"},
        "nodes": nodes,
        "edges": edges,
    }
    return json.dumps({"graphs": [graph]}).encode()
