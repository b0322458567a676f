"""Resolving the columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from synthquery.resolver.types import Resolution

COLUMNS = ("column", "field", "label", "id", "term", "score", "how", "status", "candidates", "reason")


def tidy_frame(
    frame: pd.DataFrame, columns: Mapping[str, str], answer: Callable[[pd.Series[Any], str], list[Resolution]]
) -> pd.DataFrame:
    """One row a cell of the asked columns; see `synthquery.resolve_frame`."""
    import pandas as pd

    missing = [name for name in columns if name not in frame.columns]
    if missing:
        have = ", ".join(map(str, frame.columns))
        raise KeyError(f"the table has no column {', '.join(map(repr, missing))}; it has {have}")
    parts = []
    for name, field in columns.items():
        rows = [(name, *_cells(found)) for found in answer(frame[name], field)]
        parts.append(pd.DataFrame(rows, columns=list(COLUMNS), index=frame.index))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts)


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
