"""Seconds to read an Arrow stream of bulk answers, beside pyarrow's own reading and one copy, and beside pysynthbio.

    python benchmarks/bench_arrow.py [SAMPLES]      # 500 when left out

"as it comes" reads from a file object, as from a response; "in memory" has all bytes beforehand. pyarrow's part is
`open_stream(...).read_all()` and its counts copied into one matrix, nothing else; ours ends with a checked prediction.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from pysynthbio.arrow_transformers import transform_arrow_stream

from synthquery.prediction import Prediction
from synthquery.wire import read_arrow, write_arrow

N_GENES = 44_592
ROUNDS = 7


def answer(n_samples: int) -> Prediction:
    draw = np.random.default_rng(5)
    latents = {"biological": 1024, "technical": 32, "perturbation": 512}
    return Prediction(
        "gem-1-bulk",
        "expression",
        [{"tissue_ontology_id": "UBERON:0002107", "sex": "male"}] * n_samples,
        draw.poisson(200, (n_samples, N_GENES)),
        [f"ENSG{number:011}" for number in range(N_GENES)],
        {name: draw.normal(size=(n_samples, size)) for name, size in latents.items()},
    )


def pyarrow_and_copy(source: Any) -> np.ndarray[Any, Any]:
    chunks = pa.ipc.open_stream(source).read_all().column("counts").chunks
    return np.concatenate([chunk.flatten().to_numpy().reshape(len(chunk), -1) for chunk in chunks])


def main(n_samples: int) -> None:
    sink = io.BytesIO()
    start = time.perf_counter()
    write_arrow(answer(n_samples), sink)
    writing = time.perf_counter() - start
    raw = sink.getvalue()
    body = {"inputs": [{"metadata": {"sex": "male"}, "num_samples": n_samples}]}
    print(f"{n_samples} samples, {len(raw) / 1e6:.0f} MB; written in {writing:.2f} s, random counts included")
    ways: dict[str, Callable[[], Any]] = {
        "as it comes: pyarrow and one copy": lambda: pyarrow_and_copy(io.BytesIO(raw)),
        "as it comes: read_arrow": lambda: read_arrow(io.BytesIO(raw), "gem-1-bulk", body),
        "as it comes: pysynthbio": lambda: transform_arrow_stream(io.BytesIO(raw)),
        "in memory: pyarrow and one copy": lambda: pyarrow_and_copy(pa.py_buffer(raw)),
        "in memory: read_arrow": lambda: read_arrow(raw, "gem-1-bulk", body),
        "in memory: pysynthbio": lambda: transform_arrow_stream(raw),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():  # in turn: what slows the machine slows all of them
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    for name, times in seconds.items():
        print(f"{name:36} {statistics.median(times) * 1e3:6.0f} ms (best {min(times) * 1e3:.0f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
