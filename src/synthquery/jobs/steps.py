"""What one step of a part on its way leads to."""

from __future__ import annotations

from dataclasses import dataclass

from synthquery.jobs.rows import Part
from synthquery.prediction import Prediction


class StopRunError(Exception):
    """No query can go on: the token is refused, the service is down, the disk is full."""

    def __init__(self, error: Exception | str) -> None:
        super().__init__(str(error))


@dataclass(slots=True)
class Task:
    """A part on its way, and how often in a row it got nowhere."""

    part: Part
    order: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is here."""

    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Later:
    """To be taken up again after some seconds, others before it."""

    pause: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more to do in this run; the journal says why."""


Step = Done | Later | Ended
