"""Probabilities of labels, and the two ways a metadata field is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

_SUFFIX = "_ontology_id"
_Table = TypeVar("_Table")


@dataclass(frozen=True, eq=False)
class LabelProbabilities:
    """How probable each label of one field is, for each sample.

    Attributes
    ----------
    labels
        The labels, for example ``("UBERON:0002107", ...)``.
    values
        Shape ``(n_samples, len(labels))``; a row sums to 1 when the labels are all there are.
    """

    labels: tuple[str, ...]
    values: npt.NDArray[np.floating[Any]]

    def best(self) -> tuple[str, ...]:
        """The most probable label of each sample; the first of equals."""
        return tuple(self.labels[place] for place in self.values.argmax(axis=1)) if self.labels else ()


class FieldTables(dict[str, _Table]):
    """A dict by metadata key that takes ``"tissue"`` for ``"tissue_ontology_id"`` and back."""

    def __missing__(self, name: str) -> _Table:
        other = other_spelling(name)
        if other in self:
            return self[other]
        raise KeyError(f"{name} (there are {', '.join(self) or 'none'})")


def other_spelling(name: str) -> str:
    """``"tissue_ontology_id"`` for ``"tissue"``, and back."""
    return name.removesuffix(_SUFFIX) if name.endswith(_SUFFIX) else name + _SUFFIX
