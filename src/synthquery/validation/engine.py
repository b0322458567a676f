"""Runs rules over a query: each distinct value and combination once, places attached afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthquery.validation.body import Body, document_order
from synthquery.validation.codes import codes
from synthquery.validation.context import Context, Terms
from synthquery.validation.report import Issue, Report, shown_value
from synthquery.validation.rule import MOST_OF_A_CODE, CombinationRule, Finding, Located, RuleSet
from synthquery.validation.sieve import suspects
from synthquery.validation.structure import read_structure


def run(raw: Mapping[Any, Any], context: Context, rules: RuleSet, before: Iterable[Located] = ()) -> Report:
    """Check a body.

    Parameters
    ----------
    raw
        The body; anything may be in it.
    context
        What it is checked against.
    rules
        The rules; structure is checked whatever they are.
    before
        What was found before, for example while reading the file.
    """
    body, strays = read_structure(raw, context)
    found = _Found()
    found.add(before)
    found.add(strays)
    for body_rule in rules.bodies:
        found.add(body_rule(body, context))
    for key in body.columns:
        found.add(_values(key, body, context, rules))
    for combination in rules.combinations:
        found.add(_combinations(combination, body, context))
    order = document_order(raw)
    # Sorting is stable: the issues of one place keep the order of the rules.
    return Report(
        issues=tuple(sorted(found.issues, key=lambda issue: order(issue.path))),
        model_id=context.model_id,
        releases=context.terms.releases(),
        n_inputs=body.n_inputs,
        omitted=found.omitted,
    )


def report_of(raw: Mapping[Any, Any], found: Iterable[Located], terms: Terms, n_inputs: int = 0) -> Report:
    """The report of a body that rules do not run over: what was found otherwise, in the order of its places."""
    issues = _Found()
    issues.add(found)
    order = document_order(raw)
    return Report(
        issues=tuple(sorted(issues.issues, key=lambda issue: order(issue.path))),
        releases=terms.releases(),
        n_inputs=n_inputs,
        omitted=issues.omitted,
    )


class _Found:
    """Issues so far, bounded for each code: a file that is broken throughout needs no list of a million."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.omitted = 0
        self._of_code: Counter[str] = Counter()

    def add(self, found: Iterable[Located]) -> None:
        for path, value, finding, more in found:
            number = self._of_code[finding.code] = self._of_code[finding.code] + 1 + more
            self.omitted += more
            if number - more > MOST_OF_A_CODE:
                self.omitted += 1
                continue
            severity = finding.severity or codes()[finding.code].severity
            shown = shown_value(value)
            self.issues.append(
                Issue(finding.code, severity, path, shown, finding.message, finding.suggestions, finding.fix)
            )


def _values(key: str, body: Body, context: Context, rules: RuleSet) -> Iterator[Located]:
    column = body.columns[key]
    # To a dict 1, 1.0 and True are one key: where numbers occur their types tell them apart.
    texts = set(map(type, column)) <= {str, type(None)}
    marks: list[Any] = column if texts else [(type(value), value) for value in column]
    wrong: dict[Any, tuple[Finding, ...]] = {}
    distinct = dict.fromkeys(marks)
    for value in suspects(key, distinct if texts else (value for _, value in distinct), context):
        for rule in rules.values[key]:
            findings = tuple(rule(key, value, context))
            if findings:
                wrong[value if texts else (type(value), value)] = findings
                break
    if not wrong:
        return
    for row, mark in enumerate(marks):
        for finding in wrong.get(mark, ()):
            yield Located(body.metadata_path(row, key), column[row], finding)


def _combinations(rule: CombinationRule, body: Body, context: Context) -> Iterator[Located]:
    if not all(key in body.columns for key in rule.needs) or body.columns.keys().isdisjoint(rule.keys):
        return
    nothing: list[Any] = [None] * len(body.rows)
    rows = list(zip(*(body.columns.get(key, nothing) for key in rule.keys), strict=True))
    needed = [rule.keys.index(key) for key in rule.needs]
    wrong: dict[tuple[Any, ...], tuple[tuple[str, Finding], ...]] = {}
    different: Iterable[tuple[Any, ...]] = dict.fromkeys(rows)
    for at in needed:
        different = [values for values in different if values[at]]
    for values in different:
        findings = tuple(rule.check(context, *values))
        if findings:
            wrong[values] = findings
    if not wrong:
        return
    for row, values in enumerate(rows):
        findings = wrong.get(values, ())
        if findings and _is_misread(rule, values, body.metadata[row]):
            continue
        for key, finding in findings:
            yield Located(body.metadata_path(row, key), body.columns[key][row], finding)


def _is_misread(rule: CombinationRule, values: tuple[Any, ...], metadata: Mapping[Any, Any]) -> bool:
    """True when a value that rules see as not set is set, to something of the wrong type: that is its own issue."""
    return any(
        value is None and metadata.get(key) is not None for key, value in zip(rule.keys, values, strict=True)
    )
