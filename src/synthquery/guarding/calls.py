"""What a call of somebody's predict function asks: the body that would be sent, and the model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synthquery.resources import load_toml


@dataclass(frozen=True, slots=True)
class Asked:
    """One call.

    Attributes
    ----------
    query
        The body as the client would send it, without what the client adds.
    model_id
        The model; None where the call names none.
    """

    query: Any
    model_id: Any


class CallReader:
    """Reads calls of one function.

    Parameters
    ----------
    function
        Its parameters ``query`` and ``model_id`` count, or its first two where they have other names. What goes
        into ``**kwargs`` is merged into the body, as pysynthbio does.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        facts = load_toml("guard.toml")
        self._client_keys = frozenset(facts["client_keys"])
        self._signature = inspect.signature(function)
        kinds = {one.name: one.kind for one in self._signature.parameters.values()}
        named = [
            name for name, kind in kinds.items() if kind not in _VARIABLE and name not in {"self", "cls"}
        ]
        first = named[0] if named else None
        second = named[1] if len(named) > 1 else None
        self._query = facts["query_parameter"] if facts["query_parameter"] in named else first
        self._model = facts["model_parameter"] if facts["model_parameter"] in named else second
        rest = [name for name, kind in kinds.items() if kind is inspect.Parameter.VAR_KEYWORD]
        self._rest = rest[0] if rest else None

    def read(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Asked | None:
        """What a call asks; None for one that the function itself will refuse."""
        try:
            bound = self._signature.bind(*arguments, **named).arguments
        except TypeError:
            return None
        if self._query not in bound:
            return None
        query = bound[self._query]
        if isinstance(query, Mapping):
            merged = {**query, **bound.get(self._rest or "", {})}
            query = {key: value for key, value in merged.items() if key not in self._client_keys}
        return Asked(query, bound.get(self._model or ""))


_VARIABLE = frozenset({inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL})
