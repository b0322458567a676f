"""Send a query to its model, checked before it leaves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from synthquery.errors import InvalidQueryError, TransportError
from synthquery.jobs.arrival import accepted
from synthquery.jobs.plan import Given, asked_of, fit_to_send, request_of
from synthquery.prediction import Prediction
from synthquery.simulator import example_query
from synthquery.transport import Transport, make_transport
from synthquery.validation import Report, validate

if TYPE_CHECKING:
    from synthquery.jobs.outcomes import Outcomes
    from synthquery.jobs.progress import OnProgress
    from synthquery.prediction.files import FileFormat

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
        query: Given,
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
        request = request_of(query, model_id)
        return accepted(self.transport.predict(request), request)

    def predict_many(
        self,
        queries: Mapping[str, Given] | Iterable[Given],
        model_id: str | None = None,
        *,
        max_in_flight: int = 4,
        out: str | os.PathLike[str] | None = None,
        format: FileFormat | None = None,  # noqa: A002
        max_samples_per_job: int | None = None,
        retry_failed_jobs: int = 2,
        skip_invalid: bool = False,
        resend_unknown: bool = False,
        retry_failed: bool = False,
        reports: Sequence[Report] | None = None,
        wait: float = 0.0,
        poll: tuple[float, float] | None = None,
        back_off: tuple[float, float] | None = None,
        job_timeout: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Outcomes:
        """Check many queries, send them a few at a time and keep every answer as it comes.

        With `out` every step is written into a journal there before it is made: after Ctrl-C, a crash or a power cut
        the same call, or ``synthquery jobs resume``, finishes exactly what is missing, and sends nothing twice.

        Parameters
        ----------
        queries
            Queries, bodies of the service or paths of query files; a mapping gives each a name. Queries of the same
            content (model, body and seed) are answered once, and share the answer.
        model_id
            The model of those that do not say it.
        max_in_flight
            How many queries, or parts of large ones, the service has at once at most.
        out
            Folder of results, made when it is missing: a folder below it for each query, ``index.json``, and the
            journal ``jobs.sqlite``. Without it answers are kept in memory.
        format
            As in `Prediction.save`: ``"csv"``, ``"parquet"`` or ``"h5ad"``. By default that of an earlier run in `out`,
            else ``"csv"``.
        max_samples_per_job
            Larger queries are sent in parts of at most so many samples, and joined again in order. Each part has a seed
            of its own, made of the query's: the draws differ from those of the whole query, and are the same in every
            run with the same number.
        retry_failed_jobs
            How often a query is sent anew, as a new job, after the service has declared its job failed.
        skip_invalid
            Leave queries with errors out instead of sending none.
        resend_unknown
            Send queries again of which an earlier run could not learn whether the service has them.
        retry_failed
            Send queries again that failed in an earlier run.
        reports
            What `validate_files` found, one report a query, where they were checked before.
        wait
            Seconds to wait for another run on the same `out` to end.
        poll
            Seconds between the first two questions whether a job is ready, and most seconds between two.
        back_off
            Seconds of the first pause after a failure, and most seconds of one; ``Retry-After`` is honoured beyond it.
        job_timeout
            Seconds for one job, cold start and queue included; after that it is left for a later run.
        on_progress
            Called with a `Progress` several times a second.

        Returns
        -------
        Outcomes
            One for each query, in order. ``.prediction`` of one reads its answer from `out` whenever it is asked for,
            and raises `TransportError` where there is none.

        Raises
        ------
        InvalidQueriesError
            Before anything is sent, when queries have errors; ``.reports`` has them all.
        ConfigError
            When an argument cannot be used.
        JournalError
            When another run works on `out`, or its journal is damaged or of another version.
        RunStoppedError
            When no query can go on (the token is refused, the service is down, the disk is full); ``.outcomes`` says
            where every query stands.
        RunInterruptedError
            After Ctrl-C, a `KeyboardInterrupt` with ``.outcomes``.
        """
        from synthquery.jobs.many import run_many
        from synthquery.jobs.settings import Settings

        asked = asked_of(queries, model_id, reports)
        settings = Settings.make(
            max_in_flight=max_in_flight,
            retry_failed_jobs=retry_failed_jobs,
            resend_unknown=resend_unknown,
            retry_failed=retry_failed,
            poll=poll,
            back_off=back_off,
            job_timeout=job_timeout,
        )
        fit_to_send(asked, skip_invalid=skip_invalid)
        return run_many(
            self.transport,
            asked,
            settings,
            out=None if out is None else Path(out),
            form=format,
            most_samples=max_samples_per_job,
            wait=wait,
            on_progress=on_progress,
        )
