"""The simulator server as a process of its own, as people start it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Served:
    """A running server: where it is, its process and its log."""

    url: str
    process: subprocess.Popen[str]
    log: Path

    def entries(self, event: str = "request") -> list[dict[str, Any]]:
        """What its log says so far of one kind of event."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def end(self) -> dict[str, Any]:
        """End it as Ctrl-C does and return the summary it leaves in its log."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
        return self.entries("summary")[-1]


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """``synthquery serve-simulator`` on a free port of this machine, until the block ends.

    Parameters
    ----------
    folder
        Its log goes there.
    options
        Options of the command beside ``--port`` and ``--log``.
    """
    log = folder / "server.jsonl"
    command = [sys.executable, "-m", "synthquery", "serve-simulator", "--port", "0", "--log", str(log)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\w.:\[\]]+", line)
            assert found, f"the server did not start: {line!r}"
            yield Served(found[0], process, log)
        finally:
            process.terminate()
            process.wait(timeout=30)
