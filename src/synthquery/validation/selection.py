"""Which issues of a report are wanted: by code, by severity, with severities of one's own.

A *pattern* is a code (``term.obsolete``), a group of codes (``term``) or has wildcards (``*.unchecked``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from synthquery.validation.report import Issue, Report, Severity

_ORDER: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def matches(code: str, patterns: Iterable[str]) -> bool:
    """True when one of the patterns is for `code`.

    >>> matches("term.obsolete", ["id.unknown", "term"]), matches("term.obsolete", ["ter"])
    (True, False)
    """
    return any(
        code == pattern or code.startswith(pattern + ".") or fnmatchcase(code, pattern)
        for pattern in patterns
    )


def chosen(
    report: Report,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    least: Severity = Severity.INFO,
    severities: Mapping[str, Severity] | None = None,
) -> Report:
    """`report` with those of its issues that are wanted.

    Parameters
    ----------
    report
        It is not changed.
    select, ignore
        Patterns of codes: only these (all, where none is given), and not these. `ignore` has the last word.
    least
        Leave out what matters less.
    severities
        Severity of the codes of a pattern, in place of their own; the last pattern that fits counts.
    """
    given = severities or {}
    kept: list[Issue] = []
    for issue in report.issues:
        if (select and not matches(issue.code, select)) or matches(issue.code, ignore):
            continue
        wanted = [severity for pattern, severity in given.items() if matches(issue.code, (pattern,))]
        # An issue that needs no change stays the same object: most of them do.
        judged = replace(issue, severity=wanted[-1]) if wanted and wanted[-1] is not issue.severity else issue
        if _ORDER[judged.severity] >= _ORDER[least]:
            kept.append(judged)
    return report if kept == list(report.issues) else replace(report, issues=tuple(kept))
