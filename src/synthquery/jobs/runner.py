"""Many parts at once, a few at a time: threads that take what is due, and a main thread that watches."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Final

from synthquery.errors import JournalError, ResultError
from synthquery.jobs.arrival import check_answer
from synthquery.jobs.carrier import UNUSABLE, Carrier
from synthquery.jobs.journal import Journal
from synthquery.jobs.packing import unpack
from synthquery.jobs.progress import OnProgress, Progress, Tally
from synthquery.jobs.rows import PENDING, Part, QueryRow
from synthquery.jobs.settings import Settings
from synthquery.jobs.shelf import Finished, Shelf
from synthquery.jobs.splitting import join, part_request
from synthquery.jobs.steps import Done, Later, StopRunError, Task
from synthquery.prediction import Prediction
from synthquery.transport import Request, Transport
from synthquery.wire import complete

_GLANCE: Final = 0.25  # seconds between two looks of the main thread


class Runner:
    """Brings all queries of a journal to their answers.

    Parameters
    ----------
    journal, shelf
        What is to be done, and where answers go.
    transport
        What carries queries; it is used from several threads at once.
    settings
        How many at once, and how patiently.
    on_progress
        Called in the thread of the caller, several times a second.
    """

    def __init__(
        self,
        journal: Journal,
        shelf: Shelf,
        transport: Transport,
        settings: Settings,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._journal = journal
        self._shelf = shelf
        self._settings = settings
        self._stop = threading.Event()
        self._carrier = Carrier(transport, journal, settings, self._stop)
        self._on_progress = on_progress
        self._queue: list[tuple[float, int, Task]] = []
        self._busy = self._working = 0
        self._ended = threading.Event()
        self._due = threading.Condition()
        self._error: BaseException | None = None
        self._queries: dict[str, QueryRow] = {}
        self._open_parts: dict[str, set[int]] = {}
        self._given_up: set[str] = set()
        # No more bodies in memory than queries under way.
        self._request: Callable[[str], Request] = lru_cache(maxsize=settings.max_in_flight)(self._unpacked)
        self._tally = Tally(0, 0)

    def run(self) -> bool:
        """Go on until nothing is left that can be done now.

        Returns
        -------
        bool
            False when Ctrl-C ended the run before that. What was under way is in the journal.

        Raises
        ------
        StopRunError
            When no query can go on.
        Exception
            That of `on_progress`, once what was under way is in the journal.
        """
        self._fill()
        number = min(self._settings.max_in_flight, len(self._queue))
        self._working = number
        for place in range(number):
            threading.Thread(target=self._work, name=f"synthquery-{place}", daemon=True).start()
        interrupted = False
        try:
            try:
                self._watch()
            except KeyboardInterrupt:
                interrupted = True
                self._tally.stop()
                self._halt()
                self._watch()  # a second Ctrl-C leaves at once
        except Exception:  # of who is told: what is under way comes into the journal before it is closed
            self._halt()
            while self._working and not self._ended.wait(_GLANCE):
                pass
            raise
        if self._error is not None:
            raise self._error
        return not interrupted

    def progress(self) -> Progress:
        """How far the run is."""
        return replace(self._tally.now(), trouble=self._carrier.trouble)

    def _fill(self) -> None:
        """Queue what is left to do, what the service has already first."""
        queries = self._journal.queries()
        self._tally = Tally(len(queries), sum(query.n_samples for query in queries))
        saved = [query for query in queries if query.saved]
        self._tally.before(len(saved), sum(query.n_samples for query in saved))
        order = 0
        for query in queries:
            if query.saved:
                continue
            parts = [self._with_its_answer(self._carrier.recovered(part)) for part in query.parts]
            self._queries[query.hash] = query
            self._open_parts[query.hash] = {part.number for part in parts if part.state != "saved"}
            if not self._open_parts[query.hash]:
                self._assemble(query)
            elif any(part.state in {"failed", "unknown"} for part in parts):
                self._tally.failed()
            else:
                for part in parts:
                    if part.state in PENDING:
                        order += 1
                        self._put(Task(part, order), time.time() if part.query_id is None else 0.0)

    def _with_its_answer(self, part: Part) -> Part:
        """A part whose answer should be kept and is not there any more is to be brought again."""
        if part.state != "saved" or self._shelf.part(part) is not None:
            return part
        return self._journal.change(part, "submitted" if part.query_id else "waiting")

    def _put(self, task: Task, when: float) -> None:
        with self._due:
            heapq.heappush(self._queue, (when, task.order, task))
            self._due.notify()

    def _take(self) -> Task | None:
        """The task that is due; None when there is none left or the run ends."""
        with self._due:
            while not self._stop.is_set():
                if not self._queue and not self._busy:
                    break
                pause = self._queue[0][0] - time.time() if self._queue else None
                if pause is not None and pause <= 0:
                    self._busy += 1
                    return heapq.heappop(self._queue)[2]
                self._due.wait(pause)
            self._due.notify_all()
            return None

    def _work(self) -> None:
        try:
            while (task := self._take()) is not None:
                self._tally.under_way(1)
                try:
                    self._bring(task)
                finally:
                    self._tally.under_way(-1)
                    with self._due:
                        self._busy -= 1
                        self._due.notify_all()
        except BaseException as error:
            self._error = self._error or error
            self._halt()
        finally:
            with self._due:
                self._working -= 1
                if not self._working:
                    self._ended.set()

    def _bring(self, task: Task) -> None:
        part = task.part
        query = self._queries[part.hash]
        if query.hash in self._given_up:
            return
        request = self._request(part.hash)
        if len(query.parts) > 1:
            request = part_request(request, part.start, part.stop)
        step = self._carrier.carry(task, request)
        if isinstance(step, Done):
            try:
                self._keep(query, task, step.prediction)
            except (OSError, JournalError, StopRunError):
                raise
            except Exception as error:  # an answer that cannot be written holds up no other
                told = f"{type(error).__name__}: {error}"
                self._journal.change(task.part, task.part.state, reason="results not written", error=told)
        elif isinstance(step, Later):
            self._put(task, time.time() + step.pause)
        elif task.part.state in {"failed", "unknown"}:
            self._give_up(query)

    def _keep(self, query: QueryRow, task: Task, prediction: Prediction) -> None:
        if len(query.parts) == 1:
            self._finish(query, prediction)
            return
        part = task.part
        with writing():
            self._shelf.keep_part(part, prediction)
        task.part = self._journal.change(part, "saved", reason="", error="")
        with self._due:
            self._open_parts[part.hash].discard(part.number)
            complete = not self._open_parts[part.hash]
        if complete:
            self._assemble(query)

    def _assemble(self, query: QueryRow) -> None:
        """Join the answers to the parts of a query."""
        answers = [self._shelf.part(part) for part in query.parts]
        seed = self._request(query.hash).body.get("seed")
        try:
            whole = join([answer for answer in answers if answer is not None], seed)
            check_answer(whole, self._request(query.hash))
        except ResultError as error:
            for part in query.parts:
                self._journal.change(part, "failed", reason=UNUSABLE, error=str(error))
            self._give_up(query)
            return
        self._finish(query, whole)

    def _finish(self, query: QueryRow, prediction: Prediction) -> None:
        request = self._request(query.hash)
        with writing():
            whole = complete(prediction, request.body)
            self._shelf.finish(query, Finished(whole, request, self._journal.report(query.hash)))
        self._journal.saved(query.hash)
        self._tally.saved(query.n_samples)

    def _give_up(self, query: QueryRow) -> None:
        """A query that lost a part has no answer: its other parts need not be sent."""
        with self._due:
            known = query.hash in self._given_up
            self._given_up.add(query.hash)
        if not known:
            self._tally.failed()

    def _unpacked(self, query_hash: str) -> Request:
        body = self._journal.body(query_hash)
        if body is None:
            raise StopRunError(f"the journal has lost the query {query_hash[:12]}")
        try:
            return Request(self._queries[query_hash].model_id, unpack(body))
        except MemoryError:
            raise
        except Exception as error:  # of whichever reader met the damage first
            raise self._journal.damaged(f"the query {query_hash[:12]} cannot be read: {error}") from error

    def _halt(self) -> None:
        self._stop.set()
        with self._due:
            self._due.notify_all()

    def _watch(self) -> None:
        # Not by joining threads: Python 3.11 takes a thread for ended when Ctrl-C interrupts the joining.
        while self._working and not self._ended.wait(_GLANCE):
            self._tell()
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.progress())


@contextmanager
def writing() -> Iterator[None]:
    """A disk that is full or cannot be written ends the run; what is there stays, and the rest can be resumed."""
    try:
        yield
    except OSError as error:
        where = f" to {error.filename}" if error.filename else ""
        raise StopRunError(f"results cannot be written{where}: {error.strerror or error}") from error
