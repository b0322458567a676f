"""GEM-2 queries, checked as far as they are documented (``data/gem_2.toml``); the report says that this is not all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from synthquery.catalog import list_models, parameter
from synthquery.identifiers import parse_identifier
from synthquery.query.vocabularies import vocabularies
from synthquery.resources import load_toml
from synthquery.validation.body import key_text
from synthquery.validation.context import Context, Terms
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Path, Severity, shown_value
from synthquery.validation.rule import Finding, Located
from synthquery.validation.rules import identifiers, values
from synthquery.validation.structure import wrong_type

_MOST: Final = 2**31 - 1
_BARE: Final = ("gem-2", "gem-2-ensemble")
_PREDICT: Final = "predict-expression"
_MISSING: Final = "structure.missing"
_TYPE: Final = "structure.type"
_UNKNOWN: Final = "structure.unknown-key"


def gem_2_problems(body: Mapping[Any, Any], wanted: str | None, terms: Terms) -> Iterator[Located]:
    """All that can be said against a GEM-2 query.

    Parameters
    ----------
    wanted
        The model it is for, when one is named.
    """
    table = load_toml("gem_2.toml")
    message = "a GEM-2 query: checked as far as its format is documented; names in its metadata are not"
    yield Located((), wanted, Finding("model.unchecked", message))
    if wanted and not any(re.fullmatch(pattern, wanted) for pattern in table["models"]):
        finding = Finding("model.unknown", f"no GEM-2 model is called {shown_value(wanted)!r}", ("gem-2",))
        yield Located(("model_id",) if "model_id" in body else (), wanted, finding)
    yield from _top(body, wanted, table)
    inputs = body.get("inputs")
    if inputs is not None and not isinstance(inputs, Mapping):
        message = "inputs of GEM-2 is an object of modality and items, not the list of GEM-1"
        yield Located(("inputs",), inputs, Finding(_TYPE, message))
    elif inputs is None:
        yield Located(
            ("inputs",), inputs, Finding(_MISSING, "a GEM-2 query needs inputs: modality and items")
        )
    else:
        yield from _inputs(inputs, body.get("operation"), table, terms)


def _top(body: Mapping[Any, Any], wanted: str | None, table: Mapping[str, Any]) -> Iterator[Located]:
    operation = body.get("operation")
    if operation is None and (wanted is None or wanted in _BARE):
        message = f"{wanted or 'GEM-2'} needs an operation: {', '.join(table['operations'])}"
        yield Located(("operation",), None, Finding(_MISSING, message, tuple(table["operations"])))
    elif operation is not None:
        yield from _word(("operation",), operation, table["operations"], "operation")
    for key in body:
        if key in table["options"]:
            message = f"{key} is an option of GEM-2: move it into options"
            yield Located((key,), body[key], Finding(_UNKNOWN, message, (f"options.{key}",)))
        elif key not in table["keys"]:
            yield Located(
                (key_text(key),), body[key], Finding(_UNKNOWN, f"GEM-2 has no key {key_text(key)!r}")
            )
    options = body.get("options")
    if options is not None and not isinstance(options, Mapping):
        yield Located(("options",), options, Finding(_TYPE, "options is an object, like {seed: 42}"))
    elif options is not None:
        yield from _options(options)


def _options(options: Mapping[Any, Any]) -> Iterator[Located]:
    if "seed" in options:
        about = parameter("seed")
        yield from _whole(("options", "seed"), options["seed"], about.minimum or 0, about.maximum or _MOST)
    if "sampling_strategy" in options:
        path = ("options", "sampling_strategy")
        words = vocabularies()["sampling_strategy"].values
        yield from _word(path, options["sampling_strategy"], words, "sampling_strategy")


def _inputs(
    inputs: Mapping[Any, Any], operation: Any, table: Mapping[str, Any], terms: Terms
) -> Iterator[Located]:
    modality = inputs.get("modality")
    if modality is None:
        finding = Finding(
            _MISSING, "inputs needs a modality: bulk or single-cell", tuple(table["modalities"])
        )
        yield Located(("inputs", "modality"), None, finding)
    else:
        yield from _word(("inputs", "modality"), modality, table["modalities"], "modality")
    for key in inputs:
        if key not in ("modality", "items"):
            finding = Finding(_UNKNOWN, f"inputs of GEM-2 has no key {key_text(key)!r}")
            yield Located(("inputs", key_text(key)), inputs[key], finding)
    items = inputs.get("items")
    path: Path = ("inputs", "items")
    if not isinstance(items, list | tuple):
        code = _MISSING if items is None else _TYPE
        yield Located(path, items, Finding(code, "inputs needs items: a list of samples"))
        return
    if not items:
        yield Located(path, items, Finding("structure.empty", "items is empty: nothing is asked for"))
    specs = tuple(
        spec for spec in list_models() if spec.family == "baseline" and modality in (spec.modality, None)
    )
    context = Context(specs or tuple(list_models()[:2]), "baseline", terms)
    for at, item in enumerate(items):
        if isinstance(item, Mapping):
            yield from _item(item, (*path, at), operation, table, context)
        else:
            yield Located((*path, at), item, wrong_type("an item", item, "an object", required=True))


def _item(
    item: Mapping[Any, Any], path: Path, operation: Any, table: Mapping[str, Any], context: Context
) -> Iterator[Located]:
    if "num_samples" in item:
        yield from _whole((*path, "num_samples"), item["num_samples"], 1, _MOST)
    if operation == _PREDICT:
        for key in item:
            if key not in table["item_keys"]:
                finding = Finding(_UNKNOWN, f"an item of {_PREDICT} has no key {key_text(key)!r}")
                yield Located((*path, key_text(key)), item[key], finding)
        if "metadata" not in item:
            finding = Finding(_MISSING, f"an item of {_PREDICT} needs metadata")
            yield Located((*path, "metadata"), None, finding)
    yield from _output_total(item.get("output_total"), (*path, "output_total"))
    metadata = item.get("metadata")
    if isinstance(metadata, Mapping):
        yield from _metadata(metadata, (*path, "metadata"), table, context)
    elif "metadata" in item:
        finding = wrong_type("metadata", metadata, "an object", required=True)
        yield Located((*path, "metadata"), metadata, finding)


def _output_total(total: Any, path: Path) -> Iterator[Located]:
    if isinstance(total, Mapping):
        if total.get("type") == "custom" or "value" in total:
            yield from _whole((*path, "value"), total.get("value"), 1, 2**63 - 1)
    elif total is not None:
        message = 'output_total is an object: {"type": "custom", "value": 8000000}'
        yield Located(path, total, Finding(_TYPE, message))


def _metadata(
    metadata: Mapping[Any, Any], path: Path, table: Mapping[str, Any], context: Context
) -> Iterator[Located]:
    for key in table["shared_words"]:
        if isinstance(metadata.get(key), str) and metadata[key]:
            for finding in values.word(key, metadata[key], context):
                yield Located((*path, key), metadata[key], finding)
    age = metadata.get("age_years")
    if isinstance(age, str | int | float) and not isinstance(age, bool) and age != "":
        for finding in values.age("age_years", age, context):
            yield Located((*path, "age_years"), age, finding)
    for key, instead in table["renamed"].items():
        if key in metadata:
            finding = Finding(_UNKNOWN, f"GEM-2 takes {instead} instead of {key}", (), Severity.WARNING)
            yield Located((*path, key), metadata[key], finding)
    for key, row in table["perturbations"].items():
        if key in metadata:
            yield from _perturbations(metadata[key], (*path, key), row["one_of"], context)


def _perturbations(given: Any, path: Path, one_of: Sequence[str], context: Context) -> Iterator[Located]:
    if not isinstance(given, list | tuple):
        yield Located(path, given, wrong_type(str(path[-1]), given, "a list", required=True))
        return
    for at, one in enumerate(given):
        if not isinstance(one, Mapping):
            yield Located((*path, at), one, wrong_type("a perturbation", one, "an object", required=True))
            continue
        named = [key for key in one_of if one.get(key) not in (None, "")]
        if one_of and len(named) != 1:
            has = f"it has {' and '.join(named)}" if named else "it has none of them"
            finding = Finding("structure.one-of", f"give exactly one of {', '.join(one_of)}; {has}")
            yield Located((*path, at), one, finding)
        for key in named:
            yield from _entity(key, one[key], (*path, at, key), context)


def _entity(key: str, value: Any, path: Path, context: Context) -> Iterator[Located]:
    if not isinstance(value, str):
        yield Located(path, value, wrong_type(key, value, "text", required=True))
    elif key == "entity_ontology_id":
        for finding in identifiers.identifier("perturbation_ontology_id", value, context):
            yield Located(path, value, finding)
    elif key == "entity" and parse_identifier(value) is not None:
        message = f"{shown_value(value)!r} is an ID: it belongs under entity_ontology_id"
        yield Located(path, value, Finding("value.format", message, (), Severity.WARNING))


def _word(path: Path, value: Any, words: Sequence[str], name: str) -> Iterator[Located]:
    if not isinstance(value, str):
        yield Located(path, value, wrong_type(name, value, "text", required=True))
        return
    if value in words:
        return
    meant = next((word for word in words if _plain(word) == _plain(value[:100])), None)
    if meant is not None:
        message = f"{shown_value(value)!r} is written {meant!r}"
        finding = Finding("value.case", message, (meant,), fix=Fix("replace", meant))
    else:
        finding = Finding("value.enum", f"{name} has no {shown_value(value)!r}: it takes {', '.join(words)}")
    yield Located(path, value, finding)


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text).casefold()


def _whole(path: Path, value: Any, least: int, most: int) -> Iterator[Located]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Located(path, value, wrong_type(str(path[-1]), value, "a whole number", required=True))
    elif not least <= value <= most:
        yield Located(path, value, Finding("value.range", f"{path[-1]} must be {least:,} to {most:,}"))
