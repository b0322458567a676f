"""Identifiers: every spelling people use, one canonical form.

``UBERON_0002107``, ``http://purl.obolibrary.org/obo/UBERON_0002107``, ``uberon:0002107`` are all
``UBERON:0002107``. Text that is no identifier (a label, a gene symbol, a bare number) is told apart from text
that is meant as one and is not (``UBERON:2107``). The namespaces are rows of ``data/identifiers.toml``, which
names its sources.

Nothing here knows whether a term exists; that is the business of ``synthquery.ontology``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from synthquery.errors import IdentifierError
from synthquery.resources import load_toml

Kind = Literal[
    "uberon",
    "cl",
    "mondo",
    "cellosaurus",
    "ensembl_gene",
    "chebi",
    "chembl",
    "ncbitaxon",
    "hsapdv",
    "hancestro",
    "pato",
    "bioproject",
    "sra_study",
    "geo_series",
    "biosample",
    "curie",
]

_LONGEST: Final = 300  # no identifier or address of one is longer; keeps patterns off megabytes of text
_URL: Final = re.compile(r"https?://([^/?#]+)[/?#](.+)", re.IGNORECASE)
_WRAPPED: Final = re.compile(r"([A-Za-z]+)[:.](.+)")
_BARE_TAXON: Final = re.compile(r"(?:txid|taxid)([0-9]+)", re.IGNORECASE)
_LOCAL: Final = re.compile(
    r"(?=.*[0-9])[0-9A-Za-z.]+"
)  # what is meant as a local part: has a digit, no blank
_VERSION: Final = re.compile(r"(.+)\.([0-9]{1,3})")
_ENSEMBL: Final = re.compile(r"ENS([A-Z]{3,4}?)?(G|T|P|E|R|FM|GT)[0-9]{6,}(?:\.[0-9]+)?", re.IGNORECASE)
_OTHER_CURIE: Final = re.compile(r"[A-Za-z][A-Za-z.]*:[0-9]{4,}")
_EXPECTED_GENE: Final = "expected a human gene, ENSG and eleven digits"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as it was typed and as it is written.

    Attributes
    ----------
    kind
        The namespace: ``"uberon"``, ``"cellosaurus"``, ``"ensembl_gene"`` ...; ``"curie"``: another ontology.
    id
        Canonical form: ``UBERON:0002107``, ``CVCL_0030``, ``ENSG00000141510``, ``NCBITAXON:9606``.
    given
        The text it came from.
    note
        What was taken away, where that may matter: ``"version .17 removed"``.
    """

    kind: Kind
    id: str
    given: str
    note: str | None = None

    @property
    def is_canonical(self) -> bool:
        """True when it was typed in canonical form."""
        return self.id == self.given


class _Namespace:
    """One row of the table, its pattern compiled."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.kind: Kind = row["kind"]
        self.prefix: str = row["prefix"]
        self.separator: str = row["separator"]
        self.local: str = row["local"]
        self.shape: str = row["shape"]
        self.width: int = row.get("width", 0)
        self.versioned: bool = row.get("versioned", False)
        self.ontology: str | None = row.get("ontology")
        self.iri: str = row["iri"]
        self.names = {self.prefix.lower(), *(alias.lower() for alias in row.get("aliases", ()))} - {""}
        self._local = re.compile(self.local, re.IGNORECASE | re.ASCII)

    @property
    def start(self) -> str:
        """What every canonical identifier of the namespace starts with."""
        return self.prefix + self.separator

    @property
    def expected(self) -> str:
        """What an identifier of the namespace looks like, in words."""
        return f"{self.start} and {self.shape}" if self.start else self.shape

    def read(self, local: str, given: str) -> Identifier | None:
        """The identifier with this local part; None when the part does not fit."""
        note = None
        if self.versioned and (match := _VERSION.fullmatch(local)):
            local, note = match[1], f"version .{match[2]} removed"
        if not self._local.fullmatch(local):
            return None
        return Identifier(self.kind, self.start + local.upper(), given, note)


class _Table:
    """All namespaces, arranged for reading."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.namespaces = [_Namespace(row) for row in data["identifier"]]
        self.by_name = {name: space for space in self.namespaces for name in space.names}
        self.bare = [space for space in self.namespaces if not space.separator]
        self.wrappers = frozenset(data["wrappers"])
        self.hosts = frozenset(data["hosts"])
        self.features: dict[str, str] = data["ensembl"]["features"]
        self.species: dict[str, str] = data["ensembl"]["species"]
        # One pattern for what is canonical already, a group a namespace: the usual case costs one match.
        self.canonical = re.compile(
            "|".join(f"({re.escape(space.start)}(?:{space.local}))" for space in self.namespaces)
        )

    def canonical_namespace(self, text: str) -> _Namespace | None:
        """The namespace of text that is canonical as it stands."""
        match = self.canonical.fullmatch(text)
        return self.namespaces[match.lastindex - 1] if match and match.lastindex else None


