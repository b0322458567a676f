"""``python -m synthquery``."""

from synthquery.cli import entry_point

entry_point()
