"""Asking a person which term a label means, and keeping the answer in a file of decisions."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthquery.cli.output import note, prompt
from synthquery.errors import SynthQueryError

if TYPE_CHECKING:
    from synthquery.resolver import Decisions, Resolution

DEFAULT_FILE = Path("synthquery.decisions.tsv")
Interactive = Annotated[
    bool,
    typer.Option("--interactive", "-i", help=f"Ask about labels that do not resolve; keeps {DEFAULT_FILE}."),
]
DecisionsFile = Annotated[
    Path | None, typer.Option("--decisions", help="File of decisions to follow, and to add to when asked.")
]
_HELP = "a number, an ID, n for none of them, Enter to leave it open, q to stop"


class _StopError(Exception):
    """The person has had enough."""


def open_decisions(file: Path | None, interactive: bool) -> tuple[Path, Decisions | None]:
    """The file of decisions and its content; None when neither a file nor questions are wanted."""
    from synthquery.resolver import Decisions, load_decisions

    path = file or DEFAULT_FILE
    if file is None and not interactive:
        return path, None
    if path.exists() or not interactive:
        return path, load_decisions(path)
    return path, Decisions()


def ask_all(answers: Iterable[Resolution], decisions: Decisions, path: Path) -> int:
    """Ask about each label that did not resolve, saving each decision at once; how many were made."""
    made = 0
    asked: set[tuple[str, str]] = set()
    try:
        for answer in answers:
            key = (answer.field, answer.label)
            if answer.term is None and answer.label.strip() and key not in asked:
                asked.add(key)
                made += _ask(answer, decisions, path)
    except _StopError:
        note("")
    return made


def _ask(answer: Resolution, decisions: Decisions, path: Path) -> bool:
    note(f"\n{answer.field}: {answer.label!r}: {answer.reason}")
    for number, candidate in enumerate(answer.candidates, 1):
        note(f"  {number:2}  {candidate.term}  {candidate.score:.2f}  [{candidate.how}: {candidate.matched}]")
    while True:
        prompt(f"which? ({_HELP}) ")
        line = sys.stdin.readline()
        reply = line.strip()
        if not line or reply == "q":
            raise _StopError
        if not reply:
            return False
        if _keep(reply, answer, decisions):
            decisions.save(path)
            return True


def _keep(reply: str, answer: Resolution, decisions: Decisions) -> bool:
    """Take a reply as a decision; False, after a word about it, when it is none."""
    from synthquery.resolver import resolve

    by = f"person: {_user()}"
    if reply == "n":
        decisions.choose(answer.label, answer.field, None, by)
        return True
    if reply.isascii() and reply.isdigit():
        if not 1 <= int(reply) <= len(answer.candidates):
            note(f"there is no number {reply}")
            return False
        decisions.choose(answer.label, answer.field, answer.candidates[int(reply) - 1].term, by)
        return True
    try:
        found = resolve(reply, answer.field)
    except SynthQueryError as error:
        note(str(error))
        return False
    if found.term is None:
        note(found.reason)
        return False
    decisions.choose(answer.label, answer.field, found.term, by)
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name in the environment and none for this user id
        return "unknown"
