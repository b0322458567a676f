"""The command ``transports``, and the options that choose one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from synthquery.cli import INTERRUPTED, UNCHECKED
from synthquery.cli.output import fail, note, printable, write_json, write_table
from synthquery.cli.terms import AsJson
from synthquery.errors import TransportOptionError

if TYPE_CHECKING:
    from synthquery.prediction import Prediction
    from synthquery.transport import Transport
    from synthquery.transport.http import JobProgress

Name = Annotated[
    str,
    typer.Option(
        "--transport",
        help="What answers: simulator, synthesize, self-hosted, pysynthbio, replay ... (`synthquery transports`). "
        "A token is no option: set SYNTHESIZE_API_KEY, or store it in the keyring.",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="Address of the service or container, if not the usual one."),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", min=0.001, help="Seconds to wait for an answer in all.")
]
RecordingsFolder = Annotated[
    Path | None, typer.Option("--recordings", help="With --transport replay: the folder of recordings.")
]
RecordInto = Annotated[
    Path | None, typer.Option("--record", help="Record the answers in this folder, to replay them later.")
]
_SHOWING_PROGRESS: Final = ("synthesize", "self-hosted")
_FLAGS: Final = {"base_url": "--base-url", "timeout": "--timeout", "folder": "--recordings"}


def transports(as_json: AsJson = False) -> None:
    """List the transports: what answers, what it needs, and whether it can be used here. Nothing is sent."""
    from synthquery.transport import list_transports

    found = list_transports()
    if as_json:
        write_json([one.to_dict() for one in found])
        return
    rows = [
        (
            one.name if one.origin == "synthquery" else f"{one.name} ({one.origin})",
            "yes" if one.usable else "no",
            one.title,
            f"needs {one.needs}" if one.usable and one.needs else one.reason,
        )
        for one in found
    ]
    write_table(("transport", "usable here", "what answers", ""), rows)


@contextmanager
def opened(
    name: str,
    *,
    base_url: str | None = None,
    timeout: float | None = None,
    recordings: Path | None = None,
    record: Path | None = None,
    on_progress: Any = None,
) -> Iterator[Transport]:
    """The transport that the options of a command ask for; it is closed at the end.

    Without `on_progress` the command shows how far the one query is.

    Raises
    ------
    TransportError
        When there is no such transport, or it does not take an option.
    """
    from synthquery.transport import ReplayTransport, make_transport

    options: dict[str, Any] = {"base_url": base_url, "timeout": timeout, "folder": recordings}
    own = nullcontext() if on_progress or name not in _SHOWING_PROGRESS else _shown_progress()
    with own as show:
        if name in _SHOWING_PROGRESS:
            options["on_progress"] = on_progress or show
        transport = _made(make_transport, name, options)
        if record is not None:
            transport = ReplayTransport(record, transport, mode="record")
        try:
            yield transport
        finally:
            transport.close()


@contextmanager
def interruptible() -> Iterator[None]:
    """End a command that Ctrl-C interrupts with what the transport says of going on."""
    try:
        yield
    except KeyboardInterrupt as end:
        hint = "; ".join(getattr(end, "__notes__", ())) or None
        raise typer.Exit(fail("interrupted", hint=hint, code=INTERRUPTED)) from None


@contextmanager
def not_lost(prediction: Prediction) -> Iterator[None]:
    """Say where an answer still is, when it cannot be written."""
    try:
        yield
    except OSError as error:
        from synthquery.transport.http.refusals import resume_hint

        query_id = prediction.provenance.get("query_id")
        where = f"{error.filename}: " if error.filename else ""
        message = f"results cannot be written: {where}{error.strerror or error}"
        server = prediction.provenance.get("server")
        hint = resume_hint(query_id, server) if isinstance(query_id, str) else None
        raise typer.Exit(fail(message, hint=hint, code=UNCHECKED)) from error


def _made(make: Callable[..., Transport], name: str, options: dict[str, Any]) -> Transport:
    """The transport; an error about an option of it speaks of the option of the command."""
    try:
        return make(name, **options)
    except TransportOptionError as error:
        told = str(error)
        for option, flag in _FLAGS.items():
            told = told.replace(f"{option}=...", flag).replace(repr(option), flag)
        raise TransportOptionError(told) from error


@contextmanager
def _shown_progress() -> Iterator[Any]:
    """On a terminal a line that lives: the model, what the service says, the time, and a bar for the answer.

    Elsewhere None: the library's own word, a line each, is all there is.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("sending", total=None)

        def show(progress: JobProgress) -> None:
            if progress.stage == "submitted":  # stays on the screen: with the ID the answer is found again
                note(f"sent to {progress.model_id}; the query is {progress.query_id}")
            coming = "the answer is coming" if progress.stage == "downloading" else "waiting"
            said = printable(progress.message) or coming
            description = Text(f"{progress.model_id}: {said}").markup
            bars.update(task, description=description, completed=progress.done, total=progress.total)

        yield show
