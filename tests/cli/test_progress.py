"""A bar for a download where there is a terminal, and nothing in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.ontology.updates.file_server import file_server
from tests.ontology.updates.releases import graph_json, next_release


def test_a_terminal_gets_a_bar_and_a_pipe_none(tmp_path: Path) -> None:
    env = {**os.environ, "SYNTHQUERY_CACHE_DIR": str(tmp_path), "TERM": "xterm"}
    with file_server() as files:
        files.content["hsapdv.json"] = graph_json("HsapDv", "2026-06-02", next_release("HsapDv"))
        words = [sys.executable, "-m", "synthquery", "ontology", "update", "HsapDv", "--mirror", files.url]
        terminal, screen = pty.openpty()
        subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=screen, check=True, timeout=60)
        os.close(screen)
        shown = os.read(terminal, 1 << 16).decode()
        os.close(terminal)
        assert "hsapdv.json" in shown
        assert "━" in shown
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=True, timeout=60)
        assert done.stderr == ""
