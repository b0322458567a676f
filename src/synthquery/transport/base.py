"""How a request travels: the narrow door that every transport is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

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


JobState = Literal["running", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """Where a submitted query stands.

    Attributes
    ----------
    state
        ``"running"`` (queued, warming up or at work), ``"ready"`` or ``"failed"``.
    message
        What the service said, without its traceback; empty when it said nothing.
    download_url
        Where a ready answer is. It may be signed: it counts as a secret, and is in no repr.
    """

    state: JobState
    message: str = ""
    download_url: str | None = field(default=None, repr=False)


@runtime_checkable
class JobTransport(Transport, Protocol):
    """A transport whose service takes a query, and gives the answer later under an ID."""

    def submit(self, request: Request, *, key: str | None = None, waits: bool = True) -> str:
        """Send a query, and return the ID the service gave it.

        Parameters
        ----------
        request
            What is asked.
        key
            A text that is the same whenever this very submission is tried again; a service that keeps such keys
            answers a second try with the ID of the first.
        waits
            Keep a pause that the service asks for. Otherwise the error comes at once and says how long, for a
            caller who has other queries to hold back.

        Raises
        ------
        TransportError
            ``.submission`` says whether the service may have the query all the same.
        """
        ...

    def status(self, query_id: str) -> JobStatus:
        """Where a submitted query stands; asked once, without waiting."""
        ...

    def fetch(self, query_id: str, request: Request, *, status: JobStatus | None = None) -> Prediction:
        """Download the answer to a submitted query that is ready.

        Parameters
        ----------
        query_id
            As `submit` gave it.
        request
            What was asked: the answer is checked against it.
        status
            What `status` said last; asked anew when left out.
        """
        ...
