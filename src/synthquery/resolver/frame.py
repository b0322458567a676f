"""Resolving the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from synthquery.resolver.fields import field_name

if TYPE_CHECKING:
    import pandas as pd

    from synthquery.resolver.types import Resolution

COLUMNS = ("column", "field", "label", "id", "term", "score", "how", "status", "candidates", "reason")


class Answer(Protocol):
    """Resolves labels of a field, in the light of a tissue where one is given."""

    def __call__(self, labels: pd.Series[Any], field: str, tissue: Any = None) -> list[Resolution]:
        """One answer a label, in order."""
        ...


def tidy_frame(
    frame: pd.DataFrame, columns: Mapping[str, str], answer: Answer, *, together: bool
) -> pd.DataFrame:
    """One row a cell of the asked columns; see `synthquery.resolve_frame`."""
    import pandas as pd

    missing = [name for name in columns if name not in frame.columns]
    if missing:
        have = ", ".join(map(str, frame.columns))
        raise KeyError(f"the table has no column {', '.join(map(repr, missing))}; it has {have}")
    tissue = _tissue_column(columns) if together else None
    parts = []
    for name, field in columns.items():
        if tissue is None or name == tissue:
            found = answer(frame[name], field)
        else:
            found = _by_tissue(frame[name], frame[tissue], field, answer)
        rows = [(name, *_cells(each)) for each in found]
        parts.append(pd.DataFrame(rows, columns=list(COLUMNS), index=frame.index))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts)


def _tissue_column(columns: Mapping[str, str]) -> str:
    found = [name for name, field in columns.items() if field_name(field) == "tissue"]
    if len(found) != 1:
        raise ValueError(
            f"to read the labels of a row together one column has to be of the field tissue, not {len(found)}"
        )
    return found[0]


def _by_tissue(
    labels: pd.Series[Any], tissues: pd.Series[Any], field: str, answer: Answer
) -> list[Resolution]:
    """The answers in the order of `labels`, those of one tissue asked at once."""
    found: dict[int, Resolution] = {}
    for tissue, rows in tissues.reset_index(drop=True).groupby(tissues.to_numpy(), dropna=False):
        places = rows.index.to_list()
        found.update(zip(places, answer(labels.iloc[places], field, tissue), strict=True))
    return [found[place] for place in range(len(labels))]


def _cells(found: Resolution) -> tuple[Any, ...]:
    best = found.best if found.term is not None else None
    return (
        found.field,
        found.label,
        found.term.id if found.term else None,
        found.term.label if found.term else None,
        best.score if best else None,
        best.how if best else None,
        found.status,
        tuple(candidate.term.id for candidate in found.candidates),
        found.reason,
    )
