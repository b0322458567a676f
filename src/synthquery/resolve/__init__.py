"""From what people write to the term they mean.

`resolve` answers one label, `resolve_many` a whole column; `search` lists the terms with a name like some text.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from typing import Any

from synthquery.resolve.decide import decide
from synthquery.resolve.engine import Engine
from synthquery.resolve.fields import FIELDS, Field, field_name
from synthquery.resolve.identify import by_identifier
from synthquery.resolve.types import Candidate, Resolution

__all__ = ["FIELDS", "Candidate", "Field", "Resolution", "field_name", "resolve", "resolve_many", "search"]

_engines: dict[str, Engine] = {}
_lock = threading.RLock()


def _engine(field: str) -> Engine:
    found = _engines.get(field)
    if found is None:
        with _lock:
            found = _engines.get(field) or Engine(field)
            _engines[field] = found
    return found


def resolve(label: str, field: str) -> Resolution:
    """The term that `label` means in `field`.

    Parameters
    ----------
    label
        What a person wrote, or an identifier in any spelling.
    field
        ``tissue``, ``cell_type``, ``disease``, ``cell_line``, ``gene``, ``compound``, ``developmental_stage`` or
        ``ancestry``.

    Returns
    -------
    Resolution
        ``status`` is ``"resolved"`` only when one term clearly wins.

    Raises
    ------
    UnknownFieldError
        When there is no such field.
    """
    return _answer(label, field_name(field))


def _answer(label: Any, field: str) -> Resolution:
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return Resolution("", field, "unresolved", None, (), "There is no label.")
    label = str(label)
    if not label.strip():
        return Resolution(label, field, "unresolved", None, (), "The label is empty.")
    found = by_identifier(label, FIELDS[field])
    if found is not None:
        return found
    engine = _engine(field)
    return decide(engine, label, engine.rank(label))


def resolve_many(labels: Iterable[Any], field: str) -> list[Resolution]:
    """The answers to `labels`, in their order; equal labels are resolved once.

    Parameters
    ----------
    labels
        A list, a pandas Series or any iterable; None and NaN are unresolved.
    field
        As for `resolve`.
    """
    field = field_name(field)
    known: dict[Any, Resolution] = {}
    answers: list[Resolution] = []
    for label in labels:
        key = label if isinstance(label, str) else None if label is None or label != label else str(label)
        answer = known.get(key)
        if answer is None:
            answer = known[key] = _answer(key, field)
        answers.append(answer)
    return answers


def search(text: str, field: str | None = None, limit: int = 10) -> list[Candidate]:
    """Terms with a name like `text`, the likeliest first; of every field unless one is given."""
    fields = [field_name(field)] if field else list(FIELDS)
    found: list[Candidate] = []
    for name in fields:
        found.extend(_answer(text, name).candidates[:limit])
    found.sort(key=lambda candidate: -candidate.score)
    return found[:limit]
