"""What each model accepts, as rows of ``data/models.toml`` (which gives sources and confidence)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from synthquery.errors import UnknownModelError
from synthquery.query.metadata import METADATA_KEYS
from synthquery.query.vocabularies import SamplingStrategy, Vocabulary, vocabularies
from synthquery.resources import load_toml

Family = Literal["baseline", "reference-conditioning", "metadata-prediction"]
Modality = Literal["bulk", "single-cell"]


@dataclass(frozen=True)
class Parameter:
    """A top-level key of a query.

    Attributes
    ----------
    name
        The key, for example ``"total_count"``.
    type
        ``"text"``, ``"integer"``, ``"boolean"`` or ``"list"``.
    meaning
        What it does, in a few words.
    confidence
        ``"S"`` documented, ``"P"`` seen in public artefacts, ``"I"`` inferred, ``"?"`` unknown.
    default
        What the service takes when it is left out; None where it has no fixed default.
    minimum, maximum
        Bounds of an integer, both included; None where there is none.
    vocabulary
        Name of the vocabulary of its values.
    """

    name: str
    type: Literal["text", "integer", "boolean", "list"]
    meaning: str
    confidence: str
    default: Any = None
    minimum: int | None = None
    maximum: int | None = None
    vocabulary: str | None = None


@dataclass(frozen=True)
class ModelSpec:
    """What one model accepts.

    Attributes
    ----------
    model_id
        As in the address of the service, for example ``"gem-1-bulk_predict-metadata"``.
    family
        ``"baseline"`` (metadata to expression), ``"reference-conditioning"`` or ``"metadata-prediction"``.
    modality
        ``"bulk"`` or ``"single-cell"``.
    n_genes
        Length of every vector of counts.
    input_keys
        Keys of an input; all are required.
    metadata_keys
        Keys of the metadata of an input; all are optional.
    parameters, required
        Top-level keys beside ``inputs``, and those among them that cannot be left out.
    strategies
        Sampling strategies it accepts; empty for metadata prediction.
    default_strategy
        What the builders choose when they are not told; the service has no default.
    default_total_count
        Library size the service takes when none is given; None for metadata prediction.
    description, notes
        For people; notes end in a mark of confidence.
    closed_vocabularies
        Metadata keys whose vocabulary is complete for this model although it is open for others.
    """

    model_id: str
    family: Family
    modality: Modality
    n_genes: int
    input_keys: tuple[str, ...]
    metadata_keys: tuple[str, ...]
    parameters: tuple[str, ...]
    required: tuple[str, ...]
    strategies: tuple[SamplingStrategy, ...]
    default_strategy: SamplingStrategy | None
    default_total_count: int | None
    description: str
    notes: tuple[str, ...]
    closed_vocabularies: tuple[str, ...]

    @property
    def base_model(self) -> str:
        """The baseline model of the same modality: ``"gem-1-bulk"`` for ``"gem-1-bulk_predict-metadata"``."""
        return self.model_id.partition("_")[0]

    @property
    def query_keys(self) -> tuple[str, ...]:
        """All top-level keys of a query."""
        return (*self.parameters, "inputs")

    @property
    def has_counts(self) -> bool:
        """True when inputs carry counts."""
        return "counts" in self.input_keys

    def vocabulary(self, key: str) -> Vocabulary | None:
        """The values of a metadata key or parameter for this model; None where it has none."""
        found = vocabularies().get(key)
        if found is None or found.closed or key not in self.closed_vocabularies:
            return found
        return replace(found, closed=True)

    def to_dict(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }


@cache
def _models() -> Mapping[str, ModelSpec]:
    table = load_toml("models.toml")
    return MappingProxyType(
        {row["model_id"]: _spec(row, table["families"], table["modalities"]) for row in table["models"]}
    )


def _spec(row: dict[str, Any], families: dict[str, Any], modalities: dict[str, Any]) -> ModelSpec:
    family, modality = families[row["family"]], modalities[row["modality"]]
    samples = "sampling_strategy" in family["parameters"]
    keys = METADATA_KEYS if family["metadata_keys"] == "all" else tuple(family["metadata_keys"])
    return ModelSpec(
        model_id=row["model_id"],
        family=row["family"],
        modality=row["modality"],
        n_genes=modality["n_genes"],
        input_keys=tuple(family["input_keys"]),
        metadata_keys=keys,
        parameters=tuple(family["parameters"]),
        required=tuple(family["required"]),
        strategies=tuple(modality["strategies"]) if samples else (),
        default_strategy=modality["default_strategy"] if samples else None,
        default_total_count=modality["default_total_count"] if samples else None,
        description=row["description"],
        notes=tuple(row["notes"]),
        closed_vocabularies=tuple(modality["closed_vocabularies"]),
    )


def list_models() -> tuple[ModelSpec, ...]:
    """Every model, in the order of the catalog."""
    return tuple(_models().values())


def get_model(model_id: str) -> ModelSpec:
    """What one model accepts.

    Raises
    ------
    UnknownModelError
        When the catalog does not know it; the message gives near names, or all.
    """
    known = _models()
    if isinstance(model_id, str) and model_id in known:
        return known[model_id]
    near = difflib.get_close_matches(str(model_id).casefold(), known, n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the models are {', '.join(known)}"
    raise UnknownModelError(f"no model is called {str(model_id)[:80]!r}; {hint}")


def find_model(family: Family, modality: Modality) -> ModelSpec:
    """The first model of a family and modality; UnknownModelError when there is none."""
    for spec in _models().values():
        if (spec.family, spec.modality) == (family, modality):
            return spec
    raise UnknownModelError(f"no {modality} model of the family {family!r}")


@cache
def parameter(name: str) -> Parameter:
    """What is known about a top-level key of a query; KeyError for a key no model has."""
    return Parameter(name=name, **load_toml("models.toml")["parameters"][name])
