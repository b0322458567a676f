"""What the simulated models answer: a query in, a prediction out, in the hosted models' shape.

Every answer is marked: its values are simulated, not biology.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from synthquery.catalog import Modality, ModelSpec, get_model
from synthquery.errors import TransportError
from synthquery.ontology.in_use import entries_in_use
from synthquery.prediction import SIMULATED_NOTE, LabelProbabilities, Prediction
from synthquery.query.models import (
    BulkQuery,
    MetadataPredictionQuery,
    Query,
    ReferenceConditioningQuery,
    SingleCellQuery,
)
from synthquery.simulator.classes import NONE, all_classes
from synthquery.simulator.classifiers import classify
from synthquery.simulator.counts import Counts
from synthquery.simulator.dials import DIALS
from synthquery.simulator.encoder import encode
from synthquery.simulator.genes import gene_order
from synthquery.simulator.latents import Latents, expected_latents
from synthquery.simulator.parallel import in_threads
from synthquery.simulator.perturbations import own_gene_effect
from synthquery.simulator.randomness import generator, key_of
from synthquery.simulator.sampling import Condition, draw_samples
from synthquery.wire.results import RESULT_KEYS
from synthquery.wire.term_names import term_names

MODEL_VERSION: Final = "synthquery-simulator-1"
_CHUNK: Final = 32
_SEEDS: Final = 2**31
_LARGEST_LIBRARY: Final = 10**15  # beyond, floats no longer tell single reads apart


def simulate(query: Query, *, seed: int | None = None) -> Prediction:
    """Answer a query as its model would, with made-up biology.

    Parameters
    ----------
    query
        A query of any of the six models, as ``synthquery.validate`` finds it fit.
    seed
        Takes the place of a seed that the query does not have. Without either, every call draws anew; the
        seed drawn is in the provenance, so that an answer can be had again.

    Returns
    -------
    Prediction
        ``simulated`` is True. Rows follow ``query.inputs``, each repeated ``num_samples`` times.

    Raises
    ------
    TransportError
        When the query is one that the model cannot answer.
    """
    spec = get_model(query.model_id)
    given = getattr(query, "seed", None)
    if given is not None:
        seed = given
    elif seed is None:
        seed = secrets.randbelow(_SEEDS)
    most = DIALS["limits"]["samples"]
    if query.n_samples > most:
        raise TransportError(
            f"the simulator answers at most {most:,} samples at once, not {query.n_samples:,}"
        )
    match query:
        case BulkQuery() | SingleCellQuery():
            return _baseline(query, spec, seed)
        case ReferenceConditioningQuery():
            return _reference_conditioning(query, spec, seed)
        case MetadataPredictionQuery():
            return _metadata_prediction(query, spec, seed)
        case _:
            raise TransportError(f"the simulator has no model for a {type(query).__name__}")


def _baseline(query: BulkQuery | SingleCellQuery, spec: ModelSpec, seed: int) -> Prediction:
    total_count = _total_count(query, spec)
    spread = _spread(spec.modality)
    metadata = [_stated(one.metadata) for one in query.inputs]
    conditions = [
        Condition(expected_latents(said), spread, one.num_samples, total_count, own_gene_effect(said))
        for one, said in zip(query.inputs, metadata, strict=True)
    ]
    return _expression(query, spec, seed, conditions, metadata)


def _reference_conditioning(query: ReferenceConditioningQuery, spec: ModelSpec, seed: int) -> Prediction:
    counts = _counts_of(query, spec)
    encoded = in_threads(lambda part: encode(part, spec.modality), _parts(counts))
    reference = _together([part.latents for part in encoded])
    conditioning = ("biological", "technical") if query.conditioning is None else query.conditioning
    spread = _spread(spec.modality)
    spread |= {space: spread[space] * DIALS["noise"]["reference"] for space in conditioning}
    metadata = [_stated(one.metadata) for one in query.inputs]
    conditions = []
    for place, (one, said) in enumerate(zip(query.inputs, metadata, strict=True)):
        told = reference[[place]].spaces()
        expected = expected_latents(said).spaces()
        own_size = int(counts[place].sum())
        total_count = _total_count(query, spec) if query.fixed_total_count else own_size
        conditions.append(
            Condition(
                Latents(**{space: (told if space in conditioning else expected)[space] for space in told}),
                spread,
                one.num_samples,
                total_count,
                own_gene_effect(said),
            )
        )
    return _expression(query, spec, seed, conditions, metadata)


def _expression(
    query: BulkQuery | SingleCellQuery | ReferenceConditioningQuery,
    spec: ModelSpec,
    seed: int,
    conditions: Sequence[Condition],
    metadata: Sequence[Mapping[str, str]],
) -> Prediction:
    if query.sampling_strategy not in spec.strategies:
        raise TransportError(f"{spec.model_id} does not do {query.sampling_strategy!r}")
    counts, latents = draw_samples(
        conditions,
        spec.modality,
        strategy=query.sampling_strategy,
        deterministic_latents=bool(query.deterministic_latents),
        seed=seed,
    )
    rows = [
        _echo(said, spec.modality)
        for condition, said in zip(conditions, metadata, strict=True)
        for _ in range(condition.n_samples)
    ]
    return Prediction(
        model_id=spec.model_id,
        kind="expression",
        sample_metadata=rows,
        counts_array=counts,
        gene_order=gene_order(spec.modality),
        latent_arrays=_reported(latents),
        model_version=MODEL_VERSION,
        simulated=True,
        provenance=_provenance(seed),
        names=term_names,
    )


def _metadata_prediction(query: MetadataPredictionQuery, spec: ModelSpec, seed: int) -> Prediction:
    counts = _counts_of(query, spec)
    encoded = in_threads(lambda part: encode(part, spec.modality), _parts(counts))
    latents = _together([part.latents for part in encoded])
    guesses = [classify(part, spec.modality) for part in encoded]
    conditions = [
        Condition(latents[[row]], {}, n_samples=1, total_count=int(counts[row].sum()))
        for row in range(len(counts))
    ]
    redrawn, _ = draw_samples(
        conditions, spec.modality, strategy="sample generation", deterministic_latents=True, seed=seed
    )
    labels = {
        classes.key: LabelProbabilities(
            classes.labels, np.concatenate([guess[classes.key] for guess in guesses])
        )
        for classes in all_classes()
    }
    best = {key: one.best() for key, one in labels.items()}
    rows = [
        _echo({key: "" if names[row] == NONE else names[row] for key, names in best.items()}, spec.modality)
        for row in range(len(counts))
    ]
    return Prediction(
        model_id=spec.model_id,
        kind="metadata",
        sample_metadata=rows,
        counts_array=redrawn,
        gene_order=gene_order(spec.modality),
        latent_arrays=_reported(latents),
        probabilities=labels,
        model_version=MODEL_VERSION,
        simulated=True,
        provenance=_provenance(seed),
        names=term_names,
    )


def _counts_of(query: ReferenceConditioningQuery | MetadataPredictionQuery, spec: ModelSpec) -> Counts:
    for place, one in enumerate(query.inputs):
        if len(one.counts) != spec.n_genes:
            raise TransportError(
                f"inputs[{place}] has {len(one.counts):,} counts; {spec.model_id} has {spec.n_genes:,} genes"
            )
    return np.array([one.counts for one in query.inputs])


def _total_count(query: BulkQuery | SingleCellQuery | ReferenceConditioningQuery, spec: ModelSpec) -> int:
    total = query.total_count or spec.default_total_count or 0
    if total > _LARGEST_LIBRARY:
        raise TransportError(
            f"the simulator makes libraries of at most {_LARGEST_LIBRARY:,} reads, not {total:,}"
        )
    return total


def _parts(counts: Counts) -> Iterator[Counts]:
    """Some samples at a time: encoding takes much more memory than the counts."""
    return (counts[start : start + _CHUNK] for start in range(0, len(counts), _CHUNK))


def _together(parts: Sequence[Latents]) -> Latents:
    spaces = [part.spaces() for part in parts]
    return Latents(**{space: np.concatenate([one[space] for one in spaces]) for space in spaces[0]})


def _spread(modality: Modality) -> dict[str, float]:
    noise = DIALS["noise"]
    return {
        "biological": noise[modality],
        "technical": noise["technical"],
        "perturbation": noise["perturbation"],
    }


def _stated(metadata: Any) -> dict[str, str]:
    """What a query says of a sample, as text."""
    return {key: str(value) for key, value in metadata.to_dict().items()}


def _echo(metadata: Mapping[str, str], modality: Modality) -> dict[str, str]:
    """Every metadata key, empty where nothing is said."""
    return {**dict.fromkeys(RESULT_KEYS, ""), **metadata, "modality": modality}


def _reported(latents: Latents) -> dict[str, Any]:
    return {space: np.round(array, 6) for space, array in latents.spaces().items()}


def _provenance(seed: int) -> dict[str, Any]:
    return {
        "transport": "simulator",
        "note": SIMULATED_NOTE,
        "seed": seed,
        "releases": {name: entry.release for name, entry in entries_in_use().items()},
    }


def seeds(seed: int | None) -> Iterator[int]:
    """Seeds for one query after another: the same row for the same `seed`, anything without one."""
    if seed is None:
        while True:
            yield secrets.randbelow(_SEEDS)
    draws = generator(key_of("transport", str(seed)))
    while True:
        yield int(draws.integers(_SEEDS))
