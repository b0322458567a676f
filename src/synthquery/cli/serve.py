"""``synthquery serve-simulator``: the simulator behind the hosted service's protocol."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from synthquery.cli.output import note, write
from synthquery.errors import ConfigError

_RATE = re.compile(r"(\d+)/(\d+(?:\.\d+)?)")


def serve_simulator(
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.", min=0, max=65535)] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(help="The API key that callers must send; without one everybody is let in.")
    ] = None,
    token_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Read the API key from this environment variable.")
    ] = None,
    latency: Annotated[float, typer.Option(help="Seconds that an answer takes at least.")] = 0.0,
    cold_start: Annotated[
        float, typer.Option(help="Seconds that a model other than the baseline ones warms up at first.")
    ] = 0.0,
    hold: Annotated[
        float, typer.Option(help="Seconds that a question about a query waits for its answer.")
    ] = 0.0,
    queue: Annotated[int, typer.Option(help="How many queries are at work at once; the rest waits.")] = 4,
    rate_limit: Annotated[
        str | None,
        typer.Option(metavar="N/SECONDS", help="More requests than this get status 429 with Retry-After."),
    ] = None,
    faults: Annotated[float, typer.Option(help="Share of requests that go wrong, 0 to 1.")] = 0.0,
    fault_kinds: Annotated[
        str | None,
        typer.Option(
            metavar="KIND,...",
            help="reset-before, reset-after, 5xx, 429, truncated, failed-job, slow, bad-json; all by default.",
        ),
    ] = None,
    stall: Annotated[float, typer.Option(help="Seconds that a slow fault takes.")] = 2.0,
    seed: Annotated[
        int | None, typer.Option(help="Seed of faults, and of answers to queries without a seed.")
    ] = None,
    max_body: Annotated[int, typer.Option(help="Largest request in MB; more gets status 413.", min=1)] = 500,
    keep: Annotated[
        int, typer.Option(help="MB of answers to keep; beyond, those nobody asked for the longest go.", min=1)
    ] = 4000,
    log: Annotated[
        Path | None, typer.Option(help="Write a line of JSON for every request, and a summary at the end.")
    ] = None,
) -> None:
    """Serve the simulator in the hosted service's protocol, for any client of it. Ctrl-C ends it."""
    from synthquery.web import FAULT_KINDS, SimulatorServer

    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with SimulatorServer(
        host=host,
        port=port,
        token=_token(token, token_env),
        latency=latency,
        cold_start=cold_start,
        hold=hold,
        queue=queue,
        rate_limit=_rate(rate_limit),
        faults=faults,
        fault_kinds=tuple(kind.strip() for kind in fault_kinds.split(",")) if fault_kinds else FAULT_KINDS,
        stall=stall,
        seed=seed,
        largest_body=max_body * 1_000_000,
        keep=keep * 1_000_000,
        log=log,
    ) as server:
        write(f"serving the simulator at {server.url} (simulated values, not biology); Ctrl-C ends it")
        ended.wait()
        note(_told(server.summary()))


def _token(token: str | None, name: str | None) -> str | None:
    if name is None:
        return token
    if token is not None:
        raise ConfigError("give --token or --token-env, not both")
    found = os.environ.get(name)
    if not found:
        raise ConfigError(f"the environment variable {name} is not set: it was to hold the API key")
    return found


def _rate(text: str | None) -> tuple[int, float] | None:
    if text is None:
        return None
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"--rate-limit is requests/seconds, such as 10/60, not {text!r}")
    return int(found[1]), float(found[2])


def _told(summary: dict[str, Any]) -> str:
    jobs = summary["jobs"]
    return f"{summary['requests']:,} requests, {jobs['taken']:,} queries taken, {jobs.get('ready', 0):,} answered"
