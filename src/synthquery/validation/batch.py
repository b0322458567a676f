"""`validate_files`: many query files in one call, on all cores, with the settings of their folders."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Protocol

from synthquery.errors import QueryFormatError
from synthquery.validation.config import Config, find_config
from synthquery.validation.context import OnlineLookup, Terms
from synthquery.validation.files import Wanted, wanted_files
from synthquery.validation.own_rules import OwnRule
from synthquery.validation.report import Report
from synthquery.validation.selection import chosen
from synthquery.validation.validate import check_document, problem_report
from synthquery.validation.waivers import without_waived
from synthquery.wire import Document, parse_document, read_document

_FEW: Final = 400  # files that are checked before another process would have started
_CHUNK: Final = 64
_YAML: Final = frozenset({".yaml", ".yml"})
_STANDARD_INPUT: Final = "standard input"
_QUERY_KEYS: Final = frozenset({"inputs", "model_id", "sampling_strategy", "operation"})
# What stands beside queries here: a recipe, and what build and predict write (provenance, report, summary).
_OTHER_FILES: Final = (
    {"model", "samples"},
    {"matches", "releases"},
    {"issues", "releases"},
    {"kind", "simulated"},
)


class OtherFiles(Protocol):
    """Checks what is no query. It must be picklable."""

    def of_document(
        self,
        document: Document,
        model_id: str | None,
        *,
        terms: Terms,
        rules: Sequence[OwnRule],
        asked_for: bool,
    ) -> Report | None:
        """The report of a file that was read, or None: check it as a query.

        `asked_for` is False for a file that a folder holds.
        """
        ...

    def takes(self, name: str) -> bool:
        """True for the name of a file that is no document, and that `of_file` checks."""
        ...

    def of_file(self, name: str, model_id: str | None, *, terms: Terms, rules: Sequence[OwnRule]) -> Report:
        """The report of such a file."""
        ...


@dataclass(frozen=True)
class Batch:
    """What a run over many files gives.

    Attributes
    ----------
    results
        The name of each file that was checked, and its report.
    skipped
        Files of a folder that are plainly no queries: JSON, YAML or TOML that holds something else than an object
        or none of the keys of a query.
    """

    results: tuple[tuple[str, Report], ...]
    skipped: tuple[str, ...] = ()


def validate_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    model_id: str | None = None,
    config: Config | None = None,
    adjust: Callable[[Config], Config] | None = None,
    jobs: int = 1,
    online: OnlineLookup | None = None,
    others: OtherFiles | None = None,
) -> Batch:
    """As `synthquery.validate_files`; what is no query is checked by `others`, where they are given, or as one."""
    settings: dict[Path, Config] = {}

    def config_of(folder: Path) -> Config:
        if folder not in settings:
            found = config or find_config(folder)
            settings[folder] = adjust(found) if adjust else found
        return settings[folder]

    wanted = wanted_files(paths, lambda path: config_of(path.parent).excludes(path))
    work = [
        _Work(
            one,
            config_of(Path(one.name).parent),
            model_id,
            _standard_input() if one.name == "-" else None,
            online,
            others,
        )
        for one in wanted
    ]
    reports = _all(work, 1 if online is not None else jobs)
    return Batch(
        results=tuple(
            (one.name, report) for one, report in zip(wanted, reports, strict=True) if report is not None
        ),
        skipped=tuple(one.name for one, report in zip(wanted, reports, strict=True) if report is None),
    )


_Source = Document | str | QueryFormatError


@dataclass(frozen=True)
class _Work:
    """All that a process needs to check one file; standard input has been read for it."""

    wanted: Wanted
    config: Config
    model_id: str | None
    source: _Source | None
    online: OnlineLookup | None = None
    others: OtherFiles | None = None


def _all(work: Sequence[_Work], jobs: int) -> list[Report | None]:
    processes = min(jobs or _cores(), -(-len(work) // _CHUNK))
    if processes < 2 or (not jobs and len(work) < _FEW):
        return [_one(each) for each in work]
    # Not forked: a connection to an ontology that is open here must not be used by two processes.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        with _ctrl_c_for_this_process():
            reports = pool.map(_one, work, chunksize=_CHUNK)
        return list(reports)


@contextmanager
def _ctrl_c_for_this_process() -> Iterator[None]:
    """Processes that start here do not hear Ctrl-C, which a terminal sends to all of them: this one ends them.

    Where the system has no signal masks they hear it, and say so.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _one(work: _Work) -> Report | None:
    """The report of a file; None when it is plainly no query and nobody asked for it."""
    wanted, config = work.wanted, work.config
    if wanted.missing:
        return Report(unreadable=wanted.missing)
    path = Path(wanted.name)
    source = _source(work)
    report = _checked(source, work.model_id, work)
    if report.model_id is None and work.model_id is None and config.model and report.unreadable is None:
        report = _with_model(report, source, config.model, work)
    if not wanted.asked_for and report.issues and plainly_no_query(report, source):
        return None
    if isinstance(source, Document):
        report = without_waived(report, source.text, source.format)
    elif report.issues and path.suffix.lower() in _YAML:  # broken, and perhaps waived as a whole
        report = without_waived(report, path.read_text(encoding="utf-8-sig", errors="replace"), "yaml")
    return chosen(
        report,
        select=config.select,
        ignore=config.ignored_for(path),
        least=config.least,
        severities=config.severity,
    )


def _standard_input() -> _Source:
    try:
        # Without the nodes of YAML, which cannot travel to another process.
        return replace(parse_document(sys.stdin.buffer.read(), name=_STANDARD_INPUT), nodes=None)
    except QueryFormatError as error:
        return error


def _source(work: _Work) -> _Source:
    """What a file or standard input holds; its name where it may be none of our formats."""
    if work.source is not None:
        return work.source
    name = work.wanted.name
    if work.others and work.others.takes(name):
        return name
    try:
        return read_document(
            name, arrays=not work.config.own_rules()
        )  # rules of others are written for lists
    except QueryFormatError as problem:
        return problem


def _checked(source: _Source, model_id: str | None, work: _Work) -> Report:
    """The report of a source."""
    rules, terms, others = work.config.own_rules(), Terms(online=work.online), work.others
    if isinstance(source, QueryFormatError):
        return problem_report(source)
    if isinstance(source, str):
        return others.of_file(source, model_id, terms=terms, rules=rules) if others else Report()
    if others:
        asked = work.wanted.asked_for
        found = others.of_document(source, model_id, terms=terms, rules=rules, asked_for=asked)
        if found is not None:
            return found
    return check_document(source, model_id, terms=terms, rules=rules)


def _with_model(report: Report, source: _Source, model_id: str, work: _Work) -> Report:
    """The report for the model of the settings, unless the query names one, rightly or not."""
    if any(issue.code.startswith(("structure.json", "model.")) for issue in report.issues):
        return report
    return _checked(source, model_id, work)


def plainly_no_query(report: Report, source: object) -> bool:
    """True for a file that can be read and is plainly no query, by its report and what was read."""
    if any(issue.code == "structure.json" for issue in report.issues):
        # Broken JSON may be a broken query; a list or a number cannot be one.
        return any(": holds " in issue.message for issue in report.issues)
    if not any(issue.code == "structure.missing" and issue.path == ("inputs",) for issue in report.issues):
        return False
    if not isinstance(source, Document) or source.name == _STANDARD_INPUT:
        return False
    keys = source.body.keys()
    return not _QUERY_KEYS & keys or any(signs <= keys for signs in _OTHER_FILES)
