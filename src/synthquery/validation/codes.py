"""The codes of issues: stable names with a severity and a reason, from ``data/rules.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from synthquery.resources import load_toml
from synthquery.validation.report import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem.

    Attributes
    ----------
    name
        For example ``"term.obsolete"``; it does not change between releases.
    severity
        Of its issues, unless `note` says otherwise.
    title, why
        The problem in a few words, and why it matters to the biology.
    note
        Where the severity differs, or what is left alone on purpose; empty when there is nothing to say.
    """

    name: str
    severity: Severity
    title: str
    why: str
    note: str


@cache
def codes() -> Mapping[str, Code]:
    """Every code by its name, in the order of the table."""
    found: dict[str, Code] = {}
    for group, rows in load_toml("rules.toml").items():
        for short, row in rows.items():
            name = f"{group}.{short}"
            found[name] = Code(name, Severity(row["severity"]), row["title"], row["why"], row.get("note", ""))
    return MappingProxyType(found)
