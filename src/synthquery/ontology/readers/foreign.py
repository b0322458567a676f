"""Identifiers of ontologies that the snapshot does not hold, in the spelling that mapping files use.

The ontologies are rows of ``data/foreign_prefixes.toml``, which names its sources.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from synthquery.identifiers import canonical_id
from synthquery.resources import load_toml

# The OBO Foundry ID policy: http://purl.obolibrary.org/obo/IDSPACE_LOCALID
_OBO: Final = re.compile(r"https?://purl\.obolibrary\.org/obo/([A-Za-z][\w.]*?)_([\w.-]+)")
_RESOLVERS: Final = {"identifiers.org", "www.identifiers.org", "bioregistry.io"}
_CURIE: Final = re.compile(r"([A-Za-z][\w.]*)[:_]\s*([\w.-]*\w)")


def foreign_id(text: str) -> str:
    """A foreign identifier as bridges keep it: its prefix in the usual spelling, an address as a CURIE."""
    text = text.strip()
    ours = canonical_id(text)
    if ours is not None:
        return ours
    shortened = shortened_address(text)
    if shortened is not None:
        return shortened
    match = _CURIE.fullmatch(text)
    if match is None:
        return text
    return f"{_prefixes()['names'].get(match[1].lower(), match[1])}:{match[2]}"


def foreign_form(text: str) -> str | None:
    """The CURIE of an identifier, in any spelling, of an ontology that is known here; None for anything else."""
    text = text.strip()
    found = shortened_address(text)
    if found is None and _CURIE.fullmatch(text) and ":" in text:  # NCI_H1299 is a cell line
        found = foreign_id(text)
    return found if found is not None and is_foreign_prefix(found.partition(":")[0]) else None


def shortened_address(text: str) -> str | None:
    """The CURIE of a term's web address; None when it is no address of an ontology that is known here."""
    if text.startswith("http"):
        match = _OBO.fullmatch(text)
        if match is not None:
            return f"{match[1]}:{match[2]}"
        _, _, address = text.partition("://")
        for start, prefix in _prefixes()["iris"].items():
            if address.startswith(start) and len(address) > len(start):
                return f"{prefix}:{address[len(start) :]}"
        host, _, rest = address.partition("/")
        if host in _RESOLVERS and _CURIE.fullmatch(rest):
            return foreign_id(rest)
    return None


def is_foreign_prefix(prefix: str) -> bool:
    """Whether a prefix, in any case, is one of an ontology that is known here."""
    return usual_prefix(prefix) is not None


def usual_prefix(prefix: str) -> str | None:
    """A prefix, given in any spelling, as CURIEs of mapping files write it; None when it is not known here."""
    return _prefixes()["names"].get(prefix.lower())


@cache
def _prefixes() -> dict[str, dict[str, str]]:
    rows = load_toml("foreign_prefixes.toml")["prefix"]
    return {
        "names": {
            name.lower(): row["prefix"] for row in rows for name in (row["prefix"], *row.get("aliases", ()))
        },
        "iris": {start.partition("://")[2]: row["prefix"] for row in rows for start in row.get("iris", ())},
    }
