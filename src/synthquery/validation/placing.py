"""Lines and columns for the issues of a file: only for those it has, so that a clean file costs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from synthquery.validation.report import Issue, Report
from synthquery.wire import Document
from synthquery.wire.places import Place, Span, find_places, locations, nearest

_ABOUT_THE_KEY: Final = frozenset(
    {"structure.unknown-key", "structure.duplicate-key", "legacy.key", "model.field-not-accepted"}
)


def placed(report: Report, document: Document) -> Report:
    """The report with a location for each issue.

    An issue about a key is located at the key, any other at the value; what is missing at the object it is
    missing from.
    """
    if not report.issues:
        return report
    places = find_places(document, {issue.path for issue in report.issues})
    spans = [_span(issue, nearest(places, issue.path)) for issue in report.issues]
    where = locations(document.text, spans)
    located = (replace(issue, location=where[span]) for issue, span in zip(report.issues, spans, strict=True))
    return replace(report, issues=tuple(located))


def _span(issue: Issue, place: Place) -> Span:
    return place.key if issue.code in _ABOUT_THE_KEY and place.key else place.value
