"""How fast results are read and bodies are written, and what memory that takes, beside pysynthbio and `json`.

Every run is a process of its own, so that its peak is its own; runs take turns, and medians are shown. Reading
starts with the bytes in memory and ends with one int64 matrix; pysynthbio's way is `json.loads` and
`transform_standard_model_output`. Writing starts with a CSR matrix and ends with the bytes in a sink; the other
way is `json.dumps` of lists of Python integers.

    python benchmarks/bench_results.py           # 500 samples
    python benchmarks/bench_results.py --few     # 50 samples
    python benchmarks/bench_results.py --check   # exit code 1 when a limit is not kept
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

N_GENES = 44_592
N_CELL_GENES = 37_125
DETECTED = 2_000  # genes of a cell
ROUNDS = 3
FASTER_READ, MEMORY, FASTER_WRITE = 8.0, 0.6, 5.0


def bulk_counts(draw: np.random.Generator) -> np.ndarray[Any, Any]:
    """Reads of a bulk sample: a third of the genes silent, most of the rest low, a few very high."""
    expected = np.minimum(draw.lognormal(3, 2.5, N_GENES), 500_000)
    counts = draw.poisson(expected)
    counts[draw.random(N_GENES) < 0.33] = 0
    return counts.astype(np.int64)


def genes(number: int) -> list[str]:
    return [f"ENSG{at:011d}" for at in range(number)]


def write_bulk_result(path: Path, n_samples: int) -> None:
    """A result as the service sends it: counts, metadata and latents."""
    draw = np.random.default_rng(5)
    outputs = [
        {
            "counts": bulk_counts(draw).tolist(),
            "metadata": {"tissue_ontology_id": "UBERON:0002107", "sex": "female", "modality": "bulk"},
            "latents": {
                name: draw.normal(size=size).tolist()
                for name, size in (("biological", 1024), ("technical", 32), ("perturbation", 512))
            },
        }
        for _ in range(n_samples)
    ]
    payload = {"gene_order": genes(N_GENES), "outputs": outputs, "model_version": 2}
    path.write_text(json.dumps(payload, separators=(",", ":")))


def write_cell_result(path: Path, n_samples: int) -> None:
    """A single-cell result: counts by gene, those that are not zero."""
    draw = np.random.default_rng(6)
    order = genes(N_CELL_GENES)
    outputs = []
    for _ in range(n_samples):
        present = np.sort(draw.choice(N_CELL_GENES, DETECTED, replace=False)).tolist()
        counts = (1 + draw.geometric(0.4, DETECTED)).tolist()
        row = {order[gene]: count for gene, count in zip(present, counts, strict=True)}
        outputs.append({"counts": row, "metadata": {"modality": "single-cell"}})
    path.write_text(json.dumps({"gene_order": order, "outputs": outputs, "model_version": 2}))


def read_ours(path: Path) -> Callable[[], object]:
    from synthquery.wire import matrix_of, read_result

    data = path.read_bytes()

    def run() -> object:
        return matrix_of([output["counts"] for output in read_result(data)["outputs"]])

    return run


def read_file(path: Path) -> Callable[[], object]:
    from synthquery.wire import matrix_of, read_result

    return lambda: matrix_of([output["counts"] for output in read_result(path)["outputs"]])


def predicted(path: Path, model: str) -> Callable[[], object]:
    from synthquery.wire import parse_result, read_result

    data = path.read_bytes()
    return lambda: parse_result(read_result(data), model)


def read_pysynthbio(path: Path) -> Callable[[], object]:
    from pysynthbio.output_transformers import transform_standard_model_output

    data = path.read_bytes()
    return lambda: transform_standard_model_output(json.loads(data))


def write_ours(path: Path) -> Callable[[], object]:
    import scipy.sparse as sp

    from synthquery.wire import body_chunks

    matrix = sp.load_npz(path)
    body = {"inputs": [{"counts": matrix[at]} for at in range(matrix.shape[0])]}
    return lambda: sum(map(len, body_chunks(body)))


def write_json(path: Path) -> Callable[[], object]:
    import scipy.sparse as sp

    matrix = sp.load_npz(path)

    def run() -> object:
        inputs = [{"counts": row} for row in matrix.toarray().tolist()]
        return len(json.dumps({"inputs": inputs}, separators=(",", ":")).encode())

    return run


WAYS: dict[str, Callable[[Path], Callable[[], object]]] = {
    "pysynthbio": read_pysynthbio,
    "read_result": read_ours,
    "read_result of a file": read_file,
    "parse_result, bulk": lambda path: predicted(path, "gem-1-bulk"),
    "parse_result, cells": lambda path: predicted(path, "gem-1-sc"),
    "json.dumps": write_json,
    "body_chunks": write_ours,
}


def one_run(way: str, path: Path) -> None:
    """In a process of its own: seconds, and the peak of memory before and after."""
    run = WAYS[way](path)
    before = peak()
    start = time.perf_counter()
    kept = run()
    spent = time.perf_counter() - start
    print(json.dumps([spent, before, peak()]), flush=True)
    del kept


def peak() -> float:
    """The most memory this process has had, in MB; `ru_maxrss` would begin with that of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measured(ways: list[str], path: Path) -> dict[str, tuple[float, float]]:
    """Median seconds and median peak in MB of each way."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            command = [sys.executable, __file__, "--run", way, str(path)]
            seconds, _before, most = json.loads(
                subprocess.run(command, check=True, capture_output=True).stdout
            )
            found[way].append((seconds, most))
    return {
        way: (statistics.median(s for s, _ in runs), statistics.median(m for _, m in runs))
        for way, runs in found.items()
    }


def table(title: str, path: Path, size: float, ways: list[str]) -> dict[str, tuple[float, float]]:
    found = measured(ways, path)
    base, most = found[ways[0]]
    print(f"\n{title} ({size:,.0f} MB of JSON)")
    print(f"{'':24} {'time':>8} {'rate':>10} {'faster':>7} {'peak':>9} {'of it':>6}")
    for way, (seconds, memory) in found.items():
        print(
            f"{way:24} {seconds:6.2f} s {size / seconds:5.0f} MB/s {base / seconds:6.1f}x"
            f" {memory:6,.0f} MB {memory / most:6.0%}"
        )
    return found


def reading(folder: Path, n_samples: int) -> bool:
    path = folder / "bulk.json"
    write_bulk_result(path, n_samples)
    ways = ["pysynthbio", "read_result", "read_result of a file", "parse_result, bulk"]
    title = f"Reading {n_samples} x {N_GENES:,} counts"
    found = table(title, path, path.stat().st_size / 1e6, ways)
    (base, most), (seconds, memory) = found[ways[0]], found[ways[1]]
    cells = folder / "cells.json"
    write_cell_result(cells, 2 * n_samples)
    title = f"Reading {2 * n_samples} cells of {DETECTED:,} genes, counts by gene"
    table(title, cells, cells.stat().st_size / 1e6, ["pysynthbio", "parse_result, cells"])
    return base / seconds >= FASTER_READ and memory <= MEMORY * most


def writing(folder: Path, n_samples: int) -> bool:
    import scipy.sparse as sp

    kept = True
    draw = np.random.default_rng(7)
    bulk = np.stack([bulk_counts(draw) for _ in range(n_samples)])
    cells = np.where(draw.random(bulk.shape) < 0.05, draw.geometric(0.4, bulk.shape), 0)
    for what, matrix in (("bulk", bulk), ("single-cell", cells)):
        path = folder / f"{what}.npz"
        sp.save_npz(path, sp.csr_matrix(matrix), compressed=False)
        size = write_ours(path)()
        assert isinstance(size, int)
        title = f"Writing {n_samples} x {N_GENES:,} {what} counts from CSR"
        found = table(title, path, size / 1e6, ["json.dumps", "body_chunks"])
        kept &= found["json.dumps"][0] / found["body_chunks"][0] >= FASTER_WRITE
    return kept


def main(arguments: list[str]) -> int:
    if "--run" in arguments:
        one_run(arguments[1], Path(arguments[2]))
        return 0
    n_samples = 50 if "--few" in arguments else 500
    print(
        f"medians of {ROUNDS} runs that take turns, each in a process of its own; peaks of the whole process"
    )
    with tempfile.TemporaryDirectory() as folder:
        kept = [reading(Path(folder), n_samples), writing(Path(folder), n_samples)]
    print(f"\nlimits: reading {FASTER_READ:.0f}x, {MEMORY:.0%} of the memory; writing {FASTER_WRITE:.0f}x")
    return int("--check" in arguments and not all(kept))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
