"""Seconds that `synthquery validate` takes for a folder of small query files.

python benchmarks/bench_folder.py [NUMBER]

The bar is 20 s for 10,000 files on two cores; the baseline beside it only reads the same files with `json.loads`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from synthquery.ontology import default_ontologies


def write_folder(folder: Path, number: int) -> None:
    """Queries of three inputs with tissues drawn from UBERON; every third has a fault."""
    draw = random.Random(1)
    names = default_ontologies().store("UBERON").names()
    tissues = sorted({row.term_id for row, _ in zip(names, range(3_000), strict=False) if not row.obsolete})
    for at in range(number):
        inputs = [
            {
                "metadata": {
                    "tissue_ontology_id": draw.choice(tissues),
                    "sex": draw.choice(["male", "female", "Male"] if at % 3 == 0 else ["male", "female"]),
                    "age_years": str(draw.randint(18, 89)),
                },
                "num_samples": 2,
            }
            for _ in range(3)
        ]
        body = {
            "model_id": "gem-1-bulk",
            "sampling_strategy": "mean estimation",
            "seed": at,
            "inputs": inputs,
        }
        (folder / f"{at:05}.json").write_text(json.dumps(body, indent=2), encoding="utf-8")


def main(number: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(folder, number)
        start = time.perf_counter()
        for file in folder.iterdir():
            json.loads(file.read_bytes())
        reading = time.perf_counter() - start
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "synthquery", "validate", name],
            capture_output=True,
            text=True,
            check=False,
        )
        validating = time.perf_counter() - start
        print(done.stdout.splitlines()[-1])
        print(
            f"validate: {validating:.1f} s ({number / validating:,.0f} files/s); json.loads alone: {reading:.1f} s"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
