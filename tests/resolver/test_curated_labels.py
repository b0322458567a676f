"""Accuracy on labels that people wrote, where the curated tables are at hand.

The tables are no part of the project: the folder is named by ``SYNTHQUERY_EVAL_DIR`` or lies beside the checkout.
"""

import csv
import os
from collections import defaultdict
from pathlib import Path

import pytest

from synthquery.resolver import resolve_many

FOLDER = Path(os.environ.get("SYNTHQUERY_EVAL_DIR", Path(__file__).parents[3] / "shared" / "eval"))
FIELD = {"UBERON": "tissue", "CL": "cell_type", "MONDO": "disease", "CVCL": "cell_line"}
TOP_1 = {"tissue": 0.84, "cell_type": 0.75, "disease": 0.87, "cell_line": 0.95}
PRECISION = {"tissue": 0.96, "cell_type": 0.92, "disease": 0.96, "cell_line": 0.96}
RESOLVED = 0.65

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the tables of curated labels are not here")


def read(path):
    with path.open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in rows if row["note"] != "abbreviation"]


@pytest.fixture(scope="module")
def scores():
    """(top-1, resolved, precision) of every set, by field."""
    found = defaultdict(list)
    for path in sorted(FOLDER.glob("*.tsv")):
        rows = read(path)
        field = FIELD.get(rows[0]["ontology"]) if rows else None
        if field is None or path.stem.endswith("_broader"):
            continue
        answers = resolve_many([row["label"] for row in rows], field)
        golds = [row["gold"].split("|") for row in rows]
        pairs = list(zip(answers, golds, strict=True))
        first = [bool(a.candidates) and a.candidates[0].term.id in gold for a, gold in pairs]
        taken = [a.term.id in gold for a, gold in pairs if a.term is not None]
        found[field].append((sum(first) / len(rows), len(taken) / len(rows), sum(taken) / max(len(taken), 1)))
    return found


def mean(values):
    return sum(values) / len(values)


@pytest.mark.parametrize("field", TOP_1)
def test_the_first_candidate_is_right_often_enough(scores, field):
    assert mean([top for top, _, _ in scores[field]]) >= TOP_1[field]


@pytest.mark.parametrize("field", PRECISION)
def test_a_resolved_label_can_be_trusted(scores, field):
    assert mean([precision for _, _, precision in scores[field]]) >= PRECISION[field]
    assert mean([resolved for _, resolved, _ in scores[field]]) >= RESOLVED
