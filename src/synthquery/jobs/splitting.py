"""Large queries in parts: which samples each part has, what it asks, and the answers joined again in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from synthquery.errors import ResultError
from synthquery.prediction import LabelProbabilities, Prediction, SparseCounts
from synthquery.transport import Request

_SEEDS: Final = 2**31  # seeds of parts fit the 32-bit integers that services read


def n_samples_of(body: Mapping[str, Any]) -> int | None:
    """How many samples a body asks for; None when a body sent in spite of its errors does not tell."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list | tuple):
        return None
    total = 0
    for one in inputs:
        number = one.get("num_samples", 1) if isinstance(one, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        total += number
    return total


def split(n_samples: int, most: int | None) -> list[tuple[int, int]]:
    """First and last-but-one sample of each part: as few parts as can be, equal in size to one sample."""
    if most is None or n_samples <= most:
        return [(0, n_samples)]
    number = -(-n_samples // most)
    ends = [n_samples * place // number for place in range(number + 1)]
    return list(pairwise(ends))


def part_request(request: Request, start: int, stop: int) -> Request:
    """The request for some samples of a query.

    Inputs are cut where the part begins and ends, ``num_samples`` with them. A part that does not begin with the
    first sample gets a seed of its own, made of the query's seed and its place: with the same seed its samples
    would be copies of those of the first part. A query without a seed stays without.
    """
    body = dict(request.body)
    if start == 0 and stop == n_samples_of(body):
        return request
    body["inputs"] = list(_cut(body["inputs"], start, stop))
    if start and body.get("seed") is not None:
        body["seed"] = part_seed(body["seed"], start)
    return Request(request.model_id, body)


def part_seed(seed: int, start: int) -> int:
    """The seed of the part of a query that begins with sample `start`."""
    digest = hashlib.sha256(f"synthquery part {seed} {start}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS


def _cut(inputs: Sequence[Mapping[str, Any]], start: int, stop: int) -> Iterator[Mapping[str, Any]]:
    first = 0
    for one in inputs:
        number = one.get("num_samples", 1)
        taken = min(stop, first + number) - max(start, first)
        if taken > 0:
            yield one if taken == number else {**one, "num_samples": taken}
        first += number


def join(parts: Sequence[Prediction], seed: int | None = None) -> Prediction:
    """One prediction of the answers to the parts of a query, in order.

    Raises
    ------
    ResultError
        When they do not fit together: other genes, or another version of the model.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    for what in ("model_id", "kind", "gene_order", "model_version"):
        told = [getattr(part, what) for part in parts]
        if any(one != told[0] for one in told):
            shown = "" if what == "gene_order" else ": " + ", ".join(map(str, dict.fromkeys(map(str, told))))
            raise ResultError(f"the parts of the answer differ in their {what}{shown}")
    return Prediction(
        model_id=first.model_id,
        kind=first.kind,
        sample_metadata=tuple(row for part in parts for row in part.sample_metadata),
        counts_array=_joined_counts(parts),
        gene_order=first.gene_order,
        latent_arrays=_joined_latents(parts),
        probabilities=_joined_probabilities(parts),
        model_version=first.model_version,
        simulated=any(part.simulated for part in parts),
        provenance=_joined_provenance(parts, seed),
        names=first.names,
    )


def _joined_counts(parts: Sequence[Prediction]) -> Any:
    kept = [part.stored_counts for part in parts]
    if all(one is None for one in kept):
        return None
    if any(one is None for one in kept):
        raise ResultError("some parts of the answer have counts and others none")
    sparse = [one for one in kept if isinstance(one, SparseCounts)]
    if len(sparse) == len(kept):
        return SparseCounts.concatenated(sparse)
    return np.concatenate([part.counts_array for part in parts if part.counts_array is not None])


def _joined_latents(parts: Sequence[Prediction]) -> dict[str, Any]:
    names = list(parts[0].latent_arrays)
    if any(set(part.latent_arrays) != set(names) for part in parts):
        raise ResultError("the parts of the answer have different latents")
    return {name: np.concatenate([part.latent_arrays[name] for part in parts]) for name in names}


def _joined_probabilities(parts: Sequence[Prediction]) -> dict[str, LabelProbabilities]:
    """Tables over the labels of all parts; a label that a part lacks has probability 0 there."""
    keys = list(dict.fromkeys(key for part in parts for key in part.probabilities))
    joined: dict[str, LabelProbabilities] = {}
    for key in keys:
        tables = [part.probabilities.get(key) for part in parts]
        labels = tuple(dict.fromkeys(label for table in tables if table for label in table.labels))
        places = {label: place for place, label in enumerate(labels)}
        blocks = []
        for part, table in zip(parts, tables, strict=True):
            block = np.zeros((part.n_samples, len(labels)))
            if table is not None:
                block[:, [places[label] for label in table.labels]] = table.values
            blocks.append(block)
        joined[key] = LabelProbabilities(labels, np.concatenate(blocks))
    return joined


def _joined_provenance(parts: Sequence[Prediction], seed: int | None) -> dict[str, Any]:
    """What all parts say alike, and what each says for itself."""
    told = [{key: value for key, value in part.provenance.items() if key != "query"} for part in parts]
    shared = {
        key: value for key, value in told[0].items() if all(key in one and one[key] == value for one in told)
    }
    own = [
        {"n_samples": part.n_samples, **{key: value for key, value in one.items() if key not in shared}}
        for part, one in zip(parts, told, strict=True)
    ]
    return {**shared, **({} if seed is None else {"seed": seed}), "parts": own}
