"""Milliseconds to read an Arrow stream of answers, beside pyarrow's own reading and one copy, and beside pysynthbio.

    python benchmarks/bench_arrow.py [SAMPLES]      # 500 when left out

"as it comes" reads from a file object, as from a response; "in memory" has all bytes beforehand. pyarrow's part is
`open_stream(...).read_all()` and one copy of its numbers, counts and latents, into a matrix each, nothing else; ours
ends with a checked prediction, metadata included. The sides take turns, and all that is shown is of the same run.
Before each call the C library gives back what is free, as far as it can (glibc): whether the large matrix happens to
fall on memory that the call before has left, which then need not be cleared, made more of a difference than all that is
compared here.
"""

from __future__ import annotations

import ctypes
import gc
import io
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pysynthbio.arrow_transformers import transform_arrow_stream

from synthquery.prediction import Prediction
from synthquery.wire import read_arrow, write_arrow

ROUNDS = 11
GENES = {"gem-1-bulk": 44_592, "gem-1-sc": 37_125}
LATENTS = {"biological": 1024, "technical": 32, "perturbation": 512}


class Shape(NamedTuple):
    """A stream: which model, how many samples, with latents or not, and samples in one record batch (0: all)."""

    name: str
    model_id: str
    n_samples: int
    latents: Mapping[str, int]
    in_a_batch: int | None = None


def shapes(n_samples: int) -> list[Shape]:
    """The streams that are read; as `write_arrow` writes them where no batch size is given."""
    return [
        Shape("bulk with latents", "gem-1-bulk", n_samples, LATENTS),
        Shape("bulk without latents", "gem-1-bulk", n_samples, {}),
        Shape("single-cell with latents", "gem-1-sc", n_samples, LATENTS),
        Shape("bulk, one batch", "gem-1-bulk", n_samples, LATENTS, 0),
        Shape("bulk, a batch a sample", "gem-1-bulk", n_samples, LATENTS, 1),
        Shape("bulk, ten samples", "gem-1-bulk", 10, LATENTS),
    ]


def stream(shape: Shape) -> bytes:
    """The bytes of an answer."""
    draw = np.random.default_rng(5)
    n_samples, n_genes = shape.n_samples, GENES[shape.model_id]
    answer = Prediction(
        shape.model_id,
        "expression",
        [{"tissue_ontology_id": "UBERON:0002107", "sex": "male"}] * n_samples,
        draw.poisson(200, (n_samples, n_genes)),
        [f"ENSG{number:011}" for number in range(n_genes)],
        {name: draw.normal(size=(n_samples, size)) for name, size in shape.latents.items()},
    )
    sink = io.BytesIO()
    write_arrow(answer, sink)
    if shape.in_a_batch is None:
        return sink.getvalue()
    table = pa.ipc.open_stream(pa.py_buffer(sink.getvalue())).read_all().combine_chunks()
    again = io.BytesIO()
    with pa.ipc.new_stream(again, table.schema) as writer:
        writer.write_table(table, max_chunksize=shape.in_a_batch or None)
    return again.getvalue()


def pyarrow_and_copy(source: Any) -> list[np.ndarray[Any, Any]]:
    """What pyarrow needs, without looking at a number."""
    table = pa.ipc.open_stream(source).read_all()
    return [
        np.concatenate([chunk.flatten().to_numpy().reshape(len(chunk), -1) for chunk in column.chunks])
        for name, column in zip(table.column_names, table.columns, strict=True)
        if name == "counts" or name.endswith("_latent")
    ]


def give_back_memory() -> None:
    """Let every call begin as the first one in a process does."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def compare(shape: Shape) -> None:
    """Print all ways for one stream."""
    raw = stream(shape)
    body = {"inputs": [{"metadata": {"sex": "male"}, "num_samples": shape.n_samples}]}
    ways: dict[str, tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]] = {
        "as it comes": (
            lambda: pyarrow_and_copy(io.BytesIO(raw)),
            lambda: read_arrow(io.BytesIO(raw), shape.model_id, body),
            lambda: transform_arrow_stream(io.BytesIO(raw)),
        ),
        "in memory": (
            lambda: pyarrow_and_copy(pa.py_buffer(raw)),
            lambda: read_arrow(raw, shape.model_id, body),
            lambda: transform_arrow_stream(raw),
        ),
    }
    for how, calls in ways.items():
        seconds: list[list[float]] = [[] for _ in calls]
        for _ in range(ROUNDS):
            for call, found in zip(calls, seconds, strict=True):  # what slows the machine slows all of them
                give_back_memory()
                start = time.perf_counter()
                call()
                found.append(time.perf_counter() - start)
        medians = [1e3 * statistics.median(found) for found in seconds]
        fastest = [1e3 * min(found) for found in seconds]
        print(
            f"{shape.name:25} {shape.n_samples:5} {len(raw) / 1e6:6.0f} MB  {how:12}"
            + "".join(f"{one:7.1f} ({best:5.1f})" for one, best in zip(medians, fastest, strict=True))
            + f"   {medians[1] / medians[0]:.2f} ({fastest[1] / fastest[0]:.2f})"
        )


def main(n_samples: int) -> None:
    """Print a table."""
    print(
        f"medians (fastest) in ms{'':33}pyarrow + a copy  read_arrow    pysynthbio   read_arrow / (pyarrow + a copy)"
    )
    for shape in shapes(n_samples):
        compare(shape)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