@cache
def _table() -> _Table:
    return _Table(load_toml("identifiers.toml"))


def parse_identifier(text: str) -> Identifier | None:
    """Read an identifier in any of its spellings.

    Parameters
    ----------
    text
        A CURIE, an accession, an OBO spelling with ``_`` or a web address; blanks round it do not matter.

    Returns
    -------
    Identifier | None
        None when `text` is no identifier: a label, a symbol, a bare number. See `malformed` for text that was
        meant as one.
    """
    space = _table().canonical_namespace(text)
    if space is not None:
        return Identifier(space.kind, text, text)
    if len(text) > _LONGEST:
        return None
    return _read(_strip_wrapping(text.strip()), text)


def canonical_id(text: str) -> str | None:
    """Canonical form of an identifier in any spelling; None when `text` is none."""
    if _table().canonical.fullmatch(text):
        return text
    found = parse_identifier(text)
    return found.id if found else None


def normalise_id(text: str) -> str:
    """Canonical form of an identifier in any spelling.

    Raises
    ------
    IdentifierError
        When `text` is no identifier; the message says what is wrong and what was expected.
    """
    found = canonical_id(text)
    if found is not None:
        return found
    shown = text if len(text) <= 80 else text[:77] + "..."
    problem = malformed(text) or (
        f"{shown!r} is no identifier; one looks like UBERON:0002107, CL:0000786, MONDO:0011719, CVCL_0023, "
        "ENSG00000141510 or CHEBI:16681"
    )
    raise IdentifierError(problem)


def taxon_id(text: str, *, prefixed: bool = True) -> str:
    """Canonical form of an NCBI taxon; bare digits are accepted here and only here.

    Parameters
    ----------
    text
        ``9606``, ``taxid:9606``, ``NCBITaxon_9606``, ``txid9606`` ...
    prefixed
        False gives the bare digits, the form of Synthesize's documentation; True the form of its vocabulary.

    Raises
    ------
    IdentifierError
        When `text` names no taxon.
    """
    digits = text.strip()
    if not re.fullmatch("[0-9]{1,8}", digits):
        found = parse_identifier(text)
        if found is None or found.kind != "ncbitaxon":
            raise IdentifierError(f"{text!r} is no NCBI taxon; one looks like NCBITAXON:9606 or 9606")
        digits = found.id.rpartition(":")[2]
    return f"NCBITAXON:{digits}" if prefixed else digits


def ontology_of(identifier: str) -> str | None:
    """Name in the snapshot of the ontology of a canonical identifier; None when the snapshot has none."""
    space = _table().canonical_namespace(identifier)
    return space.ontology if space else None


def kind_of(identifier: str) -> Kind | None:
    """Namespace of a canonical identifier; None when it is not canonical."""
    space = _table().canonical_namespace(identifier)
    return space.kind if space else None


def iri(identifier: str) -> str:
    """Web address of an identifier in any spelling: the OBO PURL where there is one.

    Raises
    ------
    IdentifierError
        When `identifier` is none.
    """
    canonical = normalise_id(identifier)
    space = _table().canonical_namespace(canonical)
    if space is None:  # cannot happen: what normalise_id gives is canonical
        raise IdentifierError(f"{identifier!r} is no identifier")
    return space.iri.format(canonical.removeprefix(space.start))


