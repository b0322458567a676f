"""From what people write to the term they mean.

`resolve` answers one label, `resolve_many` a column, `resolve_frame` a table; `search` lists terms by name.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
_CHUNK = 64
"""Labels whose names are compared together; more save no more time."""
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
    given = _text(label)
    if decisions is None and within is None and species is None and not context and given:
        found = _recent.get((given, name))
        return _kept(given, name, _answer(given, name)) if found is None else found
    return _answer(given, name, decisions, narrowing(name, within, species, context, _tissue))


def _kept(label: str, field: str, answer: Resolution) -> Resolution:
    if len(_recent) >= _MOST_RECENT:
        _recent.clear()
    _recent[label, field] = answer
    return answer


def _tissue(label: str) -> Term | None:
    return _answer(str(label), "tissue").term


def _text(label: Any) -> str | None:
    return label if isinstance(label, str) else None if _is_missing(label) else str(label)


def _is_missing(label: Any) -> bool:
    """None, NaN, and what pandas has in their place (NA, NaT), which equals not even itself."""
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return True
    return type(label).__name__ in {"NAType", "NaTType"}


def _answer(
    label: str | None, field: str, decisions: Decisions | None = None, narrow: Narrowing | None = None
) -> Resolution:
    known = _without_names(label, field, decisions)
    if known is not None:
        return known
    engine, text = _engine(field), str(label)
    return with_caution(decide(engine, text, engine.rank(text, narrow)))


def _without_names(label: str | None, field: str, decisions: Decisions | None) -> Resolution | None:
    """The answer when no name has to be looked for: there is no label, it was decided, or is an identifier."""
    if label is None:
        return Resolution("", field, "unresolved", None, (), "There is no label.")
    if not label.strip():
        return Resolution(label, field, "unresolved", None, (), "The label is empty.")
    decided = decisions.resolution(label, field) if decisions is not None else None
    if decided is not None:
        return decided
    found = by_identifier(label, FIELDS[field])
    return None if found is None else with_caution(found)


def _answers(labels: Sequence[str | None], field: str, decisions: Decisions | None) -> Iterator[Resolution]:
    """The answers to a few labels, whose names are compared together."""
    found = [_without_names(label, field, decisions) for label in labels]
    open_ones = [str(label) for label, known in zip(labels, found, strict=True) if known is None]
    engine = _engine(field)
    ranked = iter(engine.rank_all(open_ones) if open_ones else ())
    for label, known in zip(labels, found, strict=True):
        yield with_caution(decide(engine, str(label), next(ranked))) if known is None else known


def resolve_many(
    labels: Iterable[Any],
    field: str,
    *,
    within: str | None = None,
    species: str | None = None,
    context: Mapping[str, str] | None = None,
    decisions: Decisions | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Resolution]:
    """The answers to `labels`, in their order; equal labels are resolved once.

    Parameters
    ----------
    labels
        A list, a pandas Series or any iterable; None and NaN are unresolved.
    field, within, species, context, decisions
        As for `resolve`; they hold for all labels.
    progress
        Called once for each distinct label as its answer is known, with the number of labels up to its first
        place.
    """
    field = field_name(field)
    keys = [_text(label) for label in labels]
    narrow = narrowing(field, within, species, context, _tissue)
    known: dict[str | None, Resolution] = {}
    place = {key: number for number, key in reversed(list(enumerate(keys, 1)))}
    for few in _in_chunks(list(dict.fromkeys(keys)), _CHUNK):
        known.update(zip(few, _recent_or_new(few, field, decisions, narrow), strict=True))
        if progress is not None:
            for key in few:
                progress(place[key])
    return [known[key] for key in keys]


def _recent_or_new(
    labels: Sequence[str | None], field: str, decisions: Decisions | None, narrow: Narrowing | None
) -> Iterable[Resolution]:
    if narrow is not None:
        return [_answer(label, field, decisions, narrow) for label in labels]
    if decisions is not None:
        return _answers(labels, field, decisions)
    kept: dict[str | None, Resolution] = {
        label: _recent[label, field] for label in labels if label and (label, field) in _recent
    }
    new = [label for label in labels if label not in kept]
    for label, answer in zip(new, _answers(new, field, None), strict=True):
        kept[label] = _kept(label, field, answer) if label else answer
    return [kept[label] for label in labels]


def _in_chunks(labels: Sequence[str | None], size: int) -> Iterator[Sequence[str | None]]:
    return (labels[start : start + size] for start in range(0, len(labels), size))


def resolve_frame(
    frame: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    together: bool = False,
    decisions: Decisions | None = None,
) -> pd.DataFrame:
    """Resolve columns of a table.

    Parameters
    ----------
    frame
        A table with labels, for example one row a sample.
    columns
        Which column is of which field: ``{"organ": "tissue", "dx": "disease"}``.
    together
        A row is one sample: its cell types and diseases are read in the light of its tissue, as with ``context=``
        of `resolve`. One of the columns has to be of the field ``tissue``.
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
    ValueError
        When rows are read `together` and not just one column is of the field ``tissue``.
    """
    from synthquery.resolver.frame import tidy_frame

    def answer(labels: Iterable[Any], field: str, tissue: Any = None) -> list[Resolution]:
        context = None if _is_missing(tissue) else {"tissue": str(tissue)}
        return resolve_many(labels, field, context=context, decisions=decisions)

    return tidy_frame(frame, columns, answer, together=together)


def search(text: str, field: str | None = None, limit: int = 10) -> list[Candidate]:
    """Terms with a name like `text`, the likeliest first; of every field unless one is given."""
    fields = [field_name(field)] if field else list(FIELDS)
    found: list[Candidate] = []
    for name in fields:
        found.extend(_answer(text, name).candidates[:limit])
    found.sort(key=lambda candidate: -candidate.score)
    return found[:limit]
