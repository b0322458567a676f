"""Results with everything a format has to show: errors, a warning, odd characters, a file nobody can open."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthquery.validation import Issue, Report, Severity, validate
from synthquery.validation.formats import Results

SCHEMAS = Path(__file__).parents[4] / "shared" / "schemas"
ODD = 'a 100%,\x1b[31m <b>\u2028 \ud800 | & "quoted"\nsecond line'


@pytest.fixture
def schemas() -> Path:
    """The official schemas, which do not belong to this repository."""
    if not SCHEMAS.is_dir():
        pytest.skip("the official schemas are not beside this repository")
    return SCHEMAS


@pytest.fixture(scope="module")
def results() -> Results:
    metadata = {"tissue_ontology_id": "UBERON_0002107", "race": "Martian", "sex": "Male"}
    query = {"sampling_strategy": "mean estimation", "inputs": [{"metadata": metadata, "num_samples": 1}]}
    odd = Issue("study.rule", Severity.INFO, ("a/b", 0), ODD, ODD, (ODD,))
    return [
        ("queries/a liver.json", validate(query, "gem-1-bulk")),
        ("/data/clean.json", Report(model_id="gem-1-sc", n_inputs=1)),
        (f"{ODD}.yaml", Report(issues=(odd,))),
        ("missing.json", validate("missing.json")),
    ]
