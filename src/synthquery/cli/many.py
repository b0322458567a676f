"""Many queries on the command line: ``predict`` over files and folders, and what is shown of a run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from synthquery.cli import OK, PROBLEMS, UNCHECKED, transports
from synthquery.cli.online import online_sources
from synthquery.cli.output import fail, note, printable, write, write_json
from synthquery.errors import ConfigError, InvalidQueriesError, RunStoppedError

if TYPE_CHECKING:
    from synthquery.jobs.outcomes import Outcomes
    from synthquery.jobs.progress import Progress
    from synthquery.transport import Transport
    from synthquery.validation import Report
    from synthquery.validation.context import OnlineLookup

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
    from synthquery.cli.queries import build_first
    from synthquery.client import Client

    with online_sources(online) as services:
        checked = _checked(paths, output, model, services)
    try:
        with opened(transport, transport_options) as (carrier, watch), Client(carrier) as client:
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
        for hint in filter(None, (build_first(Path(name)) for name in error.reports)):
            note(hint)
        raise typer.Exit(
            PROBLEMS if any(one.errors for one in error.reports.values()) else UNCHECKED
        ) from None
    except (RunStoppedError, KeyboardInterrupt) as error:
        raise typer.Exit(ended(error, output, as_json=as_json)) from None
    raise typer.Exit(tell(outcomes, output, as_json=as_json))


def _checked(
    paths: Sequence[str], output: Path, model: str | None, services: OnlineLookup | None
) -> list[tuple[str, Report]]:
    """The query files that paths stand for, and their reports; results in the folder of results are left out."""
    from synthquery.validation.batch import validate_files

    if "-" in paths:
        raise ConfigError(
            "standard input is one query: with others, or in a run over many, it has to be a file"
        )
    batch = validate_files(paths, model_id=model, jobs=0, online=services)
    found = [(name, report) for name, report in batch.results if not _is_result(Path(name), output)]
    skipped = [name for name in batch.skipped if not _is_result(Path(name), output)]
    if skipped:
        number = len(skipped)
        note(
            f"skipped 1 file that is no query: {skipped[0]}"
            if number == 1
            else f"skipped {number:,} files that are no queries"
        )
    if not found:
        raise ConfigError(f"there is no query in {', '.join(paths)}{_why_none(batch.results, skipped)}")
    return found


def _is_result(file: Path, output: Path) -> bool:
    """True for a file that a run wrote into the folder of results: its index, or what stands beside an answer."""
    from synthquery.jobs.shelf import INDEX, QUERY, REPORT
    from synthquery.prediction.files import ABOUT, H5AD

    own, folder = output.resolve(), file.resolve().parent
    if folder == own and file.name == INDEX:
        return True
    return (
        file.name in {QUERY, REPORT, ABOUT}
        and folder.is_relative_to(own)
        and any((folder / name).is_file() for name in (ABOUT, H5AD))
    )


def _why_none(results: Sequence[tuple[str, Report]], skipped: Sequence[str]) -> str:
    """What is there in place of queries."""
    from synthquery.cli.queries import build_first

    if results:
        return " but results of an earlier run"
    words = [hint for name in skipped if (hint := build_first(Path(name)))]
    return f": {words[0]}" if words else ""


def tell(outcomes: Outcomes, folder: Path, *, as_json: bool) -> int:
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


def ended(error: BaseException, folder: Path, *, as_json: bool) -> int:
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


@contextmanager
def opened(name: str, options: dict[str, Any]) -> Iterator[tuple[Transport, Callable[[Progress], None]]]:
    """A transport, and what shows how far a run is: a bar on a terminal, a line now and then elsewhere."""
    with transports.opened(name, on_progress=_nothing, **options) as carrier:
        if not sys.stderr.isatty():
            yield carrier, _Watch(_Lines(), carrier)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars

        text = TextColumn("{task.description}", markup=False)  # a server's words may have brackets
        columns = (SpinnerColumn(), text, BarColumn(), MofNCompleteColumn())
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task("checking", total=None)

            def show(progress: Progress) -> None:
                done = progress.saved + progress.failed
                bars.update(task, description=printable(str(progress)), completed=done, total=progress.total)

            yield carrier, _Watch(show, carrier)


def _nothing(_: object) -> None:
    """No word about single queries: there are many."""


class _Watch:
    """Shows progress; after Ctrl-C it ends the waiting of the transport, so that a run stops in a moment."""

    def __init__(self, show: Callable[[Progress], None], carrier: Transport) -> None:
        self._show, self._carrier = show, carrier
        self._closed = False

    def __call__(self, progress: Progress) -> None:
        with suppress(OSError):  # nobody reads it any more: no reason to end the run
            self._show(progress)
        if progress.stopping and not self._closed:
            self._closed = True
            with suppress(Exception):  # it is in use; whatever goes wrong here, the run ends in order
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
