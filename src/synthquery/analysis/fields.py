"""What a person calls a metadata field, and who they call the samples."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from synthquery.errors import UnknownFieldError
from synthquery.identifiers import canonical_id
from synthquery.ontology import Term, default_ontologies
from synthquery.prediction import Prediction, other_spelling
from synthquery.query.metadata import METADATA_KEYS
from synthquery.resolver import FIELDS, field_name
from synthquery.wire.term_names import term_names

_BAR: Final = "|"


def metadata_key(name: str, known: Iterable[str] = ()) -> str:
    """The metadata key that a name means: ``"tissue"``, ``"Cell type"``, ``"age"`` or the key itself.

    Raises
    ------
    UnknownFieldError
        When it means none; the message lists what there is.
    """
    keys = [*dict.fromkeys([*known, *METADATA_KEYS])]
    for spelling in (name, other_spelling(name), name.strip().casefold().replace(" ", "_").replace("-", "_")):
        for candidate in (spelling, other_spelling(spelling), f"{spelling}_years"):
            if candidate in keys:
                return candidate
    try:
        return FIELDS[field_name(name)].metadata_key
    except UnknownFieldError:
        raise UnknownFieldError(
            f"there is no metadata field {name!r:.60}; there are {', '.join(keys)}"
        ) from None


def fields_of(key: str) -> tuple[str, ...]:
    """The fields that labels of a metadata key are resolved in; empty where it has no ontology."""
    return tuple(field.name for field in FIELDS.values() if field.metadata_key == key)


def short_name(key: str) -> str:
    """``"tissue"`` for ``"tissue_ontology_id"``."""
    return key.removesuffix("_ontology_id")


def sample_names(prediction: Prediction, samples: Sequence[Hashable] | None) -> list[Hashable]:
    """A name for each sample: those given, or their numbers.

    Raises
    ------
    ValueError
        When there are not as many names as samples.
    """
    if samples is None:
        return list(range(prediction.n_samples))
    names = list(samples)
    if len(names) != prediction.n_samples:
        raise ValueError(f"{len(names):,} names for {prediction.n_samples:,} samples")
    return names


def labels_of(values: Iterable[str]) -> Mapping[str, str]:
    """Label by value: of identifiers the name, of other text the text itself."""
    texts = list(dict.fromkeys(values))
    known = term_names(texts)
    return {text: known.get(text, "") for text in texts}


def terms_of(value: str) -> list[Term]:
    """The live terms that a value of metadata names, several with bars between them."""
    found = []
    for part in value.split(_BAR):
        identifier = canonical_id(part.strip())
        term = default_ontologies().get(identifier) if identifier else None
        if term is not None:
            found.append(default_ontologies().replacement(term) or term)
    return found


def is_set(value: Any) -> bool:
    """Whether a cell says something: not None, NaN, NA or empty text."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return False
    return not (isinstance(value, float | np.floating) and math.isnan(value)) and str(value).strip() != ""
