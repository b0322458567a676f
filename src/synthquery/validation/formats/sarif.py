"""SARIF 2.1.0 (OASIS, 27 March 2020): what code-scanning services read."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from synthquery import __version__
from synthquery.validation.codes import codes
from synthquery.validation.formats.checked import Results, by_code, sentence
from synthquery.validation.report import Issue, Severity

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(results: Results) -> str:
    """One run; its rules are the codes that occur, its notifications the files that could not be read."""
    found = sorted(by_code(results))
    rules = {code: at for at, code in enumerate(found)}
    run = {
        "tool": {
            "driver": {
                "name": "synthquery",
                "semanticVersion": __version__,
                "rules": [_rule(code) for code in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": all(report.unreadable is None for _, report in results),
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": report.unreadable}, "locations": [_file(name)]}
                    for name, report in results
                    if report.unreadable is not None
                ],
            }
        ],
        "results": [
            _result(name, issue, rules[issue.code]) for name, report in results for issue in report.issues
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(name: str) -> dict[str, Any]:
    code = codes().get(name)
    if code is None:  # of a rule that does not ship with synthquery
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.why},
        "help": {"text": f"{code.why} {code.note}".strip()},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(name: str, issue: Issue, rule: int) -> dict[str, Any]:
    location = _file(name)
    line, column = issue.line, issue.column
    if line is not None:
        region = {"startLine": line} if column is None else {"startLine": line, "startColumn": column}
        location["physicalLocation"]["region"] = region
    if issue.path:
        location["logicalLocations"] = [{"name": str(issue.path[-1]), "fullyQualifiedName": issue.pointer}]
    # Without the line, so that an issue stays the same one when lines above it come or go.
    same = "\n".join((name, issue.code, issue.pointer, str(issue.value)))
    return {
        "ruleId": issue.code,
        "ruleIndex": rule,
        "level": _LEVELS[issue.severity],
        "message": {"text": sentence(issue)},
        "locations": [location],
        "partialFingerprints": {"synthquery/v1": sha256(same.encode("utf-8", "replace")).hexdigest()[:32]},
    }


def _file(name: str) -> dict[str, Any]:
    path = Path(name)
    start = ("file://" if path.as_posix().startswith("/") else "file:///") if path.is_absolute() else ""
    address = start + quote(path.as_posix(), safe="/" if not path.drive else "/:", errors="replace")
    return {"physicalLocation": {"artifactLocation": {"uri": address}}}
