"""One JSON list, a file an entry: the whole of each report."""

from __future__ import annotations

import json

from synthquery.validation.formats.checked import Results


def render(results: Results) -> str:
    """The reports as `Report.to_dict` gives them, each with ``file``."""
    data = [{"file": name, **report.to_dict()} for name, report in results]
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
