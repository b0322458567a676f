"""The embedded simulator as a transport: an answer without network, account or waiting."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from synthquery.errors import QueryFormatError, RejectedQueryError, TransportError, UnknownModelError
from synthquery.transport.base import Request

if TYPE_CHECKING:
    from synthquery.prediction import Prediction


class SimulatorTransport:
    """Answers all six GEM-1 models on this machine, in the shape of the hosted service.

    Its values are simulated, not biology, and every answer says so (``prediction.simulated``).

    Parameters
    ----------
    seed
        Seed of what queries without a seed get: the same row of answers for the same row of queries.
        Without it they get fresh draws. A query's own seed comes first.
    """

    name = "simulator"
    repeatable = True
    """Asking twice leaves nothing behind."""

    def __init__(self, seed: int | None = None) -> None:
        from synthquery.simulator import seeds

        self.seed = seed
        self._seeds = seeds(seed)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(seed={self.seed})"

    def predict(self, request: Request) -> Prediction:
        """Answer a request. See `Transport.predict`."""
        from synthquery.simulator import simulate
        from synthquery.wire import parse_query

        try:
            query = parse_query(request.body, request.model_id)
            with self._lock:
                seed = next(self._seeds)
            return simulate(query, seed=seed)
        except (QueryFormatError, UnknownModelError) as error:
            raise RejectedQueryError(f"the simulator cannot answer this query: {error}") from error
        except UnicodeEncodeError as error:
            raise RejectedQueryError(
                "the simulator cannot answer this query: a text in it holds half a character (a lone surrogate)"
            ) from error
        except TransportError as error:
            raise RejectedQueryError(str(error)) from error

    def close(self) -> None:
        """Nothing to release."""
