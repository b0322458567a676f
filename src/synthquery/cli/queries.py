"""Commands about queries: ``build`` and ``predict``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from synthquery.cli import locking, many, transports
from synthquery.cli.building import Asking
from synthquery.cli.choose import DecisionsFile, Interactive, open_decisions
from synthquery.cli.online import Online, online_sources
from synthquery.cli.output import note, write, write_json, write_table
from synthquery.cli.terms import AsJson
from synthquery.cli.validate import ModelId, verdict
from synthquery.resources import write_atomically

if TYPE_CHECKING:
    from synthquery.prediction.files import FileFormat
    from synthquery.query import Query
    from synthquery.recipe import BuiltRecipe
    from synthquery.validation import Report
    from synthquery.validation.context import OnlineLookup

_STANDARD_INPUT: Final = "standard input"


def build(
    recipe: Annotated[
        Path, typer.Argument(help="A recipe of labels: YAML, JSON or TOML; a table: CSV, TSV, Excel.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the query here, and beside it where every ID came from."),
    ] = None,
    model: ModelId = None,
    interactive: Interactive = False,
    decisions_file: DecisionsFile = None,
    lock: locking.Write = False,
    locked: locking.Locked = False,
    lock_file: locking.File = locking.DEFAULT_FILE,
    online: Online = False,
    as_json: AsJson = False,
) -> None:
    """Turn a recipe or table of labels into a query of ontology IDs, and say how every label was matched."""
    from synthquery.recipe import load_recipe
    from synthquery.validation import validate as check
    from synthquery.wire import query_text, save_query

    path, own = open_decisions(decisions_file, interactive)
    following = locking.following(lock_file, write=lock, strict=locked)
    with following as kept, online_sources(online) as services:
        asking = Asking(own, kept.locked_decisions, path if interactive else None, services)
        built = asking.build(load_recipe(recipe, model))
        report = check(built.query, online=services)
        kept.built(recipe, built, output, asking.decisions)
    if output is not None:
        save_query(built.query, output)
        provenance = output.with_suffix(".provenance.json")
        write_atomically(provenance, json.dumps(_provenance(built), indent=2, ensure_ascii=False) + "\n")
        note(f"wrote {output} and {provenance}")
    if as_json:
        write_json({"query": built.query.to_dict(), **_provenance(built), "report": report.to_dict()})
    else:
        columns = ("where", "label", "ID", "term", "how", "score", "release")
        rows = [
            (m.place, m.label, m.id, m.term_label, m.how, f"{m.score:.2f}", m.release) for m in built.matches
        ]
        write_table(columns, rows, to_stderr=output is None)
        if output is None:
            write(query_text(built.query).rstrip("\n"))
        if report.issues:
            note(str(report))
    raise typer.Exit(verdict([report]))


def predict(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="A query file, JSON, YAML or TOML; - reads standard input. Or many: files, folders, quoted patterns."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results; made if missing.")],
    transport: transports.Name = "simulator",
    base_url: transports.BaseUrl = None,
    timeout: transports.Timeout = None,
    recordings: transports.RecordingsFolder = None,
    record: transports.RecordInto = None,
    model: ModelId = None,
    format_: Annotated[
        many.ResultFormat | None, typer.Option("--format", help="How to save results; csv when left out.")
    ] = None,
    max_in_flight: many.MaxInFlight = 4,
    max_samples_per_job: Annotated[
        int | None,
        typer.Option(help="Of many: send larger queries in parts of at most so many samples.", min=1),
    ] = None,
    retry_failed_jobs: many.RetryFailedJobs = 2,
    skip_invalid: Annotated[
        bool,
        typer.Option("--skip-invalid", help="Of many: leave those with errors out, instead of sending none."),
    ] = False,
    resend_unknown: many.ResendUnknown = False,
    retry_failed: many.RetryFailed = False,
    wait: many.Wait = 0.0,
    online: Online = False,
    as_json: AsJson = False,
) -> None:
    """Check a query, send it, and save metadata, expression, the query and the report. Of many, a folder each.

    A run over many keeps a journal in the folder of results: after any end the same command finishes what is missing.
    """
    from synthquery.cli.own_files import check_folder, is_same
    from synthquery.cli.predicted import show
    from synthquery.client import Client
    from synthquery.jobs.many import check_format
    from synthquery.jobs.shelf import QUERY, REPORT
    from synthquery.prediction.files import H5AD
    from synthquery.wire import save_query

    form: FileFormat | None = format_.value if format_ else None
    where: dict[str, Any] = {
        "base_url": base_url,
        "timeout": timeout,
        "recordings": recordings,
        "record": record,
    }
    if not many.is_one(paths, output):
        how = {
            "format": form,
            "max_in_flight": max_in_flight,
            "max_samples_per_job": max_samples_per_job,
            "retry_failed_jobs": retry_failed_jobs,
            "skip_invalid": skip_invalid,
            "resend_unknown": resend_unknown,
            "retry_failed": retry_failed,
            "job_timeout": timeout,
            "wait": wait,
        }
        many.predict_many(
            paths, output, transport, where, model=model, online=online, as_json=as_json, options=how
        )
    chosen = check_format(form or "csv")
    with (
        transports.interruptible(),
        transports.opened(transport, **where) as carrier,
        Client(transport=carrier) as client,
        online_sources(online) as services,
    ):
        report, query_of = _looked_at(paths[0], model, services)
        if not report.ok or report.unreadable:
            note(f"{_STANDARD_INPUT if paths[0] == '-' else paths[0]}: {report}")
            note(": ".join(filter(None, ["nothing was sent", build_first(Path(paths[0]))])))
            raise typer.Exit(verdict([report]))
        query = query_of()
        check_folder(output, paths[0])
        output.mkdir(parents=True, exist_ok=True)  # what cannot be written is said before anything is sent
        # what a service vouches for is newer than the data that the client would check it with
        prediction = client.predict(query, send_invalid=online)
    with transports.not_lost(prediction):
        saved = prediction.save(output / H5AD if chosen == "h5ad" else output, format=chosen)
        if not is_same(output / QUERY, paths[0]):  # who wrote it keeps it as it is
            save_query(query, output / QUERY)
        write_atomically(output / REPORT, report.to_json() + "\n")
    files = [*saved, output / QUERY, output / REPORT]
    if as_json:
        write_json({**prediction.summary(), "files": [str(path) for path in files]})
    else:
        show(prediction)
        write(f"saved in {output}: {', '.join(path.name for path in files)}")


def _looked_at(
    path: str, model: str | None, services: OnlineLookup | None
) -> tuple[Report, Callable[[], Query]]:
    """What is wrong with a query file or standard input, and how to get the query when nothing is."""
    from synthquery.errors import QueryFormatError
    from synthquery.validation import validate as check
    from synthquery.validation.context import Terms
    from synthquery.validation.validate import check_document, problem_report
    from synthquery.wire import load_query, parse_document, parse_query

    if path != "-":
        return check(path, model_id=model, online=services), lambda: load_query(path, model_id=model)
    try:
        document = parse_document(sys.stdin.buffer.read(), name=_STANDARD_INPUT, arrays=True)
    except QueryFormatError as problem:
        return problem_report(problem), lambda: parse_query({}, model)
    report = check_document(document, model, terms=Terms(online=services))
    return report, lambda: parse_query(document.body, model)


def build_first(file: Path) -> str:
    """What to do with a file that describes samples in words; empty for a query."""
    from synthquery.errors import QueryFormatError
    from synthquery.recipe.check import is_recipe
    from synthquery.recipe.table_files import is_table
    from synthquery.wire import read_document

    try:
        in_words = is_table(file) or is_recipe(read_document(file).body)
    except QueryFormatError:
        return ""
    return f"{file} describes samples in words; build makes the query of it" if in_words else ""


def _provenance(built: BuiltRecipe) -> dict[str, Any]:
    return {
        "model_id": built.query.model_id,
        "releases": built.releases,
        "matches": [match.to_dict() for match in built.matches],
    }
