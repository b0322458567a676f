"""Cellosaurus as its publisher gives it: ``cellosaurus.txt``, one record a cell line.

A line is a tag of two letters, three blanks and a value; ``//`` ends a record (Cellosaurus user manual,
section 3). The snapshot knows what a line is called; the file also knows what it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

from synthquery.errors import OntologyError
from synthquery.identifiers import canonical_id
from synthquery.ontology.facts import Term
from synthquery.ontology.progress import report_progress
from synthquery.ontology.readers.memory import Ontology
from synthquery.ontology.readers.repairs import Repair, shown

_NAME: Final = "CVCL"
_TAGS: Final = {
    tag.encode(): tag for tag in ("ID", "AC", "AS", "SY", "CC", "DI", "OX", "HI", "SX", "AG", "CA")
}
_TOPICS: Final = (b"CC   Prob", b"CC   Deri", b"CC   Cell")
_ACCESSION: Final = re.compile(r"CVCL_[A-Z0-9]{4}")
_VERSION: Final = re.compile(rb"Version:\s*([0-9]+(?:\.[0-9]+)*)")
_TERM: Final = re.compile(r"(UBERON|CL)=((?:UBERON|CL)[_:][0-9]+)")
_BEYOND_TERM: Final = (
    "secondary",
    "species",
    "sex",
    "age",
    "category",
    "diseases",
    "sites",
    "cell_types",
    "problem",
)
_STEP: Final = 50_000  # records between two words of progress
_Value = TypeVar("_Value")


class Reference(NamedTuple):
    """A term of another ontology as a record names it: its identifier (empty where it has none) and label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell line.

    Attributes
    ----------
    id, name
        Accession (``CVCL_0027``) and recommended name (``Hep-G2``).
    synonyms
        Other names, in the order of the file.
    secondary
        Accessions of records that were merged into this one.
    species
        Taxa, several for a hybrid: ``NCBITAXON:9606``, ``Homo sapiens (Human)``.
    sex, age, category
        As Cellosaurus writes them: ``Female``, ``30Y6M``, ``Cancer cell line``; empty where it says nothing.
    diseases
        Diseases of the donor: ``NCIT:C3728`` or ``Orphanet:449`` and the label.
    sites
        Where in the body it was taken from: UBERON terms.
    cell_types
        Which cells it was derived from: CL terms.
    parents
        Accessions of the lines it was derived from.
    problem
        What is wrong with a problematic line (``Contaminated. Shown to be a HeLa derivative ...``); empty for
        the others.
    """

    id: str
    name: str
    synonyms: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    species: tuple[Reference, ...] = ()
    sex: str = ""
    age: str = ""
    category: str = ""
    diseases: tuple[Reference, ...] = ()
    sites: tuple[Reference, ...] = ()
    cell_types: tuple[Reference, ...] = ()
    parents: tuple[str, ...] = ()
    problem: str = ""

    @property
    def problematic(self) -> bool:
        """Whether the line is contaminated, misclassified or otherwise not what it was taken for."""
        return bool(self.problem)

    def to_facts(self) -> dict[str, Any]:
        """What the record says beyond its term, as plain JSON values; empty facts are left out."""
        facts = {name: getattr(self, name) for name in _BEYOND_TERM}
        return {name: fact for name, fact in facts.items() if fact}

    @classmethod
    def from_facts(cls, term: Term, facts: Mapping[str, Any]) -> CellLine:
        """The record of a term and of what `to_facts` gave."""

        def references(name: str) -> tuple[Reference, ...]:
            return tuple(Reference(*each) for each in facts.get(name, ()))

        return cls(
            id=term.id,
            name=term.label,
            synonyms=term.synonyms,
            secondary=tuple(facts.get("secondary", ())),
            species=references("species"),
            sex=facts.get("sex", ""),
            age=facts.get("age", ""),
            category=facts.get("category", ""),
            diseases=references("diseases"),
            sites=references("sites"),
            cell_types=references("cell_types"),
            parents=term.parents,
            problem=facts.get("problem", ""),
        )

    def to_term(self, release: str) -> Term:
        """The line as a term: what it was derived from are its parents."""
        return Term(self.id, self.name, _NAME, release, self.synonyms, parents=tuple(sorted(self.parents)))


class CellLines(Ontology):
    """The cell lines of one release; satisfies `OntologySource`.

    A secondary accession is an obsolete term that its primary accession replaces.
    """

    def __init__(
        self, lines: Mapping[str, CellLine], *, release: str, repairs: Iterable[Repair] = ()
    ) -> None:
        self._lines = lines
        super().__init__(self._as_terms(release), name=_NAME, release=release, repairs=tuple(repairs))

    def _as_terms(self, release: str) -> Iterator[Term]:
        for line in self._lines.values():
            yield line.to_term(release)
            for accession in line.secondary:
                if accession not in self._lines:
                    yield Term(accession, "", _NAME, release, obsolete=True, replaced_by=line.id)

    def cell_line(self, accession: str) -> CellLine | None:
        """The record with this accession, primary or secondary; None when there is none."""
        term = self.get(accession)
        return None if term is None else self._lines[term.replaced_by or term.id]

    def cell_lines(self) -> Iterator[CellLine]:
        """All records, in the order of the file."""
        return iter(self._lines.values())


def read_cell_lines(content: BinaryIO, path: Path) -> CellLines:
    """Read an opened ``cellosaurus.txt``, one record at a time.

    Raises
    ------
    OntologyError
        When it has no record.
    """
    release, repairs = "", list[Repair]()
    lines: dict[str, CellLine] = {}
    once = _Once()
    for record in _records(content, repairs):
        if isinstance(record, str):
            release = record
            continue
        line = _cell_line(record, once, repairs)
        if line is None:
            continue
        if line.id in lines:
            repairs.append(
                Repair(record.line, f"AC   {line.id}", "left out: a record above has this accession")
            )
            continue
        lines[line.id] = line
        if len(lines) % _STEP == 0:
            report_progress(f"reading {path.name}: {len(lines):,} cell lines")
    if not lines:
        raise OntologyError(f"{path} is no ontology that can be read: it has no cell lines")
    return CellLines(lines, release=release, repairs=repairs)


class _Record(NamedTuple):
    line: int
    values: dict[str, list[str]]


class _Once:
    """Keeps one copy of values that many records share: a sex, a species, a disease."""

    def __init__(self) -> None:
        self._values: dict[object, object] = {}

    def __call__(self, value: _Value) -> _Value:
        return self._values.setdefault(value, value)  # type: ignore[return-value]  # what went in comes out


def _records(content: BinaryIO, repairs: list[Repair]) -> Iterator[_Record | str]:
    """The release, then the records; of each only the lines that are kept."""
    values: dict[str, list[str]] = {}
    start, started = 1, False
    number = 0
    for number, line in enumerate(content, 1):
        tag = _TAGS.get(line[:2])
        if not started:
            version = _VERSION.search(line)
            if version:
                yield version[1].decode()
            started = tag == "ID" and line[2:5] == b"   "
            if not started:
                continue
        if line[:2] == b"//":
            yield _Record(start, values)
            values = {}
        elif tag is not None and (tag != "CC" or line.startswith(_TOPICS)):
            if not values:
                start = number
            values.setdefault(tag, []).append(_text(line, number, repairs))
    if values:
        repairs.append(
            Repair(
                start, shown(str(values.get("ID", [""])[0])), "read as far as it goes: the file ends in it"
            )
        )
        yield _Record(start, values)


def _text(line: bytes, number: int, repairs: list[Repair]) -> str:
    try:
        return line[5:].decode().strip()
    except UnicodeDecodeError:
        text = line[5:].decode("latin-1").strip()
        repairs.append(Repair(number, shown(text), "bytes that are not UTF-8 were read as Latin-1"))
        return text


def _cell_line(record: _Record, once: _Once, repairs: list[Repair]) -> CellLine | None:
    values = record.values
    name = "".join(values.get("ID", ())[:1])
    found = _ACCESSION.fullmatch("".join(values.get("AC", ())[:1]))
    if found is None or not name:
        missing = "no accession" if found is None else "no name"
        repairs.append(Repair(record.line, shown(f"ID   {name}"), f"left out: it has {missing}"))
        return None
    topics: dict[str, list[str]] = {}
    for comment in values.get("CC", ()):
        topic, _, text = comment.partition(": ")
        topics.setdefault(topic, []).append(text)
    parents = " ".join(value.partition("!")[0] for value in values.get("HI", ()))
    return CellLine(
        id=found[0],
        name=name,
        synonyms=tuple(dict.fromkeys(each for each in _split(values.get("SY", ())) if each != name)),
        secondary=tuple(_ACCESSION.findall(" ".join(values.get("AS", ())))),
        species=once(tuple(_species(value) for value in values.get("OX", ()))),
        sex=once("".join(values.get("SX", ())[:1])),
        age=once("".join(values.get("AG", ())[:1])),
        category=once("".join(values.get("CA", ())[:1])),
        diseases=once(tuple(_disease(value) for value in values.get("DI", ()))),
        sites=once(tuple(chain.from_iterable(map(_site, topics.get("Derived from site", ()))))),
        cell_types=once(tuple(chain.from_iterable(map(_cell_type, topics.get("Cell type", ()))))),
        parents=tuple(dict.fromkeys(_ACCESSION.findall(parents))),
        problem=" ".join(topics.get("Problematic cell line", ())),
    )


def _split(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from (part for part in (part.strip() for part in value.split("; ")) if part)


def _species(value: str) -> Reference:
    """``NCBI_TaxID=9606; ! Homo sapiens (Human)``."""
    taxon, _, label = value.partition("!")
    digits = taxon.partition("=")[2].strip(" ;")
    return Reference(f"NCBITAXON:{digits}" if digits.isdigit() else "", label.strip())


def _disease(value: str) -> Reference:
    """``NCIt; C3728; Hepatoblastoma`` or ``ORDO; Orphanet_449; Hepatoblastoma``."""
    source, _, rest = value.partition("; ")
    accession, _, label = rest.partition("; ")
    if source.lower() == "ncit":
        return Reference(f"NCIT:{accession}", label)
    return Reference(accession.replace("_", ":", 1), label)


def _site(text: str) -> Iterator[Reference]:
    """``In situ; Uterus, cervix; UBERON=UBERON_0000002.``: the first part says whether it is a metastasis."""
    parts = text.rstrip(".").split("; ")
    label = next((part for part in parts[1:] if "=" not in part), "")
    yield from _references(text, label)


def _cell_type(text: str) -> Iterator[Reference]:
    """``Keratinocyte; CL=CL_0000312.``"""
    yield from _references(text, text.rstrip(".").partition("; ")[0])


def _references(text: str, label: str) -> Iterator[Reference]:
    found = [canonical_id(match[2]) or "" for match in _TERM.finditer(text)]
    yield from (Reference(identifier, label) for identifier in found or [""])
