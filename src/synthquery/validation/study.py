"""What a study asks of its queries, written in the settings without code.

[tool.synthquery.study]
required = ["tissue_ontology_id", "sex"]

[tool.synthquery.study.allowed]
sex = ["female"]
tissue_ontology_id = { below = ["UBERON:0000955"] }    # the brain and its parts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from synthquery.query.metadata import METADATA_KEYS
from synthquery.validation.context import Terms
from synthquery.validation.own_rules import OwnRule, other_codes

_SETTINGS: Final = ("required", "allowed")


@dataclass(frozen=True)
class Allowed:
    """What a metadata key may have: one of `values`, or a term at or below one of `below`."""

    values: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def __str__(self) -> str:
        below = [f"{root} and what is below it" for root in self.below]
        return ", ".join([*self.values, *below])


@dataclass(frozen=True)
class Study:
    """What a study asks for.

    Attributes
    ----------
    required
        Metadata keys that every input has.
    allowed
        What metadata keys may have.
    """

    required: tuple[str, ...] = ()
    allowed: Mapping[str, Allowed] = field(default_factory=dict)

    def rules(self) -> tuple[OwnRule, ...]:
        """The rules that follow."""
        own = other_codes()
        checks = {"study.required": self._missing, "study.not-allowed": self._not_allowed}
        wanted = {"study.required": self.required, "study.not-allowed": self.allowed}
        return tuple(
            OwnRule(code, own[code].severity, own[code].title, check)
            for code, check in checks.items()
            if wanted[code]
        )

    def _missing(self, body: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for at, metadata in _inputs(body):
            for key in self.required:
                if metadata.get(key) in (None, ""):
                    yield ("inputs", at, "metadata", key), f"this study requires {key} of every input"

    def _not_allowed(self, body: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        terms = Terms()
        for key, allowed in self.allowed.items():
            accepted = {*allowed.values, *(terms.below(allowed.below) if allowed.below else ())}
            for at, metadata in _inputs(body):
                value = metadata.get(key)
                if value not in (None, "") and str(value) not in accepted:
                    message = f"{key} {value!r} is not what this study allows: {allowed}"
                    yield ("inputs", at, "metadata", key), message, allowed.values[:3]


def study_of(value: object) -> Study:
    """The study of a table of settings.

    Raises
    ------
    TypeError, ValueError
        When it cannot be one; the message names the setting.
    """
    table = _table("study", value)
    for key in table:
        if key not in _SETTINGS:
            raise ValueError(f"a study has no setting {key!r}; there are {', '.join(_SETTINGS)}")
    allowed = {
        _key(key): _allowed(key, given) for key, given in _table("allowed", table.get("allowed", {})).items()
    }
    return Study(tuple(map(_key, _texts("required", table.get("required", [])))), allowed)


def _allowed(key: str, given: object) -> Allowed:
    if isinstance(given, list):
        return Allowed(values=_texts(key, given))
    table = _table(key, given)
    if not table or set(table) - {"values", "below"}:
        raise ValueError(f"allowed {key}: expected a list of values, or a table of values and below")
    return Allowed(_texts(key, table.get("values", [])), _texts(key, table.get("below", [])))


def _key(key: str) -> str:
    if key not in METADATA_KEYS:
        near = get_close_matches(key, METADATA_KEYS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(METADATA_KEYS)}"
        raise ValueError(f"no metadata key is called {key!r}; {hint}")
    return key


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{name}: expected a list of texts")
    return tuple(value)


def _table(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a table")
    return value


def _inputs(body: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for at, one in enumerate(body.get("inputs", ())):
        metadata = one.get("metadata")
        if isinstance(metadata, Mapping):
            yield at, metadata
