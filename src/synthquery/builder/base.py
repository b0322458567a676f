"""What the builders share: settings, inputs, and where every value came from.

A builder never changes; ``add`` gives a new one. So it can be kept and extended in two directions, and
building twice gives the same query.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel

from synthquery.builder.describe import Describer, TaxonForm
from synthquery.builder.provenance import Match
from synthquery.builder.settings import checked_settings
from synthquery.catalog import Family, Modality, ModelSpec, find_model
from synthquery.errors import InvalidValueError, Problem, UnresolvedLabelError
from synthquery.query.models import Query
from synthquery.wire import query_class

QueryT = TypeVar("QueryT", bound=Query)
InputT = TypeVar("InputT", bound=BaseModel)


class QueryBuilder(Generic[QueryT, InputT]):
    """What the builders share: settings, inputs, and where their values came from."""

    def __init__(
        self,
        family: Family,
        modality: Modality,
        settings: Mapping[str, Any],
        taxon_form: TaxonForm = "prefixed",
    ) -> None:
        self._spec: ModelSpec = find_model(family, modality)
        self._settings, problems = checked_settings(self._spec, settings)
        raise_for(problems)
        self._describer = Describer(self._spec, taxon_form)
        self._inputs: tuple[InputT, ...] = ()
        self._matches: tuple[Match, ...] = ()

    @property
    def model_id(self) -> str:
        """The model the query is for."""
        return self._spec.model_id

    @property
    def matches(self) -> tuple[Match, ...]:
        """Where every value came from that was resolved or rewritten, in the order it was added."""
        return self._matches

    def build(self) -> QueryT:
        """The query.

        Raises
        ------
        InvalidValueError
            When nothing was added.
        """
        if not self._inputs:
            raise InvalidValueError(f"a query for {self.model_id} needs at least one input: add() one")
        query_type: Any = query_class(self._spec)
        query: QueryT = query_type(model_id=self.model_id, **self._settings, inputs=self._inputs)
        return query

    def __len__(self) -> int:
        return len(self._inputs)

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self._settings.items())
        return f"<{type(self).__name__}: {len(self)} input{'s' * (len(self) != 1)}{settings}>"

    def _extended(self, inputs: Iterable[InputT], matches: Iterable[Match] = ()) -> Self:
        """A new builder with more in it; what the two share is never changed."""
        new = copy.copy(self)
        new._inputs = (*self._inputs, *inputs)
        new._matches = (*self._matches, *matches)
        return new

    def _described(self, words: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Match, ...], list[Problem]]:
        """Metadata, matches and problems of one sample."""
        description = self._describer.describe(words)
        return description.metadata, description.matches, list(description.problems)


def raise_for(problems: Sequence[Problem]) -> None:
    """One error for all problems; the kind a caller expects who made one mistake."""
    if not problems:
        return
    message = "\n".join(map(str, problems))
    resolution = next((problem.resolution for problem in problems if problem.resolution), None)
    if resolution is not None:
        raise UnresolvedLabelError(message, resolution, problems)
    raise InvalidValueError(message, problems)
