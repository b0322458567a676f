"""Bridges from other ontologies to ours, from mapping files in SSSOM.

A file is a table of tab-separated values under a header of YAML, each line of it after ``#``: which term of
one ontology is the same as, narrower or broader than which of another (SSSOM 1.0, "SSSOM/TSV").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.readers.foreign import foreign_id, is_foreign_prefix
from synthquery.ontology.readers.repairs import Repair, shown

_TARGETS: Final = ("MONDO", "UBERON", "CL")
# What a mapping says when it is read from its object to its subject, and how near it brings one.
_INVERSE: Final = {
    "skos:exactMatch": "skos:exactMatch",
    "skos:closeMatch": "skos:closeMatch",
    "skos:narrowMatch": "skos:broadMatch",
    "skos:broadMatch": "skos:narrowMatch",
}
_NEARNESS: Final = tuple(_INVERSE)
_SAME: Final = {
    "owl:equivalentclass": "skos:exactMatch",
    "http://www.w3.org/2002/07/owl#equivalentclass": "skos:exactMatch",
    "semapv:crossspeciesexactmatch": "skos:closeMatch",
    **{name.lower(): name for name in _INVERSE},
    **{name.lower().replace("skos:", "http://www.w3.org/2004/02/skos/core#"): name for name in _INVERSE},
}


class Mapping(NamedTuple):
    """A term of ours that a foreign one maps to.

    Attributes
    ----------
    id
        Canonical identifier of the term.
    predicate
        How it relates to the foreign term: ``skos:exactMatch``; ``skos:broadMatch`` when it is broader than
        that, ``skos:narrowMatch`` when it is narrower; ``skos:closeMatch``.
    label
        Its name in the mapping file; empty where there is none.
    confidence
        Between 0 and 1, where the file says so.
    """

    id: str
    predicate: str
    label: str = ""
    confidence: float | None = None


class Bridges:
    """Mappings of foreign identifiers to MONDO, UBERON and CL.

    Parameters
    ----------
    mappings
        Foreign identifier and mapping, in any order.
    repairs
        Rows that could not be used.
    """

    def __init__(self, mappings: Iterable[tuple[str, Mapping]], *, repairs: Iterable[Repair] = ()) -> None:
        self.repairs = tuple(repairs)
        found: dict[str, dict[tuple[str, str], Mapping]] = {}
        for foreign, mapping in mappings:
            kept = found.setdefault(foreign, {})
            before = kept.get((mapping.id, mapping.predicate))
            if before is None or (mapping.confidence or 0) > (before.confidence or 0):
                kept[mapping.id, mapping.predicate] = mapping
        self._mappings = {
            foreign: tuple(sorted(kept.values(), key=_order)) for foreign, kept in found.items()
        }

    def __len__(self) -> int:
        return len(self._mappings)

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, str) and foreign_id(identifier) in self._mappings

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._mappings))

    def map(self, identifier: str) -> tuple[Mapping, ...]:
        """The terms that a foreign identifier, in any spelling, maps to: exact ones first, the surest first."""
        return self._mappings.get(foreign_id(identifier), ())

    def exact(self, identifier: str) -> Mapping | None:
        """The one exact mapping of an identifier; None when it has none or several."""
        found = [mapping for mapping in self.map(identifier) if mapping.predicate == "skos:exactMatch"]
        return found[0] if len(found) == 1 else None

    def __or__(self, other: Bridges) -> Bridges:
        """The mappings of both."""
        both = (
            (foreign, each)
            for bridges in (self, other)
            for foreign in bridges
            for each in bridges.map(foreign)
        )
        return Bridges(both, repairs=(*self.repairs, *other.repairs))


def read_bridges(content: BinaryIO, path: Path) -> Bridges:
    """Read an opened SSSOM table.

    Raises
    ------
    OntologyError
        When it has no mapping to a term of ours.
    """
    repairs: list[Repair] = []
    header: list[str] = []
    columns: dict[str, int] = {}
    curies: dict[str, str] = {}
    found: list[tuple[str, Mapping]] = []
    for number, line in enumerate(content, 1):
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").rstrip("\r\n")
        if not columns:
            if text.startswith("#"):
                header.append(text[1:])
            elif text.strip():
                curies = _curie_map(header, repairs)
                columns = {name.strip(): place for place, name in enumerate(text.split("\t"))}
        elif text.strip():
            row = dict(zip(columns, text.split("\t"), strict=False))
            mappings = _mappings(row, curies)
            if isinstance(mappings, str):
                repairs.append(Repair(number, shown(text), f"left out: {mappings}"))
            else:
                found += mappings
    if not found:
        raise OntologyError(f"{path} has no mappings to {', '.join(_TARGETS)} that can be read")
    return Bridges(found, repairs=repairs)


def _curie_map(header: list[str], repairs: list[Repair]) -> dict[str, str]:
    """The prefixes that the file explains; its YAML is indented by the blank after each ``#``, or not at all."""
    import yaml

    try:
        content = yaml.safe_load("\n".join(header))
    except yaml.YAMLError as error:
        repairs.append(Repair(1, "the header", f"left out: it is no YAML ({shown(str(error))})"))
        return {}
    found: Any = content.get("curie_map") if isinstance(content, dict) else None
    return {str(prefix): str(start) for prefix, start in found.items()} if isinstance(found, dict) else {}


def _mappings(row: dict[str, str], curies: dict[str, str]) -> list[tuple[str, Mapping]] | str:
    """What a row says of foreign terms, in either direction; a string says why it says nothing."""
    subject, target = (
        _expanded(row.get("subject_id", ""), curies),
        _expanded(row.get("object_id", ""), curies),
    )
    predicate = _SAME.get(row.get("predicate_id", "").strip().lower())
    if not subject or not target:
        return "it names no two terms"
    if predicate is None:
        return f"{row.get('predicate_id') or 'no predicate'} says neither same nor narrower nor broader"
    if row.get("predicate_modifier", "").strip().lower() == "not":
        return []  # it says that they do not match
    try:
        confidence = float(row.get("confidence") or "nan")
    except ValueError:
        confidence = float("nan")
    sure = confidence if 0 <= confidence <= 1 else None
    found = []
    if ontology_of(target) in _TARGETS:
        found.append((subject, Mapping(target, predicate, row.get("object_label", "").strip(), sure)))
    if ontology_of(subject) in _TARGETS:
        found.append(
            (target, Mapping(subject, _INVERSE[predicate], row.get("subject_label", "").strip(), sure))
        )
    return found or f"neither term is of {', '.join(_TARGETS)}"


def _expanded(text: str, curies: dict[str, str]) -> str:
    """An identifier of the table; a prefix that only this file knows is looked up in what it says of it."""
    found = foreign_id(text)
    prefix, colon, local = text.strip().partition(":")
    if colon and prefix in curies and not is_foreign_prefix(prefix) and canonical_id(found) is None:
        return foreign_id(curies[prefix] + local)
    return found


def _order(mapping: Mapping) -> tuple[int, float, str]:
    return _NEARNESS.index(mapping.predicate), -(mapping.confidence or 0), mapping.id
