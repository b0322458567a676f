"""What a call of somebody's predict function asks: the body that would be sent, and the model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter
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
        into ``**kwargs`` is merged into the body, as pysynthbio does. Of a function that only passes things on
        (``*args, **kwargs``, a mock) the first two arguments count, and nothing is merged.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        facts = load_toml("guard.toml")
        self._client_keys = frozenset(facts["client_keys"])
        self._query, self._model = facts["query_parameter"], facts["model_parameter"]
        self._rest = ""
        self._signature = _signature(function)
        kinds = {one.name: one.kind for one in self._signature.parameters.values()}
        named = [
            name for name, kind in kinds.items() if kind not in _VARIABLE and name not in {"self", "cls"}
        ]
        if not named:
            self._signature = _PASSING_ON
            return
        if self._query not in named:
            self._query = named[0]
        if self._model not in named:
            self._model = named[1] if len(named) > 1 else ""
        self._rest = next((name for name, kind in kinds.items() if kind is Parameter.VAR_KEYWORD), "")

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
            merged = {**query, **bound.get(self._rest, {})}
            query = {key: value for key, value in merged.items() if key not in self._client_keys}
        return Asked(query, bound.get(self._model))


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # one written in C that does not tell
        return inspect.Signature()


def _passing_on(query: Any, model_id: Any = None, *_: Any, **__: Any) -> None:
    """How a function is taken to be called that does not tell what it takes."""


_PASSING_ON = inspect.signature(_passing_on)
_VARIABLE = frozenset({Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL})
