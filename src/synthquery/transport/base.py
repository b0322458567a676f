"""How a request travels: the narrow door that every transport is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from synthquery.prediction import Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One query on its way to a model.

    Attributes
    ----------
    model_id
        The model, which travels in the address.
    body
        The body as the service takes it; counts may be numpy arrays in place of lists. Transports leave it as
        it is.
    """

    model_id: str
    body: Mapping[str, Any]


@runtime_checkable
class Transport(Protocol):
    """Carries a request to a model and its answer back.

    A transport does not validate, prompt or print, leaves the request as it is, and raises `TransportError`
    for what goes wrong on the way. Any object with these two methods is one.
    """

    def predict(self, request: Request) -> Prediction:
        """Send a request and wait for the answer.

        Raises
        ------
        TransportError
            When the query could not be carried to its model, or the answer not back.
        """
        ...

    def close(self) -> None:
        """Release what the transport holds; it may be called twice."""
        ...
