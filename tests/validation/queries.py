"""Small query files for the tests of runs over many files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def query(**metadata: Any) -> dict[str, Any]:
    """A query with one input; without arguments a clean one."""
    sample = {"metadata": {"tissue_ontology_id": "UBERON:0002107", **metadata}, "num_samples": 1}
    return {"model_id": "gem-1-bulk", "sampling_strategy": "mean estimation", "inputs": [sample]}


def write(path: Path, body: Any = None) -> Path:
    """`body` (a clean query where it is left out) as a file, with its folders; text is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        body if isinstance(body, str) else json.dumps(query() if body is None else body), encoding="utf-8"
    )
    return path


WRONG_CASE = query(sex="Male")  # one value.case
WRONG_CASE_AND_RACE = query(sex="Male", race="Martian")  # and one value.enum, a warning
YAML = """\
model_id: gem-1-bulk
sampling_strategy: mean estimation
inputs:
  - metadata:
      sex: Male
      race: Martian
    num_samples: 1
"""
