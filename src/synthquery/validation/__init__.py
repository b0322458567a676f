"""A linter for queries: every problem at once, with its place, its reason and what to do.

    report = synthquery.validate("query.json")
    report.raise_for_errors()

Everything is checked offline. ``docs/issues.md`` explains each code.
"""

from __future__ import annotations

from synthquery.validation.codes import Code, codes
from synthquery.validation.own_rules import OwnRule
from synthquery.validation.report import Issue, Report, Severity
from synthquery.validation.validate import validate

__all__ = ["Code", "Issue", "OwnRule", "Report", "Severity", "codes", "validate"]
