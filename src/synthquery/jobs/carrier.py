"""One submission from the journal to its answer: handed over at most once, and brought back."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from typing import Final

from synthquery.errors import (
    AuthenticationError,
    JobFailedError,
    JournalError,
    RateLimitedError,
    RejectedQueryError,
    ResultError,
    TransportError,
    UnknownJobError,
)
from synthquery.jobs.arrival import check_answer
from synthquery.jobs.journal import Journal
from synthquery.jobs.rows import Part, State
from synthquery.jobs.settings import Settings
from synthquery.jobs.steps import Done, Ended, Later, Step, StopRunError, Task
from synthquery.ontology.online.gate import Limiter
from synthquery.resources import load_toml
from synthquery.transport import JobTransport, Request, Transport

_QUESTIONS: Final = 3
_LINE: Final = 120  # characters of trouble that progress tells
UNUSABLE: Final = "answer not usable"
_LOST: Final = "not known whether it was taken"
_UNREACHABLE: Final = "service not reached"
_FAILED: Final = "job failed"


class Carrier:
    """Carries parts through a transport and writes every step into the journal first.

    Safe to use from several threads for different parts.

    Parameters
    ----------
    transport
        A `JobTransport`, or one whose ``predict`` waits for the answer.
    journal
        Where every step is written before it is made.
    settings
        How patiently.
    stop
        When it is set, nothing more is sent and no answer is waited for.

    Attributes
    ----------
    trouble
        What went wrong last, as a line, and is tried again; empty once something went well.
    """

    def __init__(
        self, transport: Transport, journal: Journal, settings: Settings, stop: threading.Event
    ) -> None:
        self._transport = transport
        self._journal = journal
        self._settings = settings
        self._stop = stop
        self._break = Limiter(0, sleep=self._sleep)
        self._failures = 0
        self.trouble = ""
        self._lock = threading.Lock()
        self._lasting = tuple(load_toml("jobs.toml")["lasting"]["words"])
        self._repeatable = getattr(transport, "repeatable", False) is True
        self._recoverable: bool | None = None

    def _sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def recovered(self, part: Part) -> Part:
        """A part that an earlier run left, in the state in which this one may take it up.

        What was being sent when a run was killed may have been taken. It is sent again only under its old key to a
        service that keeps keys, or where asking twice leaves nothing behind.
        """
        resend = part.state == "unknown" and self._settings.resend_unknown
        if part.state == "failed" and self._settings.retry_failed:
            return self._journal.change(
                part, "waiting", key=None, query_id=None, resent=0, next_try=0.0, reason="", error=""
            )
        if part.state not in {"submitting", "unknown"}:
            return part
        if resend or self._may_recover():
            return self._journal.change(part, "submitting", next_try=0.0, reason="", error="")
        if part.state == "unknown":
            return part
        return self._journal.change(
            part,
            "unknown",
            reason=_LOST,
            error="a run ended while this query was being sent; the service may have it or not",
        )

    def _may_recover(self) -> bool:
        """As `may_repeat`, found out once for all parts that an earlier run left.

        Asked some times: a service that could not be asked is not one that keeps no keys.
        """
        for number in range(_QUESTIONS) if self._recoverable is None else ():
            self._recoverable = self.may_repeat()
            if self._recoverable:
                break
            self._sleep(self._settings.back_off.pause(number))
        return self._recoverable is True

    def may_repeat(self) -> bool:
        """True when sending the same part again, under its key, cannot make two jobs of it."""
        if not self._repeatable:
            ask = getattr(self._transport, "keeps_keys", None)
            self._repeatable = bool(ask and ask())
        return self._repeatable

    def carry(self, task: Task, request: Request) -> Step:
        """Bring a part as far as it goes.

        Raises
        ------
        StopRunError
            When no other part can go on either.
        """
        if task.part.state in {"waiting", "submitting"}:
            step = self._hand_over(task, request)
            if step is not None:
                return step
        return self._bring_back(task, request)

    def _hand_over(self, task: Task, request: Request) -> Step | None:
        """Send a part; None when the service has it and its answer is to be waited for."""
        self._break.wait()
        if self._stop.is_set():
            return Ended()
        part = task.part
        before = part.state
        key = part.key or uuid.uuid4().hex
        task.part = self._journal.change(part, "submitting", key=key, attempts=part.attempts + 1)
        try:
            if isinstance(self._transport, JobTransport):
                query_id = self._transport.submit(request, key=key, waits=False)
            else:
                prediction = self._transport.predict(request)
                check_answer(prediction, request)
                self._progressed(task)
                return Done(prediction)
        except Exception as error:
            return self._not_taken(task, error, before)
        self._progressed(task)
        task.part = self._journal.change(task.part, "submitted", query_id=query_id, reason="", error="")
        return None

    def _not_taken(self, task: Task, error: Exception, before: State) -> Step | None:
        """What follows from an error of sending.

        This try was not taken, perhaps; an earlier one, of which that is not known, may have been: then the part
        stays ``submitting``, as it was before.
        """
        told = str(error)
        if isinstance(error, AuthenticationError | RateLimitedError):
            if error.submission == "none":
                task.part = self._journal.change(task.part, before)
            return self._held_up(error)
        if isinstance(error, RejectedQueryError):
            return self._end(task, "failed", "rejected by the service", told)
        if isinstance(error, JobFailedError):
            return self._job_failed(task, told, error)
        if isinstance(error, TransportError) and error.submission == "none":
            return self._again(task, before, error)
        if isinstance(error, TransportError) and error.query_id:
            task.part = self._journal.change(task.part, "submitted", query_id=error.query_id, error=told)
            return None if isinstance(self._transport, JobTransport) else Ended()
        if isinstance(error, TransportError | ResultError) and self.may_repeat():
            return self._again(task, "submitting", error)
        if isinstance(error, ResultError):
            return self._end(task, "failed", UNUSABLE, told)
        if isinstance(error, TransportError):
            step = self._end(task, "unknown", _LOST, told)
            self._stumbled(error)
            return step
        return self._end(task, "unknown", type(error).__name__, f"{type(error).__name__}: {error}")

    def _bring_back(self, task: Task, request: Request) -> Step:
        """Wait for the answer to a submitted part, and download it."""
        transport, query_id = self._transport, task.part.query_id
        if not isinstance(transport, JobTransport) or query_id is None:
            return Ended()
        until = time.monotonic() + self._settings.job_timeout
        polls, trouble = 0, ""
        while not self._stop.is_set():
            self._break.wait()
            try:
                step, trouble = self._ask(task, request, transport, query_id), ""
            except (TransportError, ResultError) as error:
                step, trouble = self._not_brought(task, error), str(error)
            except JournalError:
                raise
            except Exception as error:  # none that a transport should raise; the service has the query
                step = self._leave(task, type(error).__name__, f"{type(error).__name__}: {error}")
            if isinstance(step, Done | Ended) or task.part.query_id is None:
                return step or Ended()
            pause = step.pause if step else self._settings.poll.pause(polls)
            polls += step is None
            if time.monotonic() + pause > until:
                late = (
                    f"not answered in {self._settings.job_timeout:,.0f} s; {trouble or status_hint(query_id)}"
                )
                return self._leave(task, "not answered in time", late)
            self._sleep(pause)
        return Ended()

    def _ask(self, task: Task, request: Request, transport: JobTransport, query_id: str) -> Step | None:
        """Ask once how a job is getting on, and download its answer; None while it runs."""
        status = transport.status(query_id)
        self._progressed(task, whole=status.state == "running")
        if status.state == "running":
            return None
        if status.state == "failed":
            return self._job_failed(task, status.message or "the service did not say why")
        if task.part.state != "ready":
            task.part = self._journal.change(task.part, "ready")
        prediction = transport.fetch(query_id, request, status=status)
        check_answer(prediction, request)
        self._progressed(task)
        return Done(prediction)

    def _not_brought(self, task: Task, error: TransportError | ResultError) -> Step:
        """What follows from an error of asking for the answer or downloading it; `Later` asks again."""
        told = str(error)
        if isinstance(error, AuthenticationError | RateLimitedError):
            return self._held_up(error)
        if isinstance(error, JobFailedError):
            return self._job_failed(task, told, error)
        if isinstance(error, RejectedQueryError):
            return self._end(task, "failed", "rejected by the service", told)
        task.tries += 1
        self._stumbled(error)
        unusable = isinstance(error, ResultError | UnknownJobError)
        if task.tries < (self._settings.downloads if unusable else self._settings.attempts):
            return Later(self._settings.back_off.pause(task.tries - 1))
        if isinstance(error, UnknownJobError):
            return self._end(task, "failed", "not known to the service", told)
        if unusable:
            return self._end(task, "failed", UNUSABLE, told)
        return self._leave(task, _UNREACHABLE, told)

    def _held_up(self, error: AuthenticationError | RateLimitedError) -> Later:
        """A refusal that concerns all queries: the run ends, or all wait."""
        if isinstance(error, AuthenticationError):
            raise StopRunError(error) from error
        asked = error.retry_after
        if asked is not None and asked > self._settings.hold_longest:
            raise StopRunError(
                f"{error} (longer than {self._settings.hold_longest:,.0f} s is not waited)"
            ) from error
        self._stumbled(error)
        pause = self._settings.back_off.pause(min(self._failures, 10), asked)
        self._break.hold(pause)
        return Later(pause)

    def _job_failed(self, task: Task, message: str, error: JobFailedError | None = None) -> Step:
        """The service took the query and failed: it may be sent anew, as another job."""
        part = task.part
        lasting = any(word in message.casefold() for word in self._lasting) or (
            error is not None and error.report is not None
        )
        if lasting or part.resent >= self._settings.retry_failed_jobs:
            times = "" if lasting or not part.resent else f" ({part.resent + 1} jobs)"
            return self._end(task, "failed", _FAILED, f"{message}{times}")
        pause = self._settings.back_off.pause(part.resent)
        task.part = self._journal.change(
            part,
            "waiting",
            key=None,
            query_id=None,
            resent=part.resent + 1,
            next_try=time.time() + pause,
            reason=_FAILED,
            error=message,
        )
        return Later(pause)

    def _again(self, task: Task, state: State, error: Exception) -> Step:
        """Not taken, or safe to repeat: put at the end of the queue, some times."""
        task.tries += 1
        pause = self._settings.back_off.pause(task.tries - 1)
        task.part = self._journal.change(
            task.part, state, reason=_UNREACHABLE, error=str(error), next_try=time.time() + pause
        )
        self._stumbled(error)
        return Later(pause) if task.tries < self._settings.attempts else Ended()

    def _end(self, task: Task, state: State, reason: str, message: str) -> Ended:
        task.part = self._journal.change(task.part, state, reason=reason, error=message)
        return Ended()

    def _leave(self, task: Task, reason: str, message: str) -> Ended:
        """Give up for now; the state stays, so that a later run goes on from it."""
        return self._end(task, task.part.state, reason, message)

    def _progressed(self, task: Task, *, whole: bool = True) -> None:
        """Something went well: the service is there."""
        if whole:
            task.tries = 0
        with self._lock:
            self._failures = 0
            self.trouble = ""

    def _stumbled(self, error: Exception) -> None:
        """Something went wrong that is not the query's fault.

        Raises
        ------
        StopRunError
            When nothing has gone well for long.
        """
        with self._lock:
            self._failures += 1
            self.trouble = str(error).partition("\n")[0][:_LINE]
            down = self._failures >= self._settings.failures_in_a_row
        if down:
            raise StopRunError(f"nothing goes through any more; last: {error}") from error


def status_hint(query_id: str) -> str:
    """How to go on with a query that the service has."""
    return f"the service has the query as {query_id}; resume to ask for it again"


def settings_of(transport: Transport) -> Mapping[str, str]:
    """What has to be the same when a run goes on: the kind of transport, and where it goes.

    Of one that records answers: that of what answers, for recording is no part of the run.
    """
    transport = getattr(transport, "recorded", None) or transport
    found = {"transport": str(getattr(transport, "name", "") or type(transport).__name__)}
    url = getattr(transport, "base_url", None)
    return {**found, "base_url": url} if isinstance(url, str) else found
