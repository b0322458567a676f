"""From what people write to the term they mean.

`resolve` answers one label, `resolve_many` a column, `resolve_frame` a table; `search` lists terms by name.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from synthquery.ontology.in_use import on_change
from synthquery.resolver.cell_lines import with_caution
from synthquery.resolver.decide import decide
from synthquery.resolver.decisions import Decision, Decisions, load_decisions
from synthquery.resolver.engine import Engine
from synthquery.resolver.fields import FIELDS, Field, field_name
from synthquery.resolver.identify import by_identifier
from synthquery.resolver.narrow import Narrowing, narrowing
from synthquery.resolver.types import Candidate, Resolution

if TYPE_CHECKING:
    import pandas as pd

    from synthquery.ontology.facts import Term

__all__ = [
    "FIELDS",
    "Candidate",
    "Decision",
    "Decisions",
    "Field",
    "Resolution",
    "field_name",
    "load_decisions",
    "resolve",
    "resolve_frame",
    "resolve_many",
    "search",
]

_engines: dict[str, Engine] = {}
_lock = threading.RLock()
_recent: dict[tuple[str, str], Resolution] = {}
_MOST_RECENT = 4096
on_change(_engines.clear)
on_change(_recent.clear)


def _engine(field: str) -> Engine:
    found = _engines.get(field)
    if found is None:
        with _lock:
            found = _engines.get(field) or Engine(field)
            _engines[field] = found
    return found


def resolve(
    label: str,
    field: str,
    *,
    within: str | None = None,
    species: str | None = None,
    context: Mapping[str, str] | None = None,
    decisions: Decisions | None = None,
) -> Resolution:
    """The term that `label` means in `field`.

    Parameters
    ----------
    label
        What a person wrote, or an identifier in any spelling.
    field
        ``tissue``, ``cell_type``, ``disease``, ``cell_line``, ``gene``, ``compound``,
        ``developmental_stage`` or ``ancestry``.
    within
        Identifier of a broader term; only what is that term, a kind or a part of it may be the answer.
    species
        Species of the sample, by name or taxon; human unless given. Terms for other species are not answers for
        a human sample.
    context
        Other labels of the same sample by field, ``{"tissue": "lung"}``: a cell type or disease is read in the
        light of its tissue.
    decisions
        What people decided about labels; it comes before everything else.

    Returns
    -------
    Resolution
        ``status`` is ``"resolved"`` only when one term clearly wins.

    Raises
    ------
    UnknownFieldError
        When there is no such field.
    IdentifierError, UnknownTermError
        When `within` is no identifier of the field's ontology.
    """
    name = field_name(field)
    if decisions is None and within is None and species is None and not context and isinstance(label, str):
        found = _recent.get((label, name))
        if found is None:
            if len(_recent) >= _MOST_RECENT:
                _recent.clear()
            found = _recent[label, name] = _answer(label, name)
        return found
    return _answer(label, name, decisions, narrowing(name, within, species, context, _tissue))


def _tissue(label: str) -> Term | None:
    return _answer(label, "tissue").term


def _is_missing(label: Any) -> bool:
    """None, NaN, and what pandas has in their place (NA, NaT), which equals not even itself."""
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return True
    return type(label).__name__ in {"NAType", "NaTType"}


def _answer(
    label: Any, field: str, decisions: Decisions | None = None, narrow: Narrowing | None = None
) -> Resolution:
    if _is_missing(label):
        return Resolution("", field, "unresolved", None, (), "There is no label.")
    label = str(label)
    if not label.strip():
        return Resolution(label, field, "unresolved", None, (), "The label is empty.")
    decided = decisions.resolution(label, field) if decisions is not None else None
    if decided is not None:
        return decided
    found = by_identifier(label, FIELDS[field])
    if found is None:
        engine = _engine(field)
        found = decide(engine, label, engine.rank(label, narrow))
    return with_caution(found)


def resolve_many(
    labels: Iterable[Any],
    field: str,
    *,
    decisions: Decisions | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Resolution]:
    """The answers to `labels`, in their order; equal labels are resolved once.

    Parameters
    ----------
    labels
        A list, a pandas Series or any iterable; None and NaN are unresolved.
    field, decisions
        As for `resolve`.
    progress
        Called after each label that had to be looked for, with the number of labels answered so far.
    """
    field = field_name(field)
    known: dict[Any, Resolution] = {}
    answers: list[Resolution] = []
    for label in labels:
        key = label if isinstance(label, str) else None if _is_missing(label) else str(label)
        answer = known.get(key)
        if answer is None:
            answer = known[key] = _answer(key, field, decisions)
            if progress is not None:
                progress(len(answers) + 1)
        answers.append(answer)
    return answers


def resolve_frame(
    frame: pd.DataFrame, columns: Mapping[str, str], *, decisions: Decisions | None = None
) -> pd.DataFrame:
    """Resolve columns of a table.

    Parameters
    ----------
    frame
        A table with labels, for example one row a sample.
    columns
        Which column is of which field: ``{"organ": "tissue", "dx": "disease"}``.
    decisions
        As for `resolve`.

    Returns
    -------
    pandas.DataFrame
        One row a label, column by column, with the index of `frame`; the columns are ``column, field, label,
        id, term, score, how, status, candidates`` (identifiers, the likeliest first) and ``reason``.

    Raises
    ------
    KeyError
        When `frame` has no such column.
    UnknownFieldError
        When there is no such field.
    """
    from synthquery.resolver.frame import tidy_frame

    return tidy_frame(frame, columns, lambda labels, field: resolve_many(labels, field, decisions=decisions))


def search(text: str, field: str | None = None, limit: int = 10) -> list[Candidate]:
    """Terms with a name like `text`, the likeliest first; of every field unless one is given."""
    fields = [field_name(field)] if field else list(FIELDS)
    found: list[Candidate] = []
    for name in fields:
        found.extend(_answer(text, name).candidates[:limit])
    found.sort(key=lambda candidate: -candidate.score)
    return found[:limit]
