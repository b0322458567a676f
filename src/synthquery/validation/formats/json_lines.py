"""One JSON object a line, an issue each, for programs that read a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from synthquery.validation.formats.checked import Results


def render(results: Results) -> str:
    """Each issue with ``file``; a file that could not be read is a line with ``unreadable`` and no ``code``."""
    return "\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in _rows(results))


def _rows(results: Results) -> Iterator[dict[str, Any]]:
    for name, report in results:
        if report.unreadable is not None:
            yield {"file": name, "unreadable": report.unreadable}
        for issue in report.issues:
            yield {"file": name, "model_id": report.model_id, **issue.to_dict()}
