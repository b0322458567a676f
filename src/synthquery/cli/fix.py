"""The command ``fix``: what has one right answer is put right in the files, the rest is reported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthquery.cli import OK, PROBLEMS, UNCHECKED, USAGE
from synthquery.cli.output import fail, note, write, write_json
from synthquery.cli.terms import AsJson
from synthquery.cli.validate import listed

if TYPE_CHECKING:
    from synthquery.validation import Report
    from synthquery.validation.fixes import FixedFile

    Results = tuple[tuple[FixedFile, Report], ...]

_STANDARD_INPUT = "-"
_CLEAN_SHOWN = 10  # of more files only those with something to say are named


def fix(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Queries and recipes (JSON, YAML, TOML), tables (CSV, TSV), folders, patterns in quotes; "
            "- reads standard input."
        ),
    ],
    diff: Annotated[bool, typer.Option("--diff", help="Print what would change as a unified diff.")] = False,
    write_files: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", help="The model the query is for, where the file does not say it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put right what has exactly one right answer; layout, order and comments stay. Without --write nothing is changed.

    Exit code 0 when nothing is left to do, 1 when fixes are not written yet or errors remain, 3 when a file
    could not be read.
    """
    from synthquery.recipe.fixing import fix_files

    if diff and write_files:
        raise typer.Exit(fail("give --diff or --write, not both", code=USAGE))
    if write_files and _STANDARD_INPUT in files:
        raise typer.Exit(fail("standard input cannot be written; use --diff", code=USAGE))
    done = fix_files(files, model_id=model)
    if write_files:
        for file, _ in done.results:
            file.write()
    if done.skipped:
        note(f"skipped {listed(done.skipped)}: no queries")
    if as_json:
        write_json([_as_json(file, report, written=write_files) for file, report in done.results])
    else:
        _show(done.results, diff=diff, done="fixed" if write_files else "would be fixed")
    raise typer.Exit(_verdict(done.results, written=write_files))


def _show(results: Results, *, diff: bool, done: str) -> None:
    for file, report in results:
        if len(results) > _CLEAN_SHOWN and not (file.changed or report.issues or report.unreadable):
            continue
        if diff:
            _write_diff(file.diff())
            note(_told(file, report, done))
        else:
            write(_told(file, report, done))
            if report.issues:
                write(str(report).partition("\n")[2])
    if len(results) > 1:
        changed, problems = (
            sum(file.changed for file, _ in results),
            sum(len(file.fixed) for file, _ in results),
        )
        note(f"{len(results):,} files: {_number(problems, 'problem')} {done} in {changed:,} of them")


def _write_diff(diff: str) -> None:
    """A difference to standard output: for a terminal made printable, else to the letter, so that patch takes it."""
    if sys.stdout.isatty():
        write(diff.rstrip("\n"))
    else:
        sys.stdout.write(diff)
        sys.stdout.flush()


def _told(file: FixedFile, report: Report, done: str) -> str:
    number = len(file.fixed)
    fixed = f"{_number(number, 'problem')} {done}; " if number else "nothing to fix; "
    return f"{file.name}: {'' if report.unreadable else fixed}{report.summary()}"


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _as_json(file: FixedFile, report: Report, *, written: bool) -> dict[str, Any]:
    return {
        "file": file.name,
        "changed": file.changed,
        "written": written and file.changed,
        "fixed": [issue.to_dict() for issue in file.fixed],
        "left": report.to_dict(),
    }


def _verdict(results: Results, *, written: bool) -> int:
    if any(report.errors or (file.changed and not written) for file, report in results):
        return PROBLEMS
    return UNCHECKED if any(report.unreadable is not None for _, report in results) else OK
