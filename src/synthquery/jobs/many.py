"""Many queries from beginning to end, and an unfinished run taken up again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast, get_args

from synthquery.errors import ConfigError, JournalError, RunStoppedError, SynthQueryError
from synthquery.jobs.carrier import settings_of
from synthquery.jobs.journal import FILE, Journal
from synthquery.jobs.lock import only_run
from synthquery.jobs.outcomes import Outcome, Outcomes, RunInterruptedError
from synthquery.jobs.plan import Asked, enter
from synthquery.jobs.progress import OnProgress, Progress
from synthquery.jobs.rows import QueryRow
from synthquery.jobs.runner import Runner, writing
from synthquery.jobs.settings import Settings
from synthquery.jobs.shelf import Folder, Memory, Shelf, check_index
from synthquery.jobs.steps import StopRunError
from synthquery.prediction.extras import import_extra
from synthquery.prediction.files import FileFormat
from synthquery.transport import Transport
from synthquery.validation import Report

_FORMAT: Final = "format"
_DEFAULT_FORMAT: Final = "csv"  # as for one prediction
_INDEX_EVERY: Final = 10.0  # seconds between two writings of the index during a run
_HELD: Final = ("submitting", "submitted", "ready", "unknown")


def run_many(
    transport: Transport,
    asked: Sequence[Asked],
    settings: Settings,
    *,
    out: Path | None = None,
    form: str | None = None,
    most_samples: int | None = None,
    wait: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Outcomes:
    """Send queries and keep their answers; see `Client.predict_many`."""
    if most_samples is not None and (not isinstance(most_samples, int) or most_samples < 1):
        raise ConfigError(f"max_samples_per_job is a number of samples, at least 1, not {most_samples!r}")
    fit = [one for one in asked if one.ok]
    if out is None:
        with Journal(None) as journal:
            hashes = enter(journal, fit, most_samples)
            return finish(journal, Memory(), transport, settings, on_progress, _view(asked, hashes))
    if form:
        check_format(form)  # before a folder is made
    with _opened(out, form, wait) as (journal, folder):
        _same_service(journal, transport, out)
        hashes = enter(journal, fit, most_samples, folder.has, folder.occupied())
        return finish(journal, folder, transport, settings, on_progress, _view(asked, hashes))


def resume(
    transport: Transport,
    out: Path,
    settings: Settings,
    *,
    wait: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Outcomes:
    """Finish what a run has left: exactly what is missing.

    Raises
    ------
    JournalError
        When the folder holds no journal, or one that cannot be used.
    RunStoppedError
        When the run had to end before all was done.
    """
    if not has_journal(out):
        raise JournalError(f"{out} holds no journal of queries ({FILE}): nothing was begun there")
    with _opened(out, None, wait) as (journal, folder):
        _same_service(journal, transport, out)
        return finish(journal, folder, transport, settings, on_progress)


def has_journal(out: Path) -> bool:
    """True for a folder of results that a run over many queries made."""
    return (out / FILE).is_file()


def outcomes_in(out: Path) -> Outcomes:
    """Where every query of a folder of results stands; a run may be writing to it.

    Raises
    ------
    JournalError
        When the folder holds no journal, or one that cannot be used.
    """
    with Journal(out / FILE, read_only=True) as journal:
        form = cast("FileFormat", journal.setting(_FORMAT) or _DEFAULT_FORMAT)
        return _outcomes(journal, Folder(out, form), None)


def run_settings(out: Path) -> dict[str, str]:
    """How the run of a folder of results was begun: ``transport``, ``base_url``, ``format``."""
    with Journal(out / FILE, read_only=True) as journal:
        return journal.settings()


@contextmanager
def _opened(out: Path, form: str | None, wait: float) -> Iterator[tuple[Journal, Folder]]:
    """The journal and the folder of results, held for this run alone."""
    out.mkdir(parents=True, exist_ok=True)
    if not has_journal(out):
        check_index(out)
    with only_run(out, wait), Journal(out / FILE) as journal:
        kept = journal.setting(_FORMAT)
        if kept and form and kept != form:
            raise ConfigError(f"the results in {out} are kept as {kept}, not as {form}; give another folder")
        chosen = check_format(kept or form or _DEFAULT_FORMAT)
        journal.set_settings({_FORMAT: chosen})
        folder = Folder(out, chosen)
        folder.tidy()
        yield journal, folder


def check_format(form: str) -> FileFormat:
    """The format, when results can be saved in it; an error now, before anything is sent, when not."""
    known = get_args(FileFormat)
    if form not in known:
        raise ConfigError(f"there is no format {form!r} of results; there are {', '.join(known)}")
    if form == "parquet":
        import_extra("pyarrow", "arrow", "parquet")
    if form == "h5ad":
        import_extra("anndata", "anndata", "h5ad")
    return cast("FileFormat", form)


def _same_service(journal: Journal, transport: Transport, out: Path) -> None:
    """Queries that one service has are not asked of another."""
    wanted = settings_of(transport)
    before = {name: value for name, value in journal.settings().items() if name in ("transport", "base_url")}
    if (
        before
        and before != wanted
        and any(part.state in _HELD for query in journal.queries() for part in query.parts)
    ):
        raise JournalError(
            f"the run in {out} was begun with {_named(before)}, which has some of its queries; this is "
            f"{_named(wanted)}: go on with the same transport, or give another folder"
        )
    journal.set_settings({"base_url": None, **wanted})


def _named(settings: Mapping[str, str]) -> str:
    return " at ".join(settings[name] for name in ("transport", "base_url") if name in settings)


_View = list[tuple[str, str, Report | None]]


def _view(asked: Sequence[Asked], hashes: Sequence[str]) -> _View:
    """Label and hash of every query that was given; the report in place of the hash of one that is not sent."""
    rest = iter(hashes)
    return [(one.label, next(rest), None) if one.ok else (one.label, "", one.report) for one in asked]


def finish(
    journal: Journal,
    shelf: Shelf,
    transport: Transport,
    settings: Settings,
    on_progress: OnProgress | None,
    view: _View | None = None,
) -> Outcomes:
    """Bring the queries of a journal to their answers, as far as it goes.

    Returns
    -------
    Outcomes
        Those of a view: label and hash of each query; by default of all that were ever given.
    """
    index = _Index(journal, shelf)

    def told(progress: Progress) -> None:
        index.now_and_then()
        if on_progress is not None:
            on_progress(progress)

    runner = Runner(journal, shelf, transport, settings, told)
    stopped: Exception | None = None
    complete = True
    try:
        index.write()
        complete = runner.run()
    except (StopRunError, SynthQueryError) as error:
        stopped = error
    outcomes = _outcomes(journal, shelf, view)
    try:
        index.write()
    except StopRunError as error:
        stopped = stopped or error
    if stopped is not None:
        raise RunStoppedError(str(stopped), outcomes) from stopped
    if not complete:
        raise RunInterruptedError(outcomes)
    return outcomes


class _Index:
    """Keeps ``index.json`` about as new as the journal."""

    def __init__(self, journal: Journal, shelf: Shelf) -> None:
        self._journal, self._shelf = journal, shelf
        self._written = 0.0

    def now_and_then(self) -> None:
        if time.monotonic() - self._written > _INDEX_EVERY:
            self.write()

    def write(self) -> None:
        if isinstance(self._shelf, Folder):
            with writing():
                self._shelf.write_index(index_of(_outcomes(self._journal, self._shelf, None)))
        self._written = time.monotonic()


def index_of(outcomes: Outcomes) -> dict[str, Any]:
    """What ``index.json`` says; paths are below the folder of results."""
    content = outcomes.to_dict()
    for row in content["queries"]:
        row["path"] = row["name"] if row["path"] else None
    return content


def _outcomes(journal: Journal, shelf: Shelf, view: _View | None) -> Outcomes:
    """Where queries stand: all of the journal, or those of a view."""
    queries = {query.hash: query for query in journal.queries()}
    first: dict[str, str] = {}
    found: list[Outcome] = []
    if view is None:
        view = [(row.label, row.hash, None) for row in journal.inputs()]
    for label, key, report in view:
        if report is not None:
            found.append(_invalid(label, report))
            continue
        found.append(_outcome(label, queries[key], shelf, first.get(key)))
        first.setdefault(key, label)
    return Outcomes(found, shelf.folder)


def _outcome(label: str, query: QueryRow, shelf: Shelf, same_as: str | None) -> Outcome:
    if query.saved and not shelf.has(query):
        error = f"its results, {query.name}, are not in the folder any more; the command that sent it brings them again"
        return Outcome(
            label,
            query.name,
            query.hash,
            "failed",
            query.model_id,
            query.n_samples,
            error=error,
            reason="results removed",
            query_ids=query.query_ids,
            same_as=same_as,
        )
    return Outcome(
        label=label,
        name=query.name,
        hash=query.hash,
        state=query.state,
        model_id=query.model_id,
        n_samples=query.n_samples,
        path=shelf.folder / query.name if query.saved and shelf.folder else None,
        error="" if query.saved else query.error,
        reason="" if query.saved else query.reason,
        query_ids=query.query_ids,
        same_as=same_as,
        _load=lambda: shelf.load(query),
    )


def _invalid(label: str, report: Report) -> Outcome:
    return Outcome(
        label=label,
        name="",
        hash="",
        state="invalid",
        model_id=report.model_id or "",
        error=str(report),
        reason="could not be read" if report.unreadable else "errors in the query",
    )
