"""What synthquery adds to a query's way to a server and back, beside requests and pyarrow alone.

    python benchmarks/bench_transport.py

The servers are processes of their own on this machine. Hosted: the simulator server answers; the baseline posts,
polls and downloads the same queries with `requests` and reads the JSON into Python lists, without checking query or
answer; it waits between two questions as the transport does. A real service takes seconds to minutes, so that what is
added there is far less. Containers: the same server computes Arrow streams, or one that was made before is served over
and over by a server that does nothing else; the baseline is `requests` and `pyarrow.ipc` and one copy of the counts
into a matrix.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.ipc
import requests

import synthquery as sq
from synthquery.transport.http.pauses import BackOff
from synthquery.wire.arrow_results import write_arrow

POLL = 0.005
ROUNDS = 15
HOSTED = [
    ("gem-1-bulk", 1, 80),
    ("gem-1-bulk", 10, 40),
    ("gem-1-bulk", 100, 15),
    ("gem-1-sc", 1, 80),
    ("gem-1-sc", 10, 60),
    ("gem-1-sc", 100, 15),
]
COMPUTING = [
    ("gem-1-bulk", 1, 80),
    ("gem-1-bulk", 10, 60),
    ("gem-1-bulk", 100, 30),
    ("gem-1-sc", 1, 80),
    ("gem-1-sc", 10, 60),
    ("gem-1-sc", 100, 30),
]
CONTAINERS = [
    ("gem-1-bulk", 1, 80),
    ("gem-1-bulk", 10, 60),
    ("gem-1-bulk", 100, 30),
    ("gem-1-bulk", 500, 15),
    ("gem-1-sc", 10, 60),
]
ARROW = "application/vnd.apache.arrow.stream"


def main() -> None:
    body_memory()  # first: a child counts the largest size of the parent it was forked from as its own
    with tempfile.TemporaryDirectory() as folder:
        # Keeps few answers, so that writing gigabytes of them to the disk does not slow what comes after.
        with running("-m", "synthquery", "serve-simulator", "--port", "0", "--keep", "100") as url:
            for model_id, n_samples, rounds in HOSTED:
                hosted(url, model_id, n_samples, rounds)
            for model_id, n_samples, rounds in COMPUTING:
                container(url, model_id, n_samples, rounds, "computing container")
        for model_id, n_samples, rounds in CONTAINERS:
            stream = Path(folder) / "stream.arrow"
            size = prepare(stream, model_id, n_samples)
            with running(__file__, "--serve", str(stream)) as url:
                container(url, model_id, n_samples, rounds, f"ready-made stream, {size / 1e6:.0f} MB")


def hosted(url: str, model_id: str, n_samples: int, rounds: int) -> None:
    """`Client.predict` beside post, poll and get of the same query; seeds differ from round to round."""
    client = sq.Client(sq.HttpTransport(url, poll=(POLL, POLL)))
    session = requests.Session()
    pauses = BackOff(POLL, POLL)

    def body(seed: int) -> dict[str, Any]:
        inputs = [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": n_samples}]
        return {"inputs": inputs, "sampling_strategy": "mean estimation", "seed": seed}

    def alone(seed: int) -> None:
        taken = session.post(f"{url}/api/models/{model_id}/predict", json=body(seed), timeout=60).json()
        status: dict[str, str] = {}
        while status.get("status") != "ready":
            answer = session.get(f"{url}/api/model-queries/{taken['modelQueryId']}/status", timeout=60)
            status = answer.json()
            if status["status"] != "ready":
                time.sleep(pauses.pause(0))
        session.get(status["downloadUrl"], timeout=60).json()

    ours, baseline = interleaved(lambda seed: client.predict(body(seed), model_id), alone, rounds)
    show(f"hosted, {model_id}, {n_samples} samples", ours, "requests and json", baseline)


def container(url: str, model_id: str, n_samples: int, rounds: int, what: str) -> None:
    """`ArrowTransport` beside requests and pyarrow, for the same query."""
    client = sq.Client(sq.ArrowTransport(url))

    def body(seed: int) -> dict[str, Any]:
        inputs = [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": n_samples}]
        return {"inputs": inputs, "sampling_strategy": "mean estimation", "seed": seed}

    def alone(seed: int) -> None:
        reply = requests.post(
            f"{url}/api/models/{model_id}/predict",
            json=body(seed),
            headers={"Accept": ARROW},
            stream=True,
            timeout=60,
        )
        table = pyarrow.ipc.open_stream(reply.raw).read_all()
        column = table.column("counts").combine_chunks()
        np.array(column.flatten().to_numpy().reshape(len(column), -1))

    ours, baseline = interleaved(lambda seed: client.predict(body(seed), model_id), alone, rounds)
    show(f"{what}, {model_id}, {n_samples} samples", ours, "requests + pyarrow + a copy", baseline)


def body_memory() -> None:
    """Most memory while the body of 1,000 bulk samples of counts is written, as it is when it is sent."""
    code = (
        "import resource, numpy as np\n"
        "from synthquery.transport.http.body import JsonBody\n"
        "rng = np.random.default_rng(1)\n"
        "counts = np.empty((1000, 44592), dtype=np.int32)\n"
        "for row in counts: row[:] = rng.negative_binomial(0.3, 0.002, 44592)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "body = JsonBody({'inputs': [{'counts': row} for row in counts]})\n"
        "size = sum(len(piece) for piece in body)\n"
        "assert size == len(body)\n"
        "print(size, counts.nbytes, before * 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)\n"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    size, held, before, most = map(int, done.stdout.split())
    print(
        f"body of 1,000 bulk samples ({size / 1e6:.0f} MB of JSON from {held / 1e6:.0f} MB of counts): "
        f"{most / 1e6:.0f} MB at most, {(most - before) / 1e6:.0f} MB more than before; "
        f"{time.perf_counter() - start:.1f} s with making the counts"
    )


def interleaved(
    one: Callable[[int], object], other: Callable[[int], object], rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """Seconds of both in turn, so that what else the machine does meets both."""
    for each in (one, other) * 2:
        each(1000)
    times: tuple[list[float], list[float]] = ([], [])
    for seed in range(rounds):
        order = [(one, times[0]), (other, times[1])]
        for call, found in order if seed % 2 else reversed(order):
            gc.collect()
            start = time.perf_counter()
            call(seed)
            found.append(time.perf_counter() - start)
    return times


def show(what: str, ours: list[float], name: str, baseline: list[float]) -> None:
    """Medians, and the fastest rounds, which a busy machine disturbs least."""
    for kind, of in (("median", statistics.median), ("fastest", min)):
        mine, theirs = of(ours), of(baseline)
        print(
            f"{what}, {kind}: {mine * 1e3:.1f} ms, {name} {theirs * 1e3:.1f} ms: {100 * (mine / theirs - 1):+.1f} %"
        )


def prepare(path: Path, model_id: str, n_samples: int) -> int:
    """An Arrow stream of some samples, for any seed."""
    inputs = [{"metadata": {"tissue_ontology_id": "UBERON:0002107"}, "num_samples": n_samples}]
    answer = sq.Client(seed=1).predict({"inputs": inputs, "sampling_strategy": "mean estimation"}, model_id)
    with path.open("wb") as file:
        write_arrow(answer, file)
    return path.stat().st_size


@contextmanager
def running(*arguments: str) -> Iterator[str]:
    """A server in a process of its own; it prints its address."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(word for word in process.stdout.readline().split() if word.startswith("http"))
        finally:
            process.terminate()


def serve(path: Path) -> None:
    """Answer every POST with a file."""
    content = path.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", ARROW)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    os.environ.pop("SYNTHESIZE_SELF_HOSTED", None)
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    else:
        main()
