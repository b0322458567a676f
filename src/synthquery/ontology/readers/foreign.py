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


def shortened_address(text: str) -> str | None:
    """The CURIE of a term's web address; None when it is no address of an ontology that is known here."""
    if text.startswith("http"):
        match = _OBO.fullmatch(text)
        if match is not None:
            return f"{match[1]}:{match[2]}"
        for start, prefix in _prefixes()["iris"].items():
            if text.startswith(start) and len(text) > len(start):
                return f"{prefix}:{text[len(start) :]}"
    return None


def is_foreign_prefix(prefix: str) -> bool:
    """Whether a prefix, in any case, is one of an ontology that is known here."""
    return prefix.lower() in _prefixes()["names"]


@cache
def _prefixes() -> dict[str, dict[str, str]]:
    rows = load_toml("foreign_prefixes.toml")["prefix"]
    return {
        "names": {
            name.lower(): row["prefix"] for row in rows for name in (row["prefix"], *row.get("aliases", ()))
        },
        "iris": {start: row["prefix"] for row in rows for start in row.get("iris", ())},
    }
