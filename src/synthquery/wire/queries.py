"""Query <-> JSON: bodies, files, and which model a body is for.

A query file is the body that the service takes plus one more key at its top, ``model_id``, which
`parse_query` takes off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sized
from typing import Any, Final

from pydantic import ValidationError

from synthquery.catalog import Family, Modality, ModelSpec, find_model, get_model, list_models
from synthquery.errors import QueryFormatError, UnknownModelError
from synthquery.query.models import (
    BulkQuery,
    MetadataPredictionQuery,
    Query,
    ReferenceConditioningQuery,
    SingleCellQuery,
)
from synthquery.resources import atomic_file, load_toml
from synthquery.wire.bodies import body_chunks
from synthquery.wire.problems import structure_problems
from synthquery.wire.read import parse_document, read_document

_CLASSES: Final[dict[tuple[Family, Modality], type[Query]]] = {
    ("baseline", "bulk"): BulkQuery,
    ("baseline", "single-cell"): SingleCellQuery,
    ("reference-conditioning", "bulk"): ReferenceConditioningQuery,
    ("reference-conditioning", "single-cell"): ReferenceConditioningQuery,
    ("metadata-prediction", "bulk"): MetadataPredictionQuery,
    ("metadata-prediction", "single-cell"): MetadataPredictionQuery,
}
_SHOWN: Final = 10  # problems in one message; a report lists them all


def query_class(spec: ModelSpec) -> type[Query]:
    """The pydantic model of the queries of a model."""
    return _CLASSES[spec.family, spec.modality]


def read_body(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The object in a query file, JSON, YAML or TOML, as it stands there (``model_id`` included).

    In a large JSON file the counts of an input are an array where that holds exactly what the file does.

    Raises
    ------
    QueryFormatError
        When the file cannot be opened (``.unreadable`` is True) or holds no object.
    """
    return read_document(path, arrays=True).body


def parse_body(data: bytes, name: str = "query") -> dict[str, Any]:
    """The object in the bytes of a query file, as `read_body`; `name` is what messages call them.

    Raises
    ------
    QueryFormatError
        When they hold no object.
    """
    return parse_document(data, name=name, arrays=True).body


def model_of(body: Mapping[str, Any], model_id: str | None = None) -> ModelSpec:
    """The model that a body is for: the one given, the one it names, or the only one it can be for.

    Raises
    ------
    UnknownModelError
        When the name is none of a model.
    QueryFormatError
        When the body does not tell, or tells otherwise than `model_id`.
    """
    named = body.get("model_id")
    if named is not None and not isinstance(named, str):
        raise QueryFormatError(f"model_id is the name of a model, not {type(named).__name__}")
    if model_id and named and model_id != named:
        raise QueryFormatError(f"the query is for {named}, not for {model_id}")
    found = model_id or named or infer_model(body)
    if not found:
        known = ", ".join(spec.model_id for spec in list_models())
        raise QueryFormatError(
            f"the query does not tell which model it is for: add a key model_id or pass the model ({known})"
        )
    return get_model(found)


def parse_query(body: Mapping[str, Any], model_id: str | None = None) -> Query:
    """A typed query from a body.

    What the service ignores is left out: empty metadata values, and keys of older clients that have no effect
    (``modality``, ``return_classifier_probs``). ``synthquery.validate`` warns of such keys.

    Parameters
    ----------
    body
        The body, with or without ``model_id``.
    model_id
        The model, where the body does not name it.

    Raises
    ------
    QueryFormatError
        When the body does not have the shape of a query of its model; the message lists what is wrong and
        where. ``synthquery.validate`` says more.
    UnknownModelError
        When there is no such model.
    """
    if not isinstance(body, Mapping):
        raise QueryFormatError(f"a query is an object, not {type(body).__name__}")
    spec = model_of(body, model_id)
    shape = query_class(spec)
    content = {**body, "model_id": spec.model_id}
    try:
        try:
            return shape.model_validate(content)
        except ValidationError:
            return shape.model_validate(_without_the_ignored(content))
    except ValidationError as error:
        problems = [str(problem) for problem in structure_problems(error)]
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        listed = "\n".join(f"  {line}" for line in [*problems[:_SHOWN], *more])
        raise QueryFormatError(f"not a query for {spec.model_id}:\n{listed}") from error


