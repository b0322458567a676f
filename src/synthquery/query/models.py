"""The four kinds of query: pydantic models of the exact bodies that the service takes.

Field names are the service's own. A field left None is not sent, so that the service's default applies.
Models are immutable and strict: ``True`` is no number and ``"5"`` is no ``num_samples``. What only a model or
an ontology can tell (an unknown term, a wrong length of counts) is the business of ``synthquery.validation``.

Hot fields have no Python validators: a query of 10,000 samples is checked in compiled code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from synthquery.query.counts import Counts
from synthquery.query.metadata import Metadata, PerturbationMetadata
from synthquery.query.vocabularies import Conditioning, SamplingStrategy

_CONFIG: Final = ConfigDict(strict=True, extra="forbid", frozen=True, protected_namespaces=())
CountsForm = Literal["list", "array"]
_Item = TypeVar("_Item")


def _some(inputs: tuple[_Item, ...]) -> tuple[_Item, ...]:
    # Not min_length: pydantic would then also call a list too short whose items it has just refused.
    if not inputs:
        raise PydanticCustomError("inputs_empty", "A query asks for at least one input")
    return inputs


NumSamples = Annotated[int, Field(gt=0)]
TotalCount = Annotated[int, Field(gt=0)]


class BaselineInput(BaseModel):
    """One condition and how many samples of it to make."""

    model_config = _CONFIG

    metadata: Metadata
    num_samples: NumSamples


class _InputWithCounts(BaseModel):
    """An input that holds an array, which pydantic would not compare or print well."""

    model_config = _CONFIG

    counts: Counts

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, _InputWithCounts):
            return NotImplemented
        same = all(value == other.__dict__[name] for name, value in self.__dict__.items() if name != "counts")
        return same and np.array_equal(self.counts, other.counts)

    def __hash__(self) -> int:
        rest = tuple(value for name, value in self.__dict__.items() if name != "counts")
        return hash((type(self), self.counts.tobytes(), rest))

    def __repr_args__(self) -> Any:
        yield "counts", _Shown(f"<{self.counts.size:,} genes, {int(self.counts.sum()):,} reads>")
        for name, value in self.__dict__.items():
            if name != "counts":
                yield name, value


class _Shown(str):
    """Text that prints as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ReferenceInput(_InputWithCounts):
    """One reference sample, what is done to it, and how many samples to make of it."""

    metadata: PerturbationMetadata
    num_samples: NumSamples


class CountsInput(_InputWithCounts):
    """One sample whose metadata is to be predicted."""


class Query(BaseModel):
    """What all queries share.

    Attributes
    ----------
    model_id
        The model the query is for. It travels in the address, not in the body, so it is not part of
        `to_dict`.
    """

    model_config = _CONFIG

    model_id: str = Field(exclude=True)

    @property
    def n_samples(self) -> int:
        """How many samples the answer has: the sum of ``num_samples``, or the number of inputs."""
        return sum(getattr(one, "num_samples", 1) for one in getattr(self, "inputs", ()))

    def __repr_args__(self) -> Any:
        return ((name, value) for name, value in self.__dict__.items() if value is not None)

    def to_dict(self, counts: CountsForm = "list") -> dict[str, Any]:
        """The body that the service takes; what is not set is left out.

        Parameters
        ----------
        counts
            ``"list"`` gives plain integers, ``"array"`` the read-only int64 arrays themselves.
        """
        return {
            name: _plain(value, counts)
            for name, value in self.__dict__.items()
            if value is not None and name != "model_id"
        }

    def to_json(self, indent: int | None = None) -> str:
        """The body as JSON text; the same query gives the same text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)


class _BaselineQuery(Query):
    sampling_strategy: SamplingStrategy
    total_count: TotalCount | None = None
    deterministic_latents: bool | None = None
    seed: int | None = None
    inputs: Annotated[tuple[BaselineInput, ...], Field(strict=False), AfterValidator(_some)]


class BulkQuery(_BaselineQuery):
    """Bulk samples from metadata alone (``gem-1-bulk``).

    Attributes
    ----------
    sampling_strategy
        ``"sample generation"`` (with the noise of a measurement) or ``"mean estimation"`` (a stable mean).
    total_count
        Library size the answer is scaled to; the service takes 10,000,000 when it is left out.
    deterministic_latents
        True takes the mean of each latent distribution instead of drawing from it.
    seed
        Seed of the draws.
    inputs
        The conditions; rows of the answer follow them, each repeated ``num_samples`` times.
    """

    model_id: str = Field("gem-1-bulk", exclude=True)


class SingleCellQuery(_BaselineQuery):
    """Single cells from metadata alone (``gem-1-sc``): mean estimation only.

    Attributes are those of `BulkQuery`; ``total_count`` is 10,000 when it is left out.
    """

    model_id: str = Field("gem-1-sc", exclude=True)
    sampling_strategy: Literal["mean estimation"]


class ReferenceConditioningQuery(Query):
    """What a perturbation does to given samples (``gem-1-bulk_reference-conditioning``, ``gem-1-sc_...``).

    Attributes
    ----------
    sampling_strategy
        As in `BulkQuery`; single-cell takes ``"mean estimation"`` only.
    total_count
        Library size of the answer; it counts only when ``fixed_total_count`` is True.
    fixed_total_count
        False (the service's default) keeps the library size of each reference.
    conditioning
        Which latents to take from the reference; both when left out.
    deterministic_latents, seed
        As in `BulkQuery`.
    inputs
        Reference counts, perturbation metadata and ``num_samples`` each.
    """

    sampling_strategy: SamplingStrategy
    total_count: TotalCount | None = None
    fixed_total_count: bool | None = None
    conditioning: Annotated[tuple[Conditioning, ...], Field(strict=False)] | None = None
    deterministic_latents: bool | None = None
    seed: int | None = None
    inputs: Annotated[tuple[ReferenceInput, ...], Field(strict=False), AfterValidator(_some)]


class MetadataPredictionQuery(Query):
    """What given samples are (``gem-1-bulk_predict-metadata``, ``gem-1-sc_predict-metadata``).

    Attributes
    ----------
    seed
        Seed of the draws.
    inputs
        Counts, one input a sample; rows of the answer follow them.
    """

    seed: int | None = None
    inputs: Annotated[tuple[CountsInput, ...], Field(strict=False), AfterValidator(_some)]


def _plain(value: Any, counts: CountsForm) -> Any:
    """`value` as the JSON kinds (and arrays, when they are wanted); what is None inside is left out."""
    if isinstance(value, BaseModel):
        return {name: _plain(inner, counts) for name, inner in value.__dict__.items() if inner is not None}
    if isinstance(value, tuple):
        return [_plain(inner, counts) for inner in value]
    if isinstance(value, np.ndarray):
        return value.tolist() if counts == "list" else value
    if isinstance(value, Mapping):
        return dict(value)
    return value