def malformed(text: str) -> str | None:
    """Say why text that looks like an identifier is none.

    Returns
    -------
    str | None
        A sentence for a biologist, with the identifier that was probably meant where zeros are missing. None
        when `text` is an identifier, or does not look like one.
    """
    if len(text) > _LONGEST or canonical_id(text) is not None:
        return None
    core = _strip_wrapping(text.strip())
    problem = _other_accession(core) or _wrong_local_part(core) or _unknown_prefix(core)
    return f"{text.strip()!r} {problem}" if problem else None


def _other_accession(core: str) -> str | None:
    """Accessions of things that are no human gene."""
    if re.fullmatch("LRG_[0-9]+", core, re.IGNORECASE):
        return f"is a Locus Reference Genomic record; {_EXPECTED_GENE}"
    match = _ENSEMBL.fullmatch(core.rpartition(":")[2])
    if match is None:
        return None
    species, feature = (match[1] or "").upper(), match[2].upper()
    if feature != "G":
        return f"is {_table().features[feature]}, not a gene; {_EXPECTED_GENE}"
    if species:
        name = _table().species.get(species, f"ENS{species}")
        return f"is a gene of another species ({name}); {_EXPECTED_GENE}"
    return f"is not well formed; {_EXPECTED_GENE}"


def _wrong_local_part(core: str) -> str | None:
    """A known prefix, and after it something that does not fit."""
    for space in _table().bare:
        if space.prefix and re.fullmatch(f"{space.prefix}[:_]?[0-9]{{5,}}[.0-9A-Z]*", core, re.IGNORECASE):
            return f"is not well formed; expected {space.expected}"
    for prefix, local in _splits(core):
        named = _table().by_name.get(prefix)
        if named is None or not _LOCAL.fullmatch(local):
            continue
        meant = ""
        if named.width and local.isdigit() and len(local) < named.width:
            meant = f"; with its zeros it is {named.start}{local.zfill(named.width)}"
        return f"is not well formed; expected {named.expected}{meant}"
    return None


def _unknown_prefix(core: str) -> str | None:
    if _OTHER_CURIE.fullmatch(core):
        return f"has a prefix that synthquery does not know: {core.partition(':')[0]}"
    return None


def _strip_wrapping(text: str) -> str:
    """The identifier inside a web address, or after ``obo:``, ``RRID:`` and the like."""
    table = _table()
    if url := _URL.fullmatch(text):
        if url[1].lower() not in table.hosts:
            return text
        parts = [part for part in re.split(r"[/=#?&]", url[2]) if part]
        # identifiers.org/taxonomy/9606: the namespace is the part before
        text = ":".join(parts[-2:]) if parts[-1].isdigit() else parts[-1]
    match = _WRAPPED.fullmatch(text)
    if match and match[1].lower() in table.wrappers:
        return match[2].strip()
    return text


def _splits(core: str) -> Iterator[tuple[str, str]]:
    """Ways to part a prefix, in lower case, from what follows: at each ``:`` or ``_``, first one first."""
    for mark in re.finditer("[:_]", core):
        yield core[: mark.start()].lower(), core[mark.end() :].strip()


def _read(core: str, given: str) -> Identifier | None:
    table = _table()
    for space in table.bare:
        head, rest = core[: len(space.prefix)], core[len(space.prefix) :]
        if head.lower() == space.prefix.lower() and (found := space.read(rest, given)):
            return found
    if taxon := _BARE_TAXON.fullmatch(core):
        return table.by_name["ncbitaxon"].read(taxon[1], given)
    for prefix, rest in _splits(core):
        if named := table.by_name.get(prefix):
            return named.read(_without_prefix(named, rest), given)
    return None


def _without_prefix(space: _Namespace, local: str) -> str:
    """The local part where the prefix stands twice: ``CHEBI:CHEBI:16681``, ``ensembl:ENSG00000141510``."""
    for start in (f"{space.prefix}:", f"{space.prefix}_", space.start):
        if local.lower().startswith(start.lower()):
            return local[len(start) :]
    return local
