"""The queries a server has taken: queued, at work, ready or failed, each under an ID and its caller's key."""

from __future__ import annotations

import hashlib
import math
import queue
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from synthquery.catalog import get_model
from synthquery.errors import SynthQueryError
from synthquery.query.models import Query
from synthquery.resources import load_toml
from synthquery.simulator import simulate
from synthquery.web.answers import Wire, write_answer
from synthquery.web.settings import Settings

State = Literal["queued", "warming", "working", "ready", "failed"]
_SEEDS: Final = 2**31
_MOST: Final = 100_000  # ended jobs that are kept; as many as the log has entries in memory
_WAKE: Final = 0.2  # seconds after which who waits looks whether the server is ending


@dataclass(eq=False, slots=True)
class Job:
    """One query that was taken.

    Attributes
    ----------
    id
        What the caller asks by.
    signature
        The random part of the address of its answer: who knows it needs no token.
    failure
        Why it will fail, where that was known when it was taken.
    """

    id: str
    model_id: str
    query: Query | None = field(repr=False)
    wire: Wire
    body: str
    path: Path
    signature: str = field(repr=False)
    key: str | None = None
    failure: str | None = None
    lost: bool = False
    state: State = "queued"
    message: str = ""
    ended: threading.Event = field(default_factory=threading.Event, repr=False)


