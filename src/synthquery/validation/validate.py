"""`validate`: from a query, a body or a file to a report."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from synthquery.catalog import Family, ModelSpec, get_model, list_models
from synthquery.errors import QueryFormatError, UnknownModelError
from synthquery.query import Query
from synthquery.validation.codes import codes
from synthquery.validation.context import Context, OnlineLookup, Terms
from synthquery.validation.engine import report_of, run
from synthquery.validation.gem_2 import gem_2_problems
from synthquery.validation.own_rules import OwnRule, with_rules
from synthquery.validation.placing import placed
from synthquery.validation.remedy import Fix
from synthquery.validation.report import Issue, Report, shown_value
from synthquery.validation.rule import Finding, Located
from synthquery.validation.rules import standard_rules
from synthquery.wire import Document, infer_model, read_document

Validatable = Query | Mapping[str, Any] | str | os.PathLike[str]
_GEM_2: Final = re.compile(r"gem-2(?:[-_].{0,60})?")


def validate(
    query: Validatable,
    model_id: str | None = None,
    *,
    online: OnlineLookup | None = None,
    rules: Sequence[OwnRule] = (),
) -> Report:
    """As `synthquery.validate`, of queries alone: a typed query, a body, or the path of a file that holds one."""
    given: object = query  # whoever reads JSON passes on what it holds: a list here is data, no wrong call
    terms = Terms(online=online)
    if isinstance(given, Query):
        return _check(given.to_dict(counts="array"), model_id, given.model_id, terms, rules)
    if isinstance(given, Mapping):
        return _check(given, model_id, given.get("model_id"), terms, rules)
    if isinstance(given, str | os.PathLike):
        return _check_file(given, model_id, terms, rules)
    kind = "a list" if isinstance(given, list | tuple) else f"a Python {type(given).__name__}"
    return _only(Finding("structure.type", f"a query is an object, not {kind}"), given)


def _check_file(
    path: str | os.PathLike[str], model_id: str | None, terms: Terms, rules: Sequence[OwnRule]
) -> Report:
    try:
        document = read_document(path, arrays=not rules)  # rules of others are written for lists
    except QueryFormatError as problem:
        return problem_report(problem, path)
    return check_document(document, model_id, terms=terms, rules=rules)


def problem_report(problem: QueryFormatError, path: object = None) -> Report:
    """The report of a file that is no query, or that cannot be opened."""
    if problem.unreadable:
        text = isinstance(path, str) and path.lstrip()[:1] in ("{", "[")
        hint = "; a text is taken for a path: give json.loads(text) for JSON" if text else ""
        return Report(unreadable=f"{problem}{hint}")
    report = _only(Finding("structure.json", str(problem)), None)
    return replace(report, issues=tuple(replace(one, location=problem.location) for one in report.issues))


def check_document(
    document: Document,
    model_id: str | None = None,
    *,
    terms: Terms | None = None,
    rules: Sequence[OwnRule] = (),
) -> Report:
    """As `validate`, of a file that was read already."""
    repeated = [
        Located(one.path, None, Finding("structure.duplicate-key", _repeated(one.path, one.line)))
        for one in document.duplicates
    ]
    named = document.body.get("model_id")
    return placed(_check(document.body, model_id, named, terms or Terms(), rules, repeated), document)


def _check(
    body: Mapping[Any, Any],
    asked: str | None,
    named: Any,
    terms: Terms,
    rules: Sequence[OwnRule],
    before: list[Located] | None = None,
) -> Report:
    found = [*(before or ()), *_model_problems(asked, named)]
    wanted = asked or (named if isinstance(named, str) else None)
    if _is_gem_2(wanted, body):
        inputs = body.get("inputs")
        items = inputs.get("items") if isinstance(inputs, Mapping) else None
        n_items = len(items) if isinstance(items, list | tuple) else 0
        return report_of(body, [*found, *gem_2_problems(body, wanted, terms)], terms, n_items)
    context = _context(wanted, body, terms)
    return with_rules(run(body, context, standard_rules(), found), body, rules)


def _model_problems(asked: str | None, named: Any) -> Iterator[Located]:
    if named is not None and not isinstance(named, str):
        yield Located(("model_id",), named, Finding("structure.type", "model_id is the name of a model"))
        named = None
    for wanted, path in ((named, ("model_id",)), (asked, ())):
        if wanted and not _GEM_2.fullmatch(wanted) and _spec(wanted) is None:
            yield Located(path, wanted, unknown_model(wanted))
    if asked and named and asked != named:
        message = f"the query is for {shown_value(named)}, and was to be checked for {shown_value(asked)}"
        yield Located(("model_id",), named, Finding("model.mismatch", message, (asked,)))


def unknown_model(wanted: str) -> Finding:
    """What is to be said of a model that the catalog does not know."""
    from difflib import get_close_matches

    known = [spec.model_id for spec in list_models()]
    same = [name for name in known if _plain(name) == _plain(wanted[:100])]
    if same:
        message = f"{shown_value(wanted)!r} is written {same[0]!r}"
        return Finding("model.unknown", message, (same[0],), fix=Fix("replace", same[0]))
    near = tuple(get_close_matches(wanted[:100].casefold(), known, n=2, cutoff=0.7))
    hint = f"did you mean {' or '.join(near)}?" if near else f"the models are {', '.join(known)}"
    return Finding("model.unknown", f"no model is called {shown_value(wanted)!r}; {hint}", near)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _spec(model_id: str) -> ModelSpec | None:
    try:
        return get_model(model_id)
    except UnknownModelError:
        return None


def _context(wanted: str | None, body: Mapping[Any, Any], terms: Terms) -> Context:
    inferred = None if wanted and _spec(wanted) else infer_model(body)
    spec = _spec(wanted) if wanted else None
    spec = spec or (_spec(inferred) if inferred else None)
    if spec is not None:
        return Context((spec,), spec.family, terms)
    family = _family(body)
    return Context(tuple(each for each in list_models() if each.family == family), family, terms)


def _family(body: Mapping[Any, Any]) -> Family:
    """What a body of no certain model asks: the kind of model that has the most of its keys."""
    if "conditioning" in body or "fixed_total_count" in body:
        return "reference-conditioning"
    inputs = body.get("inputs")
    some = [one for one in inputs if isinstance(one, Mapping)] if isinstance(inputs, list | tuple) else []
    if not any("counts" in one for one in some):
        return "baseline"
    described = "sampling_strategy" in body or any("metadata" in one or "num_samples" in one for one in some)
    return "reference-conditioning" if described else "metadata-prediction"


def _is_gem_2(wanted: str | None, body: Mapping[Any, Any]) -> bool:
    if wanted and _spec(wanted):
        return False
    inputs = body.get("inputs")
    return bool(wanted and _GEM_2.fullmatch(wanted)) or (
        isinstance(body.get("operation"), str) and isinstance(inputs, Mapping) and "items" in inputs
    )


def _only(finding: Finding, value: object) -> Report:
    issue = Issue(
        finding.code,
        codes()[finding.code].severity,
        (),
        shown_value(value),
        finding.message,
        finding.suggestions,
        finding.fix,
    )
    return Report(issues=(issue,))


def _repeated(path: tuple[str | int, ...], line: int | None) -> str:
    where = f" (again in line {line})" if line else ""
    return f"{shown_value(path[-1])!r} stands twice in one object{where}; the last one would win: leave one"
