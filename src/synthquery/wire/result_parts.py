"""The parts of a result beside its counts: genes, metadata, latents and probabilities, each checked.

The parts are the same whether they come as JSON or as Arrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from synthquery.errors import ResultError
from synthquery.prediction import LabelProbabilities, other_spelling
from synthquery.query.metadata import METADATA_KEYS
from synthquery.wire.answering import Answering

_OF_OUTPUTS: Final = ("model_release_id", "vae_run_id")  # what GEM-2's autoencode says of each sample
_LATENTS: Final = "the latents are not equally long lists of numbers, one for each sample"


_checked: Final[list[tuple[str, ...]]] = [()]  # the last order that was right: answers of one model share it


def gene_order(genes: Any) -> tuple[str, ...]:
    """The genes of a result, checked; empty when it does not tell."""
    if genes is None:
        return ()
    if not isinstance(genes, list | tuple):
        raise ResultError("'gene_order' is not a list of gene IDs")
    given, before = tuple(genes), _checked[0]
    with suppress(ValueError):  # an array in it has no single answer
        if given == before:
            return before
    if not set(map(type, genes)) <= {str}:
        raise ResultError("'gene_order' is not a list of gene IDs")
    if len(set(genes)) != len(genes):
        seen: set[str] = set()
        twice = next(gene for gene in genes if gene in seen or seen.add(gene))  # type: ignore[func-returns-value]
        raise ResultError(f"'gene_order' names a gene twice: {twice[:40]}")
    _checked[0] = given
    return given


def said(output: Mapping[str, Any], known: Answering) -> Any:
    """What an output says of its sample: what was predicted, where something was, and not what was told beside it."""
    extras = {key: output[key] for key in _OF_OUTPUTS if key in output} if not known.metadata_keys else {}
    predicted = output.get("predicted_metadata")
    given = output.get("metadata") if predicted is None else predicted
    if given is None:
        return extras
    return {**given, **extras} if extras and isinstance(given, Mapping) else given


def metadata_rows(given: Sequence[Any], known: Answering) -> tuple[dict[str, Any], ...]:
    """Every sample's metadata with every key in a fixed order; what is not set is empty text.

    Parameters
    ----------
    given
        What was sent for each sample: an object, or None.
    known
        The model: its own keys come first.

    Raises
    ------
    ResultError
        When something else was sent.
    """
    template = dict.fromkeys(known.metadata_keys, "")
    if known.modality is not None:
        template["modality"] = known.modality
    names: dict[str, str] = {}
    rows = []
    for place, one in enumerate(given):
        if one is not None and not isinstance(one, Mapping):
            raise ResultError(f"outputs[{place}].metadata is not an object")
        row: dict[str, Any] = dict(template)
        for key, value in ({} if one is None else one).items():
            name = names.get(key) or names.setdefault(key, _known_name(key, template))
            if (
                name != key and one is not None and name in one
            ):  # both names, each with its value: both are kept
                name = key
            row[name] = "" if value is None else value.tolist() if isinstance(value, np.ndarray) else value
        rows.append(row)
    keys = template | dict.fromkeys(names.values())
    if len(keys) == len(template):
        return tuple(rows)
    return tuple({key: row.get(key, "") for key in keys} for row in rows)


def _known_name(key: str, template: Mapping[str, str]) -> str:
    """Both names of a field are understood: the one that rows have is used."""
    long = other_spelling(key)
    return long if key not in template and long in template else key


def _objects(outputs: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """The objects under a key of all outputs, empty ones where there is none."""
    return [_object(output.get(key), f"outputs[{place}].{key}") for place, output in enumerate(outputs)]


def _object(value: Any, what: str) -> Mapping[str, Any]:
    """An object; an empty one for null, and for the empty list that some languages write for it."""
    if value is None or (isinstance(value, list) and not value):
        return {}
    if not isinstance(value, Mapping):
        raise ResultError(f"{what} is not an object")
    return value


def latent_arrays(
    outputs: Sequence[Mapping[str, Any]], known: Answering
) -> dict[str, npt.NDArray[np.float64]]:
    given = _objects(outputs, "latents")
    names = dict.fromkeys(name for one in given for name, row in one.items() if row is not None)
    return {name: latent_array(name, [one.get(name) for one in given], known) for name in names}


def latent_array(name: str, rows: Sequence[Any], known: Answering) -> npt.NDArray[np.float64]:
    """The latent vectors of all samples as one array; NaN where a sample has none and need not have any."""
    present = [row for row in rows if row is not None]
    if len(present) < len(rows) and not known.with_gaps:
        raise ResultError(_LATENTS)
    try:
        found = _numbers(present)
    except (TypeError, ValueError, OverflowError) as error:
        raise ResultError(_LATENTS) from error
    if found.ndim != 2:
        raise ResultError(_LATENTS)
    refuse_missing(found, f"latents {name}")
    if len(present) < len(rows):
        whole = np.full((len(rows), found.shape[1]), np.nan)
        whole[[row is not None for row in rows]] = found
        return whole
    return found


def _numbers(rows: Sequence[Any]) -> npt.NDArray[np.float64]:
    """Rows of numbers as one array, NaN for null; TypeError for text and truth values, which numpy would convert."""
    found = np.array(rows)
    strange = found.dtype.kind not in "iuf"
    if strange and (found.dtype != object or any(isinstance(one, str | bool) for one in found.flat)):
        raise TypeError(f"numbers are wanted, not {found.dtype}")
    return found.astype(np.float64, copy=False)


def refuse_missing(values: npt.NDArray[np.floating[Any]], what: str) -> None:
    """Raise `ResultError` when a number is missing or infinite."""
    with np.errstate(all="ignore"):
        if np.isfinite(values.sum()):  # it would be none with any of them
            return
    if not np.isfinite(values).all():
        place = int((~np.isfinite(values)).any(axis=1).argmax())
        raise ResultError(f"{what} of outputs[{place}] hold numbers that are missing or infinite (NaN, inf)")


def probabilities(outputs: Sequence[Mapping[str, Any]]) -> dict[str, LabelProbabilities]:
    """Tables from one object of labels for each sample; labels a sample lacks have probability 0."""
    given = [_by_field(output, place) for place, output in enumerate(outputs)]
    keys = dict.fromkeys(key for one in given for key in one)
    found: dict[str, LabelProbabilities] = {}
    for key in keys:
        try:
            rows = [one.get(key, {}) for one in given]
            labels = tuple(dict.fromkeys(label for row in rows for label in row))
            values = _numbers([_aligned(row, labels) for row in rows])
            values = values.reshape(len(rows), len(labels))
        except (TypeError, ValueError, OverflowError) as error:
            raise ResultError(f"classifier_probs of {key} are not numbers by label") from error
        found[key] = label_probabilities(key, labels, values)
    return found


def _by_field(output: Mapping[str, Any], place: int) -> dict[str, Mapping[str, Any]]:
    """The probabilities of a sample by metadata key, from wherever they stand; what is null is left out.

    Raises
    ------
    ResultError
        When a field stands there twice, under both its names or in both places, with different probabilities.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for where in ("classifier_probs", "classifier_probabilities"):
        for name, given in _object(output.get(where), f"outputs[{place}].{where}").items():
            key = field_key(name)
            if given is None:
                continue
            table = _object(given, f"{where} of {name} are not numbers by label: outputs[{place}]")
            if key in found and found[key] != table:
                raise ResultError(
                    f"outputs[{place}] has probabilities of {key} twice, and they differ: which are meant is not known"
                )
            found[key] = table
    return found


def _aligned(row: Mapping[str, Any], labels: tuple[str, ...]) -> list[Any]:
    if len(row) == len(labels) and tuple(row) == labels:
        return list(row.values())
    return [row.get(label, 0.0) for label in labels]


def field_key(name: str) -> str:
    """``"tissue_ontology_id"`` for ``"tissue"``; a name that is a metadata key already stays."""
    long = other_spelling(name)
    return long if name not in METADATA_KEYS and long in METADATA_KEYS else name


def label_probabilities(
    name: str, labels: tuple[str, ...], values: npt.NDArray[np.floating[Any]]
) -> LabelProbabilities:
    """Probabilities of a field, each between 0 and 1."""
    what = f"probabilities of {name}"
    refuse_missing(values, what)
    # A little more than 1 is what rounding leaves.
    wrong = (values < 0) | (values > 1.001)
    if wrong.any():
        place = int(wrong.any(axis=1).argmax())
        value = values[place][wrong[place]][0]
        raise ResultError(
            f"{what} of outputs[{place}] are no probabilities: {value:g} is not between 0 and 1"
        )
    return LabelProbabilities(labels, values)
