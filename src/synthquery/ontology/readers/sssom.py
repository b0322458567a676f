"""Bridges from other ontologies to ours, from mapping files in SSSOM.

A file is a table of tab-separated values under a header of YAML, each line of it after ``#``: which term of
one ontology is the same as, narrower or broader than which of another (SSSOM 1.0, "SSSOM/TSV").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, Final

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id, ontology_of
from synthquery.ontology.readers.bridges import CROSS_REFERENCE, INVERSE, TARGETS, Bridges, Mapping
from synthquery.ontology.readers.foreign import foreign_id, is_foreign_prefix
from synthquery.ontology.readers.repairs import Repair, shown

_TITLES: Final = ("mapping_set_title", "mapping_set_id")
_RELEASES: Final = ("mapping_set_version", "mapping_date")
_SAME: Final = {
    "owl:equivalentclass": "skos:exactMatch",
    "http://www.w3.org/2002/07/owl#equivalentclass": "skos:exactMatch",
    "semapv:crossspeciesexactmatch": "skos:closeMatch",
    "http://www.geneontology.org/formats/oboinowl#hasdbxref": CROSS_REFERENCE,
    **{name.lower(): name for name in INVERSE},
    **{name.lower().replace("skos:", "http://www.w3.org/2004/02/skos/core#"): name for name in INVERSE},
}


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
    about: dict[str, Any] = {}
    curies: dict[str, str] = {}
    found: list[tuple[str, Mapping]] = []
    for number, line in enumerate(content, 1):
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").rstrip("\r\n")
        if not columns:
            if text.startswith("#"):
                header.append(text[1:])
            elif text.strip():
                about = _header(header, repairs)
                curies = _texts(about.get("curie_map"))
                columns = {name.strip(): place for place, name in enumerate(text.split("\t"))}
        elif text.strip():
            row = dict(zip(columns, text.split("\t"), strict=False))
            mappings = _mappings(row, curies)
            if isinstance(mappings, str):
                repairs.append(Repair(number, shown(text), f"left out: {mappings}"))
            else:
                found += mappings
    if not found:
        raise OntologyError(f"{path} has no mappings to {', '.join(TARGETS)} that can be read")
    title, release = (
        next((str(about[name]) for name in names if about.get(name)), "") for names in (_TITLES, _RELEASES)
    )
    return Bridges(found, title=title or path.name, release=release, repairs=repairs)


def _header(header: list[str], repairs: list[Repair]) -> dict[str, Any]:
    """What the file says of itself; its YAML is indented by the blank after each ``#``, or not at all."""
    import yaml

    try:
        content = yaml.safe_load("\n".join(header))
    except yaml.YAMLError as error:
        repairs.append(Repair(1, "the header", f"left out: it is no YAML ({shown(str(error))})"))
        return {}
    return content if isinstance(content, dict) else {}


def _texts(found: Any) -> dict[str, str]:
    """The prefixes that the file explains."""
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
    if ontology_of(target) in TARGETS:
        found.append((subject, Mapping(target, predicate, row.get("object_label", "").strip(), sure)))
    if ontology_of(subject) in TARGETS:
        found.append(
            (target, Mapping(subject, INVERSE[predicate], row.get("subject_label", "").strip(), sure))
        )
    return found or f"neither term is of {', '.join(TARGETS)}"


def _expanded(text: str, curies: dict[str, str]) -> str:
    """An identifier of the table; a prefix that only this file knows is looked up in what it says of it."""
    found = foreign_id(text)
    prefix, colon, local = text.strip().partition(":")
    if colon and prefix in curies and not is_foreign_prefix(prefix) and canonical_id(found) is None:
        return foreign_id(curies[prefix] + local)
    return found
