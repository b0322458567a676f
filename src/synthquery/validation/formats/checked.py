"""What all formats share: the results of a run, their counts, and one line about all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from synthquery.validation.report import Issue, Report, counted
from synthquery.validation.text import one_line

Results = Sequence[tuple[str, Report]]
"""The name of each file and its report."""


def by_code(results: Results) -> Mapping[str, int]:
    """How many issues each code has, the most frequent first, then by name."""
    number = Counter(issue.code for _, report in results for issue in report.issues)
    return dict(sorted(number.items(), key=lambda row: (-row[1], row[0])))


def summary(results: Results) -> str:
    """One line about all files: how many there are, and how many problems of which kind.

    >>> summary([("a.json", Report()), ("b.json", Report())])
    '2 files checked: no problems'
    """
    faulty = sum(bool(report.errors) for _, report in results)
    unread = sum(report.unreadable is not None for _, report in results)
    found = counted([issue for _, report in results for issue in report.issues])
    if faulty:
        found[0] += f" in {faulty:,} of them"
    if unread:
        found.append(f"{unread:,} could not be read")
    files = f"{len(results):,} file{'' if len(results) == 1 else 's'} checked"
    return f"{files}: {', '.join(found) or 'no problems'}"


def sentence(issue: Issue) -> str:
    """The message of an issue with its suggestions, on one line."""
    hint = f" (suggestion: {' or '.join(issue.suggestions)})" if issue.suggestions else ""
    return one_line(issue.message + hint)


def cell(text: str) -> str:
    """`text` as it may stand in a cell of a Markdown table."""
    return one_line(text).replace("|", "\\|").replace("`", "'")