class Jobs:
    """All jobs of a server, and the threads that work on them. Safe to use from several threads.

    Parameters
    ----------
    settings
        Latency, cold start, how many at once, seed, how much is kept.
    folder
        Where answers are kept; it belongs to the server.
    told
        Called with every job that has ended.
    """

    def __init__(self, settings: Settings, folder: Path, told: Callable[[Job], None]) -> None:
        self._settings, self._folder, self._told = settings, folder, told
        self._by_id: dict[str, Job] = {}
        self._by_key: dict[str, Job] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()  # ID -> bytes, who was asked for last at the end
        self._held = 0
        self._dropped_states: Counter[str] = Counter()
        self._dropped_bodies: Counter[str] = Counter()
        self._dropped_lost = 0
        self._warm_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._timers: set[threading.Timer] = set()
        self._threads = [
            threading.Thread(target=self._work, name=f"simulator-{number}", daemon=True)
            for number in range(settings.queue)
        ]
        for thread in self._threads:
            thread.start()

    def get(self, job_id: str) -> Job | None:
        """The job of an ID; None when there is none, or none any more."""
        with self._lock:
            return self._asked_for(self._by_id.get(job_id))

    def of_key(self, key: str | None) -> Job | None:
        """The job that was taken under a caller's key."""
        with self._lock:
            return self._asked_for(self._by_key.get(key)) if key else None

    def all(self) -> tuple[Job, ...]:
        """Every job that is kept, in the order in which they were taken."""
        with self._lock:
            return tuple(self._by_id.values())

    def totals(self) -> dict[str, Any]:
        """How many jobs there were, those that are not kept any more among them; see `SimulatorServer.summary`."""
        with self._lock:
            jobs = tuple(self._by_id.values())
            states = self._dropped_states + Counter(job.state for job in jobs)
            bodies = self._dropped_bodies + Counter(job.body for job in jobs if job.state != "failed")
            lost = self._dropped_lost + sum(job.lost for job in jobs)
        return {
            "jobs": {"taken": states.total(), **states, "lost": lost},
            "run_twice": sum(number > 1 for number in bodies.values()),
        }

    def _asked_for(self, job: Job | None) -> Job | None:
        """A job that somebody asks for is the last to be dropped."""
        if job is not None and job.id in self._ended:
            self._ended.move_to_end(job.id)
        return job

    def _end(self, job: Job, state: State) -> None:
        """Keep a job that has ended, and drop those nobody asked for the longest where there is no room for all."""
        size = job.path.stat().st_size if job.path.exists() else 0
        with self._lock:
            job.state = state
            self._ended[job.id] = size
            self._held += size
            while len(self._ended) > 1 and (self._held > self._settings.keep or len(self._ended) > _MOST):
                self._drop(next(iter(self._ended)))

    def _drop(self, job_id: str) -> None:
        self._held -= self._ended.pop(job_id)
        job = self._by_id.pop(job_id)
        if job.key:
            self._by_key.pop(job.key, None)
        job.path.unlink(missing_ok=True)
        self._dropped_states[job.state] += 1
        self._dropped_lost += job.lost
        if job.state != "failed":
            self._dropped_bodies[job.body] += 1

    def take(
        self,
        query: Query,
        *,
        body: str,
        wire: Wire,
        key: str | None = None,
        failure: str | None = None,
        lost: bool = False,
    ) -> tuple[Job, bool]:
        """Take a query; a key that was seen before gives the job it has.

        Returns
        -------
        tuple
            The job, and True when it is a new one.
        """
        job_id = secrets.token_hex(12)
        path = self._folder / f"{job_id}.{wire}"
        job = Job(
            job_id, query.model_id, query, wire, body, path, secrets.token_urlsafe(24), key, failure, lost
        )
        with self._lock:
            if key and key in self._by_key:
                return self._by_key[key], False
            self._by_id[job.id] = job
            if key:
                self._by_key[key] = job
            wait = self._warming_up(query.model_id)
        if wait > 0:
            job.state = "warming"
            self._later(wait, job)
        else:
            self._waiting.put(job)
        return job, True

    def wait(self, job: Job, seconds: float = math.inf) -> None:
        """Wait until a job has ended, the server is ending, or the time is over."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            if job.ended.wait(min(left, _WAKE)):
                return

    def stop(self, patience: float = 5.0) -> None:
        """End the threads; what is not answered by then stays so."""
        self._stopping.set()
        with self._lock:
            timers = tuple(self._timers)
        for timer in timers:
            timer.cancel()
        for _ in self._threads:
            self._waiting.put(None)
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _warming_up(self, model_id: str) -> float:
        """Seconds until a model is warm; the first question starts it. Baseline models always are."""
        if not self._settings.cold_start or get_model(model_id).family == "baseline":
            return 0.0
        now = time.monotonic()
        return self._warm_at.setdefault(model_id, now + self._settings.cold_start) - now

    def _later(self, wait: float, job: Job) -> None:
        timer: threading.Timer

        def warm() -> None:
            with self._lock:
                self._timers.discard(timer)
            job.state = "queued"
            self._waiting.put(job)

        timer = threading.Timer(wait, warm)
        timer.daemon = True
        with self._lock:
            self._timers.add(timer)
        timer.start()

    def _work(self) -> None:
        while True:
            job = self._waiting.get()
            if job is None or self._stopping.is_set():
                return
            job.state = "working"
            began = time.monotonic()
            failure = self._answer(job)
            self._stopping.wait(max(0.0, self._settings.latency - (time.monotonic() - began)))
            if self._stopping.is_set():
                return
            if failure is not None:
                job.message = failure
            self._end(job, "ready" if failure is None else "failed")
            self._told(job)
            job.ended.set()

    def _answer(self, job: Job) -> str | None:
        """Answer a job into its file; the message when it fails."""
        messages = load_toml("web.toml")["messages"]
        if job.lost:
            return str(messages["lost_worker"] + messages["tail"])
        query, job.query = job.query, None  # its counts are not needed once it is answered
        if job.failure is not None or query is None:
            return job.failure
        try:
            write_answer(simulate(query, seed=self._seed(job)), job.path, job.wire)
        except SynthQueryError as error:
            return str(error)
        except Exception as error:  # a thread that ends would leave its queries waiting for ever
            return f"Internal error: {type(error).__name__}: {error}{messages['tail']}"
        return None

    def _seed(self, job: Job) -> int | None:
        """Of a query without one: the same for the same query where the server has a seed."""
        if self._settings.seed is None:
            return None
        text = f"{self._settings.seed}/{job.model_id}/{job.body}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % _SEEDS
