"""JSON Schema of the queries of a model, for editors that complete and check while one types.

A schema says what a single look at the form can tell. Whether a term exists, is obsolete or contradicts another
value is for `synthquery.validate`. Whatever a schema refuses, validation reports too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from synthquery.catalog import ModelSpec, Parameter, get_model, parameter
from synthquery.query import METADATA_KEYS
from synthquery.query.quantities import units
from synthquery.query.vocabularies import vocabularies
from synthquery.resources import load_toml
from synthquery.validation.context import IdKey, id_keys
from synthquery.validation.rules.values import STUDIES
from synthquery.wire import query_class

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MOST: Final = 2**31 - 1  # samples of one input, as validation has it
_OLDEST: Final = 120
_JSON_TYPES: Final = {"text": "string", "integer": "integer", "boolean": "boolean", "list": "array"}
_UNSET: Final = {"const": ""}
"""Empty text: the service takes it for a key that is left out, and so does validation."""


def query_schema(model_id: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the query files of a model.

    Raises
    ------
    UnknownModelError
        When there is no such model.

    Examples
    --------
    >>> query_schema("gem-1-sc")["properties"]["sampling_strategy"]["enum"]
    ['mean estimation']
    """
    spec = get_model(model_id)
    properties = {
        "model_id": {"const": spec.model_id, "description": "The model; it is not part of what is sent."},
        **{name: _parameter(parameter(name), spec) for name in spec.parameters},
        "inputs": {
            "type": "array",
            "minItems": 1,
            "items": _object({name: _input(name, spec) for name in spec.input_keys}, spec.input_keys),
            "description": "The samples; rows of the answer follow them.",
        },
    }
    # The typed query and the schema have the same keys, or one of them is wrong.
    known = query_class(spec).model_fields
    return {
        "$schema": _DIALECT,
        "title": f"Query for {spec.model_id}",
        "description": spec.description,
        **_object({name: properties[name] for name in known}, (*spec.required, "inputs")),
    }


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _parameter(about: Parameter, spec: ModelSpec) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _JSON_TYPES[about.type], "description": about.meaning}
    if about.default is not None:
        schema["default"] = about.default
    if about.minimum is not None:
        schema["minimum"] = about.minimum
    if about.maximum is not None:
        schema["maximum"] = about.maximum
    if about.name == "sampling_strategy":
        schema["enum"] = list(spec.strategies)
    elif about.vocabulary is not None:
        words = list(vocabularies()[about.vocabulary].values)
        schema |= {"items": {"enum": words}, "uniqueItems": True}
    return schema


def _input(name: str, spec: ModelSpec) -> dict[str, Any]:
    if name == "metadata":
        keys = (key for key in METADATA_KEYS if key in spec.metadata_keys)
        return _object({key: _metadata(key, spec) for key in keys}, ())
    if name == "num_samples":
        return {
            "type": "integer",
            "minimum": 1,
            "maximum": _MOST,
            "description": "Samples to make of this input.",
        }
    return {
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "minItems": spec.n_genes,
        "maxItems": spec.n_genes,
        "description": "Raw counts, one a gene, in the gene order of the model.",
    }


def _metadata(key: str, spec: ModelSpec) -> dict[str, Any]:
    if key in id_keys():
        takes = id_keys()[key]
        return {
            "description": f"The ID of {takes.what}.",
            "type": "string",
            "pattern": _pattern(_ids(key, takes)),
        }
    words = spec.vocabulary(key)
    if words is not None and words.closed:
        return {"description": words.title, "anyOf": [{"enum": list(words.values)}, _UNSET]}
    if words is not None:
        return {"description": words.title, "type": "string", "examples": list(words.values)}
    if key == "age_years":
        years = {"type": "number", "minimum": 0, "maximum": _OLDEST}
        text = {"type": "string", "pattern": _pattern([r"[0-9]{1,3}(\.[0-9]+)?"])}
        return {"description": "Years, without a unit.", "anyOf": [text, years], "examples": ["61"]}
    if key == "perturbation_time":
        return _amount(units("time"), "24 hours")
    if key == "perturbation_dose":
        return _amount(units("dose"), "10 um")
    if key == "study":
        return {
            "description": "A BioProject accession, or the name of a consortium.",
            "type": "string",
            "pattern": _pattern([STUDIES]),
            "examples": ["PRJNA248332"],
        }
    return {"type": "string", "description": key.replace("_", " ").capitalize()}


def _amount(known: Iterable[str], example: str) -> dict[str, Any]:
    return {
        "description": f"A number, one space and a unit: {', '.join(sorted(known))}.",
        "type": "string",
        "pattern": _pattern([r"[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)? [^\s]+"]),
        "examples": [example],
    }


def _ids(key: str, takes: IdKey) -> list[str]:
    """Patterns of all that may stand under a key that takes an ID."""
    spaces = [row for row in load_toml("identifiers.toml")["identifier"] if row["kind"] in takes.kinds]
    patterns = [
        re.escape(row.get("prefix", "") + row.get("separator", "")) + f"({row['local']})" for row in spaces
    ]
    patterns += (re.escape(prefix) + r"[^\s]+" for prefix in takes.unchecked)
    words = [*sorted(takes.ids), *sorted(takes.words)]
    if key == "perturbation_ontology_id":
        words += vocabularies()["perturbation_control"].values
    patterns += (re.escape(word) for word in words)
    return [*patterns, *([takes.pattern.pattern] if takes.pattern else [])]


def _pattern(patterns: list[str]) -> str:
    """One of `patterns`, or nothing at all; the form is of ECMA 262, which JSON Schema asks for."""
    escaped = "|".join(patterns).replace(r"\ ", " ").replace(r"\-", "-")
    return f"^({escaped})?$"
