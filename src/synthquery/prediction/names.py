"""What people call the terms and genes of an answer.

Names come from the ontologies, which know nothing of predictions and predictions nothing of them: whoever makes
a prediction gives it a source of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import pandas as pd

_SUFFIX: Final = "_ontology_id"
_BAR: Final = "|"  # between several terms of one value


class Names(Protocol):
    """Gives the names of identifiers."""

    def __call__(self, identifiers: Iterable[str], /) -> Mapping[str, str]:
        """Name by identifier; what has none is left out. Text that is no identifier names itself."""
        ...


def label_column(key: str) -> str | None:
    """``"tissue_label"`` for ``"tissue_ontology_id"``; None for a key without identifiers."""
    return key.removesuffix(_SUFFIX) + "_label" if key.endswith(_SUFFIX) else None


def with_labels(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """`table` with a column of labels beside each column of identifiers."""
    keys = [key for key in table.columns if label_column(str(key))]
    values = {key: [str(value) if value is not None else "" for value in table[key]] for key in keys}
    single = {part.strip() for column in values.values() for text in set(column) for part in text.split(_BAR)}
    known = names(single - {""})
    labels = {key: [_label(text, known) for text in column] for key, column in values.items()}
    columns: dict[Any, Any] = {}
    for key in table.columns:
        columns[key] = table[key]
        if key in labels:
            columns.setdefault(label_column(str(key)), labels[key])
    return type(table)(columns, index=table.index)


def _label(text: str, known: Mapping[str, str]) -> str:
    """Names of the terms of a value, with the bars between them; empty where one has none."""
    parts = [known.get(part.strip(), "") for part in text.split(_BAR)]
    return _BAR.join(parts) if all(parts) else ""
