"""Many queries on the command line: ``predict`` over files and folders, and ``jobs list``, ``show`` and ``resume``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from synthquery.cli import OK, PROBLEMS, UNCHECKED, transports
from synthquery.cli.online import online_sources
from synthquery.cli.output import fail, note, write, write_json, write_table
from synthquery.cli.predicted import show as show_prediction
from synthquery.cli.terms import AsJson
from synthquery.cli.validate import ModelId
from synthquery.errors import ConfigError, InvalidQueriesError, JournalError, RunStoppedError

if TYPE_CHECKING:
    from synthquery.jobs.outcomes import Outcome, Outcomes
    from synthquery.jobs.progress import Progress
    from synthquery.transport import Request, Transport
    from synthquery.validation import Report
    from synthquery.validation.context import OnlineLookup

jobs = typer.Typer(
    name="jobs",
    help="Runs over many queries: where they stand, and going on with them.",
    no_args_is_help=True,
)

MaxInFlight = Annotated[
    int, typer.Option("--max-in-flight", help="How many queries the service has at once at most.", min=1)
]
RetryFailedJobs = Annotated[
    int,
    typer.Option(
        "--retry-failed-jobs",
        help="How often a query is sent anew after its job failed at the service.",
        min=0,
    ),
]
ResendUnknown = Annotated[
    bool,
    typer.Option(
        "--resend-unknown", help="Send again what the service may have or not; it may then be run twice."
    ),
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Send again what failed in an earlier run.")
]
Wait = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for another run on the same folder to end.", min=0)
]
_Folder = Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")]
_LINE_EVERY: Final = 10.0  # seconds between two lines of progress where there is no terminal


def is_one(paths: Sequence[str], output: Path) -> bool:
    """True when paths are one query file, whose results go straight into the folder of results."""
    from synthquery.jobs.many import has_journal

    if len(paths) != 1 or has_journal(output):
        return False
    return Path(paths[0]).is_file() or not (has_magic(paths[0]) or Path(paths[0]).is_dir())


class ResultFormat(StrEnum):
    """How results are saved."""

    CSV = "csv"
    PARQUET = "parquet"
    H5AD = "h5ad"


def predict_many(
    paths: Sequence[str],
    output: Path,
    transport: str,
    transport_options: dict[str, Any],
    *,
    model: str | None,
    online: bool,
    as_json: bool,
    options: dict[str, Any],
) -> NoReturn:
    """``synthquery predict`` over several files, folders or patterns; ends the command."""
    from synthquery.client import Client

    with online_sources(online) as services:
        checked = _checked(paths, output, model, services)
    try:
        with _opened(transport, transport_options) as (carrier, watch), Client(carrier) as client:
            outcomes = client.predict_many(
                [name for name, _ in checked],
                model,
                out=output,
                reports=[report for _, report in checked],
                on_progress=watch,
                **options,
            )
    except InvalidQueriesError as error:
        note(str(error))
        raise typer.Exit(
            PROBLEMS if any(one.errors for one in error.reports.values()) else UNCHECKED
        ) from None
    except (RunStoppedError, KeyboardInterrupt) as error:
        raise typer.Exit(_ended(error, output, as_json=as_json)) from None
    raise typer.Exit(_tell(outcomes, output, as_json=as_json))


def _checked(
    paths: Sequence[str], output: Path, model: str | None, services: OnlineLookup | None
) -> list[tuple[str, Report]]:
    """The query files that paths stand for, and their reports; what lies in the folder of results is left out."""
    from synthquery.validation.batch import validate_files

    if "-" in paths:
        raise ConfigError("standard input is one query: give it a file, or several files and folders")
    batch = validate_files(paths, model_id=model, jobs=0, online=services)
    own = output.resolve()
    found = [(name, report) for name, report in batch.results if not Path(name).resolve().is_relative_to(own)]
    if batch.skipped:
        note(f"skipped {len(batch.skipped):,} files that are no queries")
    if not found:
        raise ConfigError(f"there is no query in {', '.join(paths)}")
    return found


@jobs.command("list", epilog="Example: synthquery jobs list results")
def list_jobs(folder: _Folder, as_json: AsJson = False) -> None:
    """List the queries of a run and where each stands. Nothing is sent."""
    from synthquery.jobs.many import outcomes_in

    outcomes = outcomes_in(folder)
    if as_json:
        write_json(outcomes.to_dict())
        return
    write_table(
        ("query", "state", "model", "samples", "hash", "query ID", "results", "error"),
        [
            (
                one.label,
                one.state + (f" (as {one.same_as})" if one.same_as else ""),
                one.model_id,
                one.n_samples,
                one.hash[:12],
                ", ".join(one.query_ids),
                one.path or "",
                one.error.partition("\n")[0],
            )
            for one in outcomes
        ],
    )
    write(outcomes.summary())


@jobs.command("show", epilog="Example: synthquery jobs show results liver")
def show(
    folder: _Folder,
    which: Annotated[str, typer.Argument(help="Name, file, ID or hash (its first digits) of a query.")],
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one query of a run."""
    from synthquery.jobs.many import outcomes_in

    found = [one for one in outcomes_in(folder) if _is_meant(one, which)]
    if not found:
        raise ConfigError(
            f"no query of {folder} is called {which!r}; `synthquery jobs list {folder}` lists them"
        )
    if as_json:
        write_json([one.to_dict() for one in found])
        return
    rows = [(key, _cell(value)) for one in found for key, value in one.to_dict().items()]
    write_table(("", ""), rows)


