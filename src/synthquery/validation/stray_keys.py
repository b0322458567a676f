"""Keys that a model does not take: another model's, an older client's, misspelt, or nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any, Final, Literal

from rapidfuzz import fuzz, process

from synthquery.catalog import list_models
from synthquery.query.metadata import METADATA_KEYS
from synthquery.resources import load_toml
from synthquery.validation.body import key_text
from synthquery.validation.context import Context
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Severity
from synthquery.validation.rule import Finding

Place = Literal["body", "input", "metadata"]

INPUT_KEYS: Final = ("metadata", "num_samples", "counts")
_NEAR: Final = 78  # similarity, of 100, from which a misspelt key is recognised
_MOST_LOOKED_UP: Final = 1_000  # different stray keys of one place whose nearest name is looked for


def stray_keys(objects: Sequence[Mapping[Any, Any]], accepted: Set[str]) -> Iterator[tuple[int, Any, Any]]:
    """The keys that are not accepted: position of the object, key, value."""
    for at, one in enumerate(objects):
        if not one.keys() <= accepted:
            for key, value in one.items():
                if key not in accepted:
                    yield at, key, value


def judge_of(place: Place, accepted: Sequence[str], context: Context) -> Callable[[Any, Any], Finding]:
    """What is to be said about a stray key and its value; each key is looked up once."""
    judged: dict[Any, Finding] = {}
    legacy: dict[str, Any] = load_toml("legacy_keys.toml").get(place, {})
    known = (*METADATA_KEYS,) if place == "metadata" else tuple(accepted)
    of_other_models = {
        "body": {name for spec in list_models() for name in spec.query_keys},
        "input": set(INPUT_KEYS),
        "metadata": set(METADATA_KEYS),
    }[place]

    def judge(key: Any, value: Any) -> Finding:
        found = judged.get(key)
        if found is not None:
            return found
        if not isinstance(key, str):
            found = Finding("structure.unknown-key", f"keys are text, not {type(key).__name__}")
        elif key in of_other_models:
            found = _not_accepted(key, context)
        elif key in legacy:
            return _legacy_key(key, legacy[key], value, accepted, context)
        else:
            found = _unknown(key, place, known if len(judged) < _MOST_LOOKED_UP else ())
        judged[key] = found
        return found

    return judge


def _unknown(key: str, place: Place, known: Sequence[str]) -> Finding:
    code = "structure.unknown-key"
    if place == "input" and key in METADATA_KEYS:
        return Finding(code, f"{key} describes the sample: move it into metadata", (f"metadata.{key}",))
    if place == "body" and key in (*METADATA_KEYS, *INPUT_KEYS):
        return Finding(code, f"{key} belongs to an input, not to the top of the query")
    if place == "metadata" and key in INPUT_KEYS:
        return Finding(code, f"{key} belongs beside metadata, not into it")
    if place != "body" and key in _parameters():
        return Finding(code, f"{key} belongs to the top of the query: it holds for all its inputs")
    near = _near(key, known, place)
    if near:
        # In another case or style it is the same word; a misspelt one may be another.
        fix = Fix("rename", near) if _same_letters(key, near) else None
        return Finding(code, f"there is no key {key_text(key)!r}; did you mean {near}?", (near,), fix=fix)
    return Finding(code, f"there is no key {key_text(key)!r} here")


@cache
def _parameters() -> frozenset[str]:
    """What any model takes at the top of a query, beside its inputs."""
    return frozenset(name for spec in list_models() for name in spec.query_keys if name != "inputs")


def _same_letters(one: str, other: str) -> bool:
    return re.sub(r"[\s_-]+", "", one).casefold() == other.replace("_", "")


def _near(key: str, known: Sequence[str], place: Place) -> str | None:
    """The known key that a misspelt one most resembles."""
    plain = key.strip().casefold().replace("-", "_").replace(" ", "_")[:100]
    others: dict[str, str] = load_toml("legacy_keys.toml")["other_names"]
    if place == "metadata" and known and plain in others:
        return others[plain]
    for name in known:
        forms = {
            name,
            name.replace("_", ""),
            name.replace("_ontology", ""),
            f"{name}s",
            name.removesuffix("s"),
        }
        if plain in forms:
            return name
    near = process.extractOne(plain, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return near[0] if near else None


def _legacy_key(
    key: str, row: dict[str, Any], value: Any, accepted: Sequence[str], context: Context
) -> Finding:
    instead = row.get("instead")
    named = f": it is called {instead} now" if instead else ""
    message = f"{key} is a key of an older client{named}; {row['advice']}"
    field = row.get("field")
    if field and isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable():
        terms = context.terms.meant_by(value, field)
        message += f" ({value!r} may be {' or '.join(map(str, terms))})" if terms else ""
    severity = Severity(row["severity"])
    return Finding("legacy.key", message, (instead,) if instead else (), severity, _legacy_fix(row, accepted))


def _legacy_fix(row: dict[str, Any], accepted: Sequence[str]) -> Fix | None:
    """A key that is only called otherwise gets its name, one that the service ignores goes."""
    if row.get("only_renamed"):
        return Fix("rename", row["instead"]) if row["instead"] in accepted else None
    ignored = row["severity"] == "warning" and "instead" not in row
    return Fix("remove") if ignored else None


def _not_accepted(key: str, context: Context) -> Finding:
    takers = [
        spec.model_id
        for spec in list_models()
        if key in (*spec.query_keys, *spec.input_keys, *spec.metadata_keys)
    ]
    message = f"{context.shown} does not take {key}; it is for {', '.join(takers)}"
    if context.family == "reference-conditioning" and key in METADATA_KEYS:
        message += ". What the sample is comes from its counts: leave the key out"
    return Finding("model.field-not-accepted", message)
