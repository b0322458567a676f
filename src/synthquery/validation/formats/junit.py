"""JUnit XML as Ant writes it: a file is a test case, its errors are one failure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from synthquery.validation.formats.checked import Results, by_code
from synthquery.validation.report import Report

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Results) -> str:
    """One suite. A file with errors fails, one that could not be read is an error, warnings pass."""
    failures = sum(bool(report.errors) for _, report in results)
    errors = sum(report.unreadable is not None for _, report in results)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    releases = {name: release for _, report in results for name, release in report.releases.items()}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<testsuites>",
        f'  <testsuite package="synthquery" id="0" name="synthquery validate" timestamp="{now}" '
        f'hostname="localhost" tests="{len(results)}" failures="{failures}" errors="{errors}" time="0">',
        "    <properties>",
        *(
            f"      <property name={_quoted(one)} value={_quoted(releases[one])}/>"
            for one in sorted(releases)
        ),
        "    </properties>",
        *(_case(name, report) for name, report in results),
        "    <system-out></system-out>",
        "    <system-err></system-err>",
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines)


def _case(name: str, report: Report) -> str:
    start = f'    <testcase name={_quoted(name)} classname="synthquery" time="0"'
    if report.unreadable is not None:
        told = f"<error type={_quoted('unreadable')} message={_quoted(report.unreadable)}></error>"
    elif report.errors:
        kinds = ", ".join(by_code([(name, Report(issues=report.errors))]))
        told = f"<failure type={_quoted(kinds)} message={_quoted(report.summary())}>{_text(str(report))}</failure>"
    else:
        return start + "/>"
    return f"{start}>{told}</testcase>"


def _text(text: str) -> str:
    return escape(_xml_characters(text))


def _quoted(text: str) -> str:
    return quoteattr(_xml_characters(text))


def _xml_characters(text: str) -> str:
    """`text` without what XML 1.0 (section 2.2) cannot hold: most control characters and lone surrogates."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