@jobs.command("resume", epilog="Example: synthquery jobs resume results")
def resume(
    what: Annotated[
        str,
        typer.Argument(metavar="OUT|QUERY_ID", help="A folder of results, or the service's ID of one query."),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="For one query: folder for its results.")
    ] = None,
    transport: Annotated[
        str | None,
        typer.Option("--transport", help="What has the queries; by default what the run began with."),
    ] = None,
    base_url: transports.BaseUrl = None,
    timeout: transports.Timeout = None,
    recordings: transports.RecordingsFolder = None,
    model: ModelId = None,
    query: Annotated[
        Path | None, typer.Option("--query", help="For one query: its file, to check the answer against.")
    ] = None,
    max_in_flight: MaxInFlight = 4,
    retry_failed_jobs: RetryFailedJobs = 2,
    resend_unknown: ResendUnknown = False,
    retry_failed: RetryFailed = False,
    wait: Wait = 0.0,
    as_json: AsJson = False,
) -> None:
    """Finish a run: exactly what is missing. Or fetch the answer to one query by the ID that an error named."""
    from synthquery.jobs.many import has_journal
    from synthquery.jobs.settings import Settings

    settings = Settings.make(
        max_in_flight=max_in_flight,
        retry_failed_jobs=retry_failed_jobs,
        resend_unknown=resend_unknown,
        retry_failed=retry_failed,
        job_timeout=timeout,
    )
    options = {"base_url": base_url, "timeout": timeout, "recordings": recordings}
    if has_journal(Path(what)):
        _resume_run(Path(what), transport, options, settings, wait, as_json=as_json)
    elif Path(what).exists():
        raise JournalError(f"{what} holds no journal of queries: nothing was begun there")
    else:
        _resume_one(
            what, output, transport or "synthesize", options, settings, _request(model, query), as_json
        )


def _resume_run(
    folder: Path, transport: str | None, options: dict[str, Any], settings: Any, wait: float, *, as_json: bool
) -> None:
    from synthquery.jobs.many import resume as go_on
    from synthquery.jobs.many import run_settings

    begun = run_settings(folder)
    name = transport or begun.get("transport", "")
    if name == begun.get("transport") and options["base_url"] is None:
        options["base_url"] = begun.get("base_url")
    try:
        with _opened(name, options) as (carrier, watch):
            outcomes = go_on(carrier, folder, settings, wait=wait, on_progress=watch)
    except (RunStoppedError, KeyboardInterrupt) as error:
        raise typer.Exit(_ended(error, folder, as_json=as_json)) from None
    raise typer.Exit(_tell(outcomes, folder, as_json=as_json))


