"""How fast a 50 MB query of counts is validated, and what its lines and columns cost.

Rates are megabytes of JSON a second, the best of some runs that take turns with bare `json.loads`, so that a busy
machine slows both.

    python benchmarks/bench_places.py          # two lines
    python benchmarks/bench_places.py --check  # exit code 1 when a rate is below the limit
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthquery.validation import validate

MODEL = "gem-1-bulk_predict-metadata"
N_GENES = 44_592
N_SAMPLES = 190
ROUNDS = 5
LIMIT = 60.0  # MB/s


def body(*, broken: bool) -> dict[str, Any]:
    """Samples of counts; broken ones have a negative count near the end of each."""
    draw = random.Random(7)
    samples = [[draw.randint(0, 9_999) for _ in range(N_GENES)] for _ in range(N_SAMPLES)]
    if broken:
        for counts in samples:
            counts[N_GENES - 100] = -1
    return {"inputs": [{"counts": counts} for counts in samples]}


def best(*calls: Callable[[], object]) -> list[float]:
    """The shortest time of each call, in seconds."""
    times = [float("inf")] * len(calls)
    for _ in range(ROUNDS):
        for at, call in enumerate(calls):
            start = time.perf_counter()
            call()
            times[at] = min(times[at], time.perf_counter() - start)
    return times


def main(arguments: list[str]) -> int:
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        for broken in (False, True):
            text = json.dumps(body(broken=broken))
            file = Path(folder) / "query.json"
            file.write_text(text, encoding="utf-8")
            size = len(text) / 1e6
            bare, ours = best(lambda text=text: json.loads(text), lambda file=file: validate(file, MODEL))
            report = validate(file, MODEL)
            assert len(report.issues) == (N_SAMPLES if broken else 0), report
            assert all(issue.location for issue in report.issues)
            slow |= size / ours < LIMIT
            what = "a fault in each sample" if broken else "clean"
            rates = f"json.loads {size / bare:5.1f} MB/s  validate {size / ours:5.1f} MB/s"
            print(f"{what:24} {size:5.1f} MB  {rates}  ({ours / bare:.2f}x the time)")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory, the generated body included: {memory:,.0f} MB; limit: {LIMIT:.0f} MB/s")
    return int(slow and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
