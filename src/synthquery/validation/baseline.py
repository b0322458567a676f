"""The issues that an old repository has already: recorded once, so that only new ones are reported.

An issue is known by its file, code, place without the positions in lists, and value: inputs may be added, removed
and moved. Each may occur as often as it did when the baseline was written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from synthquery.errors import ConfigError
from synthquery.resources import write_atomically
from synthquery.validation.formats.checked import Results
from synthquery.validation.report import Issue, Report

_VERSION: Final = 1
Known = dict[str, Counter[str]]
"""For each file how often each issue is known."""


def without_known(
    results: Results, known: Mapping[str, Counter[str]], folder: Path
) -> list[tuple[str, Report]]:
    """`results` without the issues that are known; of those that are more now, the last are new.

    Parameters
    ----------
    results
        Names of files are relative to the working folder.
    known
        As `read_baseline` gives it.
    folder
        The folder that names in the baseline are relative to.
    """
    return [(name, _new(report, known.get(_name(name, folder)))) for name, report in results]


def _new(report: Report, known: Counter[str] | None) -> Report:
    if not known or not report.issues:
        return report
    left = Counter(known)
    kept: list[Issue] = []
    for issue in report.issues:
        key = _key(issue)
        if left[key] > 0:
            left[key] -= 1
        else:
            kept.append(issue)
    return report if len(kept) == len(report.issues) else replace(report, issues=tuple(kept))


def read_baseline(file: Path) -> Known:
    """The known issues of a baseline file; none when there is no such file.

    Raises
    ------
    ConfigError
        When the file is none.
    """
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise ValueError(f"version {content['version']} is not {_VERSION}")
        return {
            name: Counter({key: int(number) for key, number in issues.items()})
            for name, issues in content["files"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"{file}: is no baseline of synthquery ({type(error).__name__}: {error})"
        ) from error


def write_baseline(results: Results, file: Path) -> int:
    """Record the issues of `results` in place of what was recorded before, and say how many they are."""
    files = {
        _name(name, file.parent): dict(sorted(Counter(map(_key, report.issues)).items()))
        for name, report in results
        if report.issues
    }
    content = {"version": _VERSION, "files": dict(sorted(files.items()))}
    write_atomically(file, json.dumps(content, indent=1, ensure_ascii=True) + "\n")
    return sum(sum(issues.values()) for issues in files.values())


def _key(issue: Issue) -> str:
    place = "/".join("*" if isinstance(part, int) else part for part in issue.path)
    return f"{issue.code} {place} {issue.value}"


def _name(file: str, folder: Path) -> str:
    """The name of a file in a baseline: from its folder, with slashes on every system."""
    if file == "-":
        return file
    try:
        return Path(file).resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return Path(file).as_posix()
