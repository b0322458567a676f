"""Checking the queries of existing scripts before other clients send them: `guard`."""

from __future__ import annotations

from synthquery.guarding.guard import Guard, guard

__all__ = ["Guard", "guard"]
