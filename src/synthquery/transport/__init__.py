"""How a query travels to a model, and its answer back."""

from __future__ import annotations

from synthquery.transport.base import JobStatus, JobTransport, Request, Transport
from synthquery.transport.simulator import SimulatorTransport

__all__ = ["JobStatus", "JobTransport", "Request", "SimulatorTransport", "Transport"]
