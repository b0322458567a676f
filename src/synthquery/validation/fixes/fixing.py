"""`fix`: what has exactly one right answer is put right, the rest is reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final, overload

from synthquery.errors import QueryFormatError
from synthquery.query import Query
from synthquery.resources import write_atomically
from synthquery.validation.fixes.difference import unified_diff
from synthquery.validation.fixes.edits import Edit, applied, chosen
from synthquery.validation.fixes.splices import Splice, spliced, splices
from synthquery.validation.report import Issue, Report
from synthquery.validation.validate import check_document, problem_report, validate
from synthquery.wire import Document, parse_document, parse_query

_ROUNDS: Final = 20  # a value may need several: renamed, then respelt, then replaced
_ONE_BY_ONE: Final = 200  # edits that are tried alone when all of them together do not do


@dataclass(frozen=True)
class FixedFile:
    """A file as it is and as it would be.

    Attributes
    ----------
    name
        Its path.
    before, after
        Its bytes; the same where there is nothing to fix or the file could not be read.
    fixed
        The issues whose fix is in `after`, in the order in which they were found.
    """

    name: str
    before: bytes
    after: bytes
    fixed: tuple[Issue, ...] = ()

    @property
    def changed(self) -> bool:
        """True when there is something to write."""
        return self.before != self.after

    def diff(self) -> str:
        """A unified diff; empty when nothing changes."""
        return unified_diff(self.name, self.before, self.after) if self.changed else ""

    def write(self) -> None:
        """Write the file, whole or not at all; one that does not change is left alone."""
        if self.changed:
            write_atomically(self.name, self.after)


@overload
def fix(query: Query, model_id: str | None = None) -> tuple[Query, Report]: ...
@overload
def fix(query: Mapping[str, Any], model_id: str | None = None) -> tuple[dict[str, Any], Report]: ...
@overload
def fix(query: str | os.PathLike[str], model_id: str | None = None) -> tuple[FixedFile, Report]: ...
def fix(
    query: Query | Mapping[str, Any] | str | os.PathLike[str], model_id: str | None = None
) -> tuple[Query | dict[str, Any] | FixedFile, Report]:
    """As `synthquery.fix`, of queries alone: a typed query, a body, or the path of a file that holds one."""
    if isinstance(query, Query):
        body, report = _fixed_body(query.to_dict(counts="array"), model_id or query.model_id)
        return parse_query(body, model_id or query.model_id), report
    if isinstance(query, Mapping):
        return _fixed_body(query, model_id)
    return _fixed_file(os.fspath(query), model_id)


def _fixed_body(body: Mapping[str, Any], model_id: str | None) -> tuple[dict[str, Any], Report]:
    fixed = dict(body)
    report = validate(fixed, model_id)
    for _ in range(_ROUNDS):
        edits = chosen(report.issues, fixed, model_known=_model_known(fixed, model_id))
        if not edits:
            break
        fixed = applied(fixed, edits)
        report = validate(fixed, model_id)
    return fixed, report


def _fixed_file(name: str, model_id: str | None) -> tuple[FixedFile, Report]:
    try:
        data = FilePath(name).read_bytes()
    except (OSError, ValueError):
        return FixedFile(name, b"", b""), validate(name, model_id)
    return fix_data(data, name, model_id)


Check = Callable[[Document, str | None], Report]


def fix_data(
    data: bytes, name: str, model_id: str | None = None, *, check: Check = check_document
) -> tuple[FixedFile, Report]:
    """As `fix` of a path, from bytes that are already there.

    Parameters
    ----------
    check
        What says what is wrong with the document, and what puts it right.
    """
    try:
        document = parse_document(data, name=name)
    except QueryFormatError as problem:
        return FixedFile(name, data, data), problem_report(problem)
    fixed: list[Issue] = []
    report = check(document, model_id)
    for _ in range(_ROUNDS):
        known = _model_known(document.body, model_id)
        edits = chosen(report.issues, document.body, model_known=known)
        changed, made = _edited(document, edits)
        if not made:
            break
        paths = {edit.path for edit in made}
        fixed += (issue for issue in report.issues if issue.fix is not None and issue.path in paths)
        document = changed
        report = check(document, model_id)
    after = document.encoded(document.text) if fixed else data
    return FixedFile(name, data, after, tuple(fixed)), report


def _edited(document: Document, edits: Sequence[Edit]) -> tuple[Document, list[Edit]]:
    """The document after as many of the edits as its text can take, and which these are."""
    changed, made = _at_once(document, splices(document, edits))
    if made or not edits:
        return changed, made
    for edit in edits[:_ONE_BY_ONE]:
        document, one = _at_once(document, splices(document, [edit]))
        made += one
    return document, made


def _at_once(
    document: Document, planned: Sequence[tuple[Edit, Splice | None]]
) -> tuple[Document, list[Edit]]:
    """The document after all the edits, or as it was when the text then says something else than they do."""
    made = [edit for edit, _ in planned]
    if not made:
        return document, []
    text = spliced(document.text, [splice for _, splice in planned if splice is not None])
    try:
        changed = parse_document(document.encoded(text), name=document.name)
    except QueryFormatError:
        return document, []
    same = changed.format == document.format and _equal(changed.body, applied(document.body, made))
    return (changed, made) if same else (document, [])


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other) or repr(one) == repr(other)  # NaN is not equal to itself
    except RecursionError:  # YAML in which an object holds itself
        return False


def _model_known(body: Mapping[str, Any], model_id: str | None) -> bool:
    return bool(model_id) or isinstance(body.get("model_id"), str)
