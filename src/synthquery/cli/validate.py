"""The commands ``validate`` (files, folders and patterns in, reports out) and ``explain`` (what a code means)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthquery.cli import OK, PROBLEMS, UNCHECKED, locking
from synthquery.cli.online import Online, online_sources
from synthquery.cli.output import note, printable, write, write_coloured, write_json, write_table
from synthquery.cli.terms import AsJson
from synthquery.errors import ConfigError
from synthquery.resources import write_atomically

if TYPE_CHECKING:
    from synthquery.validation import Report
    from synthquery.validation.config import Config
    from synthquery.validation.formats import Results

ModelId = Annotated[
    str | None, typer.Option("--model", help="The model the query is for, where the file does not say it.")
]


class Format(StrEnum):
    """The formats of reports."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"
    HTML = "html"


def validate(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Queries, recipes, tables; folders of them, patterns in quotes; - reads standard input."
        ),
    ],
    model: ModelId = None,
    format_: Annotated[Format, typer.Option("--format", help="How to show the reports.")] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the reports here; the summary is still shown."),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(help="Report these codes or groups only, e.g. id,term.obsolete.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Leave out these codes or groups.")] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave out what matters less (error, warning, info), or CODE=SEVERITY to change one."
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings, instead of the nearest synthquery.toml or pyproject.toml.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="File of known issues: only those that are not in it count.")
    ] = None,
    write_the_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Record the issues there are now as known.")
    ] = False,
    jobs: Annotated[int, typer.Option(help="Processes at most; 0 takes one for each core.", min=0)] = 0,
    locked: locking.Locked = False,
    lock_file: locking.File = locking.DEFAULT_FILE,
    online: Online = False,
    as_json: AsJson = False,
) -> None:
    """Check queries, recipes and tables: every problem at once, with its place and what to do."""
    from synthquery.recipe.files import validate_files
    from synthquery.validation.baseline import read_baseline, without_known, write_baseline
    from synthquery.validation.config import find_config, load_config
    from synthquery.validation.formats.checked import summary

    settings = load_config(config) if config else None
    adjust = _adjustment(select or [], ignore or [], severity or [])
    with locking.following(lock_file, strict=locked) as kept, online_sources(online) as services:
        batch = validate_files(
            paths, model_id=model, config=settings, adjust=adjust, jobs=jobs, online=services
        )
        kept.checked([Path(name) for name, _ in batch.results])
    results: Results = batch.results
    known = baseline or (settings or find_config(Path())).baseline
    if write_the_baseline:
        if known is None:
            raise ConfigError("--write-baseline needs --baseline FILE, or a baseline in the settings")
        note(f"wrote {known}: {write_baseline(results, known):,} known issues")
        raise typer.Exit(verdict(replace(report, issues=()) for _, report in results))
    if known is not None:
        if baseline is not None and not baseline.exists():
            raise ConfigError(f"{baseline}: there is no such file; --write-baseline makes it")
        results = without_known(results, read_baseline(known), known.parent)
    if batch.skipped:
        note(f"skipped {listed(batch.skipped)}: no queries")
    _show(results, Format.JSON if as_json else format_, output)
    if output is not None:
        note(summary(results))
    code = verdict(report for _, report in results)
    # What the pinned release lacks and nobody could be asked about is neither fine nor wrong.
    raise typer.Exit(UNCHECKED if code == OK and services is not None and services.failures else code)


def explain(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="A code such as term.obsolete.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a code means, why it matters, and how a query with it is put right; without a code list all."""
    from synthquery.validation.codes import codes
    from synthquery.validation.explain import explain as about
    from synthquery.validation.explain import explanation
    from synthquery.validation.own_rules import other_codes

    every = {**codes(), **other_codes()}
    if code is None and as_json:
        write_json([about(name) for name in every])
    elif code is None:
        write_table(
            ("code", "severity", "what it is"), [(c.name, c.severity, c.title) for c in every.values()]
        )
    elif as_json:
        write_json(about(code))
    else:
        write(explanation(code))


def verdict(reports: Iterable[Report]) -> int:
    """The exit code for some reports: errors come before what could not be read."""
    known = list(reports)
    if any(report.errors for report in known):
        return PROBLEMS
    return UNCHECKED if any(report.unreadable for report in known) else OK


def _show(results: Results, how: Format, output: Path | None) -> None:
    from synthquery.validation.formats import render

    if output is not None:
        write_atomically(output, printable(render(results, how)) + "\n")
    elif how is Format.TEXT and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        write_coloured(render(results, how, colour=True))
    else:
        write(render(results, how))


def _adjustment(select: list[str], ignore: list[str], severity: list[str]) -> Callable[[Config], Config]:
    """What the options change about the settings of every folder."""
    from synthquery.validation.config import code_patterns, severity_of

    def adjust(found: Config) -> Config:
        try:  # only now: the settings may have brought codes of their own
            chosen, left_out = code_patterns(_split(select)), code_patterns(_split(ignore))
            least = [severity_of(one) for one in _split(severity) if "=" not in one]
            changed = {
                code: severity_of(value)
                for code, sign, value in (one.partition("=") for one in _split(severity))
                if sign and code_patterns([code])
            }
        except ValueError as error:
            raise ConfigError(str(error)) from error
        return replace(
            found,
            select=chosen or found.select,
            ignore=(*found.ignore, *left_out),
            severity={**found.severity, **changed},
            least=least[-1] if least else found.least,
        )

    return adjust


def _split(options: list[str]) -> list[str]:
    return [part.strip() for option in options for part in option.split(",") if part.strip()]


def listed(names: tuple[str, ...]) -> str:
    """The first names of a list, and how many more there are."""
    shown, left = ", ".join(names[:3]), len(names) - 3
    return f"{shown} and {left:,} more {'file' if left == 1 else 'files'}" if left > 0 else shown
