"""How a query travels to a model, and its answer back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from synthquery.transport.base import JobStatus, JobTransport, Request, Transport
from synthquery.transport.registry import TransportInfo, list_transports, make_transport
from synthquery.transport.simulator import SimulatorTransport

if TYPE_CHECKING:
    from synthquery.transport.arrow import ArrowTransport
    from synthquery.transport.http import HttpTransport
    from synthquery.transport.replay import ReplayTransport

__all__ = [
    "ArrowTransport",
    "HttpTransport",
    "JobStatus",
    "JobTransport",
    "ReplayTransport",
    "Request",
    "SimulatorTransport",
    "Transport",
    "TransportInfo",
    "list_transports",
    "make_transport",
]

# What needs the network library or an optional package is loaded when it is first used.
_HOMES = {"ArrowTransport": "arrow", "HttpTransport": "http", "ReplayTransport": "replay"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'synthquery.transport' has no attribute {name!r}")
    return getattr(import_module(f"synthquery.transport.{_HOMES[name]}"), name)
