"""What validation gives back: every problem, where it is, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from synthquery.errors import InvalidQueryError
from synthquery.validation.issue import Issue, Path, Severity, counted, shown_value
from synthquery.validation.text import report_text
from synthquery.validation.views import report_html, report_markdown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Issue", "Path", "Report", "Severity", "counted", "shown_value"]

_Group = TypeVar("_Group")


@dataclass(frozen=True)
class Report:
    """All problems of one query.

    Attributes
    ----------
    issues
        In the order in which their places come in the query.
    model_id
        The model the query was checked for; None when neither the caller nor the body says which it is. What
        all models of the kind accept is accepted then.
    releases
        Release of each ontology that was asked, by name: ``{"UBERON": "v2026-04-01"}``.
    n_inputs
        Number of inputs of the query.
    omitted
        How many further issues are left out of `issues`. A report lists the first 20,000 of a code; a query
        has more only when it is broken throughout.
    unreadable
        Why nothing could be checked (the file cannot be opened); None when the query was read. Such a report
        has no issues and is not `ok`: that a query could not be checked does not make it right or wrong.
    """

    issues: tuple[Issue, ...] = ()
    model_id: str | None = None
    releases: Mapping[str, str] = field(default_factory=dict)
    n_inputs: int = 0
    omitted: int = 0
    unreadable: str | None = None

    @property
    def ok(self) -> bool:
        """True when the query was read and has no errors; warnings do not matter."""
        return self.unreadable is None and not self.errors

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that must be put right."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """The issues that a person should look at."""
        return self._of(Severity.WARNING)

    @property
    def unchecked(self) -> tuple[Issue, ...]:
        """What could not be checked; neither right nor wrong."""
        return tuple(issue for issue in self.issues if issue.code.endswith(".unchecked"))

    def _of(self, severity: Severity) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.severity is severity)

    def filter(
        self, *, select: Sequence[str] = (), ignore: Sequence[str] = (), least: str = "info", under: Path = ()
    ) -> Report:
        """A report with some of the issues.

        Parameters
        ----------
        select, ignore
            Codes (``"term.obsolete"``), groups (``"term"``) or patterns (``"*.unchecked"``): only these, not these.
        least
            ``"error"``, ``"warning"`` or ``"info"``: what matters less is left out.
        under
            Only issues of this place and below it, such as ``("inputs", 3)``.
        """
        from synthquery.validation.selection import chosen

        found = chosen(self, select=select, ignore=ignore, least=Severity(least))
        return replace(found, issues=tuple(one for one in found.issues if one.path[: len(under)] == under))

    def by_code(self) -> dict[str, tuple[Issue, ...]]:
        """The issues of each code, in the order in which the codes first occur."""
        return self._grouped(lambda issue: issue.code)

    def by_input(self) -> dict[int | None, tuple[Issue, ...]]:
        """The issues of each input, by its position; None holds those of no single input."""
        return self._grouped(lambda issue: issue.input)

    def _grouped(self, of: Callable[[Issue], _Group]) -> dict[_Group, tuple[Issue, ...]]:
        found: dict[_Group, list[Issue]] = {}
        for issue in self.issues:
            found.setdefault(of(issue), []).append(issue)
        return {name: tuple(issues) for name, issues in found.items()}

    def to_frame(self) -> pd.DataFrame:
        """The issues as a table, one row an issue.

        Returns
        -------
        pandas.DataFrame
            Columns ``code severity pointer input key value message suggestion line column``; ``input`` is the
            position of the input, ``suggestion`` the first one; a cell without a value is missing.
        """
        from synthquery.validation.frame import report_frame

        return report_frame(self)

    def raise_for_errors(self) -> None:
        """Do nothing when the report is `ok`.

        Raises
        ------
        InvalidQueryError
            Otherwise; its text is this report and ``.report`` is it.
        """
        if not self.ok:
            raise InvalidQueryError(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "ok": self.ok,
            "model_id": self.model_id,
            "n_inputs": self.n_inputs,
            "releases": dict(self.releases),
            "unreadable": self.unreadable,
            "counts": {severity.value: len(self._of(severity)) for severity in Severity},
            "omitted": self.omitted,
            "issues": [issue.to_dict() for issue in self.issues],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON text; the same query gives the same text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def summary(self) -> str:
        """One line: how many problems of which kind, for which model."""
        if self.unreadable is not None:
            return f"could not be checked: {self.unreadable}"
        found = counted(self.issues)
        if self.omitted:
            found.append(f"{self.omitted:,} more of the same kinds")
        model = self.model_id or "model not stated"
        inputs = "1 input" if self.n_inputs == 1 else f"{self.n_inputs:,} inputs"
        return f"{', '.join(found) or 'no problems'} ({model}, {inputs})"

    def __str__(self) -> str:
        """The report for people: the same problem in many places is told once."""
        return report_text(self)

    def to_markdown(self) -> str:
        """The report as a Markdown table, one row a problem."""
        return report_markdown(self)

    def _repr_html_(self) -> str:
        return report_html(self)
