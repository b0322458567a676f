"""The simulator as a server that speaks the hosted service's own protocol.

    with SimulatorServer() as server:
        ...  # point any client of the service at server.url

Other people's clients run against it unchanged. Its answers are simulated, not biology, and say so.
"""

from __future__ import annotations

from synthquery.web.server import SimulatorServer
from synthquery.web.settings import FAULT_KINDS, Settings

__all__ = ["FAULT_KINDS", "Settings", "SimulatorServer"]
