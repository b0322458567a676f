"""What an ontology file itself says of terms of other ontologies: cross-references and exact matches.

MONDO writes ``skos:exactMatch`` and marks the cross-references it holds for the same thing with the source
``MONDO:equivalentTo``; UBERON and CL have cross-references that say no more than that. All three formats carry
them, each in a form of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Facts
from typing import Any, Final
from xml.etree import ElementTree

from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.readers.bridges import CROSS_REFERENCE, EXACT, INVERSE, TARGETS, Mapping
from synthquery.ontology.readers.foreign import foreign_form, usual_prefix
from synthquery.ontology.readers.obo_text import Frame

_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_XREF: Final = "http://www.geneontology.org/formats/oboInOwl#hasDbXref"
_SOURCE: Final = "http://www.geneontology.org/formats/oboInOwl#source"
_EQUIVALENT: Final = "MONDO:equivalentTo"
_PREDICATES: Final = {
    **{name.replace("skos:", start): name for name in INVERSE for start in ("", "skos:", _SKOS)},
    _XREF: CROSS_REFERENCE,
}
_STARTS: Final = re.compile(rf"(?:https?://purl\.obolibrary\.org/obo/)?(?:{'|'.join(TARGETS)})[_:][0-9]")
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_OWL: Final = "{http://www.w3.org/2002/07/owl#}"

Found = tuple[str, Mapping]
"""A foreign identifier and the term that refers to it."""


def of_node(node: Facts[str, Any]) -> Iterator[Found]:
    """Of a node of an OBO graph."""
    given, meta = node.get("id"), node.get("meta")
    identifier = _ours(given) if isinstance(given, str) and isinstance(meta, dict) else None
    if identifier is None or not isinstance(meta, dict):
        return
    for each in _dicts(meta.get("xrefs")):
        nested = str(each) if len(each) > 1 else ""
        yield from _found(identifier, each.get("val"), EXACT if _EQUIVALENT in nested else CROSS_REFERENCE)
    for each in _dicts(meta.get("basicPropertyValues")):
        predicate = _PREDICATES.get(each.get("pred", "")) if isinstance(each.get("pred"), str) else None
        if predicate is not None:
            yield from _found(identifier, each.get("val"), predicate)


def of_frame(frame: Frame) -> Iterator[Found]:
    """Of a term of an OBO file."""
    identifier = _ours(frame.clauses[0].value.partition(" ")[0]) if frame.kind == "Term" else None
    if identifier is None:
        return
    for clause in frame.clauses:
        words = clause.value.split()
        if clause.tag == "xref" and words:
            same = _EQUIVALENT in clause.value
            yield from _found(identifier, words[0], EXACT if same else CROSS_REFERENCE)
        elif clause.tag == "property_value" and len(words) > 1 and words[0] in _PREDICATES:
            yield from _found(identifier, words[1].strip('"'), _PREDICATES[words[0]])


def of_owl(root: ElementTree.Element) -> Iterator[Found]:
    """Of all classes of an OWL file; axioms about a cross-reference say whether it is for the same thing."""
    wanted = {
        f"{{{start}#}}{name}": predicate
        for iri, predicate in _PREDICATES.items()
        if "#" in iri
        for start, _, name in [iri.partition("#")]
    }
    for element in root.iterfind(f"{_OWL}Class"):
        identifier = _ours(element.get(f"{_RDF}about", ""))
        if identifier is not None:
            for child in element:
                if child.tag in wanted:
                    yield from _found(identifier, _value(child), wanted[child.tag])
    for axiom in root.iterfind(f"{_OWL}Axiom"):
        parts = {child.tag: _value(child) for child in axiom}
        source = f"{{{_SOURCE.partition('#')[0]}#}}source"
        if parts.get(f"{_OWL}annotatedProperty") == _XREF and any(
            child.tag == source and _value(child) == _EQUIVALENT for child in axiom
        ):
            identifier = _ours(parts.get(f"{_OWL}annotatedSource", ""))
            if identifier is not None:
                yield from _found(identifier, parts.get(f"{_OWL}annotatedTarget"), EXACT)


def _value(element: ElementTree.Element) -> str:
    return element.get(f"{_RDF}resource") or (element.text or "").strip()


def _dicts(values: Any) -> Iterator[dict[str, Any]]:
    return (each for each in values if isinstance(each, dict)) if isinstance(values, list) else iter(())


def _ours(identifier: str) -> str | None:
    """The canonical identifier of a term that mappings lead to; None for any other."""
    found = canonical_id(identifier) if _STARTS.match(identifier) else None
    return found if found is not None and ontology_of(found) in TARGETS else None


def _found(ours: str, other: Any, predicate: str) -> Iterator[Found]:
    """The mapping, where the other term is of an ontology that is known here."""
    if not isinstance(other, str):
        return
    prefix, colon, local = other.partition(":")
    usual = usual_prefix(prefix)
    if colon and usual is not None and local:  # a large file has half a million of these
        yield f"{usual}:{local.strip()}", Mapping(ours, predicate)
    elif prefix.startswith("http"):
        foreign = foreign_form(other)
        if foreign is not None:
            yield foreign, Mapping(ours, predicate)
