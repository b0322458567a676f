"""Many queries through a service where much goes wrong, by a client that is killed again and again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthquery.errors import SynthQueryError
from synthquery.jobs.many import outcomes_in
from synthquery.jobs.outcomes import Outcomes
from synthquery.transport import Request, SimulatorTransport
from tests.servers.simulator import Served, serving

TISSUES = ("UBERON:0002107", "UBERON:0000955", "UBERON:0002048", "UBERON:0000948", "UBERON:0002113")
TOKEN = "sk-canary-4711"
# What a person would run; only the pauses are shorter, for the server is on this machine.
CLIENT = """
import sys
from pathlib import Path
import synthquery as sq
queries, out, url, in_flight = sys.argv[1:]
transport = dict(base_url=url, back_off=(0.05, 0.5), poll=(0.05, 0.5))
with sq.Client("synthesize", **transport) as client:
    files = sorted(Path(queries).glob("*.json"))
    outcomes = client.predict_many(
        files, out=out, max_in_flight=int(in_flight), retry_failed_jobs=20, poll=(0.05, 0.5), wait=10
    )
print(outcomes)
sys.exit(not outcomes.ok)
"""


@dataclass(frozen=True)
class Survived:
    """What is left after the storm.

    Attributes
    ----------
    outcomes
        Where every query stands.
    wrong
        Labels of queries whose answer is not the one that the simulator gives to them.
    summary
        What the server says of itself at its end.
    taken
        How many jobs the server took for each query, those that it then declared failed not counted.
    failed_jobs
        Jobs that the server took and declared failed.
    kills
        Where the queries stood at each kill.
    exit_code
        Of the last run.
    seconds
        In all.
    leaks
        Files that the token is in.
    """

    outcomes: Outcomes
    wrong: tuple[str, ...]
    summary: dict[str, Any]
    taken: Counter[str]
    failed_jobs: int
    kills: tuple[dict[str, int], ...]
    exit_code: int
    seconds: float
    leaks: tuple[Path, ...]


def write_queries(folder: Path, number: int) -> None:
    """Small single-cell queries, no two alike."""
    folder.mkdir()
    for place in range(number):
        body = {
            "model_id": "gem-1-sc",
            "sampling_strategy": "mean estimation",
            "seed": 1000 + place,
            "inputs": [
                {
                    "metadata": {
                        "tissue_ontology_id": TISSUES[place % 5],
                        "sex": ("male", "female")[place % 2],
                    },
                    "num_samples": 1 + place % 2,
                }
            ],
        }
        (folder / f"q{place:04}.json").write_text(json.dumps(body), encoding="utf-8")


def survive(
    folder: Path,
    number: int = 300,
    *,
    faults: float = 0.3,
    kills: int = 5,
    seed: int = 1,
    in_flight: int = 16,
) -> Survived:
    """Send `number` queries through a server with `faults`, killing the client -9 `kills` times."""
    began = time.monotonic()
    queries, out = folder / "queries", folder / "results"
    write_queries(queries, number)
    chance = random.Random(seed)
    stands: list[dict[str, int]] = []
    options = ("--faults", str(faults), "--seed", str(seed), "--token", TOKEN)
    with serving(folder, *options) as server:
        for kill in range(kills):
            enough = number * (kill + 1) // (kills + 2)
            process = _client(queries, out, server, in_flight)
            while process.poll() is None and _saved(out) < enough:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.2))
            assert process.poll() is None, f"the client ended by itself: {process.returncode}"
            process.send_signal(signal.SIGKILL)
            process.wait()
            stands.append(dict(outcomes_in(out).counts))
        process = _client(queries, out, server, in_flight)
        code = process.wait(timeout=600)
        summary = server.end()
        jobs = server.entries("job")
    outcomes = outcomes_in(out)
    return Survived(
        outcomes,
        tuple(_wrong(outcomes, queries)),
        summary,
        Counter(job["body"] for job in jobs if job["state"] != "failed"),
        sum(job["state"] == "failed" for job in jobs),
        tuple(stands),
        code,
        time.monotonic() - began,
        tuple(path for path in out.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()),
    )


def _client(queries: Path, out: Path, server: Served, in_flight: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CLIENT, str(queries), str(out), server.url, str(in_flight)]
    return subprocess.Popen(
        command, env={**os.environ, "SYNTHESIZE_API_KEY": TOKEN}, stdout=subprocess.DEVNULL, text=True
    )


def _saved(out: Path) -> int:
    try:
        return outcomes_in(out).counts.get("saved", 0)
    except SynthQueryError:  # not begun yet
        return 0


def _wrong(outcomes: Outcomes, queries: Path) -> list[str]:
    """Queries whose kept answer differs from what the simulator says here and now."""
    simulator = SimulatorTransport()
    wrong = []
    for outcome, path in zip(outcomes, sorted(queries.glob("*.json")), strict=True):
        body = json.loads(path.read_text(encoding="utf-8"))
        expected = simulator.predict(Request(body.pop("model_id"), body))
        kept = outcome.prediction
        same = (
            outcome.label == str(path)
            and np.array_equal(kept.counts_array, expected.counts_array)
            and [dict(row) for row in kept.sample_metadata] == [dict(row) for row in expected.sample_metadata]
        )
        wrong += [] if same else [outcome.label]
    return wrong