def _resume_one(
    query_id: str,
    output: Path | None,
    transport: str,
    options: dict[str, Any],
    settings: Any,
    request: Request | None,
    as_json: bool,
) -> None:
    from synthquery.jobs.single import fetch_answer, fetch_unlabelled

    folder = output or Path(f"results-{query_id}")
    with _opened(transport, options) as (carrier, watch):
        if request is None:
            prediction = fetch_unlabelled(carrier, query_id, settings, watch)
        else:
            prediction = fetch_answer(carrier, query_id, request, settings, watch)
    if request is None:
        note(
            f"the answer looks like one of {prediction.model_id}; --model or --query says which model was asked"
        )
    saved = prediction.save(folder)
    if as_json:
        write_json({**prediction.summary(), "files": [str(path) for path in saved]})
    else:
        show_prediction(prediction)
        write(f"saved in {folder}: {', '.join(path.name for path in saved)}")


def _request(model: str | None, query: Path | None) -> Request | None:
    """What was asked, as far as it is known."""
    from synthquery.catalog import get_model
    from synthquery.jobs.plan import request_of
    from synthquery.transport import Request

    if query is not None:
        return request_of(query, model)
    return None if model is None else Request(get_model(model).model_id, {})


def _tell(outcomes: Outcomes, folder: Path, *, as_json: bool) -> int:
    """Print what became of the queries; the exit code."""
    if as_json:
        write_json(outcomes.to_dict())
    else:
        write(str(outcomes))
        write(f"results in {folder}; {folder / 'index.json'} lists them")
    if outcomes.ok:
        return OK
    states = set(outcomes.counts)
    left = states & {"waiting", "submitting", "submitted", "ready"}
    if left or "unknown" in states:
        note(f"to go on: {resume_command(folder, resend='unknown' in states and not left)}")
    return PROBLEMS if states & {"failed", "invalid"} else UNCHECKED


def _ended(error: BaseException, folder: Path, *, as_json: bool) -> int:
    """Print why a run ended early, and how to go on."""
    outcomes: Outcomes | None = getattr(error, "outcomes", None)
    if outcomes is not None and as_json:
        write_json(outcomes.to_dict())
    reason = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
    counted = f"\n{outcomes.summary()}" if outcomes is not None else ""
    return fail(f"{reason}{counted}", hint=f"to go on: {resume_command(folder)}", code=UNCHECKED)


def resume_command(folder: Path, *, resend: bool = False) -> str:
    """What a person types to go on with a run."""
    return f"synthquery jobs resume {shlex.quote(str(folder))}{' --resend-unknown' if resend else ''}"


def _is_meant(one: Outcome, which: str) -> bool:
    if which in (one.label, Path(one.label).stem, one.name, *one.query_ids):
        return True
    return len(which) >= 6 and one.hash.startswith(which.casefold())


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


@contextmanager
def _opened(name: str, options: dict[str, Any]) -> Iterator[tuple[Transport, Callable[[Progress], None]]]:
    """A transport, and what shows how far a run is: a bar on a terminal, a line now and then elsewhere."""
    with transports.opened(name, on_progress=_nothing, **options) as carrier:
        if not sys.stderr.isatty():
            yield carrier, _Watch(_Lines(), carrier)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task("checking", total=None)

            def show(progress: Progress) -> None:
                done = progress.saved + progress.failed
                bars.update(task, description=str(progress), completed=done, total=progress.total)

            yield carrier, _Watch(show, carrier)


def _nothing(_: object) -> None:
    """No word about single queries: there are many."""


class _Watch:
    """Shows progress; after Ctrl-C it ends the waiting of the transport, so that a run stops in a moment."""

    def __init__(self, show: Callable[[Progress], None], carrier: Transport) -> None:
        self._show, self._carrier = show, carrier
        self._closed = False

    def __call__(self, progress: Progress) -> None:
        self._show(progress)
        if progress.stopping and not self._closed:
            self._closed = True
            self._carrier.close()


class _Lines:
    """A line of progress every ten seconds, and one when a run is being stopped."""

    def __init__(self) -> None:
        self._next = _LINE_EVERY
        self._stopping = False

    def __call__(self, progress: Progress) -> None:
        if progress.stopping and not self._stopping:
            self._stopping = True
            note(str(progress))
        elif progress.seconds >= self._next and progress.saved + progress.failed < progress.total:
            self._next = progress.seconds + _LINE_EVERY
            note(str(progress))
