"""What the service says to a query: taken, refused at once with field errors, or failed later.

Everything comes from `synthquery.validate`; ``data/web.toml`` says which of its codes the service looks at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from synthquery.catalog import ModelSpec
from synthquery.errors import QueryFormatError
from synthquery.query.models import Query
from synthquery.query.vocabularies import vocabularies
from synthquery.resources import load_toml
from synthquery.validation import Issue, validate
from synthquery.validation.selection import matches
from synthquery.wire import parse_query
from synthquery.wire.problems import place, structure_problems

_MOST_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class FieldError:
    """One value that is refused, as the service says it.

    Attributes
    ----------
    path
        Where it is, such as ``"inputs[1].metadata.age_years"``; empty for the whole query.
    message
        What is wrong.
    code
        The code of synthquery for it.
    """

    path: str
    message: str
    code: str

    def to_dict(self) -> dict[str, str]:
        """As it stands in an answer."""
        return {"path": self.path, "message": self.message, "code": self.code}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a query.

    Attributes
    ----------
    query
        What is asked; None when it is refused.
    errors
        Why it is refused.
    failure
        Why it is taken and then fails; None when it is answered.
    """

    query: Query | None = None
    errors: tuple[FieldError, ...] = ()
    failure: str | None = None


def judge(body: Mapping[str, Any], spec: ModelSpec) -> Verdict:
    """What becomes of a body that was sent to a model.

    Keys beside those of the model (``source`` and the like) are left alone, as are keys that are null.
    """
    asked = {
        key: _whole(value) for key, value in body.items() if key in spec.query_keys and value is not None
    }
    if isinstance(inputs := asked.get("inputs"), list):
        asked["inputs"] = [_taken(one) for one in inputs]
    report = validate(asked, spec.model_id)
    facts = load_toml("web.toml")
    seen = [issue for issue in report.errors if not _passes(issue, facts["codes"])]
    late = [issue for issue in seen if matches(issue.code, facts["codes"]["late"])]
    refused = [issue for issue in seen if issue not in late]
    if refused:
        return Verdict(errors=tuple(_errors(refused)))
    try:
        query = parse_query(asked, spec.model_id)
    except QueryFormatError as error:
        return Verdict(errors=tuple(_of_structure(error)))
    return Verdict(query, failure=_failure(late, facts["messages"]) if late else None)


def _passes(issue: Issue, codes: Mapping[str, Sequence[str]]) -> bool:
    if matches(issue.code, codes["dropped"]) and issue.path and issue.path[-1] in codes["dropped_keys"]:
        return True
    return matches(issue.code, codes["accepted"])


def _errors(issues: Sequence[Issue]) -> Iterator[FieldError]:
    for issue in issues[:_MOST_NAMED]:
        yield FieldError(place(issue.path), issue.message, issue.code)
    if len(issues) > _MOST_NAMED:
        more = f"and {len(issues) - _MOST_NAMED:,} more values that cannot be used"
        yield FieldError("", more, issues[_MOST_NAMED].code)


def _of_structure(error: QueryFormatError) -> Iterator[FieldError]:
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        yield FieldError("", str(error), "structure.type")
        return
    for problem in structure_problems(cause)[:_MOST_NAMED]:
        yield FieldError(place(problem.path), problem.message, "structure.type")


def _failure(late: Sequence[Issue], messages: Mapping[str, str]) -> str:
    """The message of a job that fails for terms the model does not know; inputs count from 1 in it."""
    found: dict[Any, list[str]] = {}
    for issue in late[:_MOST_NAMED]:
        number = issue.path[1] + 1 if len(issue.path) > 1 and isinstance(issue.path[1], int) else 0
        found.setdefault(number, []).append(f"{issue.path[-1]} {issue.value!r}: {issue.message}")
    told = [f"Query {number} has bad values. {'; '.join(lines)}" for number, lines in found.items()]
    return f"{messages['unknown_ids']}: {json.dumps(told, ensure_ascii=False)}{messages['tail']}"


def _taken(item: Any) -> Any:
    """An input with values that the service documents in the spelling of its vocabulary."""
    if not isinstance(item, Mapping):
        return item
    changed = {key: _whole(value) for key, value in item.items()}
    if isinstance(metadata := item.get("metadata"), Mapping):
        changed["metadata"] = {key: _in_vocabulary(key, value) for key, value in metadata.items()}
    return changed


def _in_vocabulary(key: str, value: Any) -> Any:
    known = vocabularies().get(key)
    return known.canonical(value) if known is not None and value in known.documented else value


def _whole(value: Any) -> Any:
    """A whole number as one, whatever its text: R writes five million as ``5e+06``."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
