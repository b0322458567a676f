"""What the journal costs, and what a run survives.

python benchmarks/bench_jobs.py [NUMBER [KILLS [FAULTS]]]

First queries without faults: `predict_many` with its journal and its files beside a plain loop of `predict` and `save`.
Then the chaos run of tests/jobs/test_chaos.py with numbers of one's own: a server of which FAULTS of the requests go
wrong, in every way it knows, and a client that is killed -9 KILLS times.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.jobs.chaos import survive, write_queries
from tests.servers.simulator import serving

import synthquery as sq

_SEVERAL = 8


def overhead(folder: Path, number: int) -> None:
    """Seconds of a plain loop, and of `predict_many` one at a time and several at once."""
    write_queries(folder / "queries", number)
    files = sorted((folder / "queries").iterdir())
    with (
        serving(folder) as server,
        sq.Client("synthesize", base_url=server.url, token="t", poll=(0.01, 0.1)) as client,
    ):
        client.predict(files[0])
        began = time.perf_counter()
        for path in files:
            client.predict(path).save(folder / "loop" / path.stem)
        plain = time.perf_counter() - began
        print(
            f"{number} queries over loopback, one after another: {plain:.1f} s ({plain / number * 1000:.0f} ms each)"
        )
        for at_once in (1, _SEVERAL):
            began = time.perf_counter()
            out = folder / f"many-{at_once}"
            client.predict_many(files, out=out, max_in_flight=at_once, poll=(0.01, 0.1)).raise_for_errors()
            seconds = time.perf_counter() - began
            print(f"predict_many, {at_once} at once: {seconds:.1f} s ({seconds / plain:.2f} of the loop)")
        began = time.perf_counter()
        client.predict_many(files, out=out).raise_for_errors()
        print(f"the same again, nothing to do: {time.perf_counter() - began:.1f} s")


def chaos(folder: Path, number: int, kills: int, faults: float) -> bool:
    """Run the storm and print what is left; True when nothing is lost, wrong or taken twice."""
    left = survive(folder, number, faults=faults, kills=kills)
    jobs = left.summary["jobs"]
    print(
        f"chaos: {left.summary['requests']:,} requests, {sum(left.summary['faults'].values()):,} of them with faults "
        f"{left.summary['faults']}; client killed {len(left.kills)} times; {left.seconds:.0f} s"
    )
    for place, stand in enumerate(left.kills, 1):
        print(f"  at kill {place}: {stand}")
    taken = f"{jobs['taken']:,} jobs taken, {left.failed_jobs:,} of them failed by the server on purpose"
    twice = f"{left.summary['run_twice']} queries ran twice, {len(left.leaks)} files with the token"
    print(f"  {left.outcomes.summary()}; {len(left.wrong)} wrong; {taken}; {twice}")
    return left.outcomes.ok and not (left.wrong or left.leaks or left.summary["run_twice"])


def main(number: int = 300, kills: int = 5, faults: float = 0.3) -> int:
    with tempfile.TemporaryDirectory() as name:
        for place in ("overhead", "chaos"):
            (Path(name) / place).mkdir()
        overhead(Path(name) / "overhead", min(number, 100))
        return 0 if chaos(Path(name) / "chaos", number, kills, faults) else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(*map(int, given[:2]), *map(float, given[2:3])))
