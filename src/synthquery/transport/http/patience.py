"""How patiently a transport asks: what a person gave, checked, and the defaults for the rest."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal, Self

from synthquery.resources import load_toml
from synthquery.transport.http.pauses import BackOff, growing, positive


@dataclass(frozen=True, slots=True)
class Patience:
    """Times in seconds, and how often a failed request is tried.

    Attributes
    ----------
    total
        For a query in all.
    connect, read
        Until a server is reached, and until it sends the next piece.
    attempts, back_off
        Tries of a request that may be repeated, and the pauses between them.
    """

    total: float
    connect: float
    read: float
    attempts: int
    back_off: BackOff

    @classmethod
    def make(
        cls,
        who: Literal["service", "container"],
        *,
        timeout: float | None,
        connect_timeout: float | None,
        read_timeout: float | None,
        attempts: int | None,
        back_off: tuple[float, float] | None,
    ) -> Self:
        """Arguments as the transports take them; None stands for the default of whom is asked.

        Raises
        ------
        TransportError
            When one is no number above 0; the message names it.
        """
        table = load_toml("hosted.toml")
        default, retries = table["patience"], table["retries"]
        prefix = "container_" if who == "container" else ""
        return cls(
            positive("timeout", timeout, default[f"{prefix}total"]),
            positive("connect_timeout", connect_timeout, default["connect"]),
            positive("read_timeout", read_timeout, default[f"{prefix}read"]),
            int(min(positive("attempts", attempts, retries["attempts"]), sys.maxsize)),
            growing("back_off", back_off, retries["pauses"]),
        )
