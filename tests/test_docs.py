"""Every example in the README and the documentation runs, and prints what the page says it prints.

- ``python`` blocks of one page run in order in one namespace; one with ``>>>`` is compared like a doctest.
- ``console`` blocks run each ``$ synthquery ...`` line and compare what it prints; ``...`` stands for
  anything, and ``$ synthquery ...  # exit 1`` states an exit code other than 0.
- a block that follows ``<!-- file: NAME -->`` is written to NAME first.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>[\w./-]+) -->\n+)?^```(?P<language>[\w-]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_PREPARING = re.compile(r"^preparing .*\n", re.MULTILINE)  # only on a fresh cache
_LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    file: str | None
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(m["language"], m["text"], m["file"], text.count("\n", 0, m.start("text")))
        for m in _BLOCK.finditer(text)
    ]


def run_python(block: Block, namespace: dict[str, object], page: Path) -> None:
    if ">>>" not in block.text:
        exec(compile("\n" * block.line + block.text, str(page), "exec"), namespace)
        return
    test = doctest.DocTestParser().get_doctest(block.text, namespace, page.name, str(page), block.line)
    complaints: list[str] = []
    runner = doctest.DocTestRunner(optionflags=_LENIENT, verbose=False)
    runner.run(test, out=complaints.append, clear_globs=False)
    namespace.update(test.globs)
    assert not complaints, "".join(complaints)


def run_console(block: Block, folder: Path) -> None:
    for step in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        command, _, code = command.partition("  # exit ")
        words = shlex.split(command)
        assert words[0] == "synthquery", f"only synthquery commands are run: {command}"
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=folder,
            env={**os.environ, "COLUMNS": "110"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        shown = done.stdout + _PREPARING.sub("", done.stderr)
        assert done.returncode == int(code or 0), f"$ {command}\nexit {done.returncode}\n{shown}"
        if expected.strip():
            matches = doctest.OutputChecker().check_output(expected, shown, _LENIENT)
            assert matches, f"$ {command}\n--- the page says\n{expected}\n--- it printed\n{shown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_of_the_page_runs_and_prints_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__docs__"}
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            run_python(block, namespace, page)
        elif block.language == "console":
            run_console(block, tmp_path)


def test_every_command_has_help_with_an_example() -> None:
    from synthquery.cli.app import app

    lacking = [
        c.callback
        for c in app.registered_commands
        if not (c.callback.__doc__ and "Example: " in (c.epilog or ""))
    ]
    assert not lacking


def test_every_public_name_is_in_the_reference() -> None:
    import synthquery

    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    missing = [
        name for name in synthquery.__all__ if f"`{name}`" not in reference and f"`{name}(" not in reference
    ]
    assert not missing
