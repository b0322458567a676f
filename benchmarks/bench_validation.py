"""How long validation takes, against `json.loads` and bare pydantic on the same body.

The bare model is what a program without ontologies would write: the keys of the metadata as optional text,
numbers as integers, nothing else. Ratios are of medians of runs that take turns, so that a busy machine slows
both.

    python benchmarks/bench_validation.py          # a table
    python benchmarks/bench_validation.py --check  # exit code 1 when a ratio is above its limit
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from synthquery.ontology import default_ontologies
from synthquery.query.metadata import METADATA_KEYS
from synthquery.resources import load_toml
from synthquery.validation import validate
from synthquery.validation.cell_lines import common_donors

N_INPUTS = 10_000
ROUNDS = 9
LIMIT = 5.0

Metadata = create_model(
    "Metadata",
    __config__=ConfigDict(extra="forbid"),
    **dict.fromkeys(METADATA_KEYS, (str | None, None)),
)


class Input(BaseModel):
    metadata: Metadata  # type: ignore[valid-type]  # a dynamic model
    num_samples: int


class Query(BaseModel):
    sampling_strategy: str
    total_count: int | None = None
    seed: int | None = None
    inputs: list[Input]


def live_ids(ontology: str, number: int) -> list[str]:
    """IDs of live terms, the first of the ontology about which there is nothing to say."""
    found: list[str] = []
    remarkable = {*load_toml("too_general.toml")["ids"], *common_donors()}
    for term in default_ontologies().store(ontology).terms():
        if not term.obsolete and term.id not in remarkable:
            found.append(term.id)
            if len(found) == number:
                break
    return found


def body(tissues: list[str], diseases: list[str], lines: list[str]) -> dict[str, Any]:
    """A baseline body of six metadata keys an input."""
    draw = random.Random(7)
    inputs = [
        {
            "metadata": {
                "tissue_ontology_id": tissues[at % len(tissues)],
                "disease_ontology_id": diseases[at % len(diseases)],
                "cell_line_ontology_id": lines[at % len(lines)],
                "sample_type": "cell line",
                "study": f"PRJNA{at}",
                "age_years": str(draw.randint(0, 90)),
            },
            "num_samples": 1,
        }
        for at in range(N_INPUTS)
    ]
    return {"sampling_strategy": "mean estimation", "total_count": 10_000_000, "seed": 1, "inputs": inputs}


def few() -> dict[str, Any]:
    """Forty tissues, thirty diseases, twenty cell lines."""
    return body(live_ids("UBERON", 40), live_ids("MONDO", 30), live_ids("CVCL", 20))


def many() -> dict[str, Any]:
    """Ten thousand different tissues, diseases and cell lines."""
    return body(live_ids("UBERON", N_INPUTS), live_ids("MONDO", N_INPUTS), live_ids("CVCL", N_INPUTS))


def donors() -> dict[str, Any]:
    """The keys of a donor: sex, ethnicity, stage, and a perturbation with dose and time."""
    genes = live_ids("ENSG", 2_000)
    inputs = [
        {
            "metadata": {
                "tissue_ontology_id": "UBERON:0002107",
                "sex": ("male", "female")[at % 2],
                "perturbation_type": "crispr",
                "perturbation_ontology_id": genes[at % len(genes)],
                "perturbation_time": f"{1 + at % 96} hours",
                "study": f"PRJNA{100_000 + at}",
            },
            "num_samples": 1,
        }
        for at in range(N_INPUTS)
    ]
    return {"sampling_strategy": "sample generation", "inputs": inputs}


def broken() -> dict[str, Any]:
    """A letter in every tissue: ten thousand issues."""
    query = few()
    for one in query["inputs"]:
        one["metadata"]["tissue_ontology_id"] = "UBERON:0000002x"
    return query


def measured(run: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Medians of two runs that take turns, in seconds; the first of each is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for call, spent in zip((run, other), times, strict=True):
            start = time.perf_counter()
            call()
            if turn:
                spent.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder) / "query.json", check="--check" in arguments)


def compare(file: Path, *, check: bool) -> int:
    print(f"{N_INPUTS:,} baseline inputs of six metadata keys; medians of {ROUNDS} runs that take turns")
    print(f"{'body':8} {'size':>8} {'baseline':>10} {'validate':>10} {'ratio':>6} {'from file':>13}")
    slow = False
    for make in (few, many, donors, broken):
        query = make()
        text = json.dumps(query)

        def baseline(text: str = text) -> object:
            return Query.model_validate(json.loads(text))

        def only_check(query: dict[str, Any] = query) -> object:
            return validate(query, "gem-1-bulk")

        file.write_text(text, encoding="utf-8")

        def read_and_check() -> object:
            return validate(file, "gem-1-bulk")

        report = validate(query, "gem-1-bulk")
        expected = N_INPUTS if make is broken else 0
        assert len(report.issues) == expected, report
        reading, checking = measured(baseline, only_check)
        again, both = measured(baseline, read_and_check)
        ratio, whole = checking / reading, both / again
        slow |= whole > LIMIT and make is not broken
        size = f"{len(text) / 1e6:.1f} MB"
        times = f"{reading * 1e3:7.0f} ms {checking * 1e3:7.0f} ms"
        print(f"{make.__name__:8} {size:>8} {times} {ratio:5.1f}x {whole:12.1f}x")
    print(f"limit: {LIMIT:.0f}x, reading the file included (the body of {N_INPUTS:,} issues is not limited)")
    return int(slow and check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
