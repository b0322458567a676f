"""A bar for each download, on a terminal; nothing in a pipe or file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, int | None], None]


@contextmanager
def download_bars() -> Iterator[Callable[[str], Advance | None]]:
    """Gives a function that makes the bar of an address."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def bar(url: str) -> Advance:
            task = progress.add_task(url.rpartition("/")[2], total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        yield bar
