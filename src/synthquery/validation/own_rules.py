"""Rules that others write: a function with a decorator.

    import synthquery as sq

    @sq.rule(code="study.adults", severity="warning", title="A donor who is no adult")
    def adults(body):
        for at, one in enumerate(body["inputs"]):
            if float(one.get("metadata", {}).get("age_years", 18)) < 18:
                yield ("inputs", at, "metadata", "age_years"), "this study is of adults"

    sq.validate(query, rules=[adults])

A rule takes the body and yields places with messages, and suggestions third where it has some. It is asked only
about bodies whose structure is right. One that raises is reported as ``rule.failed``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from synthquery.resources import load_toml
from synthquery.validation.body import document_order
from synthquery.validation.codes import Code, codes
from synthquery.validation.report import Issue, Report, Severity, shown_value

Finds = Callable[[Mapping[str, Any]], Iterable[Sequence[Any]]]
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")
_MOST: Final = 20_000  # issues of one rule in one report, as of any code


@dataclass(frozen=True)
class OwnRule:
    """A rule that does not ship with synthquery; what `rule` makes of a function.

    Attributes
    ----------
    code, severity, title
        Of its issues.
    finds
        The function: from a body to places, messages and perhaps suggestions.
    """

    code: str
    severity: Severity
    title: str
    finds: Finds

    def __call__(self, body: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        """What the function itself gives, for its tests."""
        return self.finds(body)


def rule(*, code: str, severity: str = "error", title: str = "") -> Callable[[Finds], OwnRule]:
    """Make a rule of a function.

    Parameters
    ----------
    code
        A group and a name in small letters, such as ``"study.adults"``; none of synthquery's own.
    severity
        ``"error"``, ``"warning"`` or ``"info"``.
    title
        The problem in a few words; the first line of the function's docstring where it is left out.

    Raises
    ------
    ValueError
        When the code or the severity cannot be used.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(
            f"a code has a group and a name in small letters, like 'study.adults'; {code!r} has not"
        )
    if code in codes() or code in other_codes():
        raise ValueError(f"{code} is a code of synthquery itself")
    if severity not in [each.value for each in Severity]:
        raise ValueError(f"{severity!r} is no severity; there are {', '.join(Severity)}")

    def make(finds: Finds) -> OwnRule:
        told = title or (finds.__doc__ or code).strip().splitlines()[0]
        _known[code] = made = OwnRule(code, Severity(severity), told, finds)
        return made

    return make


_known: Final[dict[str, OwnRule]] = {}


def known_codes() -> tuple[str, ...]:
    """All codes that issues can have now: those of synthquery and those of the rules that were loaded."""
    return (*codes(), *other_codes(), *_known)


def title_of(code: str) -> str:
    """What a code is, in a few words; the code itself where nothing here knows it."""
    known = codes().get(code) or other_codes().get(code) or _known.get(code)
    return known.title if known else code


def other_codes() -> Mapping[str, Code]:
    """The codes that need settings or a rule (``data/rules_of_others.toml``)."""
    return {
        f"{group}.{short}": Code(f"{group}.{short}", Severity(row["severity"]), row["title"], row["why"], "")
        for group, rows in load_toml("rules_of_others.toml").items()
        for short, row in rows.items()
    }


def with_rules(report: Report, body: Mapping[Any, Any], rules: Iterable[OwnRule]) -> Report:
    """`report` with what some rules find in the body it is about."""
    todo = list(rules)
    if not todo or any(issue.code.startswith("structure.") for issue in report.errors):
        return report
    found = [issue for each in todo for issue in _issues(each, body)]
    if not found:
        return report
    order = document_order(body)
    issues = sorted((*report.issues, *found), key=lambda issue: order(issue.path))
    return replace(report, issues=tuple(issues))


def _issues(own: OwnRule, body: Mapping[Any, Any]) -> Iterator[Issue]:
    try:
        yield from [_issue(own, body, finding) for finding in islice(own.finds(body), _MOST)]
    except (Exception, SystemExit) as error:  # a rule of somebody else may do anything
        yield failure(own.code, error)


def failure(what: str, error: BaseException) -> Issue:
    """The issue that says that a rule could not be run."""
    told = f"{type(error).__name__}: {error}"[:300]
    return Issue(
        "rule.failed", Severity.WARNING, (), None, f"the rule {what} failed and was left out ({told})"
    )


def _issue(own: OwnRule, body: Mapping[Any, Any], finding: Sequence[Any]) -> Issue:
    path, message, *more = finding
    place = tuple(part if isinstance(part, int) else str(part) for part in path)
    suggestions = tuple(map(str, more[0])) if more else ()
    return Issue(own.code, own.severity, place, shown_value(_value(body, place)), str(message), suggestions)


def _value(body: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        try:
            body = body[part]
        except (KeyError, IndexError, TypeError):
            return None
    return body
