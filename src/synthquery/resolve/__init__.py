"""Filled in by its package."""
