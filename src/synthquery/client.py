"""Send a query to its model, checked before it leaves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from synthquery.catalog import get_model
from synthquery.errors import InvalidQueryError, ResultError, TransportError
from synthquery.prediction import Prediction
from synthquery.query.models import Query
from synthquery.simulator import example_query
from synthquery.transport import Request, Transport, make_transport
from synthquery.validation import validate
from synthquery.wire import model_of, read_body

__all__ = ["Client", "example_query"]


class Client:
    """Checks queries, sends them through a transport and checks the answers.

    Parameters
    ----------
    transport
        What carries queries. By name: ``"simulator"``, the model of this package that answers here and now
        with simulated values; ``"synthesize"``, the hosted service; ``"self-hosted"``, ``"pysynthbio"``,
        ``"replay"``, or one that another package registers (``synthquery transports`` lists them all). Or any
        object with the two methods of `Transport`.
    seed
        For the simulator: seed of what queries without a seed get.
    **options
        Further arguments of a transport by name, for example ``base_url`` and ``timeout`` of ``"synthesize"``.

    Raises
    ------
    TransportError
        When there is no transport of that name, it does not take an option, or it cannot be made.
    MissingExtraError
        When the transport needs an optional package that is not installed.

    Examples
    --------
    >>> import synthquery as sq
    >>> query = sq.BulkQueryBuilder().add(tissue="liver", num_samples=2).build()
    >>> with sq.Client(transport="simulator", seed=1) as client:
    ...     client.predict(query).shape
    (2, 44592)
    """

    def __init__(
        self, transport: str | Transport = "simulator", *, seed: int | None = None, **options: Any
    ) -> None:
        if seed is not None:
            options["seed"] = seed
        self.transport: Transport
        if isinstance(transport, str):
            self.transport = make_transport(transport, **options)
        elif isinstance(transport, Transport):
            if options:
                raise TransportError(
                    f"{', '.join(options)} is for a transport by name, such as 'simulator'; give it to your transport"
                )
            self.transport = transport
        else:
            raise TransportError(
                f"a transport has predict(request) and close(); a {type(transport).__name__} has not"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release what the transport holds."""
        self.transport.close()

    def predict(
        self,
        query: Query | Mapping[str, Any] | str | os.PathLike[str],
        model_id: str | None = None,
        *,
        send_invalid: bool = False,
    ) -> Prediction:
        """Check a query, send it to its model and wait for the answer.

        Parameters
        ----------
        query
            A query, a body of the service, or the path of a query file.
        model_id
            The model, where the query does not say it.
        send_invalid
            Send the query although it has errors, to see what the model says. A query that names no model
            is never sent.

        Returns
        -------
        Prediction
            ``counts`` has shape ``(n_samples, n_genes)``: raw counts, not log CPM. Rows follow
            ``query.inputs``, each repeated ``num_samples`` times; columns are Ensembl gene IDs in the order
            of the model.

        Raises
        ------
        InvalidQueryError
            Before anything is sent, when the query has errors; ``.report`` lists them all.
        QueryFormatError
            When a file cannot be opened, or the query does not say its model.
        UnknownModelError
            When there is no such model.
        TransportError
            When the query could not be carried to its model, or the answer not back.
        ResultError
            When the answer is not one to this query: another number of samples, or another model's genes.
        """
        if not send_invalid:
            report = validate(query, model_id=model_id)
            if not report.ok and not report.unreadable:
                raise InvalidQueryError(report)
        if isinstance(query, str | os.PathLike):
            query = read_body(query)
        request = _request(query, model_id)
        prediction = self.transport.predict(request)
        _check(prediction, request)
        return prediction


def _request(query: Query | Mapping[str, Any], model_id: str | None) -> Request:
    if isinstance(query, Query):
        return Request(model_id or query.model_id, query.to_dict(counts="array"))
    spec = model_of(query, model_id)
    return Request(spec.model_id, {key: value for key, value in query.items() if key != "model_id"})


def _check(prediction: Prediction, request: Request) -> None:
    """Raise when an answer is not one to the request."""
    if not isinstance(prediction, Prediction):
        raise ResultError(f"the transport answered with a {type(prediction).__name__}, not with a Prediction")
    if prediction.model_id != request.model_id:
        raise ResultError(f"{request.model_id} was asked, {prediction.model_id} answered")
    expected = _expected_samples(request.body)
    if expected is not None and prediction.n_samples != expected:
        raise ResultError(f"{expected:,} samples were asked for, the answer has {prediction.n_samples:,}")
    n_genes = get_model(request.model_id).n_genes
    if prediction.n_genes not in (0, n_genes):
        raise ResultError(f"{request.model_id} has {n_genes:,} genes, the answer has {prediction.n_genes:,}")


def _expected_samples(body: Mapping[str, Any]) -> int | None:
    """How many samples a body asks for; None when a body sent in spite of its errors does not tell."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list | tuple):
        return None
    total = 0
    for one in inputs:
        number = one.get("num_samples", 1) if isinstance(one, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        total += number
    return total