def _without_the_ignored(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what says nothing: unset metadata and keys that are known to be ignored."""
    legacy = load_toml("legacy_keys.toml")
    ignored = {
        part: {
            key for key, row in legacy[part].items() if row["severity"] == "warning" and "instead" not in row
        }
        for part in ("body", "metadata")
    }

    def kept(item: Any) -> Any:
        metadata = item.get("metadata") if isinstance(item, Mapping) else None
        if not isinstance(metadata, Mapping):
            return item
        said = {k: v for k, v in metadata.items() if v not in ("", None) and k not in ignored["metadata"]}
        return {**item, "metadata": said}

    content = {key: value for key, value in body.items() if key not in ignored["body"]}
    if isinstance(content.get("inputs"), list | tuple):
        content["inputs"] = [kept(item) for item in content["inputs"]]
    return content


def load_query(path: str | os.PathLike[str], model_id: str | None = None) -> Query:
    """Read a query file, JSON, YAML or TOML.

    Parameters
    ----------
    path
        A file as `save_query` writes it; the bare body of the service does too.
    model_id
        The model, where the file does not name it.

    Raises
    ------
    QueryFormatError
        When the file cannot be opened (``.unreadable`` is True) or holds no query.
    UnknownModelError
        When there is no such model.
    """
    body = read_body(path)
    try:
        return parse_query(body, model_id)
    except QueryFormatError as error:
        raise QueryFormatError(f"{os.fspath(path)}: {error}") from error.__cause__
    except UnknownModelError as error:
        raise UnknownModelError(f"{os.fspath(path)}: {error}") from error


def query_text(query: Query) -> str:
    """The text of a query file: JSON, ``model_id`` first, a line end last; same query, same text."""
    return b"".join(_chunks(query)).decode()


def save_query(query: Query, path: str | os.PathLike[str]) -> None:
    """Write a query file; an interruption leaves the old file or none, never half of one."""
    with atomic_file(path) as file:
        for chunk in _chunks(query):
            file.write(chunk)


def _chunks(query: Query) -> Iterator[bytes]:
    content = {"model_id": query.model_id, **query.to_dict(counts="array")}
    if get_model(query.model_id).has_counts:
        # One count a line would make a file of tens of thousands of lines for each sample.
        yield from body_chunks(content, spaced=True, ensure_ascii=False)
    else:
        yield json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False).encode()
    yield b"\n"


def infer_model(body: Mapping[str, Any]) -> str | None:
    """The model that a body without ``model_id`` must be for; None when it may be for several.

    Counts tell the modality by their length, inputs the family by their keys; without counts only sample
    generation (bulk only) or the ``modality`` that older clients sent tells.
    """
    inputs = body.get("inputs")
    first = inputs[0] if isinstance(inputs, list | tuple) and inputs else None
    if not isinstance(first, Mapping):
        return None
    family = _family(body, first)
    modality = _modality(body, first)
    return find_model(family, modality).model_id if modality else None


def _family(body: Mapping[str, Any], first: Mapping[str, Any]) -> Family:
    if "conditioning" in body or "fixed_total_count" in body:
        return "reference-conditioning"
    if "counts" not in first:
        return "baseline"
    described = "metadata" in first or "num_samples" in first or "sampling_strategy" in body
    return "reference-conditioning" if described else "metadata-prediction"


def _modality(body: Mapping[str, Any], first: Mapping[str, Any]) -> Modality | None:
    known = {spec.modality: spec for spec in list_models()}
    stated = body.get("modality")
    if isinstance(stated, str):
        return next((modality for modality in known if modality == stated), None)
    counts = first.get("counts")
    if isinstance(counts, Mapping):  # the form before 2026: {"counts": {"counts": [...]}}
        counts = counts.get("counts")
    if isinstance(counts, Sized):
        return next((modality for modality, spec in known.items() if spec.n_genes == len(counts)), None)
    if body.get("sampling_strategy") == "sample generation" or body.get("mode") == "sample generation":
        return "bulk"
    return None
