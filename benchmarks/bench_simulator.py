"""How fast, how large and how right the simulator is.

- a thousand bulk samples, beside what numpy alone takes to draw as many negative binomial numbers;
- peak memory of a process that does so;
- of 200 simulated samples of ten organs, how many metadata prediction names rightly;
- a first small answer in a process of its own, imports and validation included.

    python benchmarks/bench_simulator.py          # a table
    python benchmarks/bench_simulator.py --check  # exit code 1 when a limit is not kept
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import Any

import numpy as np

from synthquery.prediction import Prediction
from synthquery.resources import load_toml
from synthquery.simulator import simulate
from synthquery.simulator.decoder import decoder
from synthquery.simulator.latents import expected_latents
from synthquery.wire import parse_query

LIVER = "UBERON:0002107"
ORGANS = ("liver", "brain", "kidney", "heart", "lung", "spleen", "colon", "stomach", "pancreas", "blood")
MOST_SECONDS, MOST_GIGABYTES, LEAST_RIGHT = 60.0, 2.0, 0.95

THOUSAND = """
import resource
from synthquery.simulator import simulate
from synthquery.wire import parse_query

inputs = [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": 1000}]
query = parse_query({"inputs": inputs, "sampling_strategy": "sample generation"}, "gem-1-bulk")
assert simulate(query).counts.shape == (1000, 44592)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
FIRST = """
from synthquery.client import Client, example_query
Client(seed=1).predict(example_query("gem-1-bulk"), "gem-1-bulk")
"""
RSS_PER_GIGABYTE = 1e6 if sys.platform == "linux" else 1e9  # ru_maxrss: kilobytes on Linux, bytes on macOS


def ask(model_id: str, inputs: list[dict[str, Any]], **parameters: Any) -> Prediction:
    return simulate(parse_query({"inputs": inputs, **parameters}, model_id))


def seconds_of_a_thousand() -> float:
    start = time.perf_counter()
    inputs = [{"metadata": {"tissue_ontology_id": LIVER}, "num_samples": 1000}]
    ask("gem-1-bulk", inputs, sampling_strategy="sample generation", seed=1)
    return time.perf_counter() - start


def seconds_of_numpy() -> float:
    model = decoder("bulk")
    mean = model.proportions(model.log_means(expected_latents({"tissue_ontology_id": LIVER})))[0] * 1e7
    size = 1 / model.dispersion
    draws = np.random.default_rng(1)
    start = time.perf_counter()
    for _ in range(1000):
        draws.negative_binomial(size, size / (size + mean))
    return time.perf_counter() - start


def output_of(program: str) -> tuple[str, float]:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout, time.perf_counter() - start


def share_named_rightly() -> tuple[float, float]:
    """The share of 200 samples whose organ is named, and the seconds that naming took."""
    classes, rng = load_toml("simulator_classes.toml"), random.Random(1)
    organs = [term for term, label in classes["tissue"].items() if label in ORGANS]
    inputs = []
    for _ in range(200):
        metadata = {"tissue_ontology_id": rng.choice(organs), "sex": rng.choice(["male", "female"])}
        if rng.random() < 0.5:
            metadata["disease_ontology_id"] = rng.choice(list(classes["disease"]))
        inputs.append({"metadata": metadata, "num_samples": 1})
    made = ask("gem-1-bulk", inputs, sampling_strategy="sample generation", seed=1)
    assert made.counts_array is not None
    start = time.perf_counter()
    found = ask("gem-1-bulk_predict-metadata", [{"counts": row} for row in made.counts_array], seed=1)
    seconds = time.perf_counter() - start
    pairs = zip(found.sample_metadata, inputs, strict=True)
    right = [row["tissue_ontology_id"] == one["metadata"]["tissue_ontology_id"] for row, one in pairs]
    return float(np.mean(right)), seconds


def main() -> int:
    output_of(FIRST)  # compiles what is compiled once
    first = output_of(FIRST)[1]
    thousand, alone = seconds_of_a_thousand(), seconds_of_numpy()
    gigabytes = float(output_of(THOUSAND)[0]) / RSS_PER_GIGABYTE
    right, naming = share_named_rightly()
    print(f"1,000 bulk samples                 {thousand:6.1f} s   (limit {MOST_SECONDS:.0f} s)")
    print(f"  numpy's negative_binomial alone  {alone:6.1f} s   ratio {thousand / alone:.2f}")
    print(f"  peak memory of the process       {gigabytes:6.2f} GB  (limit {MOST_GIGABYTES:.0f} GB)")
    print(f"organs named rightly, of 200       {right:6.1%}   (limit {LEAST_RIGHT:.0%}; took {naming:.1f} s)")
    print(f"first answer of a process          {first:6.1f} s   imports and validation included")
    kept = thousand <= MOST_SECONDS and gigabytes <= MOST_GIGABYTES and right >= LEAST_RIGHT
    return 0 if kept or "--check" not in sys.argv else 1


if __name__ == "__main__":
    sys.exit(main())
