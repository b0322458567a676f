"""The commands ``jobs list``, ``show`` and ``resume``: where the queries of a run stand, and going on with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthquery.cli import many, transports
from synthquery.cli.many import ended, opened, tell
from synthquery.cli.output import note, write, write_json, write_table
from synthquery.cli.predicted import show as show_prediction
from synthquery.cli.terms import AsJson
from synthquery.cli.validate import ModelId
from synthquery.errors import ConfigError, JournalError, RunStoppedError

if TYPE_CHECKING:
    from synthquery.jobs.outcomes import Outcome
    from synthquery.transport import Request

jobs = typer.Typer(
    name="jobs",
    help="Runs over many queries: where they stand, and going on with them.",
    no_args_is_help=True,
)

_Folder = Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results.")]


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
    max_in_flight: many.MaxInFlight = 4,
    retry_failed_jobs: many.RetryFailedJobs = 2,
    resend_unknown: many.ResendUnknown = False,
    retry_failed: many.RetryFailed = False,
    wait: many.Wait = 0.0,
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
    elif Path(what).name != what:  # no ID has the marks of a path in it
        raise JournalError(f"{what}: there is no such folder of results")
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
        with opened(name, options) as (carrier, watch):
            outcomes = go_on(carrier, folder, settings, wait=wait, on_progress=watch)
    except (RunStoppedError, KeyboardInterrupt) as error:
        raise typer.Exit(ended(error, folder, as_json=as_json)) from None
    raise typer.Exit(tell(outcomes, folder, as_json=as_json))


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
    with opened(transport, options) as (carrier, watch):
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


def _is_meant(one: Outcome, which: str) -> bool:
    if which in (one.label, Path(one.label).stem, one.name, *one.query_ids):
        return True
    return len(which) >= 6 and one.hash.startswith(which.casefold())


def _cell(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
