"""How a query is getting on, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from synthquery.ontology.progress import report_progress
from synthquery.resources import load_toml

Stage = Literal["submitted", "waiting", "downloading"]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """One moment of a query under way.

    Attributes
    ----------
    stage
        ``"submitted"`` once, ``"waiting"`` each time the service was asked, ``"downloading"`` as the answer comes.
    query_id, model_id
        Which query.
    seconds
        Since it was sent.
    message
        What the service says about it; empty when it says nothing.
    done, total
        Bytes of the answer; `total` is None where the service does not say.
    """

    stage: Stage
    query_id: str
    model_id: str
    seconds: float
    message: str = ""
    done: int = 0
    total: int | None = None


OnProgress = Callable[[JobProgress], None]


@dataclass(slots=True)
class Announcer:
    """Says what is worth a line: the ID, a cold start, each new word of the service.

    The library is silent; see `synthquery.ontology.progress`. Several threads may tell of a query each.
    """

    _told: dict[str, set[str]] = field(default_factory=dict)

    def __call__(self, progress: JobProgress) -> None:
        """Say it, once."""
        message = self._line(progress)
        if message and message not in (told := self._told.setdefault(progress.query_id, set())):
            told.add(message)
            report_progress(message)
        if progress.stage == "downloading":
            self._told.pop(progress.query_id, None)

    def _line(self, progress: JobProgress) -> str:
        if progress.stage == "submitted":
            return f"sent to {progress.model_id}; the query is {progress.query_id}"
        if progress.stage == "waiting":
            if progress.message:
                return f"{progress.model_id}: {progress.message}"
            if progress.seconds >= load_toml("hosted.toml")["patience"]["warm_up_note"]:
                return f"{progress.model_id} has not answered yet; a model that was idle takes a minute or two to start"
        return ""
