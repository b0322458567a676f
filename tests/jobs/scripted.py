"""A service in this process that does what a test says, and counts what it takes."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from synthquery.errors import TransportError
from synthquery.jobs.packing import query_hash
from synthquery.prediction import Prediction
from synthquery.transport import JobStatus, Request, SimulatorTransport

Hook = Callable[..., None]
QUICK: dict[str, Any] = {"poll": (0.001, 0.002), "back_off": (0.001, 0.002)}
"""Pauses for a service that is not far away."""


class Killed(BaseException):
    """The process ends here: nothing that follows happens, as after kill -9."""


class Service:
    """A `JobTransport` and the service behind it.

    Parameters
    ----------
    keeps
        Whether a second submission under the same key is the first.
    before, after
        Called with the name of a method and its arguments before and after it has its effect; what they raise
        is what the caller sees.
    polls
        How often a job is still running when it is asked for.
    """

    name = "scripted"

    def __init__(
        self,
        *,
        keeps: bool = True,
        before: Hook = lambda *_: None,
        after: Hook = lambda *_: None,
        polls: int = 0,
        jobs_fail: Callable[[int], str | None] = lambda _: None,
    ) -> None:
        self.keeps, self.before, self.after, self.polls, self.jobs_fail = (
            keeps,
            before,
            after,
            polls,
            jobs_fail,
        )
        self.jobs: dict[str, Request] = {}
        self.keys: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.at_once = self.most_at_once = 0
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._simulator = SimulatorTransport(seed=0)

    @property
    def taken(self) -> Counter[str]:
        """Jobs for each query (its hash), those that failed here not counted."""
        return Counter(query_hash(one) for key, one in self.jobs.items() if key not in self.failed)

    def keeps_keys(self) -> bool:
        return self.keeps

    def submit(self, request: Request, *, key: str | None = None, waits: bool = True) -> str:
        self.before("submit", request)
        with self._lock:
            if self.keeps and key in self.keys:
                query_id = self.keys[key]
            else:
                number = next(self._numbers)
                query_id = f"job-{number}"
                self.jobs[query_id] = request
                if key:
                    self.keys[key] = query_id
                failure = self.jobs_fail(number)
                if failure is not None:
                    self.failed[query_id] = failure
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.after("submit", request)
        return query_id

    def status(self, query_id: str) -> JobStatus:
        self.before("status", query_id)
        if query_id not in self.jobs:
            raise TransportError(f"there is no query {query_id}", query_id=query_id)
        self.asked[query_id] += 1
        if self.asked[query_id] <= self.polls:
            return JobStatus("running")
        if query_id in self.failed:
            return JobStatus("failed", self.failed[query_id])
        return JobStatus("ready", download_url=f"https://storage.example/{query_id}?signature=secret")

    def fetch(self, query_id: str, request: Request, *, status: JobStatus | None = None) -> Prediction:
        self.before("fetch", query_id)
        with self._lock:
            self.at_once -= 1
        answer = self._simulator.predict(self.jobs[query_id])
        self.after("fetch", query_id)
        return answer

    def predict(self, request: Request) -> Prediction:
        return self.fetch(self.submit(request), request)

    def close(self) -> None:
        pass


def query(
    seed: int | None = 1, n_samples: int = 1, tissue: str = "UBERON:0002107", **others: Any
) -> dict[str, Any]:
    """A small single-cell query."""
    body: dict[str, Any] = {
        "model_id": "gem-1-sc",
        "sampling_strategy": "mean estimation",
        "inputs": [{"metadata": {"tissue_ontology_id": tissue}, "num_samples": n_samples}],
        **others,
    }
    return body if seed is None else {**body, "seed": seed}
