"""Where the values of a file stand: looked for only where somebody asks, so that a clean file costs nothing."""

from __future__ import annotations

from synthquery.wire.places.location import Location, Span, locations

__all__ = ["Location", "Span", "locations"]
